package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/models"
)

// authorizeLink starts a sign-in and stops before the sandbox is asked.
func (p *testPortal) authorizeLink() *url.URL {
	p.t.Helper()
	p.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { p.browser.CheckRedirect = nil }()
	link, err := url.Parse(p.get("/sign-in").header.Get("Location"))
	if err != nil {
		p.t.Fatal(err)
	}
	return link
}

func TestAuthorizeLink(t *testing.T) {
	p := newTestPortal(t)
	first, second := p.authorizeLink().Query(), p.authorizeLink().Query()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if first.Get(name) == second.Get(name) || len(first.Get(name)) < 43 {
			t.Errorf("%s is %q, then %q", name, first.Get(name), second.Get(name))
		}
	}
	want := map[string]string{
		"response_type": "code", "response_mode": "query", "code_challenge_method": "S256",
		"client_id": p.info.Portal.ClientID, "redirect_uri": p.url + "/auth/callback",
	}
	for name, value := range want {
		if got := first.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if got := p.get("/sign-in?account=other").url.Query().Get("prompt"); got != "select_account" {
		t.Errorf("another account: prompt %q", got)
	}
}

// TestSignInThatWasMeddledWith changes what the portal asked for on its way:
// each must end without a session, and the record says that somebody tried.
func TestSignInThatWasMeddledWith(t *testing.T) {
	p := newTestPortal(t)
	tests := []struct {
		name   string
		meddle func(url.Values)
		status int
		want   string
	}{
		{"another nonce", func(q url.Values) { q.Set("nonce", "of-another-sign-in") }, 401, "did not pass the portal's checks"},
		{"no nonce", func(q url.Values) { q.Del("nonce") }, 401, "did not pass the portal's checks"},
		{"another PKCE challenge", func(q url.Values) { q.Set("code_challenge", strings.Repeat("A", 43)) }, 502, "AADSTS"},
		{"another state", func(q url.Values) { q.Set("state", "of-another-sign-in") }, 400, "does not know this sign-in"},
	}
	for _, tt := range tests {
		p.newBrowser()
		link := p.authorizeLink()
		q := link.Query()
		tt.meddle(q)
		link.RawQuery = q.Encode()
		page := p.submit(p.get(link.String()), p.persona("global-admin").UPN, nil)
		if page.status != tt.status || !strings.Contains(page.text("main"), tt.want) {
			t.Errorf("%s: %d %s", tt.name, page.status, page.text("main"))
		}
		if after := p.get("/sandbox"); after.status != http.StatusUnauthorized {
			t.Errorf("%s: signed in", tt.name)
		}
	}
	if n := len(p.audit(models.ActionSignIn)); n != 0 {
		t.Errorf("%d sign-ins recorded", n)
	}
}

func TestCodeOfAnotherSignIn(t *testing.T) {
	p := newTestPortal(t)
	stop := func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/auth/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	// The attacker gets a code of his own and hands it to the victim, whose
	// state is in order.
	p.browser.CheckRedirect = stop
	mine, err := url.Parse(p.submit(p.get("/sign-in"), p.persona("user").UPN, nil).header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	p.newBrowser()
	victim := p.authorizeLink().Query().Get("state")
	page := p.get("/auth/callback?" + url.Values{"state": {victim}, "code": {mine.Query().Get("code")}}.Encode())
	if page.status < 400 || p.get("/sandbox").status != http.StatusUnauthorized {
		t.Errorf("another's code signs in: %d", page.status)
	}
}
