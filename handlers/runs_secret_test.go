package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/models"
)

// removeLink is the way to the question before a secret is removed.
func removeLink(page *answer) *goquery.Selection {
	return page.Find("main a").FilterFunction(byText("Remove this credential…"))
}

func TestRemovalAsksFirst(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.startRun(url.Values{"keep_for_lab": {"on"}})
	page := p.waitRun(path, "Done")
	shown := p.submit(page, "Show secret", nil)
	question := p.get(removeLink(shown).AttrOr("href", ""))
	if question.status != http.StatusOK || question.text("h1") != "Remove the client secret of Invoice reader?" {
		t.Fatalf("%d %s", question.status, question.text("h1"))
	}
	for _, want := range []string{
		"2 agent identities get their tokens through this blueprint.", "the only valid credential", "kept for the token lab is deleted",
	} {
		if !strings.Contains(question.text("main"), want) {
			t.Errorf("the question does not say %q: %s", want, question.text("main"))
		}
	}
	choices := question.Find("main .actions .button")
	if first, last := choices.First(), choices.Last(); strings.TrimSpace(first.Text()) != "Keep it" ||
		strings.TrimSpace(last.Text()) != "Remove this credential" || !last.HasClass("button-destroy") {
		t.Errorf("choices %q", choices.Text())
	}
	if kept := p.get(choices.First().AttrOr("href", "")); kept.url.Path != path {
		t.Errorf("Keep it leads to %s", kept.url)
	}
	if n := len(p.audit(models.ActionCredentialRemove)); n != 0 {
		t.Fatalf("%d records of a removal before it was said", n)
	}

	p.newBrowser()
	p.signIn("agent-dev")
	if other := p.get(question.url.Path); other.status != http.StatusForbidden {
		t.Errorf("the question answers another Operator with %d", other.status)
	}
	p.newBrowser()
	p.signIn("agent-admin")
	p.submit(question, "Remove this credential", nil)
	after := p.get(path)
	for _, want := range []string{"was removed again", "Nothing gets a token with this blueprint"} {
		if !strings.Contains(after.text("main"), want) {
			t.Errorf("the run does not say %q: %s", want, after.text("main"))
		}
	}
	if strings.Contains(after.text("main"), "1 client secret") || strings.Contains(after.text("main"), "Get a token") {
		t.Errorf("the run still tells of its secret: %s", after.text("main"))
	}
	if again := p.get(path + "/secret/remove"); again.url.Path != path {
		t.Errorf("the question about what is gone leads to %s", again.url)
	}
}

func TestRunWithoutASecretOffersToAddOne(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.waitRun(p.startRun(url.Values{"credential": {"none"}, "count": {"1"}}), "Done")
	for _, want := range []string{"Invoice reader is ready, without a client secret", "1 agent identity.", "until it has a credential"} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the run does not say %q: %s", want, page.text("main"))
		}
	}
	if page.Find("main a").FilterFunction(byText("Get a token")).Length() != 0 {
		t.Error("a token is offered that cannot be got")
	}
	form := p.get(page.Find("main a").FilterFunction(byText("Add client secret")).AttrOr("href", ""))
	if form.status != http.StatusOK || form.text("h1") != "Add client secret" {
		t.Fatalf("%d %s", form.status, form.text("h1"))
	}
	faulty := p.submit(form, "Add client secret", url.Values{"life": {"0"}, "reason": {"CHG-9"}})
	if faulty.status != http.StatusUnprocessableEntity || faulty.Find("#error-summary a[href='#f-life']").Length() != 1 ||
		faulty.Find("#f-reason").AttrOr("value", "") != "CHG-9" {
		t.Errorf("%d %s", faulty.status, faulty.text("main"))
	}
	run := p.submit(faulty, "Add client secret", url.Values{"life": {"90"}, "keep_for_lab": {"on"}})
	if run.text("#run-badge") != "Done" || !strings.Contains(run.text("main"), "Invoice reader has a new client secret") {
		t.Fatalf("%s: %s", run.url, run.text("main"))
	}
	if !strings.Contains(run.text("main"), "A sealed copy of this secret is kept for the token lab.") {
		t.Errorf("the run does not say that the secret is kept: %s", run.text("main"))
	}
	if twice := p.submit(faulty, "Add client secret", url.Values{"life": {"90"}, "keep_for_lab": {"on"}}); twice.url.Path != run.url.Path {
		t.Errorf("the second press led to %s", twice.url)
	}
	if other := p.submit(faulty, "Add client secret", url.Values{"life": {"365"}}); other.status != http.StatusConflict {
		t.Errorf("the same form with another life: %d at %s", other.status, other.url)
	}
	if value := p.submit(run, "Show secret", nil).text("pre code"); !strings.HasPrefix(value, "SANDBOX~") {
		t.Errorf("shown: %q", value)
	}
	if n := len(p.audit(models.ActionCredentialAdd)); n != 2 {
		t.Errorf("%d records of the secret, want intent and outcome", n)
	}
}

func TestASecretThatIsGoneLeadsToANewOne(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.startRun(url.Values{"count": {"1"}})
	page := p.waitRun(path, "Done")
	p.post(path+"/secret/saved", nil)
	gone := p.submit(page, "Show secret", nil) // a tab that was left open
	if gone.status != http.StatusNotFound || !strings.Contains(gone.text("main"), "no longer holds this secret") {
		t.Fatalf("%d %s", gone.status, gone.text("main"))
	}
	form := p.get(gone.Find("main a").FilterFunction(byText("Add client secret")).AttrOr("href", "/none"))
	if form.status != http.StatusOK || !strings.Contains(form.text("main"), "Invoice reader") {
		t.Errorf("the way to a new one leads to %s: %d", form.url, form.status)
	}
}

func TestOnlyOwnersAndAdminsAddSecrets(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.waitRun(p.startRun(nil), "Done")
	blueprint := page.Find("main a").FilterFunction(byText("Open the blueprint")).AttrOr("href", "")
	link := "main a[href='" + blueprint + "/secrets/new']"
	if p.get(blueprint+"/credentials").Find(link).Length() != 1 {
		t.Error("the blueprint page of its owner has no link Add client secret")
	}
	for name, want := range map[string]int{
		"agent-dev": http.StatusForbidden, "auditor": http.StatusForbidden, "user": http.StatusForbidden, "global-admin": http.StatusOK,
	} {
		p.newBrowser()
		p.signIn(name)
		if page := p.get(blueprint + "/secrets/new"); page.status != want {
			t.Errorf("%s gets %d, want %d", name, page.status, want)
		}
		if want != http.StatusForbidden {
			continue
		}
		if page := p.post(blueprint+"/secrets", url.Values{"life": {"90"}}); page.status != http.StatusForbidden {
			t.Errorf("the form of %s answers %d", name, page.status)
		}
		if p.get(blueprint+"/credentials").Find(link).Length() != 0 {
			t.Errorf("%s is offered a secret", name)
		}
	}
	if n := len(p.audit(models.ActionCredentialAdd)); n != 2 {
		t.Errorf("%d records, want those of the run alone", n)
	}
	p.newBrowser()
	p.signIn("global-admin")
	if page := p.get("/blueprints/nonsense/secrets/new"); page.status != http.StatusNotFound {
		t.Errorf("a nonsense id answers %d", page.status)
	}
}

func TestStepsSayWhoWhatAndWhere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setDelegated(false)
	path := p.startRun(nil)
	p.submit(p.waitRun(path, "Failed"), "Go on as the blueprint", nil)
	page := p.waitRun(path, "Done")
	upn := p.persona("agent-admin").UPN
	if !strings.Contains(page.text(".run-facts"), "Calls6") {
		t.Errorf("facts %s", page.text(".run-facts"))
	}
	first, refused := page.Find("#step-1"), page.Find("#step-4")
	if !strings.Contains(first.Text(), "as "+upn) || first.Find("a[href^='/blueprints/']").Length() != 1 || first.Find("a[href^='/audit?op=']").Length() != 1 {
		t.Errorf("step 1: %s", page.text("#step-1"))
	}
	for _, want := range []string{"Refused with 403 ", "sent as " + upn, "Then " + upn + " let the run go on as the blueprint", "Ran as the blueprint, for " + upn} {
		if !strings.Contains(page.text("#step-4"), want) {
			t.Errorf("step 4 does not say %q: %s", want, page.text("#step-4"))
		}
	}
	if refused.Find("a[href^='/audit?op=']").Length() != 2 || refused.Find("a[href^='/agents/']").Length() != 1 {
		t.Errorf("step 4 links: %s", page.text("#step-4"))
	}
	for _, a := range page.Find("#step-4 a").EachIter() {
		if linked := p.get(a.AttrOr("href", "")); linked.status != http.StatusOK {
			t.Errorf("%s answers %d", linked.url, linked.status)
		}
	}
	if all := p.get(path).Find("a[href^='/audit?run=']"); all.Length() != 1 {
		t.Errorf("%d links to the audit of the run", all.Length())
	}
	took := regexp.MustCompile(`Elapsed(\d+ ms|[\d.]+ s|\d\d:\d\d:\d\d)`).FindStringSubmatch(page.text(".run-facts"))
	if took == nil || !strings.Contains(p.get("/runs").text("table"), took[1]) {
		t.Errorf("the page says %v, the list %s", took, p.get("/runs").text("table"))
	}
}

func TestRunWithoutASignInTellsOfThatAlone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setLag("blueprint", 600_000)
	path := p.startRun(nil)
	p.waitRun(path, "Waiting for the directory")
	out := p.submit(p.get(path), "Sign out", nil)
	if text := out.text("main"); !strings.Contains(text, "another sign-in of yours") || strings.Contains(text, "wait until you sign in again") {
		t.Errorf("signed out: %s", text)
	}
	p.newBrowser()
	p.signIn("auditor")
	page := p.waitRun(path, "Waiting for sign-in")
	for _, not := range []string{"lag", "Graph answered", "In its own words", "asks again", "Attempt"} {
		if strings.Contains(page.text(".steps"), not) {
			t.Errorf("the page still says %q: %s", not, page.text(".steps"))
		}
	}
}
