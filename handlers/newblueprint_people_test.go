package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/models"
	"agentidportal/provision"
)

// pressing presses Continue's form with another button's value, as a browser does
// when that button is pressed.
func (p *testPortal) pressing(page *answer, act string, more url.Values) *answer {
	p.t.Helper()
	form := url.Values{"act": {act}}
	for name, values := range more {
		form[name] = values
	}
	return p.submit(page, "Continue", form)
}

// rowOf is the row of a table that has a name in it.
func rowOf(page *answer, name string) *goquery.Selection {
	return page.Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("th bdi").Text() == name })
}

// groupID finds a group of the sandbox.
func (p *testPortal) groupID(name string) string {
	p.t.Helper()
	page := p.pressing(p.walkTo("people", nil), "find:sponsors", url.Values{"find_sponsors": {name}})
	id := page.Find("button[value^='add:sponsors:']").AttrOr("value", "")
	return strings.TrimPrefix(id, "add:sponsors:")
}

func TestPeopleArePickedBySearch(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("people", nil)
	if me := rowOf(page, "Agent Admin"); me.Length() != 2 || !strings.Contains(me.Text(), "Person, you") {
		t.Fatalf("owner and sponsor to begin with: %s", page.text("main form"))
	}
	page = p.pressing(page, "find:sponsors", url.Values{"find_sponsors": {"finance"}})
	if page.status != http.StatusOK || page.url.RawQuery != "find=sponsors&q=finance" || page.Find("#f-sponsors[autofocus]").Length() != 1 {
		t.Errorf("Search leads to %s with %d", page.url, page.status)
	}
	if refused := rowOf(page, "Finance readers"); !strings.Contains(refused.Text(), "Not eligible: a security group with assigned members") || refused.Find("button").Length() != 0 {
		t.Errorf("the security group: %s", refused.Text())
	}
	page = p.submit(page, "Finance team", nil)
	if rowOf(page, "Finance team").Length() != 2 || !strings.Contains(page.text("main form"), "Chosen") {
		t.Errorf("after Add: %s", page.text("main form"))
	}
	page = p.pressing(page, "find:owners", url.Values{"find_owners": {"finance"}})
	if got := rowOf(page, "Finance team").First(); !strings.Contains(page.text("main form"), "Not eligible: a group") {
		t.Errorf("a group as owner: %s", got.Text())
	}
	admin := p.persona("agent-admin").ObjectID
	page = p.pressing(page, "remove:sponsors:"+admin, nil)
	if page.Find("button[value='remove:sponsors:"+admin+"']").Length() != 0 || page.Find("button[value='remove:owners:"+admin+"']").Length() != 1 {
		t.Errorf("after Remove: %s", page.text("main form"))
	}
	page = p.submit(page, "Continue", nil)
	page = p.submit(page, "Continue", stepFields("credential", typed(nil)))
	page = p.submit(page, "Continue", nil)
	review := p.submit(page, "Continue", stepFields("agents", typed(nil)))
	for _, want := range []string{"Sponsors Finance team", "Owners agent-admin@", "A group sponsors the blueprint"} {
		if !strings.Contains(strings.Join(strings.Fields(review.text(".two")), ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("the review does not say %q: %s", want, review.text(".two"))
		}
	}
	run := p.waitRun(p.submit(review, "Create", nil).url.Path, "Done")
	if run.Find(".step-done").Length() != 5 {
		t.Errorf("the sandbox refused: %s", run.text(".steps"))
	}
}

func TestWhoCannotBePicked(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("people", nil)
	found := p.pressing(page, "find:sponsors", url.Values{"find_sponsors": {p.info.Seed.AgentUser.ID}})
	if !strings.Contains(found.text("main form"), "Not eligible: an agent user") {
		t.Errorf("an agent user by its id: %s", found.text("main form"))
	}
	operators := p.pressing(page, "find:sponsors", url.Values{"find_sponsors": {"Agent operators"}})
	if !strings.Contains(operators.text("main form"), "Not eligible: a group that directory roles can be given to") {
		t.Errorf("role-assignable group: %s", operators.text("main form"))
	}
	for name, tt := range map[string]struct{ act, field, says string }{
		"unknown sponsor":                  {"add:sponsors:11111111-2222-4333-8444-555555555555", "sponsors", "knows nobody and no group with this id"},
		"no id":                            {"add:owners:me", "owners", "knows nobody"},
		"agent user as sponsor":            {"add:sponsors:" + p.info.Seed.AgentUser.ID, "sponsors", "is an agent user. Choose a person, a Microsoft 365 group"},
		"agent user as owner":              {"add:owners:" + p.info.Seed.AgentUser.ID, "owners", "Choose a person or a service principal"},
		"blueprint's principal as sponsor": {"add:sponsors:" + p.info.Seed.Blueprint.PrincipalID, "sponsors", "a blueprint principal"},
		"agent identity as owner":          {"add:owners:" + p.info.Seed.Agent.ID, "owners", "an agent identity"},
	} {
		refused := p.pressing(page, tt.act, nil)
		if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text(".error"), tt.says) {
			t.Errorf("%s: %d %s", name, refused.status, refused.text(".error"))
		}
		if refused.Find("#error-summary a[href='#f-"+tt.field+"']").Length() != 1 || refused.Find("#f-"+tt.field+"[aria-invalid=true]").Length() != 1 {
			t.Errorf("%s: the field is not marked", name)
		}
		if open := p.get(refused.url.Path); rowOf(open, "Agent Admin").Length() != 2 || open.Find("button[value^='remove:']").Length() != 2 {
			t.Errorf("%s: the lists are now %s", name, open.text("main form"))
		}
	}
	none := p.pressing(page, "find:owners", url.Values{"find_owners": {"zzzz <b>"}})
	if !strings.Contains(none.text("main form"), "No person and no group was found for “zzzz <b>”") {
		t.Errorf("nobody found: %s", none.text("main form"))
	}
	left := p.pressing(page, "remove:sponsors:"+p.persona("agent-admin").ObjectID, nil)
	faulty := p.submit(left, "Continue", nil)
	if faulty.status != http.StatusUnprocessableEntity || !strings.Contains(faulty.text("#error-summary"), "Name at least one sponsor") {
		t.Errorf("without a sponsor: %d %s", faulty.status, faulty.text("main"))
	}
}

// Enter in a field means the search that was typed there, and else Continue.
func TestEnterInAFormWithManyButtons(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("people", nil)
	first := page.Find("main form button").First()
	if first.AttrOr("value", "") != "enter" || first.AttrOr("aria-hidden", "") != "true" {
		t.Fatalf("Enter presses %q", first.AttrOr("value", ""))
	}
	found := p.pressing(page, "enter", url.Values{"find_sponsors": {"amara"}})
	if found.url.RawQuery != "find=sponsors&q=amara" {
		t.Fatalf("Enter in a search leads to %s", found.url)
	}
	if again := p.pressing(found, "enter", nil); !strings.HasSuffix(again.url.Path, "/credential") {
		t.Errorf("Enter beside the answer leads to %s", again.url)
	}
}

// Searching for people keeps what was typed beside it.
func TestAgentsHaveSponsorsOfTheirOwn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	team := p.groupID("Finance team")
	page := p.walkTo("agents", nil)
	page = p.pressing(page, "find:agent_sponsors", url.Values{"names": {"North\nSouth"}, "run_as": {"blueprint"}, "find_agent_sponsors": {"finance"}})
	if got := page.Find("#f-names").Text(); got != "North\nSouth" || page.Find("input[name=run_as][value=blueprint][checked]").Length() != 1 {
		t.Errorf("Search lost what was typed: names %q", got)
	}
	page = p.pressing(page, "add:agent_sponsors:"+team, nil)
	if page.Find("input[name=sponsored_by][value=chosen][checked]").Length() != 1 {
		t.Error("Add does not choose the others")
	}
	review := p.submit(page, "Continue", nil)
	for _, want := range []string{"Their sponsors Finance team", "2: North, South", "/v1.0/groups/" + team, "2 of 250 agent identities"} {
		if !strings.Contains(strings.ReplaceAll(review.text("main"), " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("the review does not say %q", want)
		}
	}
	path := p.submit(review, "Create", nil).url.Path
	p.waitRun(path, "Done")
	made := p.audit(models.ActionAgentIdentityCreate)
	if len(made) != 4 { // an intent and an outcome each
		t.Errorf("%d records of agent identities", len(made))
	}
}

// Graph does not answer when somebody is looked for: what was typed is saved,
// and the page says what it could not read.
func TestGraphIsSilentWhilePeopleArePicked(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("agents", nil)
	k, err := readKnobs(t.Context(), nil, p.tenant)
	if err != nil {
		t.Fatal(err)
	}
	k.Faults = []Fault{{Kind: "500", Path: "/v1.0/groups", Count: 50}, {Kind: "500", Path: "/v1.0/directoryObjects/getByIds", Count: 50}}
	if err := writeKnobs(t.Context(), nil, p.tenant, k); err != nil {
		t.Fatal(err)
	}
	found := p.pressing(page, "find:agent_sponsors", url.Values{"names": {"North"}, "find_agent_sponsors": {"amara"}})
	if found.status != http.StatusOK || !strings.Contains(found.text("main form"), "The search has no whole answer") || rowOf(found, "Amara Osei").Length() != 1 {
		t.Errorf("%d %s", found.status, found.text("main form"))
	}
	lost := p.pressing(found, "add:agent_sponsors:"+p.persona("sponsor").ObjectID, url.Values{"names": {"North\nSouth"}})
	if lost.status < http.StatusInternalServerError {
		t.Fatalf("Add without Graph answers %d", lost.status)
	}
	if kept := p.get(page.url.Path); kept.Find("#f-names").Text() != "North\nSouth" {
		t.Errorf("the draft holds %q", kept.Find("#f-names").Text())
	}
}

func TestReviewTellsOfPeopleWhoAreGone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(nil)
	form := emptyBlueprintForm(models.Actor{OID: p.persona("agent-admin").ObjectID})
	form.DisplayName, form.Done = "Reader", []string{"basics", "people", "credential", "permissions", "agents"}
	form.Owners = []provision.Principal{}
	form.Sponsors = append(form.Sponsors, provision.Principal{ID: "11111111-2222-4333-8444-555555555555", Kind: "user", Name: "Zoe"})
	p.putDraft(draftOf(review), form)
	page := p.get(review.url.Path)
	for _, want := range []string{"Not in the directory any more: Zoe", "Nobody owns the blueprint"} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the review does not say %q: %s", want, page.text(".two"))
		}
	}
}

// Continue never drops a name that was typed and not added.
func TestContinueStopsAtAnUnfinishedSearch(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("people", nil)
	stopped := p.submit(page, "Continue", url.Values{"find_sponsors": {"Amara"}})
	if stopped.status != http.StatusUnprocessableEntity || !strings.Contains(stopped.text(".error"), "“Amara” was searched for but not added") {
		t.Fatalf("%d %s: %s", stopped.status, stopped.url, stopped.text("main form"))
	}
	if rowOf(stopped, "Amara Osei").Length() != 1 || stopped.Find("#f-sponsors").AttrOr("value", "") != "Amara" {
		t.Errorf("the answer is not shown: %s", stopped.text("main form"))
	}
	if on := p.submit(stopped, "Continue", nil); !strings.HasSuffix(on.url.Path, "/credential") {
		t.Errorf("Continue beside the answer leads to %s", on.url)
	}
	both := p.pressing(page, "find:sponsors", url.Values{"find_sponsors": {"Amara"}, "find_owners": {"Priya"}})
	if got := both.Find("#f-owners").AttrOr("value", ""); got != "Priya" {
		t.Errorf("the other search holds %q", got)
	}
	empty := p.pressing(page, "find:sponsors", nil)
	if empty.status != http.StatusUnprocessableEntity || !strings.Contains(empty.text("#error-summary"), "Sponsors: Write a name, an address or an object id") {
		t.Errorf("an empty search: %d %s", empty.status, empty.text("main form"))
	}
}

func TestAgentNamesAreShown(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	page := p.walkTo("agents", url.Values{"display_name": {"Payroll"}})
	if !strings.Contains(page.text("aside"), "Payroll 01") || page.Find("details:contains('Choose others as sponsors')").Is("[open]") {
		t.Errorf("the step begins with %s", page.text("main"))
	}
	page = p.pressing(page, "show", url.Values{"count": {"12"}, "pattern": {"{nn}. {name}"}})
	if got := page.text("#names-given p"); got != "Names: 01. Payroll, 02. Payroll, 03. Payroll … 12. Payroll" {
		t.Errorf("names %q", got)
	}
	if faulty := p.pressing(page, "show", url.Values{"pattern": {"{who}"}}); faulty.status != http.StatusUnprocessableEntity || !strings.Contains(faulty.text("#error-summary"), "{who} is not known") {
		t.Errorf("a bad pattern: %d %s", faulty.status, faulty.text("main form"))
	}
}

func TestAnEmptyFirstStepMakesNoDraft(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	page := p.submit(p.get("/blueprints/new"), "Continue", nil)
	if page.status != http.StatusUnprocessableEntity || page.url.Path != "/blueprints/new" || page.Find("#error-summary a[href='#f-display_name']").Length() != 1 {
		t.Fatalf("%d %s %s", page.status, page.url, page.text("main"))
	}
	if list := p.get("/blueprints/new"); list.Find(".attention-title").Length() != 0 {
		t.Errorf("drafts %s", list.text(".attention"))
	}
}
