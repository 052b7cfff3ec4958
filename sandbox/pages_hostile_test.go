package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestPagesNeverFail sends what nobody would type to every page: each answers with a page or a redirect,
// never with a fault, and never with a header that the value wrote.
func TestPagesNeverFail(t *testing.T) {
	l := newLab(t)
	l.registerReply(t)
	code, _ := l.device(t, "openid")
	values := []string{
		"", " ", "\x00", "\xff\xfe", "a\r\nSet-Cookie: x=1", "{" + tenantID + "}", strings.ToUpper(tenantID), "../../etc", "%", "%zz", "<b>",
		strings.Repeat("x", 5000), strings.Repeat("openid ", 2000), "/", "//", "a/b/c", "api://", "spn:", ".default", "/.default", "https://[::1", "javascript:alert(1)",
	}
	b := newBrowser(t, l)
	b.signIn(l.authorizeURL(), "user@sandbox.example")
	for _, address := range []string{l.authorizeURL("login_hint", "user@sandbox.example"), l.agentURL(), l.adminURL(), l.url + "/devicelogin?otc=x", l.url + "/common/oauth2/v2.0/logout?id_token_hint=x&post_logout_redirect_uri=x&state=x"} {
		base, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		for name := range base.Query() {
			for _, value := range values {
				query := base.Query()
				query.Set(name, value)
				query.Add(name, "twice")
				target := *base
				target.RawQuery = query.Encode()
				a, _ := b.open(target.String())
				wantNoFault(t, name+"="+value, a)
			}
		}
	}
	for _, address := range []string{l.authorizeURL("scope", "openid Mail.Read"), l.agentURL(), l.adminURL(), l.url + "/devicelogin"} {
		for _, value := range values {
			for _, form := range []url.Values{
				{"account": {value}},
				{"username": {value}, "password": {value}},
				{"consent": {value}, "user": {value}, "organization": {value}},
				{"otc": {value}},
				{"otc": {code}, "account": {value}},
				{"otc": {code}, "consent": {value}, "user": {value}},
				{value: {value}},
			} {
				wantNoFault(t, address+" "+form.Encode(), b.submit(address, form))
			}
		}
	}
}

func wantNoFault(t *testing.T, what string, a answer) {
	t.Helper()
	if a.StatusCode >= http.StatusInternalServerError || strings.ContainsAny(a.Header.Get("Location"), "\r\n") || a.Header.Get("Set-Cookie") != "" && strings.HasPrefix(a.Header.Get("Set-Cookie"), "x=") {
		t.Errorf("%.200q: status %d, headers %v", what, a.StatusCode, a.Header)
	}
}
