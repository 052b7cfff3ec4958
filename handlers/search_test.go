package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"agentidportal/models"
	"agentidportal/views"
)

func (p *testPortal) find(text string) *answer {
	p.t.Helper()
	return p.get("/search?" + url.Values{"q": {text}}.Encode())
}

// An id leads straight to its object, however it was meant and written.
func TestSearchGoesToTheObjectOfAnID(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.info.Seed.Blueprint
	tests := []struct{ name, text, path string }{
		{"blueprint by Object ID", b.ObjectID, "/blueprints/" + b.ObjectID},
		{"blueprint by App ID", b.AppID, "/blueprints/" + b.ObjectID},
		{"blueprint principal", b.PrincipalID, "/principals/" + b.PrincipalID},
		{"agent identity", p.info.Seed.Agent.ID, "/agents/" + p.info.Seed.Agent.ID},
		{"in braces and capitals", " {" + strings.ToUpper(p.info.Seed.Agent.ID) + "} ", "/agents/" + p.info.Seed.Agent.ID},
	}
	for _, tt := range tests {
		if page := p.find(tt.text); page.status != http.StatusOK || page.url.Path != tt.path {
			t.Errorf("%s: %d at %s, want %s", tt.name, page.status, page.url.Path, tt.path)
		}
	}
	// What has no page of its own is a row with kind, name and id.
	person := p.persona("approver")
	page := p.find(person.ObjectID)
	if page.url.Path != "/search" || !page.says("main", person.DisplayName) || !page.says("main", "Person") || !page.says("main", person.ObjectID) || !page.says("main", person.UPN) {
		t.Errorf("a person: %s: %s", page.url, page.text("main"))
	}
	none := p.find("11111111-2222-4333-8444-555555555555")
	if !none.says("main", "Nothing was found") || !none.says("main", "as the App ID of blueprints") {
		t.Errorf("an id nobody has: %s", none.text("main"))
	}
	if none.Find("main a[href='/audit?target=11111111-2222-4333-8444-555555555555']").Length() != 1 {
		t.Error("the audit is not offered")
	}
}

func TestSearchGroupsWhatItFinds(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.find("invoice")
	for _, want := range []string{"Blueprints", "Blueprint principals", "Agent identities", "Invoice helper", "Invoice helper 01", p.info.Seed.Blueprint.AppID, p.info.Seed.Agent.ID} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q: %s", want, page.text("main"))
		}
	}
	for _, href := range []string{"/agents/" + p.info.Seed.Agent.ID, "/principals/" + p.info.Seed.Blueprint.PrincipalID} {
		if page.Find("main a[href='"+href+"']").Length() != 1 {
			t.Errorf("%s is not linked", href)
		}
	}
	if got := page.Find("header input[name=q]").First().AttrOr("value", ""); got != "invoice" {
		t.Errorf("the box in the header holds %q", got)
	}
	user := p.find(p.info.Seed.AgentUser.UPN)
	if user.url.Path != "/agent-users/"+p.info.Seed.AgentUser.ID || !user.says("main", p.info.Seed.AgentUser.ID) {
		t.Errorf("the agent user by its UPN: %s", user.text("main"))
	}
	if people := p.find("approver"); !people.says("main", "People") || !people.says("main", p.persona("approver").UPN) {
		t.Errorf("a person by name: %s", people.text("main"))
	}
	if group := p.find("finance"); !group.says("main", "Groups") || !group.says("main", "Finance team") || !group.says("main", "Microsoft 365 group") {
		t.Errorf("a group by name: %s", group.text("main"))
	}
	if none := p.find("CHG-2041"); !none.says("main", "Reasons, descriptions, tags and acts are not searched") || none.Find("main a[href='/audit']").Length() != 1 {
		t.Errorf("a reason: %s", none.text("main"))
	}
	b := p.makeBlueprint("Lonely sheet", false)
	if only := p.find("lonely SHEET"); only.url.Path != "/blueprints/"+b.ID {
		t.Errorf("the one thing of that name is not opened: %s %s", only.url, only.text("main"))
	}
	if part := p.find("lonely"); part.url.Path != "/search" || !part.says("main", "Lonely sheet") {
		t.Errorf("a part of a name leads to %s", part.url)
	}
}

// Trees show ids cut short: what they show finds the object.
func TestSearchFindsTheStartOfAnID(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, agent := p.info.Seed.Blueprint, p.info.Seed.Agent.ID
	for text, href := range map[string]string{
		b.AppID[:8]: "/blueprints/" + b.ObjectID, "app " + b.AppID[:8] + "…": "/blueprints/" + b.ObjectID,
		strings.ToUpper(b.ObjectID[:13]): "/blueprints/" + b.ObjectID, agent[:8]: "/agents/" + agent,
	} {
		if page := p.find(text); page.Find("main section:contains('Ids that begin so') a[href='"+href+"']").Length() != 1 {
			t.Errorf("%q does not find %s: %s", text, href, page.text("main"))
		}
	}
	if none := p.find("deadbeef"); !none.says("main", "Type the whole id") || none.says("main", "Ids that begin so") {
		t.Errorf("an id nobody has: %s", none.text("main"))
	}
}

// Runs and own drafts are the portal's: they are found by a part of the name,
// drafts by their owner alone.
func TestSearchFindsRunsAndOwnDrafts(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	run := p.putRun(models.Run{Title: "Create blueprint Foreign", State: models.RunDone})
	draft := &models.Draft{TID: p.info.TenantID, OID: p.persona("agent-admin").ObjectID, Kind: draftBlueprint, Title: "Payroll writer", Body: []byte(`{"displayName":"Payroll writer"}`)}
	if err := p.store.CreateDraft(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	runs := p.find("foreign")
	if !runs.says("main", "Runs") || runs.Find("main a[href='"+runPath(run.ID)+"']").Length() != 1 {
		t.Errorf("the run: %s", runs.text("main"))
	}
	if mine := p.find("roll wri"); !strings.HasPrefix(mine.url.Path, "/search") || !mine.says("main", "Your drafts") || mine.Find("main a[href='/blueprints/new/"+draft.ID+"']").Length() != 1 {
		t.Errorf("the draft: %s %s", mine.url, mine.text("main"))
	}
	p.newBrowser()
	p.signIn("agent-dev")
	if theirs := p.find("roll wri"); theirs.says("main", "Your drafts") || !theirs.says("main", "Nothing was found") {
		t.Errorf("somebody else's draft: %s", theirs.text("main"))
	}
}

// More than a page shows is counted out, and linked where a list takes the words.
func TestSearchLeadsToTheWholeList(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, name := range []string{"Many 1", "Many 2", "Many 3", "Many 4", "Many 5", "Many 6", "Many 7"} {
		p.makeBlueprint(name, false)
	}
	page := p.find("many")
	if n := page.Find("main section:contains('Blueprints') tbody tr").Length(); n < searchRows {
		t.Errorf("%d rows", n)
	}
	more := page.Find("main a[href='/blueprints?q=many']")
	if more.Length() != 1 || more.Text() != "More blueprints" {
		t.Errorf("the list is not linked: %s", page.text("main"))
	}
}

func TestSearchTakesAnyText(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	tests := []struct{ name, query, says string }{
		{"nothing", "", "names by the start of a word"},
		{"blanks", "%20%20", "names by the start of a word"},
		{"one letter", "i", "Invoice helper"},
		{"300 letters", strings.Repeat("a", 300), "Only the first 120 characters were searched"},
		{"300 letters of two bytes", url.QueryEscape(strings.Repeat("é", 300)), "Only the first 120 characters were searched"},
		{"quotes", url.QueryEscape(`"'` + "`"), "Nothing was found"},
		{"OData", url.QueryEscape("' or 1 eq 1"), "Nothing was found"},
		{"SQL", url.QueryEscape("%' or '1'='1"), "Nothing was found"},
		{"NUL", "%00", "names by the start of a word"},
		{"no UTF-8", "%ff%fe", "names by the start of a word"},
		{"NUL in a word", "invoice%00", "Invoice helper"},
		{"markup", url.QueryEscape("<script>alert(1)</script>"), "Nothing was found"},
		{"from right to left", url.QueryEscape("a\u202eb"), "Nothing was found"},
		{"half an id", "11111111-2222", "Nothing was found"},
		{"twice", "a&q=b", ""},
		{"broken escape", "%zz", ""},
	}
	for _, tt := range tests {
		page := p.get("/search?q=" + tt.query)
		if page.status != http.StatusOK || !strings.Contains(page.text("main"), tt.says) {
			t.Errorf("%s: status %d: %s", tt.name, page.status, page.text("main"))
		}
		if page.Find("main script").Length() != 0 || strings.Contains(page.body, "\x00") || strings.Contains(page.text("main"), "\u202e") {
			t.Errorf("%s: the text does something in the page", tt.name)
		}
	}
}

// A secret in the box is sent to nobody and is not in the address that stays.
func TestSearchForgetsSecrets(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for text, what := range map[string]string{
		"Bearer " + unsigned(`{"alg":"RS256"}`, `{"canary":1}`): "token",
		"abc8Q~canaryCanaryCanaryCanaryCanary.1_x":              "secret",
	} {
		page := p.find(text)
		if !page.says("main", "This looks like a "+what+", so nothing was searched") {
			t.Errorf("%s: %s", what, page.text("main"))
		}
		if strings.Contains(page.body+page.url.String()+p.log.String(), text) || page.url.Query().Get("q") != "" {
			t.Errorf("the %s is still at %s", what, page.url)
		}
	}
}

// What Graph refuses is said, and the rest is shown all the same.
func TestSearchSaysWhatWasNotSearched(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	k, err := readKnobs(t.Context(), nil, p.tenant)
	if err != nil {
		t.Fatal(err)
	}
	k.Faults = append(k.Faults, Fault{Kind: "500", Path: "/v1.0/users"})
	if err := writeKnobs(t.Context(), nil, p.tenant, k); err != nil {
		t.Fatal(err)
	}
	page := p.find("invoice")
	if page.status != http.StatusOK || !page.says("main", "People were not searched") || !page.says("main", "Graph answered 500") || !page.says("main", "Invoice helper 01") {
		t.Errorf("status %d: %s", page.status, page.text("main"))
	}
}

func TestSearchIsForThoseWhoMayList(t *testing.T) {
	p := newTestPortal(t)
	want := map[string]int{"user": 0, "auditor": 2, "agent-dev": 2, "agent-admin": 2}
	got := map[string]int{}
	for name := range want {
		p.newBrowser()
		page := p.signIn(name)
		boxes := page.Find("form[action='/search'][method=get] input[type=search][name=q]")
		boxes.Each(func(_ int, s *goquery.Selection) {
			if label := page.text("label[for='" + s.AttrOr("id", "") + "']"); label != "Search" {
				t.Errorf("the box is labelled %q", label)
			}
		})
		got[name] = boxes.Length()
		if page := p.find("invoice"); (page.status == http.StatusOK) != (want[name] > 0) {
			t.Errorf("%s searches with status %d", name, page.status)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if page := newTestPortal(t).get("/tokens/inspect"); page.Find("form[action='/search']").Length() != 0 {
		t.Error("a stranger sees the box")
	}
}

func TestOnlyHit(t *testing.T) {
	row := func(kind, name, value, href string) views.SearchRow {
		return views.SearchRow{Kind: kind, Name: name, Value: value, Href: href}
	}
	group := func(rows ...views.SearchRow) views.SearchGroup { return views.SearchGroup{Rows: rows} }
	tests := []struct {
		name   string
		groups []views.SearchGroup
		want   string
	}{
		{"none", nil, ""},
		{"exact", []views.SearchGroup{group(row("Agent identity", "QUERY", "", "/a"))}, "/a"},
		{"by its UPN", []views.SearchGroup{group(row("Agent user", "x", "query", "/u"))}, "/u"},
		{"only a part", []views.SearchGroup{group(row("Agent identity", "query 01", "", "/a"))}, ""},
		{"no page", []views.SearchGroup{group(row("Person", "query", "", ""))}, ""},
		{"blueprint and its principal", []views.SearchGroup{group(row("Blueprint", "query", "app", "/b")), group(row("Blueprint principal", "query", "app", "/p"))}, "/b"},
		{"blueprint and another's principal", []views.SearchGroup{group(row("Blueprint", "query", "app", "/b")), group(row("Blueprint principal", "query", "other", "/p"))}, ""},
		{"two", []views.SearchGroup{group(row("Run", "query", "", "/r"), row("Run", "query", "", "/s"))}, ""},
		{"a part was refused", []views.SearchGroup{group(row("Agent identity", "query", "", "/a")), {Fault: "refused"}}, ""},
		{"there are more", []views.SearchGroup{{Rows: []views.SearchRow{row("Agent identity", "query", "", "/a")}, MoreText: "More"}}, ""},
	}
	for _, tt := range tests {
		if got := onlyHit(views.SearchPage{Query: "query", Groups: tt.groups}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
