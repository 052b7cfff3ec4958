package sandbox

import (
	"net/url"
	"testing"
)

// TestSignOutGoesBack: a registered reply address is gone back to, and an ID token says whose.
func TestSignOutGoesBack(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	body := l.redeem(t, b.signIn(l.authorizeURL(), "user@sandbox.example")).json(t)
	hint, _ := body["id_token"].(string)
	logout := func(fields ...string) answer {
		q := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			q.Set(fields[i], fields[i+1])
		}
		a, _ := b.open(l.url + "/" + l.info.TenantID + "/oauth2/v2.0/logout?" + q.Encode())
		return a
	}
	portal, client := l.info.Portal.RedirectURI, l.info.Client.RedirectURI
	for name, tc := range map[string]struct {
		fields []string
		want   string
	}{
		"registered":         {[]string{"post_logout_redirect_uri", portal, "state", "s 1"}, portal + "?state=s+1"},
		"with a hint":        {[]string{"post_logout_redirect_uri", portal, "id_token_hint", hint}, portal},
		"of another client":  {[]string{"post_logout_redirect_uri", client, "id_token_hint", hint}, ""},
		"a hint of nobody":   {[]string{"post_logout_redirect_uri", client, "id_token_hint", "a.b.c"}, client},
		"not registered":     {[]string{"post_logout_redirect_uri", portal + "/more"}, ""},
		"a stranger":         {[]string{"post_logout_redirect_uri", "https://evil.example/"}, ""},
		"no address at all":  {nil, ""},
		"no address, a hint": {[]string{"id_token_hint", hint}, ""},
	} {
		a := logout(tc.fields...)
		if got := a.Header.Get("Location"); got != tc.want {
			t.Errorf("%s: sent to %q, want %q", name, got, tc.want)
		}
		if want := map[bool]int{true: 302, false: 200}[tc.want != ""]; a.StatusCode != want {
			t.Errorf("%s: status %d, want %d", name, a.StatusCode, want)
		}
	}
	a, _ := b.open(l.authorizeURL("prompt", "none"))
	if location(t, a).Query().Get("error") != "login_required" {
		t.Error("still signed in")
	}
}
