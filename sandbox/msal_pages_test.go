package sandbox

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// person is a browser that trusts the certificate of the lab.
func (m *msalLab) person(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, m.lab, http.Client{Jar: jar, Transport: m.http.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (m *msalLab) nativeClient(t *testing.T) public.Client {
	t.Helper()
	c, err := public.New(m.info.Client.ClientID, public.WithAuthority(m.url+"/"+m.info.TenantID), public.WithHTTPClient(m.http), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMSALSignsInADevice: MSAL polls while a person types the code on the page and consents.
func TestMSALSignsInADevice(t *testing.T) {
	m := newMSALLab(t)
	device, err := m.nativeClient(t).AcquireTokenByDeviceCode(t.Context(), []string{"Mail.Read"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(device.Result.Message, device.Result.UserCode) || !strings.HasPrefix(device.Result.VerificationURL, m.url+"/") {
		t.Errorf("%+v", device.Result)
	}
	b := m.person(t)
	_, doc := b.typeCode(device.Result.VerificationURL, device.Result.UserCode, "user@sandbox.example")
	b.press(device.Result.VerificationURL, doc, "accept")
	result, err := device.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if result.Account.PreferredUsername != "user@sandbox.example" || !strings.Contains(strings.Join(result.GrantedScopes, " "), "Mail.Read") {
		t.Errorf("account %+v, scopes %v", result.Account, result.GrantedScopes)
	}
}

// TestMSALOpensABrowser: MSAL's interactive sign-in, which listens on a port of its own and takes the
// answer as a form.
func TestMSALOpensABrowser(t *testing.T) {
	m := newMSALLab(t)
	failed := make(chan string, 1)
	answered := make(chan struct{})
	result, err := m.nativeClient(t).AcquireTokenInteractive(t.Context(), []string{"Mail.Read"}, public.WithLoginHint("user@sandbox.example"), public.WithDomainHint("sandbox.example"),
		public.WithOpenURL(func(address string) error {
			go func() {
				defer close(answered)
				if problem := m.consentAndReturn(t, address); problem != nil {
					failed <- problem.Error()
				}
			}()
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	<-answered
	select {
	case problem := <-failed:
		t.Error(problem)
	default:
	}
	if result.Account.PreferredUsername != "user@sandbox.example" || !strings.Contains(strings.Join(result.GrantedScopes, " "), "Mail.Read") {
		t.Errorf("account %+v, scopes %v", result.Account, result.GrantedScopes)
	}
}

// consentAndReturn is what the person in the browser does; the answer goes on as a form or an address.
func (m *msalLab) consentAndReturn(t *testing.T, address string) error {
	b := m.person(t)
	_, doc := b.pick(address, "user@sandbox.example")
	a := b.press(address, doc, "accept")
	if a.StatusCode == http.StatusFound {
		return visit(t.Context(), a.Header.Get("Location"), nil)
	}
	page := document(t, a)
	form := url.Values{}
	for _, name := range []string{"code", "state", "session_state"} {
		form.Set(name, page.Find(`input[name="`+name+`"]`).AttrOr("value", ""))
	}
	return visit(t.Context(), page.Find("form").AttrOr("action", ""), form)
}

// visit opens an address of the application, with a form when there is one.
func visit(ctx context.Context, address string, form url.Values) error {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New("the application answered " + res.Status)
	}
	return nil
}
