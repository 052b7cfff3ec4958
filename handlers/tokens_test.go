package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

func (p *testPortal) labForm(more url.Values) url.Values {
	form := url.Values{
		"agent": {p.info.Seed.Agent.ID}, "mode": {"autonomous"}, "scope": {entra.GraphDefaultScope},
		"client_secret": {p.info.Seed.Blueprint.ClientSecret},
	}
	for name, values := range more {
		form[name] = values
	}
	return form
}

// says looks for words in what the selector finds, whatever blanks are between:
// a label and its value stand in two elements.
func (a *answer) says(selector, words string) bool {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return strings.Contains(squeeze(a.Find(selector).Text()), squeeze(words))
}

func TestTokenLabForm(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/tokens?agent=" + p.info.Seed.Agent.ID)
	if page.status != http.StatusOK {
		t.Fatalf("status %d: %s", page.status, page.text("main"))
	}
	for _, label := range []string{"Agent identity", "Mode", "Scope", "Client secret"} {
		found := page.Find("label").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Text()) == label })
		if found.Length() != 1 || page.Find("#"+found.AttrOr("for", "none")).Length() != 1 {
			t.Errorf("%d labels %q that name a control", found.Length(), label)
		}
	}
	if got := page.text("#f-agent option[selected]"); got != "Invoice helper 01" {
		t.Errorf("preselected %q", got)
	}
	if got := page.Find("#f-agent optgroup:has(option[selected])").AttrOr("label", ""); got != "Invoice helper" {
		t.Errorf("agents are grouped under %q", got)
	}
	if got := page.Find("#f-scope").AttrOr("value", ""); got != entra.GraphDefaultScope {
		t.Errorf("scope is %q", got)
	}
	if page.Find("#f-client_secret").AttrOr("type", "") != "password" || page.Find("#f-kept").Length() != 0 {
		t.Error("the secret is in the open, or a kept one is offered that is not there")
	}
}

func TestTokenLabShowsBothHops(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.submit(p.get("/tokens?agent="+p.info.Seed.Agent.ID), "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}})
	if page.status != http.StatusOK || page.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, Cache-Control %q: %s", page.status, page.header.Get("Cache-Control"), page.text("main"))
	}
	if got := page.text("#verdict"); got != "The agent identity Invoice helper 01 acts for itself, through the blueprint Invoice helper" {
		t.Errorf("verdict is %q", got)
	}
	if got := page.text(".verdict"); !strings.Contains(got, "2 of 2 hops answered, 2 of 2 signatures valid, 10 of 10 links hold.") {
		t.Errorf("counts are %q", got)
	}
	var heads []string
	page.Find(".hop-title").Each(func(_ int, s *goquery.Selection) { heads = append(heads, strings.Join(strings.Fields(s.Text()), " ")) })
	if len(heads) != 2 || !strings.HasPrefix(heads[0], "T1 ") || !strings.HasPrefix(heads[1], "TR ") {
		t.Errorf("headings are %q", heads)
	}
	for _, want := range []string{
		"fmi_path " + p.info.Seed.Agent.ID + " The agent this token is for", "client_assertion •••••••••••• T1, as above:",
		"Signature valid", "Here: Invoice helper (its principal).", "Expected", "Correlation ID", "T1.sub ends in the agent identity", "more claims",
		"T1 is the exchange token of the blueprint", "TR is the resource token of the agent", "Not judged: no rule", "even numbers mean nothing",
	} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page.body, p.info.Seed.Blueprint.ClientSecret) {
		t.Error("the page shows the secret")
	}
	p.checkTryRecorded(models.ResultSucceeded, func(body map[string]any) {
		if hash, _ := body["tokenSha256"].(string); len(hash) != 64 || body["mode"] != "autonomous" || body["secret"] != "typed" {
			t.Errorf("recorded %v", body)
		}
	})
}

// checkTryRecorded looks at the one record of a try.
func (p *testPortal) checkTryRecorded(result string, check func(map[string]any)) {
	p.t.Helper()
	records := p.audit(models.ActionTokenTest)
	if len(records) != 1 {
		p.t.Fatalf("%d records of the try", len(records))
	}
	record := records[0]
	if record.Result != result || record.Kind != models.AuditEvent || record.TargetID != p.info.Seed.Agent.ID || record.TargetKind != "agentIdentity" {
		p.t.Errorf("record is %+v", record)
	}
	var body map[string]any
	if err := json.Unmarshal(record.Body, &body); err != nil {
		p.t.Fatal(err)
	}
	hops, _ := body["hops"].([]any)
	if len(hops) != 2 {
		p.t.Errorf("recorded hops %v", hops)
	}
	check(body)
}

func TestTokenLabExplainsAWrongSecret(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.post("/tokens", p.labForm(url.Values{"client_secret": {"SANDBOX~canary-of-a-wrong-secret"}}))
	if page.status != http.StatusOK {
		t.Fatalf("status %d: %s", page.status, page.text("main"))
	}
	if got := page.text("#verdict"); got != "Refused at T1: the client secret is wrong" {
		t.Errorf("verdict is %q", got)
	}
	for _, want := range []string{"T1", "401 invalid_client", "AADSTS7000215, invalid_client", "What it means here The client secret is wrong", "What to do Type the secret's value", "Trace ID", "Correlation ID", "Answer body, as received"} {
		if !page.says(".hop-refused", want) {
			t.Errorf("the refusal lacks %q in %q", want, page.text(".hop-refused"))
		}
	}
	add := page.Find(".hop-refused a").FilterFunction(byText("Add client secret")).AttrOr("href", "")
	if add != "/blueprints/"+p.info.Seed.Blueprint.ObjectID+"/secrets/new" || p.get(add).text("h1") != "Add client secret" {
		t.Errorf("the fix leads to %q", add)
	}
	if got := page.text(".hop-unreached"); !strings.HasPrefix(got, "TR ") || !strings.Contains(got, "Not reached: it needs T1") {
		t.Errorf("TR is %q", got)
	}
	if strings.Contains(page.body, "canary") {
		t.Error("the page shows what was typed as the secret")
	}
	p.checkTryRecorded(models.ResultFailed, func(body map[string]any) {
		if body["aadsts"] != float64(7000215) || body["failedAt"] != "T1" || body["tokenSha256"] != nil {
			t.Errorf("recorded %v", body)
		}
	})
	again := page.Find(".verdict a").First().AttrOr("href", "")
	form := p.get(again)
	if form.Find("#f-agent option[selected]").AttrOr("value", "") != p.info.Seed.Agent.ID || form.Find("#f-client_secret").AttrOr("value", "none") != "none" {
		t.Errorf("the way back %s lost what was chosen, or kept the secret", again)
	}
}

func TestTokenLabFieldFaults(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	tests := []struct {
		name, field string
		change      url.Values
		want        string
	}{
		{"no agent", "agent", url.Values{"agent": {""}}, "Choose an agent identity."},
		{"agent that is no id", "agent", url.Values{"agent": {"'; drop table"}}, "Choose an agent identity."},
		{"agent of nobody", "agent", url.Values{"agent": {"ef403b6c-5f3e-40ac-8685-28eed2922ad5"}}, "There is no such agent identity in this tenant."},
		{"a blueprint as agent", "agent", url.Values{"agent": {p.info.Seed.Blueprint.PrincipalID}}, "There is no such agent identity in this tenant."},
		{"mode", "mode", url.Values{"mode": {"magic"}}, "Choose one of the modes"},
		{"empty scope", "scope", url.Values{"scope": {"  "}}, "Write one resource and /.default"},
		{"long scope", "scope", url.Values{"scope": {strings.Repeat("a", 401)}}, "Write at most 400 characters. This has 401."},
		{"scope of two lines", "scope", url.Values{"scope": {"a\nb"}}, "Write it in one line."},
		{"no secret", "client_secret", url.Values{"client_secret": {""}}, "Type a client secret of the agent's blueprint."},
		{"long secret", "client_secret", url.Values{"client_secret": {strings.Repeat("canary", 50)}}, "this has 300"},
		{"unknown kept secret", "kept", url.Values{"client_secret": {""}, "kept": {"no-such"}}, "There is no such kept secret."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := p.post("/tokens", p.labForm(tt.change))
			if page.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d: %s", page.status, page.text("main"))
			}
			if got := page.text("#error-summary"); !strings.Contains(got, tt.want) {
				t.Errorf("summary %q, want %q", got, tt.want)
			}
			if got := page.text("title"); !strings.HasPrefix(got, "Error: ") {
				t.Errorf("title is %q", got)
			}
			if hasLink := page.Find("main form a[href$='/secrets/new']").Length() == 1; hasLink != strings.Contains(tt.name, "secret") {
				t.Errorf("a link Add client secret: %v", hasLink)
			}
			if tt.field != "scope" && page.Find("#f-scope").AttrOr("value", "") != entra.GraphDefaultScope {
				t.Error("the scope that was typed is lost")
			}
			if strings.Contains(page.body, p.info.Seed.Blueprint.ClientSecret) || strings.Contains(page.body, "canary") {
				t.Error("the secret that was typed is on the page")
			}
		})
	}
	if n := len(p.audit(models.ActionTokenTest)); n != 0 {
		t.Errorf("%d tries are recorded, and none was made", n)
	}
}

func TestTokenLabRefusesTheWrongPeople(t *testing.T) {
	p := newTestPortal(t)
	form := p.labForm(nil)
	if page := p.post("/tokens", form); page.status != http.StatusUnauthorized || strings.Contains(page.body, p.info.Seed.Blueprint.ClientSecret) {
		t.Errorf("without sign-in: status %d", page.status)
	}
	for _, name := range []string{"auditor", "user"} {
		p.newBrowser()
		p.signIn(name)
		for method, page := range map[string]*answer{"GET": p.get("/tokens"), "POST": p.post("/tokens", form)} {
			if page.status != http.StatusForbidden {
				t.Errorf("%s as %s: status %d", method, name, page.status)
			}
		}
	}
	if n := len(p.audit(models.ActionTokenTest)); n != 0 {
		t.Errorf("%d tries are recorded", n)
	}
}

// A developer may test the agents of blueprints of their own, and no others.
func TestTokenLabAsksForTheOwner(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	foreign := p.createAgent("agent-admin")
	p.newBrowser()
	p.signIn("agent-dev")
	if page := p.post("/tokens", p.labForm(nil)); page.Find(".hop-answered").Length() != 2 {
		t.Errorf("an agent of their own: status %d: %s", page.status, page.text("#verdict"))
	}
	lab := p.get("/tokens")
	if lab.Find("#f-agent option[value='"+foreign+"']").Length() != 0 || !lab.says("#f-agent-hint", "1 agent of blueprints you do not own is not listed") {
		t.Errorf("the list leads into a refusal: %s", lab.text(".form"))
	}
	page := p.post("/tokens", p.labForm(url.Values{"agent": {foreign}, "scope": {"api://typed/.default"}}))
	if page.status != http.StatusForbidden || !page.says("#f-agent-error", "You do not own the agent's blueprint") {
		t.Errorf("somebody else's agent: status %d", page.status)
	}
	if page.Find("#f-scope").AttrOr("value", "") != "api://typed/.default" || page.Find("#f-agent option[selected]").AttrOr("value", "") != foreign {
		t.Error("the refusal loses the form")
	}
	if tries, denials := p.audit(models.ActionTokenTest), p.audit(models.ActionAccessDenied); len(tries) != 1 || len(denials) != 1 {
		t.Errorf("%d tries and %d denials are recorded", len(tries), len(denials))
	}
}

// createAgent makes a blueprint with one agent by a run, and returns the agent.
func (p *testPortal) createAgent(persona string) string {
	p.t.Helper()
	oid := p.persona(persona).ObjectID
	run, err := p.engine.Start(p.t.Context(), p.actorOf(persona), "request-of-this-test", provision.BlueprintSpec{
		DisplayName: "Foreign", Sponsors: []provision.Principal{{ID: oid, Kind: graph.KindUser}}, Count: 1, NamePattern: "Foreign {n}", RunAs: provision.AsMe,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for run.State != models.RunDone {
		if run.State == models.RunFailed || p.t.Context().Err() != nil {
			p.t.Fatalf("the run ended as %s: %+v", run.State, run.Steps)
		}
		time.Sleep(5 * time.Millisecond)
		if run, err = p.store.Run(p.t.Context(), run.ID); err != nil {
			p.t.Fatal(err)
		}
	}
	return run.Steps[len(run.Steps)-1].ObjectID
}

// No secret and no token stays anywhere: not in the database with its log, not
// in the audit, not in the program's log.
func TestTokenLabLeavesNothingBehind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.post("/tokens", p.labForm(url.Values{"keep": {"on"}}))
	token := page.Find(".hop .shown-token code").First().Text()
	if len(token) < 100 {
		t.Fatalf("the token shown has %d characters", len(token))
	}
	p.submit(page, "Inspect", nil)
	p.post("/tokens", p.labForm(url.Values{"scope": {"https://graph.microsoft.com/User.Read.All"}}))
	p.post("/tokens/inspect", url.Values{"token": {"Bearer " + token + "x"}})
	traces := [][]byte{[]byte(p.info.Seed.Blueprint.ClientSecret), []byte(token), []byte(strings.Split(token, ".")[1]), []byte(strings.Split(token, ".")[2])}
	files, err := filepath.Glob(filepath.Join(p.data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	places := map[string][]byte{"log": p.log.Bytes()}
	for _, file := range files {
		if places[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for place, content := range places {
		for i, trace := range traces {
			if bytes.Contains(content, trace) {
				t.Errorf("%s holds trace %d", place, i)
			}
		}
	}
}

func TestTokenLabWithoutAnAnswer(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.h.Entra = entra.New(entra.Options{Cloud: entra.SandboxCloud(dead.URL, p.info.Graph), TenantID: p.info.TenantID})
	page := p.post("/tokens", p.labForm(nil))
	if got := page.text("#verdict"); page.status != http.StatusOK || got != "No answer at T1" {
		t.Errorf("status %d, verdict %q", page.status, got)
	}
	if !page.says(".hop-failed", "Nothing answers at 127.0.0.1") || page.Find(".hop-unreached").Length() != 1 {
		t.Errorf("the page says %q", page.text("main"))
	}
	p.checkTryRecorded(models.ResultFailed, func(body map[string]any) {
		if body["failedAt"] != "T1" || body["aadsts"] != nil {
			t.Errorf("recorded %v", body)
		}
	})
}
