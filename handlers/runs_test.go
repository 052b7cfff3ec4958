package handlers

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/models"
	"agentidportal/provision"
)

func byText(words string) func(int, *goquery.Selection) bool {
	return func(_ int, s *goquery.Selection) bool {
		return strings.HasPrefix(strings.Join(strings.Fields(s.Text()), " "), words)
	}
}

// startRun walks the form as the person who is signed in, and returns the
// address of the run.
func (p *testPortal) startRun(change url.Values) string {
	p.t.Helper()
	review := p.toReview(change)
	run := p.submit(review, "Create", nil)
	if !strings.HasPrefix(run.url.Path, "/runs/") || run.status != http.StatusOK {
		p.t.Fatalf("Create led to %s with %d: %s", run.url, run.status, run.text("main"))
	}
	return run.url.Path
}

// waitRun opens the page of a run until its badge is as wanted.
func (p *testPortal) waitRun(path, badge string) *answer {
	p.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		page := p.get(path)
		if page.text("#run-badge") == badge {
			return page
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the badge is %q, want %q: %s", page.text("#run-badge"), badge, page.text("main"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestRunIsWatchedToItsEnd(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.startRun(nil)
	page := p.waitRun(path, "Done")
	if steps := page.Find(".step-done"); steps.Length() != 5 {
		t.Errorf("%d steps are done: %s", steps.Length(), page.text(".steps"))
	}
	for _, want := range []string{"Finished5 of 5 steps", "Failed0", "5, of which 5 done", "CHG-2041", "Invoice reader is ready", "2 agent identities, 1 client secret."} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the page does not say %q: %s", want, page.text("main"))
		}
	}
	if page.Find("[sse-connect]").Length() != 0 || strings.Contains(page.body, "http-equiv=\"refresh\"") {
		t.Error("a finished run renews itself")
	}
	list := p.get("/runs")
	if row := list.Find("table a[href='" + path + "']"); row.Length() != 1 || !strings.Contains(list.text("table"), "Done") {
		t.Errorf("list: %s", list.text("table"))
	}
	if open := p.get("/runs?state=open"); open.Find("tbody tr").Length() != 0 || !strings.Contains(open.text("main"), "No run is in this state") {
		t.Errorf("open runs: %s", open.text("main"))
	}
}

func TestWaitingRunSaysWhatForAndRenewsItself(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setLag("blueprint", 600_000)
	p.pause.Store(int64(time.Minute)) // the page is read while the step waits
	path := p.startRun(nil)
	page := p.waitRun(path, "Waiting for the directory")
	for _, want := range []string{"This is replication lag, not a fault.", "The portal asks again at", "and gives up at", "Attempt"} {
		if !strings.Contains(page.text(".steps"), want) {
			t.Errorf("the step does not say %q: %s", want, page.text(".steps"))
		}
	}
	if page.Find("[sse-connect='"+path+"/events'][sse-swap=run]").Length() != 1 {
		t.Error("no event stream")
	}
	if refresh := page.Find("noscript").Text(); !strings.Contains(refresh, "refresh") {
		t.Errorf("no refresh without a script: %q", refresh)
	}
	if tried := p.submit(page, "Try now", nil); tried.url.Path != path {
		t.Errorf("Try now led to %s", tried.url)
	}
	if open := p.get("/runs?state=open"); open.Find("tbody tr").Length() != 1 {
		t.Errorf("open runs: %s", open.text("table"))
	}
}

// setLag turns a knob of the sandbox.
func (p *testPortal) setLag(what string, ms int) {
	p.t.Helper()
	k, err := readKnobs(p.t.Context(), nil, p.tenant)
	if err != nil {
		p.t.Fatal(err)
	}
	k.LagMS[what] = ms
	if err := writeKnobs(p.t.Context(), nil, p.tenant, k); err != nil {
		p.t.Fatal(err)
	}
}

// setDelegated switches whether people may create agent identities.
func (p *testPortal) setDelegated(on bool) {
	p.t.Helper()
	k, err := readKnobs(p.t.Context(), nil, p.tenant)
	if err != nil {
		p.t.Fatal(err)
	}
	k.DelegatedCreate = on
	if err := writeKnobs(p.t.Context(), nil, p.tenant, k); err != nil {
		p.t.Fatal(err)
	}
}

func TestRefusedStepOffersTheBlueprint(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setDelegated(false)
	p.h.trouble.forget()
	path := p.startRun(nil)
	page := p.waitRun(path, "Failed")
	failed := page.Find(".step-failed")
	for _, want := range []string{"Refused, 403", "as yourself", "Graph answered", "request-id", "switch “People may create agent identities as themselves” is off"} {
		if !strings.Contains(failed.Text(), want) {
			t.Errorf("the failed step does not say %q: %s", want, page.text(".step-failed"))
		}
	}
	first := failed.Find(".notice button.button-primary")
	if strings.TrimSpace(first.Text()) != "Go on as the blueprint" {
		t.Errorf("first button %q", first.Text())
	}
	p.submit(page, "Go on as the blueprint", nil)
	p.waitRun(path, "Done")
}

func TestRunOfSomebodyElseCanOnlyBeTakenOver(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	p.setDelegated(false)
	path := p.startRun(nil)
	p.waitRun(path, "Failed")

	p.newBrowser()
	p.signIn("auditor")
	seen := p.get(path)
	if seen.status != http.StatusOK || seen.Find("main form").Length() != 0 {
		t.Errorf("an Auditor gets %d with %d forms", seen.status, seen.Find("main form").Length())
	}
	for _, act := range []string{"try", "retry", "as-blueprint", "as-me", "take-over", "secret", "secret/saved", "secret/remove"} {
		if page := p.post(path+"/"+act, nil); page.status != http.StatusForbidden {
			t.Errorf("an Auditor's %s answers %d", act, page.status)
		}
	}

	p.newBrowser()
	p.signIn("agent-admin")
	page := p.get(path)
	for _, act := range []string{"retry", "as-blueprint", "as-me", "secret", "secret/saved"} {
		if page := p.post(path+"/"+act, nil); page.status != http.StatusForbidden {
			t.Errorf("another Admin's %s answers %d", act, page.status)
		}
	}
	if !strings.Contains(page.text("main"), "can be shown to "+p.persona("agent-dev").UPN+" only") {
		t.Errorf("secret: %s", page.text(".steps"))
	}
	p.setDelegated(true)
	page = p.submit(page, "Take over", nil)
	p.submit(page, "Retry failed", nil)
	p.waitRun(path, "Done")
	if said := page.text("main"); !strings.Contains(said, "Owner: "+p.persona("agent-admin").UPN) || strings.Contains(said, "UTC by ") {
		t.Errorf("who started the run and who owns it now: %s", said)
	}
	if n := len(p.audit(models.ActionRunTakeOver)); n != 1 {
		t.Errorf("%d records of the take-over", n)
	}
}

func TestSecretIsShownOnOnePageOnly(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.startRun(nil)
	page := p.waitRun(path, "Done")
	shown := p.submit(page, "Show secret", nil)
	value := shown.text("pre code")
	if shown.status != http.StatusOK || !strings.HasPrefix(value, "SANDBOX~") {
		t.Fatalf("%d %q", shown.status, value)
	}
	if shown.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", shown.header.Get("Cache-Control"))
	}
	for _, other := range []string{path, "/runs", "/blueprints/new"} {
		if strings.Contains(p.get(other).body, value) {
			t.Errorf("%s shows the secret", other)
		}
	}
	if strings.Contains(p.log.String(), value) {
		t.Error("the secret is in the log")
	}
	if reloaded := p.get(path + "/secret"); reloaded.status != http.StatusOK || reloaded.url.Path != path || strings.Contains(reloaded.body, value) {
		t.Errorf("GET of the secret leads to %s with %d", reloaded.url, reloaded.status)
	}
	after := p.submit(shown, "I have saved it", nil)
	if after.url.Path != path || after.Find("#act-show").Length() != 0 || removeLink(after).Length() != 1 {
		t.Errorf("after it was saved: %s", after.text(".steps"))
	}
	if again := p.post(path+"/secret", nil); again.status != http.StatusNotFound {
		t.Errorf("Show secret after that answers %d", again.status)
	}
	question := p.get(removeLink(after).AttrOr("href", ""))
	removal := p.submit(question, "Remove this credential", nil)
	if removal.text("#run-badge") != "Done" || !strings.Contains(removal.text("main"), "The client secret is removed") {
		t.Errorf("removal: %s", removal.text("main"))
	}
	if page := p.get(path); !strings.Contains(page.text(".steps"), "was removed from the blueprint") || removeLink(page).Length() != 0 {
		t.Errorf("after the removal: %s", page.text(".steps"))
	}
}

func TestEventStreamSendsTheRunUntilItsEnd(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setLag("blueprint", 300)
	path := p.startRun(nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := p.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, kind)
	}
	events := map[string]int{}
	var last strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events[name]++
			last.Reset()
			if name == "done" {
				break
			}
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			last.WriteString(data + "\n")
		}
	}
	if events["run"] < 2 || events["done"] != 1 {
		t.Errorf("events %v", events)
	}
	p.waitRun(path, "Done")
}

func TestRunsThatAreNotThere(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, path := range []string{"/runs/999", "/runs/0", "/runs/-1", "/runs/x", "/runs/999/events", "/runs/9999999999999999999999"} {
		if page := p.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, page.status)
		}
	}
	empty := p.get("/runs?before=zzz")
	if empty.status != http.StatusOK || !strings.Contains(empty.text("main"), "No runs yet") || empty.Find(".empty a[href='/blueprints/new']").Length() != 1 {
		t.Errorf("%d %s", empty.status, empty.text("main"))
	}
	p.signIn("auditor")
	if page := p.get("/runs"); page.Find(".empty a").Length() != 0 {
		t.Errorf("who may not create is led to it: %s", page.text(".empty"))
	}
}

func TestLongRunFoldsWhatIsDone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.startRun(url.Values{"count": {"60"}})
	page := p.waitRun(path, "Done")
	if n := page.Find(".step").Length(); n != 1 {
		t.Errorf("%d steps are shown, want the one with the secret", n)
	}
	if groups := page.Find(".step-group"); groups.Length() != 4 || !strings.Contains(groups.Last().Text(), "60 of 60 done") {
		t.Errorf("%d groups: %.400s", groups.Length(), page.text("main"))
	}
	if all := p.get(path + "?all=1"); all.Find(".step").Length() != 63 {
		t.Errorf("all=1 shows %d steps", all.Find(".step").Length())
	}
}

func TestBadgeNamesTheState(t *testing.T) {
	waiting := func(what string) []models.Step {
		return []models.Step{{State: models.StepDone}, {State: models.StepWaiting, WaitFor: what}}
	}
	tests := []struct {
		run  models.Run
		want string
	}{
		{models.Run{State: models.RunRunning}, "Running"},
		{models.Run{State: models.RunDone}, "Done"},
		{models.Run{State: models.RunFailed}, "Failed"},
		{models.Run{State: models.RunWaitingSignIn}, "Waiting for sign-in"},
		{models.Run{State: models.RunWaiting, Steps: waiting("the sign-in service")}, "Waiting for the sign-in service"},
		{models.Run{State: models.RunWaiting}, "Waiting for the directory"},
	}
	for _, tt := range tests {
		if got, _ := runBadge(&tt.run); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.run.State, got, tt.want)
		}
	}
	if fixPath(provision.FixTryNow) != "try" || fixPath(provision.FixAsBlueprint) != "as-blueprint" || fixPath(provision.FixAsMe) != "as-me" {
		t.Error("a fix leads elsewhere")
	}
}
