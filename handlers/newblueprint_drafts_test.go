package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/models"
)

// TestCreateCarriesOutOnlyWhatWasRead: another window changes the draft between
// the review and Create.
func TestCreateCarriesOutOnlyWhatWasRead(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(nil)
	draft := draftOf(review)
	other := p.submit(p.get(stepPath(draft, "basics")), "Continue", url.Values{"display_name": {"Payroll writer"}})
	if !strings.HasSuffix(other.url.Path, "/people") {
		t.Fatalf("the other window is at %s", other.url)
	}

	page := p.submit(review, "Create", nil)
	if page.status != http.StatusConflict || !strings.HasPrefix(page.text("title"), "Error: ") {
		t.Errorf("%d %s", page.status, page.text("title"))
	}
	for _, want := range []string{"This draft was changed at ", "Read it again", "Nothing was started", "Payroll writer"} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the page does not say %q: %s", want, page.text("main"))
		}
	}
	if bare := p.post(review.url.Path, nil); bare.status != http.StatusConflict {
		t.Errorf("Create without a review answers %d", bare.status)
	}
	if n := len(p.audit(models.ActionRunStart)); n != 0 {
		t.Fatalf("%d runs were started", n)
	}
	run := p.submit(page, "Create", nil)
	if !strings.HasPrefix(run.url.Path, "/runs/") || !strings.Contains(run.text("h1"), "Payroll writer") {
		t.Errorf("Create of what was read again leads to %s: %s", run.url, run.text("h1"))
	}

	late := p.post(stepPath(draft, "basics"), stepFields("basics", typed(url.Values{"act": {"continue"}, "display_name": {"Too late"}})))
	if draftOf(late) == draft || !strings.Contains(late.text("main"), "Too late") {
		t.Errorf("what was typed for a draft that was run is at %s: %s", late.url, late.text("main"))
	}
}

func TestReviewLeavesNothingOut(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, tt := range []struct {
		name   string
		change url.Values
		want   []string
		not    string
	}{
		{"as me", nil, []string{"Description Reads invoices", "Keep the secret No", "6 months, until "}, "oauth2/v2.0/token"},
		{"as the blueprint", url.Values{"run_as": {"blueprint"}, "keep_for_lab": {"on"}, "description": {""}}, []string{
			"Description None", "Keep the secret Yes, sealed, for you and Admins", "/oauth2/v2.0/token", "Get a token as the blueprint",
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			review := p.toReview(tt.change)
			said := strings.Join(strings.Fields(review.text(".facts")+review.text("table")), "")
			for _, want := range tt.want {
				if !strings.Contains(said, strings.ReplaceAll(want, " ", "")) {
					t.Errorf("the review does not say %q: %s", want, review.text("main"))
				}
			}
			if tt.not != "" && strings.Contains(said, tt.not) {
				t.Errorf("the review says %q", tt.not)
			}
		})
	}
}

func TestLivesAreInOrder(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	page := p.walkTo("credential", nil)
	var values []string
	for _, o := range page.Find("select[name=life] option").EachIter() {
		values = append(values, o.AttrOr("value", ""))
	}
	if got := strings.Join(values, " "); got != "90 180 365 0" || page.Find("select[name=life] option[selected]").AttrOr("value", "") != "180" {
		t.Errorf("lives %s", page.text("select[name=life]"))
	}
}

func TestDraftsAreFoundAndDiscarded(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	p.walkTo(reviewStep, url.Values{"count": {"many"}})
	p.walkTo(reviewStep, url.Values{"display_name": {""}})
	page := p.get("/blueprints/new")
	if got := page.text(".attention-title"); got != "Without a nameInvoice reader" {
		t.Errorf("drafts %q", got)
	}
	open := p.get(page.Find(".attention a").FilterFunction(byText("Go on")).Last().AttrOr("href", ""))
	if open.Find("#f-count").AttrOr("value", "") != "many" || open.Find("#error-summary").Length() != 0 {
		t.Errorf("Go on leads to %s: %s", open.url, open.text("main"))
	}
	ask := p.get(page.Find(".attention a").FilterFunction(byText("Discard draft…")).First().AttrOr("href", ""))
	if ask.text("h1") != "Discard this draft?" || ask.Find("a").FilterFunction(byText("Keep it")).Length() != 1 {
		t.Errorf("Discard leads to %s: %s", ask.url, ask.text("main"))
	}
	left := p.submit(ask, "Discard draft", nil)
	if got := left.text(".attention-title"); left.url.Path != "/blueprints/new" || got != "Invoice reader" {
		t.Errorf("after discarding: %s, %q", left.url, got)
	}
	action := stepPath(draftOf(open), "discard")
	p.newBrowser()
	p.signIn("agent-admin")
	if mine := p.get("/blueprints/new"); mine.Find(".attention-title").Length() != 0 {
		t.Errorf("another person sees %s", mine.text(".attention"))
	}
	if taken := p.post(action, nil); taken.status != http.StatusNotFound {
		t.Errorf("another person's Discard answers %d", taken.status)
	}
}

func TestDraftThatWasRunIsListedNoMore(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	p.startRun(nil)
	if page := p.get("/blueprints/new"); page.Find(".attention-title").Length() != 0 {
		t.Errorf("drafts %s", page.text(".attention"))
	}
}
