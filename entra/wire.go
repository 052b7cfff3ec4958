package entra

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// hopSpec is one request to make: which client asks for what, and which
// tokens of earlier hops go along.
type hopSpec struct {
	name       HopName
	sentence   string
	clientID   string
	credential Credential
	scope      string
	params     url.Values         // further form fields
	tokens     map[string]HopName // form field -> hop whose token it carries
	tenantID   string             // another tenant's sign-in service; empty: the client's own
	once       bool               // what it sends is used up or secret of a person: never cached

	// A hop without a request of its own: its token was handed in, and prior
	// tells how it was got. A silent one brings no token.
	given  Secret
	prior  *Hop
	silent bool
}

// asks says whether the hop is a request to make now.
func (s hopSpec) asks() bool { return s.prior == nil && s.given.IsZero() }

// handedIn is the hop of a token that was got before this try.
func (s hopSpec) handedIn(now time.Time) Hop {
	if s.prior != nil {
		hop := *s.prior
		hop.Name, hop.Sentence = s.name, s.sentence
		return hop
	}
	return Hop{
		Name: s.name, Sentence: s.sentence, State: HopGiven, Started: now,
		Answer: &Answer{TokenType: "Bearer", Token: s.given},
	}
}

// runHop makes one request to the token endpoint. The hop is complete in
// every outcome; the error is *Error for a refusal, *FaultError otherwise.
func (c *Client) runHop(ctx context.Context, spec hopSpec, earlier map[HopName]Secret) (Hop, *oauth2.Token, error) {
	hop := Hop{
		Name: spec.name, Sentence: spec.sentence, ClientID: spec.clientID,
		Endpoint: c.tokenURL(), TenantID: c.tenantID, Started: c.now(),
	}
	form, notes, err := c.form(spec, earlier)
	if err != nil {
		hop.Planned = planned(spec)
		return failHop(hop, &FaultError{Kind: FaultAnswer, Reason: err.Error(), cause: err})
	}
	seen := &recorder{next: c.http.Transport, correlation: uuid.NewString()}
	token, err := c.post(ctx, spec, form, seen)
	hop.Duration = c.now().Sub(hop.Started)
	if hop.Request = recordedForm(seen.form, notes, spec.tokens); len(hop.Request) == 0 {
		hop.Planned = planned(spec)
	}
	hop.Status = seen.status
	hop.CorrelationID = seen.correlation
	if err != nil {
		return c.failure(hop, seen, err, form)
	}
	hop.State = HopAnswered
	hop.Answer = answerOf(token, hop.Started.Add(hop.Duration))
	return hop, token, nil
}

// form builds the fields a hop adds to client_id, client_secret, grant_type
// and scope, and says of each secret one where it came from.
func (c *Client) form(spec hopSpec, earlier map[HopName]Secret) (url.Values, map[string]string, error) {
	if err := spec.credential.check(c.cloud); err != nil {
		return nil, nil, err
	}
	form, notes := url.Values{}, map[string]string{}
	for name, values := range spec.params {
		form[name] = values
	}
	for field, hop := range spec.tokens {
		form.Set(field, earlier[hop].Reveal())
		notes[field] = string(hop) + ", as above"
	}
	if assertion := spec.credential.Assertion; !assertion.IsZero() {
		form.Set("client_assertion", assertion.Reveal())
		notes["client_assertion"] = "the federated token"
	}
	if cert := spec.credential.Certificate; cert != nil {
		signed, err := cert.assertion(spec.clientID, c.tokenURL(), c.now())
		if err != nil {
			return nil, nil, err
		}
		form.Set("client_assertion", signed.Reveal())
		notes["client_assertion"] = signedNote + cert.String()
	}
	if form.Has("client_assertion") {
		form.Set("client_assertion_type", clientAssertionType)
	}
	return form, notes, nil
}

// post sends the form through x/oauth2. AuthStyleInParams is set because the
// probing of the default sends a failing request twice.
func (c *Client) post(ctx context.Context, spec hopSpec, form url.Values, seen *recorder) (*oauth2.Token, error) {
	config := clientcredentials.Config{
		ClientID:       spec.clientID,
		ClientSecret:   spec.credential.Secret.Reveal(),
		TokenURL:       c.tokenURL(),
		EndpointParams: form,
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	if spec.scope != "" {
		config.Scopes = []string{spec.scope}
	}
	client := *c.http
	client.Transport = seen
	return config.Token(context.WithValue(ctx, oauth2.HTTPClient, &client))
}

// recorder keeps what one request sent and what came back.
type recorder struct {
	next        http.RoundTripper
	correlation string // sent as client-request-id

	form        url.Values
	status      int
	contentType string
	requestID   string
	retryAfter  string
	body        []byte
	err         error
}

// RoundTrip sends the request with its client-request-id and keeps the form
// and the whole answer.
func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	t.form, _ = url.ParseQuery(string(sent))
	out := r.Clone(r.Context())
	out.Body = io.NopCloser(bytes.NewReader(sent))
	out.Header.Set("client-request-id", t.correlation)
	out.Header.Set("Accept", "application/json")
	resp, err := t.next.RoundTrip(out)
	if err != nil {
		t.err = err
		return nil, err
	}
	t.status = resp.StatusCode
	t.contentType = resp.Header.Get("Content-Type")
	t.requestID = resp.Header.Get("x-ms-request-id")
	t.retryAfter = resp.Header.Get("Retry-After")
	t.body, t.err = io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if t.err != nil {
		return nil, t.err
	}
	resp.Body = io.NopCloser(bytes.NewReader(t.body))
	return resp, nil
}

// answerOf takes x/oauth2's token over into our types, which print nothing.
func answerOf(token *oauth2.Token, now time.Time) *Answer {
	answer := &Answer{TokenType: token.TokenType, Token: NewSecret(token.AccessToken), Refresh: NewSecret(token.RefreshToken)}
	idToken, _ := token.Extra("id_token").(string)
	answer.ID = NewSecret(idToken)
	answer.Scope, _ = token.Extra("scope").(string)
	var seconds float64
	switch n := token.Extra("expires_in").(type) {
	case float64:
		seconds = n
	case string: // version 1 endpoints quote it
		whole, _ := strconv.Atoi(n)
		seconds = float64(whole)
	}
	// More than a year would overflow or never be asked for anew.
	answer.ExpiresIn = time.Duration(max(0, min(seconds, 366*86400))) * time.Second
	answer.ExpiresAt = now.Add(answer.ExpiresIn)
	return answer
}
