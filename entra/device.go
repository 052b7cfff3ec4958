package entra

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// DeviceCode is what a person types on another device to approve a sign-in
// (RFC 8628 3.2). Secret is the half that only the client knows.
type DeviceCode struct {
	UserCode  string
	VerifyAt  string // where the person types it
	Interval  time.Duration
	ExpiresAt time.Time
	Scope     string
	Secret    Secret
	Hop       Hop
}

// StartDevice asks for a device code for a public client. Also a refused hop
// is returned. The error is *Error or *FaultError.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
func (c *Client) StartDevice(ctx context.Context, appID, scope string) (*DeviceCode, error) {
	scope = scopeOrGraph(scope)
	hop := Hop{
		Name: HopDevice, Sentence: "Application asks for a device code", ClientID: appID,
		Endpoint: c.tenantURL("/oauth2/v2.0/devicecode"), TenantID: c.tenantID, Started: c.now(),
	}
	config := oauth2.Config{ClientID: appID, Scopes: strings.Fields(scope), Endpoint: oauth2.Endpoint{DeviceAuthURL: hop.Endpoint}}
	seen := &recorder{next: c.http.Transport, correlation: uuid.NewString()}
	client := *c.http
	client.Transport = seen
	answer, err := config.DeviceAuth(context.WithValue(ctx, oauth2.HTTPClient, &client))
	hop.Duration = c.now().Sub(hop.Started)
	hop.Request = recordedForm(seen.form, nil, nil)
	hop.Status, hop.CorrelationID = seen.status, seen.correlation
	if err != nil {
		hop, _, err = c.failure(hop, seen, err, seen.form)
		return &DeviceCode{Scope: scope, Hop: hop}, err
	}
	hop.State = HopAnswered
	hop.Reply = []Field{
		{Name: "user_code", Value: answer.UserCode},
		{Name: "verification_uri", Value: answer.VerificationURI},
		{Name: "device_code", Masked: true, Length: len(answer.DeviceCode)},
	}
	return &DeviceCode{
		UserCode: answer.UserCode, VerifyAt: answer.VerificationURI, Interval: time.Duration(max(answer.Interval, 1)) * time.Second,
		// x/oauth2 counts from the machine's clock, which is not always ours.
		ExpiresAt: hop.Started.Add(time.Until(answer.Expiry).Round(time.Second)), Scope: scope, Secret: NewSecret(answer.DeviceCode), Hop: hop,
	}, nil
}
