package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/models"
)

// addTo opens the first step of adding agent identities to the seeded blueprint.
func (p *testPortal) addTo() *answer {
	p.t.Helper()
	return p.get("/agents/new?blueprint=" + p.info.Seed.Blueprint.ObjectID)
}

func TestAgentIdentitiesAreAddedToABlueprint(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.addTo()
	if page.status != http.StatusOK || page.text("h1") != "Add agent identities" || !strings.Contains(page.text("main form"), "1 of 250") {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	if rail := page.text(".rail"); strings.Contains(rail, "Credential") || strings.Contains(rail, "Owners") || !strings.Contains(rail, "Agent identities") {
		t.Errorf("rail %s", rail)
	}
	page = p.submit(page, "Continue", url.Values{"does": {"alone"}, "reason": {"CHG-4"}})
	page = p.submit(page, "Continue", nil) // no permissions
	if page.Find("#f-first").AttrOr("value", "") != "2" || page.Find("[name=run_as]").Length() != 0 {
		t.Fatalf("the step of the agents at %s: %s", page.url, page.text("main form"))
	}
	if shown := p.pressing(page, "show", url.Values{"count": {"3"}}).text("#names-given"); !strings.Contains(shown, "Invoice helper 02, Invoice helper 03, Invoice helper 04") {
		t.Errorf("names %s", shown)
	}
	page = p.get(page.url.Path)
	if refused := p.submit(page, "Continue", url.Values{"first": {"x"}}); refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary"), "First number: Write a whole number") {
		t.Errorf("a wrong number: %d %s", refused.status, refused.text("main form"))
	}
	page = p.get(page.url.Path)
	review := p.submit(page, "Continue", url.Values{"count": {"3"}, "first": {"2"}})
	for _, want := range []string{"The names are new in this blueprint", "Quota: 4 of 250", "Sponsors are in the directory", "which exists", "3 calls to Microsoft Graph"} {
		if !strings.Contains(review.text("main"), want) {
			t.Errorf("the review does not say %q: %s", want, review.text("main"))
		}
	}
	done := p.waitRun(p.submit(review, "Create", nil).url.Path, "Done")
	if !strings.Contains(done.text("main"), "3 agent identities more") || !strings.Contains(done.text("h1"), "add 3 agent identities to Invoice helper") {
		t.Errorf("the run says %s", done.text("main"))
	}
	if records := p.audit(models.ActionAgentIdentityCreate); len(records) != 6 || records[0].Words.Reason != "CHG-4" {
		t.Errorf("records %+v", records)
	}
}

// The dry run of a table knows how many agent identities the blueprint has.
func TestTableIsHeldToWhatIsLeftOfTheQuota(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.submit(p.addTo(), "Continue", url.Values{"does": {"alone"}})
	page = p.submit(page, "Continue", nil)
	table := "name\n"
	for i := range 250 {
		table += fmt.Sprintf("Filler %03d\n", i+1)
	}
	checked := p.upload(page, "table", "fillers.csv", []byte(table), nil)
	if got := checked.text("#table"); !strings.Contains(got, "249 of 250 rows") || !strings.Contains(got, "249 more agent identities fit") {
		t.Errorf("%d %s", checked.status, got)
	}
}

func TestNamesThatAreTakenAreTold(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.submit(p.addTo(), "Continue", url.Values{"does": {"alone"}})
	page = p.submit(page, "Continue", nil)
	review := p.submit(page, "Continue", url.Values{"names": {"invoice HELPER 01\nNew one"}})
	if !strings.Contains(review.text("main"), "agent identities of these names already: Invoice helper 01") {
		t.Errorf("the review: %s", review.text("main"))
	}
	over := p.submit(p.get(page.url.Path), "Continue", url.Values{"count": {"250"}, "names": {""}})
	if over.status != http.StatusUnprocessableEntity || !strings.Contains(over.text("#error-summary"), "249 more fit, and this asks for 250") {
		t.Errorf("over the quota: %d %s", over.status, over.text("main form"))
	}
}

func TestAnAgentIdentityGetsItsUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	path := p.waitRun(p.runOf(url.Values{"count": {"1"}}), "Done").url.Path
	agent := p.get(path).Find("a[href^='/agents/']").AttrOr("href", "")
	page := p.get(agent)
	page = p.get(page.Find("a:contains('Add agent user')").AttrOr("href", "/none"))
	page = p.get(page.Find("main p a:contains('The wizard')").AttrOr("href", "/none"))
	if page.text("h1") != "New agent user" || page.Find("[name='does']").Length() != 0 {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	page = p.submit(page, "Continue", url.Values{"reason": {"CHG-5"}})
	if !strings.HasSuffix(page.url.Path, "/users") {
		t.Fatalf("the next step is %s: %s", page.url, page.text("main"))
	}
	review := p.submit(page, "Continue", url.Values{"upn_pattern": {"helper-of-{agent}"}, "domain": {p.info.Domain}})
	if !strings.Contains(review.text("main"), "helper-of-") || !strings.Contains(review.text("main"), "which exists") || strings.Contains(review.text("main"), "Quota:") || strings.Contains(review.text("main"), "all of it is made") {
		t.Fatalf("%d the review: %s", review.status, review.text("main"))
	}
	done := p.waitRun(p.submit(review, "Create", nil).url.Path, "Done")
	if !strings.Contains(done.text("main"), "1 agent user more") {
		t.Errorf("the run says %s", done.text("main"))
	}
	href := done.Find("a:contains('Open the agent user')").AttrOr("href", "")
	if user := p.get(href); user.status != 200 || user.Find(`main a[href="`+agent+`"]`).Length() == 0 || p.get(agent).Find(`main a[href="`+href+`"]`).Length() == 0 {
		t.Errorf("the step of the agent user leads to %q, not to %s", href, agent)
	}
	again := p.submit(p.get("/agents/new?agent="+strings.TrimPrefix(agent, "/agents/")), "Continue", url.Values{"reason": {"CHG-6"}})
	review = p.submit(again, "Continue", url.Values{"upn_pattern": {"helper-of-{agent}"}, "domain": {p.info.Domain}})
	if !strings.Contains(review.text("main"), "has an agent user already, helper-of-") {
		t.Errorf("the review of a second one: %s", review.text("main"))
	}
	done = p.waitRun(p.submit(review, "Create", nil).url.Path, "Done")
	if said := done.text("main"); !strings.Contains(said, "No agent user more") || !strings.Contains(said, "there already; found by reading, nothing was made") || strings.Contains(said, "answer lost") {
		t.Errorf("a second one: %s", said)
	}
}

// runOf makes a blueprint by the wizard and returns the address of its run.
func (p *testPortal) runOf(typed url.Values) string {
	p.t.Helper()
	return p.submit(p.toReview(typed), "Create", nil).url.Path
}

func TestAddingToWhatCannotHaveMore(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	choose := p.get("/agents/new?q=" + url.QueryEscape("Contract"))
	if choose.status != http.StatusOK || choose.Find("tbody tr").Length() != 1 {
		t.Fatalf("%d %s", choose.status, choose.text("main"))
	}
	without := p.get(choose.Find("tbody a:contains('Add agent identities')").AttrOr("href", "/none"))
	if without.status != http.StatusConflict || !strings.HasSuffix(without.Find("main a.button:contains('Set-up'), main a:contains('Set-up')").AttrOr("href", ""), "/setup") {
		t.Errorf("a blueprint without principal: %d %s", without.status, without.text("main"))
	}
	for name, path := range map[string]string{
		"unknown blueprint": "/agents/new?blueprint=" + nowhere, "no id": "/agents/new?blueprint=x", "unknown agent": "/agents/new?agent=" + nowhere, "no agent id": "/agents/new?agent=x",
	} {
		if page := p.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, page.status, page.text("main"))
		}
	}
	if page := p.get("/agents/new?q=" + url.QueryEscape(p.info.Seed.Blueprint.ClientSecret)); strings.Contains(page.body, p.info.Seed.Blueprint.ClientSecret) || !strings.Contains(page.text("main"), "so nothing was searched") {
		t.Errorf("a secret was searched: %s", page.text("main"))
	}
	nothing := p.submit(p.addTo(), "Continue", url.Values{"does": {}})
	if nothing.status != http.StatusUnprocessableEntity || !strings.Contains(nothing.text("#error-summary"), "Choose at least one way") {
		t.Errorf("nothing chosen: %d %s", nothing.status, nothing.text("main"))
	}
}
