package main

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// unreachable is a network without a tenant.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network in this test")
}

// startLive runs a portal for a real tenant that cannot be reached.
func startLive(t *testing.T, publicURL string) *testApp {
	t.Helper()
	return startApp(t, Config{TenantID: someTenant, ClientID: someApp, ClientSecret: "something-secret", PublicURL: publicURL}, Wiring{Transport: unreachable{}})
}

// askAs sends a request to the portal's own port under its public host name, as
// a proxy would.
func askAs(t *testing.T, a *testApp, method, path, host string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+a.listen.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// TestLiveCookies: over https every cookie is bound to the host and to https.
func TestLiveCookies(t *testing.T) {
	a := startLive(t, "https://portal.example")
	response := askAs(t, a, http.MethodGet, "/sign-in", "portal.example")
	cookies := response.Cookies()
	if response.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("%d with %v", response.StatusCode, cookies)
	}
	c := cookies[0]
	if c.Name != "__Host-portal_sid_start" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Error(c.Raw)
	}
	if got := response.Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no Strict-Transport-Security")
	}
	if to := response.Header.Get("Location"); !strings.Contains(to, "redirect_uri=https%3A%2F%2Fportal.example%2Fauth%2Fcallback") {
		t.Errorf("sent to %s", to)
	}
	if got := askAs(t, a, http.MethodGet, "/tokens/inspect", "portal.example").StatusCode; got != http.StatusUnauthorized {
		t.Errorf("the inspector answers a stranger with %d", got)
	}
}

// TestTenantsShareNoDatabase, whatever PORTAL_DATABASE_URL says.
func TestTenantsShareNoDatabase(t *testing.T) {
	shared := Config{DataDir: t.TempDir(), DatabaseURL: filepath.Join(t.TempDir(), "portal.db"), Key: strings.Repeat("ab", 32)}
	if err := startApp(t, shared, Wiring{}).stop(); err != nil {
		t.Fatal(err)
	}
	if err := startApp(t, shared, Wiring{}).stop(); err != nil {
		t.Fatalf("the sandbox itself comes back: %v", err)
	}
	live := shared
	live.Addr, live.TenantID, live.ClientID, live.ClientSecret = "127.0.0.1:0", someTenant, someApp, "something-secret"
	a, err := NewApp(t.Context(), live, Wiring{Transport: unreachable{}})
	if err == nil {
		_ = a.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "PORTAL_DATABASE_URL") || !strings.Contains(err.Error(), someTenant) {
		t.Errorf("a real tenant in the sandbox's database: %v", err)
	}
}

// TestLiveRates: a real tenant's portal limits what strangers may begin, the
// sandbox's on this machine does not.
func TestLiveRates(t *testing.T) {
	sandbox := startApp(t, Config{}, Wiring{})
	for name, tt := range map[string]struct {
		app  *testApp
		last int
	}{"a real tenant": {startLive(t, ""), http.StatusTooManyRequests}, "a sandbox": {sandbox, http.StatusSeeOther}} {
		host := strings.TrimPrefix(tt.app.URL(), "http://")
		var last *http.Response
		for range 11 {
			last = askAs(t, tt.app, http.MethodGet, "/sign-in", host)
		}
		if last.StatusCode != tt.last || (last.Header.Get("Retry-After") != "") != (tt.last == http.StatusTooManyRequests) {
			t.Errorf("%s: the 11th sign-in of a minute answers %d, Retry-After %q", name, last.StatusCode, last.Header.Get("Retry-After"))
		}
	}
}

// TestInspectorIsClosedToStrangers as soon as others may reach the portal, also
// when its public address is on this machine.
func TestInspectorIsClosedToStrangers(t *testing.T) {
	for name, tt := range map[string]struct {
		config Config
		status int
	}{
		"this machine alone": {Config{}, http.StatusOK},
		"behind a proxy":     {Config{Proxies: "127.0.0.1/32"}, http.StatusUnauthorized},
		"every interface":    {Config{Addr: "0.0.0.0:0", PublicURL: "http://localhost:8080"}, http.StatusUnauthorized},
	} {
		tt.config.TenantID, tt.config.ClientID, tt.config.ClientSecret = someTenant, someApp, "something-secret"
		a := startApp(t, tt.config, Wiring{Transport: unreachable{}})
		for _, path := range []string{"/tokens/inspect", "/tokens/compare", "/help/claims"} {
			if got := askAs(t, a, http.MethodGet, path, strings.TrimPrefix(a.URL(), "http://")).StatusCode; got != tt.status {
				t.Errorf("%s: %s answers a stranger with %d, want %d", name, path, got, tt.status)
			}
		}
	}
}
