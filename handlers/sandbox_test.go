package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"agentidportal/models"
)

func TestSandboxPage(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	page := p.get("/sandbox")
	text := strings.ReplaceAll(page.text("main"), " ", "")
	for _, want := range append([]string{p.info.TenantID, p.info.Authority, p.info.Portal.ClientID, p.info.Client.ClientID}, upns(p)...) {
		if !strings.Contains(text, want) {
			t.Errorf("no %s on the page", want)
		}
	}
	for _, secret := range []string{p.info.Portal.ClientSecret, p.info.Client.ClientSecret, p.info.Seed.Blueprint.ClientSecret, p.info.Personas[0].Password} {
		if secret != "" && strings.Contains(page.body, secret) {
			t.Error("a secret is on the page")
		}
	}
	if page.Find("button:contains('Save knobs')").Length() != 0 {
		t.Error("an auditor is offered the knobs")
	}
}

func upns(p *testPortal) (list []string) {
	for _, person := range p.info.Personas {
		list = append(list, person.UPN)
	}
	return list
}

func TestKnobs(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/sandbox")
	if page.Find(".notice-warn").Length() != 0 {
		t.Errorf("a warning while all is off: %s", page.text(".notice-warn"))
	}
	page = p.submit(page, "Save knobs", url.Values{"lag_blueprint": {"1500"}})
	if page.status != http.StatusOK || page.url.Path != "/sandbox" {
		t.Fatalf("%d at %s: %s", page.status, page.url, page.text("main"))
	}
	if !strings.Contains(page.text(".notice-warn"), "Lag of blueprints: 1500 ms.") {
		t.Errorf("no banner: %s", page.text("main"))
	}
	k, err := readKnobs(t.Context(), nil, p.tenant)
	if err != nil || k.LagMS["blueprint"] != 1500 || !k.DelegatedCreate {
		t.Errorf("the sandbox has %+v, %v", k, err)
	}
	records := p.audit(models.ActionSandboxKnobs)
	if len(records) != 2 || !strings.Contains(string(records[0].Body), `"blueprint":1500`) {
		t.Errorf("records %+v", records)
	}
}

func TestKnobsRefused(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, value := range []string{"", "-1", "600001", "1.5", "abc", "1e3", "<b>"} {
		page := p.submit(p.get("/sandbox"), "Save knobs", url.Values{"latency": {value}, "lag_principal": {"7"}})
		if page.status != http.StatusUnprocessableEntity || page.Find("#f-latency").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%q: %d", value, page.status)
		}
		if got := page.Find("#f-lag_principal").AttrOr("value", ""); got != "7" {
			t.Errorf("%q: what was typed beside it is lost: %q", value, got)
		}
		if !strings.HasPrefix(page.text("title"), "Error: ") {
			t.Errorf("%q: title %q", value, page.text("title"))
		}
	}
	if n := len(p.audit(models.ActionSandboxKnobs)); n != 0 {
		t.Errorf("%d records of refused forms", n)
	}
}

func TestSandboxPageOfRealTenant(t *testing.T) {
	p := newTestPortal(t)
	p.h.Sandbox = nil
	for _, r := range p.h.routes() {
		if strings.HasPrefix(r.Path, "/sandbox") {
			t.Errorf("%s exists in a real tenant", r.Path)
		}
	}
}

func TestSandboxGone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.h.Sandbox.Authority = "http://127.0.0.1:1"
	page := p.get("/sandbox")
	if page.status != http.StatusOK || !strings.Contains(page.text("main"), "did not answer") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if page := p.post("/sandbox/knobs", url.Values{"latency": {"0"}}); page.status != http.StatusBadGateway {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
}

func TestHealth(t *testing.T) {
	p := newTestPortal(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		page := p.get(path)
		if page.status != http.StatusOK || len(page.header["Set-Cookie"]) != 0 {
			t.Errorf("%s: %d %s", path, page.status, page.body)
		}
	}
}

// TestSignInAsAPersona: each row leads to the sign-in page with its account;
// nobody but a persona is named there.
func TestSignInAsAPersona(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	page := p.get("/sandbox")
	if n := page.Find(`a[href^="/sign-in?as="]`).Length(); n != len(p.info.Personas) {
		t.Errorf("%d links for %d people", n, len(p.info.Personas))
	}
	p.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for as, want := range map[string]string{p.info.Personas[0].UPN: p.info.Personas[0].UPN, "stranger@example.com": ""} {
		to, err := url.Parse(p.get("/sign-in?as=" + url.QueryEscape(as)).header.Get("Location"))
		if err != nil || to.Query().Get("login_hint") != want {
			t.Errorf("as %s: %v, %v", as, to, err)
		}
	}
}

// TestKnobsSayFirstWhatChangesAnswers: a switch that is off refuses; a lag only delays.
func TestKnobsSayFirstWhatChangesAnswers(t *testing.T) {
	k := &Knobs{LagMS: map[string]int{"blueprint": 7}, LatencyMS: 9, DelegatedCreate: true, AgentConsent: true, Faults: []Fault{{Kind: "503"}}}
	want := []string{"People cannot consent for themselves; an administrator must.", "1 fault in wait.", "Lag of blueprints: 7 ms.", "Latency of every answer: 9 ms."}
	if got := knobsInWords(k); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := knobsInWords(nil); got != nil {
		t.Errorf("of no sandbox: %q", got)
	}
}

// TestWhoMayNotTurnKnobsIsNotLedToThem by Overview.
func TestWhoMayNotTurnKnobsIsNotLedToThem(t *testing.T) {
	p := newTestPortal(t)
	p.setLag("blueprint", 5)
	for name, links := range map[string]int{"user": 0, "agent-admin": 1} {
		p.newBrowser()
		p.signIn(name)
		if n := p.get("/").Find(`.side .fact a[href="/sandbox"]`).Length(); n != links {
			t.Errorf("%s: %d links", name, n)
		}
	}
}
