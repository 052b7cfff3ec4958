package handlers

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/models"
)

func TestEveryTabOfEveryKind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	kinds := map[string]struct {
		path string
		tabs map[string]string // a selector that only the tab has
	}{
		"blueprint": {"/blueprints/" + seed.Blueprint.ObjectID, map[string]string{
			"": "svg.tree", "identities": `[aria-label="Agent identities"] tbody tr`, "credentials": `[aria-label="Credentials"] tbody tr`,
			"setup":  `[aria-label="What its agents need"] tbody tr`,
			"owners": `[aria-label="Owners"] tbody tr`, "audit": `a[href="/audit?target=` + seed.Blueprint.ObjectID + `"]`, "json": ".code-body",
		}},
		"principal": {"/principals/" + seed.Blueprint.PrincipalID, map[string]string{
			"": "svg.tree", "identities": `[aria-label="Agent identities"] tbody tr`, "permissions": ".empty",
			"owners": `[aria-label="Sponsors"] tbody tr`, "audit": `a[href="/audit?target=` + seed.Blueprint.PrincipalID + `"]`, "json": ".code-body",
		}},
		"agent": {"/agents/" + seed.Agent.ID, map[string]string{
			"": "svg.tree", "permissions": `[aria-label="Permissions"] tbody tr`, "owners": `[aria-label="Owners"] tbody tr`, "audit": `a[href="/audit?target=` + seed.Agent.ID + `"]`, "json": ".code-body",
		}},
		"agent user": {"/agent-users/" + seed.AgentUser.ID, map[string]string{
			"": "svg.tree", "permissions": `[aria-label="Permissions"] tbody tr`, "licences": `[aria-label="Licences"]`, "groups": `[aria-label="Groups"]`,
			"owners": `[aria-label="Sponsors"] tbody tr`, "audit": `a[href="/audit?target=` + seed.AgentUser.ID + `"]`, "json": ".code-body",
		}},
	}
	for kind, want := range kinds {
		for word, selector := range want.tabs {
			path := strings.TrimSuffix(want.path+"/"+word, "/")
			page := p.get(path)
			if page.status != 200 || page.Find("main "+selector).Length() == 0 || page.Find("h1").Length() != 1 {
				t.Errorf("%s %q: %d, no %s in %s", kind, word, page.status, selector, page.text("main"))
			}
			if current := page.Find(`.tabs a[aria-current="page"]`); current.Length() != 1 || current.AttrOr("href", "") != path {
				t.Errorf("%s %q: the open tab is %s", kind, word, current.AttrOr("href", "none"))
			}
			if n := page.Find(".tabs a").Length(); n != len(want.tabs) {
				t.Errorf("%s %q: %d tabs, want %d", kind, word, n, len(want.tabs))
			}
			crumbs := page.Find(".crumbs li").Length()
			if folder := want.path[:strings.LastIndex(want.path, "/")]; p.h.guards[folder].IsZero() {
				crumbs++ // there is no list
			}
			if word == "" && crumbs != 3 || word != "" && crumbs != 4 {
				t.Errorf("%s %q: %d crumbs: %s", kind, word, crumbs, page.text(".crumbs"))
			}
		}
		for _, word := range []string{"permission", "x", "JSON", "..", "identities/x"} {
			if page := p.get(want.path + "/" + word); page.status != 404 {
				t.Errorf("%s has a tab %q: %d %s", kind, word, page.status, page.url)
			}
		}
	}
	for kind, word := range map[string]string{"agent": "identities", "blueprint": "permissions"} {
		if page := p.get(kinds[kind].path + "/" + word); page.status != 404 {
			t.Errorf("%s has %s: %d", kind, word, page.status)
		}
	}
	if page := p.get("/agents/" + unknownID + "/audit"); page.status != 404 || page.Find(`main a[href="/agents"]`).Length() == 0 {
		t.Errorf("a tab of nothing: %d %s", page.status, page.text("main"))
	}
}

func TestThePageShowsWhatItAskedGraph(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	for path, wants := range map[string][]string{
		"/blueprints/" + seed.Blueprint.ObjectID + "/identities?sort=-name": {"GET /v1.0/servicePrincipals/microsoft.graph.agentIdentity?"},
		"/agents/" + seed.Agent.ID: {
			"GET /v1.0/servicePrincipals/" + seed.Agent.ID + "/microsoft.graph.agentIdentity200",
			"/microsoft.graph.agentIdentity/sponsors", "/microsoft.graph.agentIdentity/owners",
		},
	} {
		calls := p.get(path).Find("details.graph-calls")
		rows := calls.Find("tbody tr")
		if rows.Length() < len(wants) || !strings.Contains(calls.Find("summary").Text(), fmt.Sprintf("(%d)", rows.Length())) {
			t.Errorf("%s: %d calls under %q", path, rows.Length(), calls.Find("summary").Text())
		}
		text := strings.Join(strings.Fields(rows.Text()), " ")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks the call %q: %s", path, want, text)
			}
		}
		rows.Each(func(_ int, row *goquery.Selection) {
			if row.Find(`[data-label="Status"]`).Text() == "" || row.Find(`[data-label="Request-id"] code`).Text() == "" {
				t.Errorf("%s: a call without status or request-id: %s", path, row.Text())
			}
		})
	}
	if strings.Contains(p.log.String(), "displayName%20desc") {
		t.Error("a query is in the log")
	}
}

func TestTheTreeAsAList(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	for i := range 8 {
		p.makeAgent(b, fmt.Sprintf("Night %02d", i))
	}
	page := p.get("/blueprints/" + b.ID)
	boxes := page.Find("svg.tree a")
	if boxes.Length() != 2+6+1 || !strings.Contains(page.text("svg.tree"), "2 more agent identities") {
		t.Errorf("%d boxes: %s", boxes.Length(), page.text("svg.tree"))
	}
	if page.Find(`svg.tree a[href="/agents?blueprint=`+b.AppID+`"]`).Length() != 1 {
		t.Error("the rest leads nowhere")
	}
	list := p.get(page.Find(".tree-switch").AttrOr("href", ""))
	if list.Find("svg.tree").Length() != 0 || list.Find(".tree-list li").Length() != 9 {
		t.Errorf("as a list: %s", list.text(".tree-list"))
	}
	if back := list.Find(".tree-switch").AttrOr("href", ""); back != "/blueprints/"+b.ID {
		t.Errorf("the way back leads to %s", back)
	}
	agent := p.get(boxes.Eq(2).AttrOr("href", "/none"))
	if got := agent.text("svg.tree"); !strings.Contains(got, "7 more agent identities") {
		t.Errorf("the tree of an agent: %s", got)
	}
	identities := p.get("/blueprints/" + b.ID + "/identities?rows=25&sort=-name&q=zzz")
	if names := identities.names(); len(names) != 8 || names[0] != "Night 07" {
		t.Errorf("identities = %q", names)
	}
}

func TestTheHistoryOfAnObject(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	run := p.waitRun(p.startRun(url.Values{"count": {"1"}}), "Done")
	blueprint := run.Find("main a").FilterFunction(byText("Open the blueprint")).AttrOr("href", "/none")
	page := p.get(blueprint + "/audit")
	rows := page.Find(`[aria-label="Audit records"] tbody tr`)
	if rows.Length() < 2 || !strings.Contains(rows.Text(), models.ActionBlueprintCreate) {
		t.Errorf("%d records: %s", rows.Length(), page.text("main"))
	}
	p.newBrowser()
	p.signIn("agent-dev")
	page = p.get(blueprint + "/audit")
	if page.status != 200 || page.Find(`[aria-label="Audit records"] tbody tr`).Length() != 0 || !strings.Contains(page.text(".empty"), "You did nothing to it") {
		t.Errorf("a Developer sees the acts of others: %s", page.text("main"))
	}
}

func TestAnObjectAsJSON(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	base := "/blueprints/" + seed.Blueprint.ObjectID + "/json"
	tests := []struct {
		name, query string
		status      int
		has         string // in the code, or in the notice
	}{
		{"whole", "", 200, `"displayName": "Invoice helper"`},
		{"beta", "?version=beta", 200, "/beta/applications/"},
		{"some properties", "?select=id,appId", 200, `"appId": "` + seed.Blueprint.AppID + `"`},
		{"a relation", "?select=id&expand=sponsors($select=id)", 200, p.persona("sponsor").ObjectID},
		{"no such property", "?select=nonsense", 422, "Graph answered 400 Request_BadRequest"},
		{"no such relation", "?expand=children", 422, "children"},
		{"another option", "?select=" + url.QueryEscape("id&$filter=x"), 422, "Take out “&”"},
		{"another path", "?select=" + url.QueryEscape("id#?x"), 422, "Take out “#”"},
		{"a turned text", "?expand=" + url.QueryEscape("a\u202eb"), 422, "⟨U+202E⟩"},
		{"too long", "?select=" + strings.Repeat("a", 501), 422, "This has 501."},
		{"an unknown version", "?version=v9", 200, "/v1.0/applications/"},
	}
	for _, tt := range tests {
		page := p.get(base + tt.query)
		text := page.text("main")
		if page.status != tt.status || !strings.Contains(text, tt.has) {
			t.Errorf("%s: %d, want %d with %q: %s", tt.name, page.status, tt.status, tt.has, text)
		}
		if got, want := page.Find("#f-select").AttrOr("value", ""), page.url.Query().Get("select"); got != want {
			t.Errorf("%s: the field forgot %q, it holds %q", tt.name, want, got)
		}
		if strings.Contains(page.body, seed.Blueprint.ClientSecret) {
			t.Errorf("%s: the page holds the client secret", tt.name)
		}
	}
	p.newBrowser()
	p.signIn("auditor")
	if page := p.get(base); page.status != 200 || !strings.Contains(page.text(".code-body"), "Invoice helper") {
		t.Errorf("a Global Reader: %d %s", page.status, page.text("main"))
	}
}

func TestLongJSONIsCut(t *testing.T) {
	if text, short := indented([]byte(`{"a":1}`)); text != "{\n  \"a\": 1\n}" || short {
		t.Errorf("%q, %v", text, short)
	}
	if text, short := indented([]byte(`{"a":"` + strings.Repeat("é", maxShownJSON) + `"}`)); len(text) > maxShownJSON || !short {
		t.Errorf("%d bytes, %v", len(text), short)
	}
	if text, _ := indented([]byte("no \xff JSON")); text != "no \uFFFD JSON" {
		t.Errorf("%q", text)
	}
}

// TestWhatIsOnlyReadNamesTheCallThatChangesIt on the tabs without forms.
func TestWhatIsOnlyReadNamesTheCallThatChangesIt(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	blueprint, agent := p.info.Seed.Blueprint.ObjectID, p.info.Seed.Agent.ID
	for path, calls := range map[string][]string{
		"/blueprints/" + blueprint + "/owners": {
			"POST /v1.0/applications/" + blueprint + "/microsoft.graph.agentIdentityBlueprint/owners/$ref",
			"POST /v1.0/applications/" + blueprint + "/microsoft.graph.agentIdentityBlueprint/sponsors/$ref",
		},
		"/agents/" + agent + "/owners":             {"POST /v1.0/servicePrincipals/" + agent + "/microsoft.graph.agentIdentity/owners/$ref"},
		"/blueprints/" + blueprint + "/identities": {"POST /v1.0/servicePrincipals/microsoft.graph.agentIdentity"},
	} {
		page := p.get(path)
		for _, call := range calls {
			if page.Find(`[data-copy="`+call+`"]`).Length() != 1 {
				t.Errorf("%s lacks %s: %s", path, call, page.text("main"))
			}
		}
	}
	if page := p.get("/blueprints/" + unknownID + "/owners"); page.status != 404 {
		t.Errorf("owners of nothing: %d", page.status)
	}
}
