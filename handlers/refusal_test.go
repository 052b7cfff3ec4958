package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra/graph"
)

// TestAMissingPermissionAsksForConsent follows the way out of a refusal to the
// sign-in service, which is asked to show its consent page.
func TestAMissingPermissionAsksForConsent(t *testing.T) {
	p, with := failing(t)
	p.signIn("agent-admin")
	with(&graph.Error{Status: 403, Code: "Authorization_RequestDenied", Method: "GET", Path: "/v1.0/x", Needs: "EntitlementManagement.Read.All"})
	page := p.get("/failing")
	if row := page.text("tr:contains('Permission of the portal')"); !strings.Contains(row, "EntitlementManagement.Read.All") || !strings.Contains(row, "Not granted") || !strings.Contains(row, "Missing") {
		t.Errorf("the row of the permission: %s", row)
	}
	if text := page.text(".ways details"); !strings.Contains(text, "agent-admin@") || !strings.Contains(text, "EntitlementManagement.Read.All") || !strings.Contains(text, p.url+"/failing") {
		t.Errorf("the text to send: %s", text)
	}
	link := page.Find(".ways a:contains('Sign in with consent')").AttrOr("href", "")
	p.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if to := p.get(link).header.Get("Location"); !strings.HasPrefix(to, p.tenant) || !strings.Contains(to, "prompt=consent") {
		t.Errorf("%q leads to %s", link, to)
	}
}

// TestAPermissionThatVoidsTheOthersIsNamed is a known trap of real tenants: a
// token with such a permission may do nothing with agents.
func TestAPermissionThatVoidsTheOthersIsNamed(t *testing.T) {
	r := refusal{needs: "AgentIdentity.ReadWrite.All", granted: []string{"AgentIdentity.ReadWrite.All", "Directory.AccessAsUser.All"}}
	r.void = voiding(r.granted)
	r.missing = r.find(&graph.Error{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges"})
	cause, text := r.words()
	if r.missing != missingScope || !strings.Contains(cause, "in the way") || !strings.Contains(text[0], "Directory.AccessAsUser.All") {
		t.Errorf("%s: %s %v", r.missing, cause, text)
	}
	if row := r.conditions()[0]; row.Result != "Missing" || !strings.Contains(row.Have, "voids") {
		t.Errorf("%+v", row)
	}
	if got := voiding([]string{"Directory.Read.All"}); got != "" {
		t.Errorf("%s is said to void", got)
	}
}

// TestARefusedFormLeadsBackToItsPage: the way back is the page the form came
// from, and no page of another site.
func TestARefusedFormLeadsBackToItsPage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, tt := range []struct{ from, want string }{
		{p.url + "/settings?saved=1", "/settings?saved=1"},
		{"https://elsewhere.example/settings", ""},
		{p.url + "//elsewhere.example", "/"},
		{"", ""},
	} {
		header := http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {p.url}, "Referer": {tt.from}}
		page := p.send(http.MethodPost, "/settings", url.Values{"nonsense": {"x"}}, header)
		way := page.Find(".ways .button").First()
		if page.status != http.StatusBadRequest || tt.want != "" && way.AttrOr("href", "") != tt.want || tt.want == "" && strings.TrimSpace(way.Text()) != "Overview" {
			t.Errorf("from %q: %d, first way %q to %q", tt.from, page.status, way.Text(), way.AttrOr("href", ""))
		}
	}
}

// TestARefusalNamesTheAct: who may see an object and not change it is not told
// that he cannot see it.
func TestARefusalNamesTheAct(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	paths := p.seedPaths()
	for path, want := range map[string]string{
		paths[graph.KindBlueprint] + "/edit":             "You cannot edit blueprints",
		paths[graph.KindBlueprint] + "/delete":           "You cannot delete blueprints",
		paths[graph.KindBlueprint] + "/sponsors/add":     "You cannot change blueprints",
		paths[graph.KindBlueprintPrincipal] + "/disable": "You cannot disable blueprint principals",
		paths[graph.KindAgentIdentity] + "/enable":       "You cannot enable agent identities",
		paths[graph.KindAgentUser] + "/manager/set":      "You cannot change agent users",
		"/agents/new":        "You cannot create agent identities",
		"/recycle-bin/purge": "You cannot delete objects for good",
		"/bulk":              "You cannot change many objects at once",
	} {
		if page := p.get(path); page.status != http.StatusForbidden || page.text("h1") != want {
			t.Errorf("%s: %d %q, want %q", path, page.status, page.text("h1"), want)
		}
	}
}
