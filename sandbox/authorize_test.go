package sandbox

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/coreos/go-oidc/v3/oidc"
)

func TestSignInWithOneClick(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	a, doc := b.open(l.authorizeURL())
	if a.StatusCode != http.StatusOK || doc.Find("h1").Text() != "Pick an account" {
		t.Fatalf("status %d: %s", a.StatusCode, a.text)
	}
	for _, p := range l.info.Personas {
		button(t, doc, p.UPN)
	}
	reply := b.signIn(l.authorizeURL(), "agent-admin@sandbox.example")
	if got := reply.Scheme + "://" + reply.Host + reply.Path; got != l.info.Portal.RedirectURI || reply.Query().Get("state") != "the state" {
		t.Errorf("sent to %s", reply)
	}
	body := l.redeem(t, reply).json(t)
	for _, name := range []string{"access_token", "refresh_token", "id_token", "client_info"} {
		if text, _ := body[name].(string); text == "" {
			t.Errorf("no %s in the answer", name)
		}
	}
	if scope, _ := body["scope"].(string); !strings.Contains(scope, "User.Read") || strings.Contains(scope, "offline_access") {
		t.Errorf("scope %q", scope)
	}
	provider, err := oidc.NewProvider(t.Context(), l.v2Issuer())
	if err != nil {
		t.Fatal(err)
	}
	checked := provider.Verifier(&oidc.Config{ClientID: l.info.Portal.ClientID, Now: l.clock.Now})
	id, err := checked.Verify(t.Context(), body["id_token"].(string))
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	admin := l.info.Personas[1]
	want := map[string]any{"nonce": "the nonce", "oid": admin.ObjectID, "tid": l.info.TenantID, "ver": "2.0", "name": admin.DisplayName, "preferred_username": admin.UPN, "email": admin.UPN}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s = %v, want %v", name, claims[name], value)
		}
	}
	if claims["sid"] == nil || claims["auth_time"] == nil {
		t.Errorf("sid %v, auth_time %v", claims["sid"], claims["auth_time"])
	}
}

func TestSignInWithAPassword(t *testing.T) {
	l := newLab(t)
	p := l.info.Personas[0]
	b := newBrowser(t, l)
	for name, tc := range map[string]struct{ username, password, want string }{
		"wrong password": {p.UPN, "wrong", "AADSTS50126"},
		"unknown":        {"nobody@sandbox.example", "x", "There is no account"},
		"empty":          {"", "", "Write the address"},
		"no password":    {"amara.osei@sandbox.example", "", "AADSTS50126"},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.submit(l.authorizeURL(), url.Values{"username": {tc.username}, "password": {tc.password}})
			if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(a.text), tc.want) {
				t.Errorf("status %d, page lacks %q", a.StatusCode, tc.want)
			}
			if tc.username != "" && !strings.Contains(string(a.text), `value="`+tc.username+`"`) {
				t.Error("the typed address is lost")
			}
		})
	}
	reply := location(t, b.submit(l.authorizeURL(), url.Values{"username": {p.UPN}, "password": {p.Password}}))
	access(t, l.redeem(t, reply))
}

func TestPrompts(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	none := l.authorizeURL("prompt", "none")
	a, _ := b.open(none)
	if q := location(t, a).Query(); q.Get("error") != "login_required" || q.Get("state") != "the state" || !strings.HasPrefix(q.Get("error_description"), "AADSTS50058") {
		t.Errorf("prompt=none without a session: %v", q)
	}
	b.signIn(l.authorizeURL(), "user@sandbox.example")
	a, _ = b.open(none)
	if location(t, a).Query().Get("code") == "" {
		t.Error("prompt=none with a session gives no code")
	}
	a, _ = b.open(l.authorizeURL("prompt", "none", "login_hint", "auditor@sandbox.example"))
	if location(t, a).Query().Get("error") != "login_required" {
		t.Error("prompt=none for somebody else gives a code")
	}
	a, _ = b.open(l.authorizeURL("login_hint", "user@sandbox.example"))
	if location(t, a).Query().Get("code") == "" {
		t.Error("a hinted user who is signed in is asked again")
	}
	for _, prompt := range []string{"login", "select_account", "consent"} {
		a, doc := b.open(l.authorizeURL("prompt", prompt, "login_hint", "sponsor@sandbox.example"))
		if a.StatusCode != http.StatusOK {
			t.Errorf("prompt=%s: status %d", prompt, a.StatusCode)
		}
		if first := doc.Find(".upn").First().Text(); first != "sponsor@sandbox.example" {
			t.Errorf("prompt=%s: %s comes first", prompt, first)
		}
	}
	_, doc := b.open(l.authorizeURL())
	if !strings.Contains(doc.Find(".accounts").Text(), "Signed in.") {
		t.Error("the picker does not remember who is signed in")
	}
}

func TestResponseModes(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL("response_mode", "fragment"), "user@sandbox.example")
	values, err := url.ParseQuery(reply.EscapedFragment())
	if err != nil || values.Get("code") == "" || reply.RawQuery != "" {
		t.Errorf("fragment: %s %v", reply, err)
	}
	b := newBrowser(t, l)
	address := l.authorizeURL("response_mode", "form_post")
	_, doc := b.open(address)
	a := b.submit(address, url.Values{"account": {button(t, doc, "user@sandbox.example")}})
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(a.text))
	if err != nil {
		t.Fatal(err)
	}
	form := page.Find("form")
	if form.AttrOr("action", "") != l.info.Portal.RedirectURI || form.Find(`input[name="code"]`).AttrOr("value", "") == "" || form.Find("button").Text() != "Continue" {
		t.Errorf("form_post: %s", a.text)
	}
}

func TestSignOut(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	b.signIn(l.authorizeURL(), "user@sandbox.example")
	logout := l.url + "/" + l.info.TenantID + "/oauth2/v2.0/logout?post_logout_redirect_uri="
	_, doc := b.open(logout + url.QueryEscape("https://evil.example/"))
	if doc.Find("h1").Text() != "You are signed out" || doc.Find("main a").Length() != 0 {
		t.Error("the page links to a stranger, or is another page")
	}
	_, doc = b.open(logout + url.QueryEscape("http://localhost:8080/"))
	if doc.Find("main a").AttrOr("href", "") != "http://localhost:8080/" {
		t.Error("the page does not link back")
	}
	a, _ := b.open(l.authorizeURL("prompt", "none"))
	if location(t, a).Query().Get("error") != "login_required" {
		t.Error("still signed in")
	}
}
