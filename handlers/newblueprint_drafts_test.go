package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"agentidportal/models"
	"agentidportal/provision"
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
	if got := strings.Join(values, " "); got != "90 180 365" || page.Find("select[name=life] option[selected]").AttrOr("value", "") != "180" {
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
	for path, selector := range map[string]string{"/": ".attention", "/blueprints": "#own-drafts"} {
		if got := p.get(path).text(selector); !strings.Contains(got, "2 drafts") || !strings.Contains(got, "Invoice reader") {
			t.Errorf("%s does not bring up the drafts: %q", path, got)
		}
	}
	open := p.get(page.Find(".attention a").FilterFunction(byText("Resume")).Last().AttrOr("href", ""))
	if open.Find("#f-count").AttrOr("value", "") != "many" || open.Find("#error-summary").Length() != 0 {
		t.Errorf("Resume leads to %s: %s", open.url, open.text("main"))
	}
	ask := p.get(page.Find(".attention a").FilterFunction(byText("Discard draft…")).First().AttrOr("href", ""))
	if ask.text("h1") != "Discard this draft?" || ask.Find("a").FilterFunction(byText("Keep it")).Length() != 1 {
		t.Errorf("Discard leads to %s: %s", ask.url, ask.text("main"))
	}
	left := p.submit(ask, "Discard draft", nil)
	if got := left.text(".attention-title"); left.url.Path != "/blueprints/new" || got != "Invoice reader" {
		t.Errorf("after discarding: %s, %q", left.url, got)
	}
	if one := p.get("/").Find(".attention a[href='/blueprints/new/" + draftOf(open) + "']"); one.Length() != 2 || !strings.Contains(one.Text(), "Resume") {
		t.Errorf("Overview leads to the draft by %q", one.Text())
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

// putDraft writes a form into a draft, past the pages.
func (p *testPortal) putDraft(id string, form any) {
	p.t.Helper()
	body, err := json.Marshal(form)
	if err != nil {
		p.t.Fatal(err)
	}
	var held blueprintForm
	if err := json.Unmarshal(body, &held); err != nil {
		p.t.Fatal(err)
	}
	draft := &models.Draft{
		ID: id, TID: p.info.TenantID, OID: p.persona("agent-admin").ObjectID, Kind: draftBlueprint, Body: body,
		Title: held.DisplayName, Step: held.firstOpen(), RunID: held.RunID,
	}
	save := p.store.CreateDraft
	if now, err := p.store.Draft(p.t.Context(), draft.TID, draft.OID, id); err == nil {
		save, draft.UpdatedAt = p.store.SaveDraft, now.UpdatedAt
	}
	if err := save(p.t.Context(), draft); err != nil {
		p.t.Fatal(err)
	}
}

// Drafts of before there were steps open at the first one, with all they held.
func TestDraftsOfTheOldShapeOpen(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	id := "0f3c9a52-7d41-4be8-9c06-51a8e2d7b634"
	p.putDraft(id, map[string]any{
		"displayName": "Old one", "description": "From before", "life": "90", "count": "3", "pattern": "{name} {n}", "runAs": "blueprint", "keepForLab": true, "reason": "CHG-1",
	})
	if list := p.get("/blueprints/new"); !strings.Contains(list.text(".attention"), "Old one") || !strings.Contains(list.text(".attention"), "Basics") {
		t.Errorf("drafts: %s", list.text(".attention"))
	}
	page := p.get("/blueprints/new/" + id)
	if page.url.Path != stepPath(id, "basics") || page.Find("#f-display_name").AttrOr("value", "") != "Old one" {
		t.Fatalf("it opens at %s: %s", page.url, page.text("main"))
	}
	for range 5 {
		page = p.submit(page, "Continue", nil)
	}
	for _, want := range []string{"Old one", "From before", "90 days", "3: Old one 1, Old one 2, Old one 3", "The blueprint, with its own token", "Yes, sealed", "agent-admin@"} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the review lacks %q: %s", want, page.text(".facts"))
		}
	}
	p.putDraft("1f3c9a52-7d41-4be8-9c06-51a8e2d7b634", map[string]any{"displayName": "Done", "runId": 1})
	if run := p.get("/blueprints/new/1f3c9a52-7d41-4be8-9c06-51a8e2d7b634"); run.url.Path != "/runs/1" {
		t.Errorf("a draft that was run opens at %s", run.url)
	}
}

// Two windows on one draft: the later save shows what the other changed, and
// keeps what was typed.
func TestStaleSaveOverwritesNothingUnseen(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	draft := draftOf(p.toReview(nil))
	tests := []struct {
		step         string
		other, mine  url.Values
		label, there string
	}{
		{"basics", url.Values{"description": {"Theirs"}}, url.Values{"display_name": {"Mine"}, "description": {"Reads invoices"}}, "Description", "Theirs"},
		{"credential", url.Values{"life": {"90"}}, url.Values{"life": {"365"}}, "Life of the client secret", "90"},
		{"agents", url.Values{"names": {"Theirs"}}, url.Values{"names": {"Mine\nand mine"}}, "Names", "Theirs"},
	}
	for _, tt := range tests {
		t.Run(tt.step, func(t *testing.T) {
			mine := p.get(stepPath(draft, tt.step))
			p.submit(p.get(stepPath(draft, tt.step)), "Continue", tt.other)
			stale := p.submit(mine, "Continue", tt.mine)
			if stale.status != http.StatusConflict || !strings.HasPrefix(stale.text("title"), "Error: ") {
				t.Fatalf("%d at %s: %s", stale.status, stale.url, stale.text("main"))
			}
			if said := stale.text("#error-summary"); !strings.Contains(said, "in another window or browser") || !strings.Contains(said, tt.label+tt.there) || stale.Find("#error-summary tbody tr").Length() != 1 {
				t.Errorf("what was changed: %s", said)
			}
			kept := formFields(stale.Find("main form"))
			for name, values := range tt.mine {
				if kept.Get(name) != values[0] {
					t.Errorf("%s is %q, typed was %q", name, kept.Get(name), values[0])
				}
			}
			if now := p.get(stepPath(draft, tt.step)); !strings.Contains(now.body, tt.there) {
				t.Error("the stale page was saved")
			}
			if saved := p.submit(stale, "Continue", nil); saved.status != http.StatusOK || saved.url.Path == stale.url.Path {
				t.Errorf("Continue beside the change answers %d at %s", saved.status, saved.url)
			}
		})
	}
	mine := p.get(stepPath(draft, "people"))
	p.pressing(p.get(stepPath(draft, "people")), "add:owners:"+p.persona("sponsor").ObjectID, nil)
	if stale := p.submit(mine, "Continue", nil); stale.status != http.StatusConflict || !strings.Contains(stale.text("#error-summary"), "sponsor@") {
		t.Errorf("an owner who was added elsewhere: %d %s", stale.status, stale.text("#error-summary"))
	}
	basics, people := p.get(stepPath(draft, "basics")), p.get(stepPath(draft, "people"))
	p.submit(basics, "Continue", url.Values{"reason": {"CHG-9"}})
	if other := p.submit(people, "Continue", nil); other.status != http.StatusOK {
		t.Errorf("a change of another step stops this one: %d", other.status)
	}
}

// Windows that save in the same instant: one wins, and the others see what it
// made of the field.
func TestOneOfSavesAtOnceWins(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	mine := p.get(stepPath(draftOf(p.toReview(nil)), "basics"))
	const windows = 8
	answers, begin := make([]*answer, windows), make(chan struct{})
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			<-begin
			answers[i] = p.submit(mine, "Continue", url.Values{"description": {"Window " + strconv.Itoa(i)}})
		})
	}
	close(begin)
	all.Wait()
	won := 0
	for _, answer := range answers {
		switch {
		case answer.status == http.StatusOK && answer.url.Path != mine.url.Path:
			won++
		case answer.status != http.StatusConflict || !strings.Contains(answer.text("#error-summary"), "Window "):
			t.Errorf("a save that came late: %d at %s: %s", answer.status, answer.url, answer.text("main"))
		}
	}
	if won != 1 {
		t.Errorf("%d of %d saves of the same field went through unseen", won, windows)
	}
}

// The session ends while a step is filled in: the form is kept, and sent again
// after a sign-in.
func TestSessionEndsInEachStep(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	first := p.get("/blueprints/new")
	form := typed(url.Values{"does": {"alone", "users", "account"}, "names": {"North\r\n\r\nSouth"}, "description": {"a \"quoted\" <b>text</b>"}})
	steps := blueprintForm{Does: provision.Capabilities()}.steps()
	for i, s := range steps {
		browser := p.browser
		p.newBrowser()
		lost := p.submit(first, "Continue", stepFields(s.key, form))
		if lost.status != http.StatusUnauthorized || lost.Find("button").FilterFunction(byText("Send again")).Length() != 1 {
			t.Fatalf("%s: %d %s", s.key, lost.status, lost.text("main"))
		}
		p.browser = browser
		next := p.submit(lost, "Send again", nil)
		want := "/review"
		if i < len(steps)-1 {
			want = "/" + steps[i+1].key
		}
		if next.status != http.StatusOK || !strings.HasSuffix(next.url.Path, want) {
			t.Fatalf("%s: Send again leads to %s with %d: %s", s.key, next.url, next.status, next.text("main"))
		}
		first = next
	}
	if !strings.Contains(first.text("main"), `a "quoted" <b>text</b>`) || !strings.Contains(first.text("main"), "2: North, South") {
		t.Errorf("the review lacks what was typed: %s", first.text(".facts"))
	}
	p.newBrowser()
	if asked := p.get(first.url.Path); asked.status != http.StatusUnauthorized {
		t.Fatalf("without a session: %d", asked.status)
	}
	if lost := p.submit(first, "Create", nil); lost.status != http.StatusUnauthorized {
		t.Errorf("Create without a session: %d", lost.status)
	}
	p.signIn("agent-admin")
	if again := p.get(first.url.Path); again.status != http.StatusOK || again.text(".rail-current .rail-name") != "Review" {
		t.Errorf("in another browser: %d %s", again.status, again.text("main"))
	}
}
