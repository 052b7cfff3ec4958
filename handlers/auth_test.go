package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/models"
)

func TestSignInEveryPersona(t *testing.T) {
	p := newTestPortal(t)
	nav := map[string][]string{
		"global-admin": {"Overview", "Blueprints", "Sandbox"},
		"agent-admin":  {"Overview", "Blueprints", "Sandbox"},
		"agent-dev":    {"Overview", "Blueprints", "Sandbox"},
		"auditor":      {"Overview", "Blueprints", "Sandbox"},
		"user":         {"Overview", "Sandbox"},
	}
	for name, items := range nav {
		p.newBrowser()
		page := p.signIn(name)
		if page.status != http.StatusOK || page.url.Path != "/" {
			t.Errorf("%s ends at %s with %d", name, page.url, page.status)
		}
		person := p.persona(name)
		if got := page.text(".banner-right .account-name"); got != person.UPN {
			t.Errorf("%s: the header names %q", name, got)
		}
		links := page.text("nav[aria-label=Main]")
		for _, item := range items {
			if !strings.Contains(links, item) {
				t.Errorf("%s does not see %s in %q", name, item, links)
			}
		}
		if name == "user" && strings.Contains(links, "Blueprints") {
			t.Errorf("%s sees %q", name, links)
		}
	}
	records := p.audit(models.ActionSignIn)
	if len(records) != len(nav) {
		t.Fatalf("%d records of %d sign-ins", len(records), len(nav))
	}
	for _, r := range records {
		if !strings.HasPrefix(r.Actor, p.info.TenantID+"/") || r.Result != models.ResultSucceeded || r.Words.ActorUsername == "" {
			t.Errorf("record %+v", r)
		}
		if strings.Contains(string(r.Body), "@") {
			t.Errorf("the hashed body holds a name: %s", r.Body)
		}
	}
}

func TestSignInComesBack(t *testing.T) {
	p := newTestPortal(t)
	tests := map[string]string{
		"/sandbox": "/sandbox", "/sandbox?tab=1": "/sandbox?tab=1", "//evil.example": "/", "https://evil.example/": "/", "/sign-out": "/", "/auth/callback": "/",
	}
	for asked, want := range tests {
		p.newBrowser()
		picker := p.get("/sign-in?return=" + url.QueryEscape(asked))
		if strings.Contains(picker.url.RawQuery, "evil") {
			t.Errorf("%s travels in the address", asked)
		}
		page := p.submit(picker, p.persona("agent-admin").UPN, nil)
		if page.url.RequestURI() != want {
			t.Errorf("asked for %s, came back to %s", asked, page.url)
		}
	}
}

func TestPageBeforeSignIn(t *testing.T) {
	p := newTestPortal(t)
	home := p.get("/")
	if home.status != http.StatusOK || home.Find("main a[href='/sign-in']").Length() != 1 {
		t.Errorf("/ answers %d with %q", home.status, home.text("main"))
	}
	page := p.get("/sandbox?x=1")
	link := page.Find("main a:contains('Sign in')").AttrOr("href", "")
	if page.status != http.StatusUnauthorized || link != "/sign-in?return=%2Fsandbox%3Fx%3D1" {
		t.Errorf("/sandbox answers %d with the link %q", page.status, link)
	}
	if page.Find("nav[aria-label=Main] a[href='/blueprints']").Length() != 0 {
		t.Error("a stranger sees links to pages he may not open")
	}
}

func TestCallbackRefused(t *testing.T) {
	p := newTestPortal(t)
	tests := []struct {
		name, query string // STATE stands for a state of this browser
		status      int
		want        string
	}{
		{"nothing", "?state=", 400, "does not know this sign-in"},
		{"a state of nobody", "?state=abc&code=x", 400, "does not know this sign-in"},
		{"no code", "?state=STATE", 400, "does not know this sign-in"},
		{"a wrong code", "?state=STATE&code=wrong", 502, "AADSTS"},
		{"cancelled", "?state=STATE&error=access_denied", 401, "cancelled"},
		{"a code of AADSTS", "?state=STATE&error=invalid_client&error_description=AADSTS650052%3A+<script>", 401, "AADSTS650052"},
		{"a strange error", "?state=STATE&error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=call+this+number", 401, "unreadable"},
	}
	for _, tt := range tests {
		p.newBrowser()
		state := p.get("/sign-in").url.Query().Get("state")
		page := p.get("/auth/callback" + strings.ReplaceAll(tt.query, "STATE", state))
		if page.status != tt.status || !strings.Contains(page.text("body"), tt.want) {
			t.Errorf("%s: %d %q", tt.name, page.status, page.text("main"))
		}
		if strings.Contains(page.body, "<script>") || strings.Contains(page.body, "this number") {
			t.Errorf("%s: the page repeats the address", tt.name)
		}
		if got := page.header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("%s: Referrer-Policy %q", tt.name, got)
		}
		if !strings.Contains(tt.query, "STATE") {
			continue
		}
		again := p.get("/auth/callback?state=" + state + "&code=x")
		if again.status != http.StatusBadRequest {
			t.Errorf("%s: the state answers a second time with %d", tt.name, again.status)
		}
	}
	if n := len(p.audit(models.ActionSignInFailed)); n != 4 {
		t.Errorf("%d records of failed sign-ins, want 4", n)
	}
}

func TestCallbackOfAnotherBrowser(t *testing.T) {
	p := newTestPortal(t)
	p.browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.Path, "/auth/callback") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	stopped := p.submit(p.get("/sign-in"), p.persona("global-admin").UPN, nil)
	link := stopped.header.Get("Location")
	if !strings.Contains(link, "/auth/callback?") {
		t.Fatalf("no callback in %q", link)
	}
	p.newBrowser()
	p.get("/sign-in") // the victim has a sign-in of his own under way
	if page := p.get(link); page.status != http.StatusBadRequest || page.Find(".banner-right .account").Length() != 0 {
		t.Errorf("another's code signs in: %d", page.status)
	}
}

func TestSignOut(t *testing.T) {
	p := newTestPortal(t)
	home := p.signIn("agent-admin")
	cookies := p.browser.Jar.Cookies(home.url)
	page := p.submit(home, "Sign out", nil)
	if page.status != http.StatusOK || page.text("h1") != "You are signed out" {
		t.Fatalf("%d %q", page.status, page.text("main"))
	}
	if link := page.Find("a:contains('Also sign out of the sandbox')").AttrOr("href", ""); !strings.HasPrefix(link, p.tenant) {
		t.Errorf("the link leads to %q", link)
	}
	if page.header.Get("Clear-Site-Data") == "" {
		t.Error("no Clear-Site-Data")
	}
	p.newBrowser()
	p.browser.Jar.SetCookies(home.url, cookies)
	if page := p.get("/sandbox"); page.status != http.StatusUnauthorized {
		t.Errorf("the old cookie answers %d", page.status)
	}
	records := p.audit(models.ActionSignOut)
	if len(records) != 1 || records[0].Actor != p.info.TenantID+"/"+p.persona("agent-admin").ObjectID {
		t.Errorf("records %+v", records)
	}
	if again := p.post("/sign-out", nil); again.status != http.StatusOK {
		t.Errorf("signing out twice: %d", again.status)
	}
}

func TestSignOutParksTheRefreshToken(t *testing.T) {
	p := newTestPortal(t)
	home := p.signIn("agent-admin")
	person := p.persona("agent-admin")
	if _, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID); err != nil {
		t.Fatal(err)
	}
	p.submit(home, "Sign out", nil)
	if row, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID); err == nil {
		t.Errorf("the sign-in is still there: %+v", row)
	}
}

func TestSignInAgainReplacesTheSignIn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	person := p.persona("agent-admin")
	first, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID)
	if err != nil {
		t.Fatal(err)
	}
	picker := p.get("/sign-in?account=other")
	p.submit(picker, person.UPN, nil)
	second, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID)
	if err != nil || second.ID == first.ID {
		t.Fatalf("no new sign-in: %v", err)
	}
	if _, err := p.store.SignIn(t.Context(), first.ID); err == nil {
		t.Error("the former sign-in was kept")
	}
}

func TestIdleSession(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	person := p.persona("agent-admin")
	// Whoever goes on working is noted as seen, and keeps his sign-in.
	for range 3 {
		p.clock.forward(20 * time.Minute)
		if page := p.get("/sandbox"); page.status != http.StatusOK {
			t.Fatalf("busy: %d", page.status)
		}
		if err := p.h.SignIns.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID); err != nil {
		t.Fatalf("the sign-in of a busy person is gone: %v", err)
	}
	p.clock.forward(33 * time.Minute)
	if page := p.get("/sandbox"); page.status != http.StatusUnauthorized {
		t.Errorf("after 33 minutes: %d", page.status)
	}
	if err := p.h.SignIns.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if row, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID); err == nil {
		t.Errorf("the sign-in of a person who has gone is kept: %+v", row)
	}
}

func TestRefreshMyRoles(t *testing.T) {
	p := newTestPortal(t)
	home := p.signIn("agent-dev")
	before := p.browser.Jar.Cookies(home.url)
	page := p.post("/roles/refresh", url.Values{"back": {"/sandbox"}})
	if page.status != http.StatusOK || page.url.Path != "/sandbox" {
		t.Fatalf("%d at %s", page.status, page.url)
	}
	if cmp.Equal(before, p.browser.Jar.Cookies(home.url)) {
		t.Error("the session id stayed when the rights may have changed")
	}
	if got := page.text(".banner-right .account-role"); got != "Agent ID Developer" {
		t.Errorf("role %q", got)
	}
}

// TestRefreshedRolesCountAtOnce under a new session id; the old one is dead.
func TestRefreshedRolesCountAtOnce(t *testing.T) {
	p := newTestPortal(t)
	home := p.signIn("agent-dev")
	before := p.browser.Jar.Cookies(home.url)
	row, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, p.persona("agent-dev").ObjectID)
	if err != nil {
		t.Fatal(err)
	}
	// What the directory gave is forgotten, so that reading it again is news.
	if err := p.store.UpdateRoles(t.Context(), row.ID, nil, nil); err != nil {
		t.Fatal(err)
	}
	if page := p.get("/tokens"); page.status != http.StatusForbidden {
		t.Errorf("a lost role still opens the lab: %d", page.status)
	}
	p.post("/roles/refresh", url.Values{"back": {"/sandbox"}})
	if page := p.get("/tokens"); page.status != http.StatusOK {
		t.Errorf("the role that is back opens nothing: %d", page.status)
	}
	p.newBrowser()
	p.browser.Jar.SetCookies(home.url, before)
	if page := p.get("/sandbox"); page.status != http.StatusUnauthorized {
		t.Errorf("the old session id answers %d", page.status)
	}
}

func TestFormWithoutSessionCanBeSentAgain(t *testing.T) {
	p := newTestPortal(t)
	form := url.Values{"lag_blueprint": {"5"}, "name": {`"><b>`}, "client_secret": {"canary-secret"}, "pasted_token": {"canary-token"}, "tag": {"a", "b"}}
	page := p.post("/sandbox/knobs", form)
	if page.status != http.StatusUnauthorized {
		t.Fatalf("status %d", page.status)
	}
	if strings.Contains(page.body, "canary") {
		t.Error("a secret is in the page")
	}
	text := page.text("main")
	if !strings.Contains(text, "client secret, pasted token") {
		t.Errorf("what was left out is not named: %s", text)
	}
	again := page.Find("button:contains('Send again')").Closest("form")
	want := url.Values{"lag_blueprint": {"5"}, "name": {`"><b>`}, "tag": {"a", "b"}}
	if diff := cmp.Diff(want, formFields(again)); diff != "" {
		t.Errorf("kept fields: %s", diff)
	}
	if action := again.AttrOr("action", ""); action != "/sandbox/knobs" {
		t.Errorf("sent to %q", action)
	}
	link := page.Find("main a[target=_blank]")
	if link.AttrOr("href", "") != "/sign-in?return=%2Fsigned-in" || link.AttrOr("rel", "") != "noopener" {
		t.Errorf("link %q", link.AttrOr("href", ""))
	}
}

func TestSentAgainAfterSignIn(t *testing.T) {
	p := newTestPortal(t)
	form := url.Values{"lag_blueprint": {"5"}, "lag_principal": {"0"}, "lag_agent_identity": {"0"}, "lag_agent_user": {"0"}, "lag_grant": {"0"}, "latency": {"0"}, "delegated_create": {"on"}}
	kept := p.post("/sandbox/knobs", form)
	picker := p.get(kept.Find("main a[target=_blank]").AttrOr("href", ""))
	if page := p.submit(picker, p.persona("agent-admin").UPN, nil); page.url.Path != "/signed-in" || page.status != http.StatusOK {
		t.Fatalf("the other tab ends at %s with %d", page.url, page.status)
	}
	page := p.submit(kept, "Send again", nil)
	if page.url.Path != "/sandbox" || page.Find("#f-lag_blueprint").AttrOr("value", "") != "5" {
		t.Errorf("at %s with %d: %s", page.url, page.status, page.text("main"))
	}
}

func TestFragmentWithoutSession(t *testing.T) {
	p := newTestPortal(t)
	page := p.send(http.MethodGet, "/sandbox", nil, http.Header{"Hx-Request": {"true"}, "Hx-Current-Url": {p.url + "/sandbox?x=1"}})
	if got := page.header.Get("HX-Redirect"); got != "/sign-in?return=%2Fsandbox%3Fx%3D1" || page.body != "" {
		t.Errorf("HX-Redirect %q, body %q", got, page.body)
	}
	evil := p.send(http.MethodGet, "/sandbox", nil, http.Header{"Hx-Request": {"true"}, "Hx-Current-Url": {"https://evil.example//x"}})
	if got := evil.header.Get("HX-Redirect"); got != "/sign-in" {
		t.Errorf("HX-Redirect %q", got)
	}
}
