package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// names are the names in the first column of a list.
func (a *answer) names() []string {
	var names []string
	a.Find("tbody .name-cell a").Each(func(_ int, s *goquery.Selection) {
		names = append(names, s.Text())
	})
	return names
}

// seededBlueprints are the blueprints of the sandbox's seed, in the order of their names.
func seededBlueprints() []string {
	return []string{
		"Contract reader", "Expense audit", "Invoice helper", "Meeting notes", "Payroll bridge", "Site survey", "Support triage", "Travel desk",
	}
}

// seededAgents are their agent identities: one each, but for the blueprint without a principal.
func seededAgents() []string {
	var names []string
	for _, name := range seededBlueprints()[1:] {
		names = append(names, name+" 01")
	}
	return names
}

func reversed(names []string) []string {
	slices.Reverse(names)
	return names
}

func TestTheListOfBlueprints(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint(hostileName, true)

	page := p.get("/blueprints")
	if diff := cmp.Diff(slices.Concat([]string{hostileName}, seededBlueprints()), page.names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if n := page.Find("main script").Length(); n != 0 {
		t.Errorf("%d scripts came out of a name", n)
	}
	row := page.Find(`tr:has(a[href="/blueprints/` + b.ID + `"])`)
	if row.Find("code").Text() != b.AppID {
		t.Errorf("App ID = %q, want %q", row.Find("code").Text(), b.AppID)
	}
	if got := page.text(".pagination-text"); got != "1–9 of 9, sorted by name" {
		t.Errorf("foot = %q", got)
	}
	if !strings.Contains(page.text("main"), "as of ") {
		t.Error("the page does not say when it was read")
	}
	if got := p.get("/blueprints?sort=-name").names(); got[0] != "Travel desk" {
		t.Errorf("turned round: %q", got)
	}
}

func TestSearchingBlueprints(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Ticket triage", true)
	for search, want := range map[string][]string{
		"ticket": {"Ticket triage"}, "invoice": {"Invoice helper"}, b.AppID: {"Ticket triage"}, strings.ToUpper(b.ID): {"Ticket triage"},
		"zzz": nil, unknownID: nil, `"`: nil, `" OR "displayName:ticket`: nil, "' or 1 eq 1": nil,
	} {
		page := p.get("/blueprints?q=" + url.QueryEscape(search))
		if page.status != 200 {
			t.Errorf("%s: %d %s", search, page.status, page.text("main"))
			continue
		}
		if diff := cmp.Diff(want, page.names()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", search, diff)
		}
		if got := page.Find("#f-q").AttrOr("value", ""); got != search {
			t.Errorf("the field forgot %q, it holds %q", search, got)
		}
		if page.text(".chip-value") != strings.Join(strings.Fields(search), " ") || page.Find(`.chip-remove[href="/blueprints"]`).Length() != 1 {
			t.Errorf("%s: chips = %q", search, page.text(".chips"))
		}
		if want == nil && page.text(".empty h2") != "No blueprint matches 1 filter" {
			t.Errorf("%s: empty = %q", search, page.text(".empty"))
		}
	}
}

func TestTurningThePagesOfBlueprints(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for i := range 55 {
		p.makeBlueprint(fmt.Sprintf("Helper %02d", i), false)
	}
	first := p.get("/blueprints")
	if got := first.text(".pagination-text"); got != "1–50 of 63, sorted by name" {
		t.Errorf("foot = %q", got)
	}
	second := p.submit(first, "Next", nil)
	if got := second.names(); len(got) != 13 || got[7] != "Invoice helper" {
		t.Errorf("second page = %q", got)
	}
	if got := second.text(".pagination-text"); got != "51–63 of 63, sorted by name" {
		t.Errorf("foot = %q", got)
	}
	if back := p.submit(second, "Previous", nil); len(back.names()) != 50 {
		t.Error("no way back to the first page")
	}
}

func TestABlueprintWithEverythingOnIt(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed.Blueprint
	page := p.get("/blueprints/" + seed.ObjectID)
	text := page.text("main")
	for _, want := range []string{
		"Invoice helper", seed.AppID, seed.ObjectID, seed.PrincipalID, p.info.TenantID, "Invoice helper 01", "Secret, ",
		"agent-dev@sandbox.example", "sponsor@sandbox.example", "No run of this portal",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
	if strings.Contains(page.body, seed.ClientSecret) {
		t.Error("the page holds the client secret")
	}
	for _, href := range []string{"/agents/" + p.info.Seed.Agent.ID, "/blueprints/" + seed.ObjectID + "/audit", "/principals/" + seed.PrincipalID} {
		if page.Find(`main a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	if page.Find(".notice").Length() != 0 {
		t.Errorf("findings = %q", page.text(".notice"))
	}
	if byApp := p.get("/blueprints/" + seed.AppID); byApp.url.Path != "/blueprints/"+seed.ObjectID {
		t.Errorf("the App ID led to %s", byApp.url)
	}
}

func TestABlueprintThatLacksSomething(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint(strings.Repeat("Long", 64), false)
	w := p.writer("agent-admin")
	if _, err := w.Send(t.Context(), "op-s", graph.AddPasswordCall(b.ID, "", time.Now().Add(9*24*time.Hour+time.Hour)), nil); err != nil {
		t.Fatal(err)
	}
	page := p.get("/blueprints/" + b.ID)
	titles := page.Find(".notice-title")
	if got := titles.Text(); !strings.Contains(got, "no principal") || !strings.Contains(got, "ends in 9 days") {
		t.Errorf("findings = %q", got)
	}
	if !strings.Contains(page.text("dl"), "Missing in this tenant") || !strings.Contains(page.text("svg.tree"), "Agent identities, none") {
		t.Errorf("page = %s", page.text("main"))
	}
	if strings.Contains(page.text(".actions"), "Get a token") {
		t.Error("offers a token without an agent")
	}
}

func TestAPartThatGraphRefusesSaysSoInItsPlace(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	wire.cut.Store("/sponsors")
	page := p.get("/blueprints/" + p.info.Seed.Blueprint.ObjectID)
	if page.status != 200 || !strings.Contains(page.text("main"), "Your roles do not let you read this") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if strings.Contains(page.text(".notice"), "no sponsor") {
		t.Error("what could not be read was taken for missing")
	}
	wire.cut.Store("agentIdentityBlueprintPrincipal")
	page = p.get("/blueprints/" + p.info.Seed.Blueprint.ObjectID)
	if page.status != 200 || !strings.Contains(page.text("dl"), "Graph could not be reached") || strings.Contains(page.text(".notice"), "no principal") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
}

func TestBlueprintsWithoutADescriptionSayWhatTheyAreFor(t *testing.T) {
	agents := func(n int) []views.AgentRow { return make([]views.AgentRow, n) }
	total := 1234
	for want, of := range map[string]views.AgentsOf{
		"A blueprint without agent identities yet.":      {},
		"The blueprint of 1 agent identity:":             {Rows: agents(1)},
		"The blueprint of 2 agent identities:":           {Rows: agents(2)},
		"The blueprint of more than 2 agent identities:": {Rows: agents(2), More: true},
		"The blueprint of 1,234 agent identities:":       {Rows: agents(6), Total: &total, More: true},
		"The blueprint of agent identities:":             {Fault: "Graph refused"},
	} {
		if got := blueprintLead(&views.BlueprintDetail{Agents: of}); !strings.HasPrefix(got, want) {
			t.Errorf("lead = %q, want %q", got, want)
		}
	}
}
