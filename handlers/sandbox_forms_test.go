package handlers

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// knobsNow are the knobs as the sandbox itself tells them.
func (p *testPortal) knobsNow() *Knobs {
	p.t.Helper()
	k, err := readKnobs(p.t.Context(), nil, p.tenant)
	if err != nil {
		p.t.Fatal(err)
	}
	return k
}

// TestEveryKnobOfThePage turns each number and each switch, reads them back
// from the sandbox, and turns all off with one button.
func TestEveryKnobOfThePage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	form := url.Values{}
	for i, f := range knobNumbers {
		form.Set(f.field, []string{"11", "12", "13", "14", "15", "16"}[i])
	}
	for _, s := range knobSwitches {
		if form[s.field] = nil; !s.normal {
			form.Set(s.field, "on")
		}
	}
	page := p.submit(p.get("/sandbox"), "Save knobs", form)
	k := p.knobsNow()
	if k.LagMS["blueprint"] != 11 || k.LagMS["agentUser"] != 14 || k.LagMS["grant"] != 15 || k.LatencyMS != 16 {
		t.Errorf("knobs %+v", k)
	}
	if k.DelegatedCreate || k.UserConsent || k.AgentConsent || !k.CascadeAgentUsers {
		t.Errorf("switches %+v", k)
	}
	if n := page.Find(".notice-warn p:not(.notice-title)").Length(); n != len(knobNumbers)+len(knobSwitches) {
		t.Errorf("%d lines say what is on: %s", n, page.text(".notice-warn"))
	}
	page = p.submit(page, "Turn all off", nil)
	if page.Find(".notice-warn").Length() != 0 {
		t.Errorf("still on: %s", page.text(".notice-warn"))
	}
	if k = p.knobsNow(); len(knobsInWords(k)) != 0 || !k.UserConsent {
		t.Errorf("knobs %+v", k)
	}
	if n := len(p.audit(models.ActionSandboxKnobs)); n != 4 {
		t.Errorf("%d records, want 2 intents and 2 outcomes", n)
	}
}

// TestBannerOnEveryPage: while a knob is on, every page says so, and few of them ask.
func TestBannerOnEveryPage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	if page := p.get("/blueprints"); page.Find(".trouble").Length() != 0 {
		t.Errorf("a banner while all is off: %s", page.text(".trouble"))
	}
	p.submit(p.get("/sandbox"), "Save knobs", url.Values{"lag_blueprint": {"20"}, "lag_grant": {"30"}, "latency": {"1"}})
	for _, path := range []string{"/", "/blueprints", "/agents", "/tokens", "/audit", "/runs", "/settings", "/tokens/inspect", "/nothing"} {
		page := p.get(path)
		if got := page.text(".trouble"); !strings.Contains(got, "Lag of blueprints: 20 ms.") || !strings.Contains(got, "1 more.") {
			t.Errorf("%s says %q", path, got)
		}
	}
	if page := p.get("/sandbox"); page.Find(".trouble").Length() != 0 || page.Find(".notice-warn").Length() != 1 {
		t.Error("the sandbox page says it twice, or not at all")
	}
	off := p.knobsNow()
	off.LagMS, off.LatencyMS = map[string]int{"blueprint": 0, "grant": 0}, 0
	if err := writeKnobs(t.Context(), nil, p.tenant, off); err != nil {
		t.Fatal(err)
	}
	p.clock.forward(troubleFor)
	if got := p.get("/runs").text(".trouble"); got != "" {
		t.Errorf("after a while the banner still says %q", got)
	}
}

// TestTroubleIsAskedForNowAndThen: one question serves the pages of a moment.
func TestTroubleIsAskedForNowAndThen(t *testing.T) {
	asked := 0
	sandbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = io.WriteString(w, `{"latencyMs":7,"userConsent":true,"agentConsent":true,"delegatedCreate":true}`)
	}))
	defer sandbox.Close()
	var tr trouble
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for i, tc := range []struct {
		later time.Duration
		asked int
	}{{0, 1}, {troubleFor - 1, 1}, {troubleFor, 2}, {troubleFor + 1, 2}, {0, 3}} {
		lines := knobsInWords(tr.read(t.Context(), nil, sandbox.URL, now.Add(tc.later)))
		if asked != tc.asked || len(lines) != 1 || lines[0] != "Latency of every answer: 7 ms." {
			t.Errorf("%d: asked %d times, want %d; %q", i, asked, tc.asked, lines)
		}
	}
	tr.forget()
	sandbox.Close()
	if lines := knobsInWords(tr.read(t.Context(), nil, sandbox.URL, now)); lines != nil {
		t.Errorf("a sandbox that is gone says %q", lines)
	}
}

// TestFaultsOfThePage adds a fault, sees it hit and removes it.
func TestFaultsOfThePage(t *testing.T) {
	t.Parallel() // it mostly waits
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.submit(p.get("/sandbox"), "Add fault", url.Values{
		"fault_kind": {"503"}, "fault_method": {"GET"}, "fault_path": {"/v1.0/applications/**"}, "fault_count": {"40"}, "fault_retry": {"0"},
	})
	if got := page.text("table"); !strings.Contains(got, "503, not available GET /v1.0/applications/** everybody 0 of 40") {
		t.Errorf("page %d: %s", page.status, got)
	}
	if got := p.get("/blueprints"); got.status != http.StatusBadGateway || !strings.Contains(got.text("main"), "Graph answered 503") {
		t.Errorf("%d %s", got.status, got.text("main"))
	}
	k := p.knobsNow()
	if len(k.Faults) != 1 || k.Faults[0].Hits == 0 || k.Faults[0].RetryAfterSec != 0 {
		t.Errorf("faults %+v", k.Faults)
	}
	page = p.get("/sandbox")
	if again := p.post("/sandbox/faults/remove", url.Values{"place": {"0"}, "fault": {"something else"}}); again.url.Path != "/sandbox" || len(p.knobsNow().Faults) != 1 {
		t.Error("a fault went that the form did not mean")
	}
	if page = p.submit(page, "Remove", nil); len(p.knobsNow().Faults) != 0 || !strings.Contains(page.text("main"), "No fault is ordered.") {
		t.Errorf("after the removal: %s", page.text("main"))
	}
	if got := p.get("/blueprints"); got.status != http.StatusOK {
		t.Errorf("blueprints: %d", got.status)
	}
	records := p.audit(models.ActionSandboxKnobs)
	if len(records) != 4 || !strings.Contains(string(records[0].Body)+string(records[2].Body), `"path":"/v1.0/applications/**"`) {
		t.Errorf("records %+v", records)
	}
}

func TestFaultsRefusedByThePage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for field, value := range map[string]string{
		"fault_kind": "404", "fault_method": "TRACE", "fault_path": "v1.0", "fault_count": "-1", "fault_retry": "3601", "fault_caller": strings.Repeat("x", 101),
	} {
		page := p.submit(p.get("/sandbox"), "Add fault", url.Values{field: {value}})
		if page.status != http.StatusUnprocessableEntity || page.Find("#f-"+field).AttrOr("aria-invalid", "") != "true" || page.Find(`#error-summary a[href="#f-`+field+`"]`).Length() != 1 {
			t.Errorf("%s %q: %d %s", field, value, page.status, page.text("#error-summary"))
		}
	}
	if page := p.submit(p.get("/sandbox"), "Add fault", url.Values{"fault_path": {"/_sandbox/knobs"}}); page.status != http.StatusUnprocessableEntity {
		t.Errorf("the sandbox's own address: %d", page.status)
	}
	if n := len(p.knobsNow().Faults); n != 0 {
		t.Errorf("%d faults of refused forms", n)
	}
}

func TestClockOfThePage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.submit(p.get("/sandbox"), "Move clock", url.Values{"clock_amount": {"9"}, "clock_unit": {"86400"}})
	if k := p.knobsNow(); k.ClockOffsetSec != 9*86400 || k.TokenClock {
		t.Errorf("knobs %+v", k)
	}
	if !strings.Contains(page.text(".notice-warn"), "The directory's clock is 9 days ahead.") {
		t.Errorf("page: %s", page.text(".notice-warn"))
	}
	for _, bad := range []url.Values{{"clock_amount": {"x"}}, {"clock_amount": {"1"}, "clock_unit": {"7"}}, {"clock_amount": {"4999"}, "clock_unit": {"86400"}}} {
		if again := p.submit(page, "Move clock", bad); again.status != http.StatusUnprocessableEntity || again.Find("#f-clock_amount").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%v: %d %s", bad, again.status, again.text("#error-summary"))
		}
	}
	p.submit(p.get("/sandbox"), "Back to the real time", nil)
	if k := p.knobsNow(); k.ClockOffsetSec != 0 {
		t.Errorf("knobs %+v", k)
	}
}

func TestResetOfThePage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("To be lost", false)
	for _, typed := range []string{"", "sandbox", p.info.TenantID} {
		page := p.submit(p.get("/sandbox"), "Reset the tenant", url.Values{"domain": {typed}})
		if page.status != http.StatusUnprocessableEntity || page.Find("#f-domain").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%q: %d", typed, page.status)
		}
	}
	if page := p.submit(p.get("/sandbox"), "Reset the tenant", url.Values{"domain": {p.info.Domain}, "seed": {"huge"}}); page.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown seed: %d", page.status)
	}
	if got := p.get("/blueprints/" + b.ID); got.status != http.StatusOK {
		t.Fatalf("the blueprint is gone before the reset: %d", got.status)
	}
	page := p.submit(p.get("/sandbox"), "Reset the tenant", url.Values{"domain": {p.info.Domain}, "seed": {"empty"}})
	if page.status != http.StatusOK || !strings.Contains(page.text("main"), "Seed: empty") || !strings.Contains(page.text("main"), "There is no seeded blueprint") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if records := p.audit(models.ActionSandboxReset); len(records) != 2 || !strings.Contains(string(records[0].Body), `"seed":"empty"`) {
		t.Errorf("records %+v", records)
	}
	if page = p.post("/sandbox/secret", nil); page.url.Path != "/sandbox" {
		t.Errorf("a secret of nothing: %d at %s", page.status, page.url)
	}
}

// TestExportComesBack: the page links to an export, and takes it again.
func TestExportComesBack(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Carried", false)
	export := p.get(p.get("/sandbox").Find("a:contains('Export the tenant')").AttrOr("href", "")).body
	send := func(text string) *answer {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("export", "tenant.json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, text); err != nil {
			t.Fatal(err)
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/sandbox/import", &body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", form.FormDataContentType())
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		return p.do(req)
	}
	p.submit(p.get("/sandbox"), "Reset the tenant", url.Values{"domain": {p.info.Domain}})
	if page := p.get("/blueprints/" + b.ID); page.status != http.StatusNotFound {
		t.Fatalf("after the reset: %d", page.status)
	}
	for text, says := range map[string]string{"": "Choose a file", "x": "Choose a file", `{"format":"else"}`: `the format is "else"`} {
		if page := send(text); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#error-summary"), says) {
			t.Errorf("%q: %d %s", text, page.status, page.text("#error-summary"))
		}
	}
	if page := p.post("/sandbox/import", url.Values{"export": {"{}"}}); page.status != http.StatusUnsupportedMediaType {
		t.Errorf("a plain form: %d", page.status)
	}
	if page := send(export); page.status != http.StatusOK || !strings.Contains(page.text("main"), "Seed: import") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if page := p.get("/blueprints/" + b.ID); page.status != http.StatusOK {
		t.Errorf("the blueprint did not come back: %d", page.status)
	}
	if n := len(p.audit(models.ActionSandboxImport)); n != 4 {
		t.Errorf("%d records, want those of the import and of the refused one", n)
	}
}

// TestCancelledRequestSpoilsNoBanner: what one page hears of the knobs is for
// the next ones too.
func TestCancelledRequestSpoilsNoBanner(t *testing.T) {
	sandbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"latencyMs":7,"userConsent":true,"agentConsent":true,"delegatedCreate":true}`)
	}))
	defer sandbox.Close()
	var tr trouble
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	tr.read(gone, nil, sandbox.URL, now)
	if lines := knobsInWords(tr.read(t.Context(), nil, sandbox.URL, now)); len(lines) != 1 {
		t.Errorf("the next page says %q", lines)
	}
}

// TestSeedOfThePage: its facts for everybody, its secret on request, for those who may use it, and recorded.
func TestSeedOfThePage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	page := p.get("/sandbox")
	s := p.info.Seed
	for _, want := range []string{s.Blueprint.AppID, s.Blueprint.PrincipalID, s.Agent.ID, s.AgentUser.ID, s.AgentUser.UPN, s.Blueprint.Scope} {
		if want == "" || !strings.Contains(strings.ReplaceAll(page.text("main"), " ", ""), want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if page.Find("button:contains('Show client secret')").Length() != 0 {
		t.Error("an auditor is offered the secret")
	}
	if page = p.post("/sandbox/secret", nil); page.status != http.StatusForbidden {
		t.Errorf("an auditor gets %d", page.status)
	}
	p.newBrowser()
	p.signIn("agent-dev")
	page = p.submit(p.get("/sandbox"), "Show client secret", nil)
	if !strings.Contains(page.body, s.Blueprint.ClientSecret) || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", page.status, page.header)
	}
	if acts := p.get("/audit?action=" + models.ActionSecretShow); !strings.Contains(acts.text("tbody"), "Show the secret of Invoice helper") {
		t.Errorf("the audit gives no name: %s", acts.text("tbody"))
	}
	if records := p.audit(models.ActionSecretShow); len(records) != 1 || records[0].TargetID != s.Blueprint.ObjectID || strings.Contains(string(records[0].Body), s.Blueprint.ClientSecret) {
		t.Errorf("records %+v", records)
	}
	for _, path := range []string{"/sandbox/knobs", "/sandbox/knobs/off", "/sandbox/faults", "/sandbox/faults/remove", "/sandbox/clock", "/sandbox/reset", "/sandbox/import"} {
		if page := p.post(path, nil); page.status != http.StatusForbidden {
			t.Errorf("%s as a developer: %d", path, page.status)
		}
	}
}

func TestOffsetWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1 second", 90 * time.Minute: "1 hour 30 minutes", 49*time.Hour + time.Minute: "2 days 1 hour", 0: "",
	} {
		if got := offsetWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
