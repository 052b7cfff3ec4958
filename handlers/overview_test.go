package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
)

func (p *testPortal) putRun(r models.Run) models.Run {
	p.t.Helper()
	r.TID, r.RequestID = p.info.TenantID, r.Title
	state, at := r.State, r.UpdatedAt
	if _, err := p.store.CreateRun(p.t.Context(), &r); err != nil {
		p.t.Fatal(err)
	}
	r.State, r.UpdatedAt = state, at
	if err := p.store.SaveRun(p.t.Context(), &r); err != nil {
		p.t.Fatal(err)
	}
	return r
}

func TestOverviewCountsAndTellsWhatHappened(t *testing.T) {
	p := newTestPortal(t)
	page := p.signIn("agent-admin")
	if page.url.Path != "/" || page.text("h1") != "Overview" {
		t.Fatalf("signing in ended at %s %q", page.url, page.text("h1"))
	}
	if got := page.text(".figures"); got != "Blueprints8 credentials: 1 ended, 1 end soon Agent identities7 Runs0 none yetToken tests, 7 days0 none yet" {
		t.Errorf("figures = %q", got)
	}
	for _, want := range []string{"Every credential of Payroll bridge has ended", "Client secret of Support triage ends in 6 days"} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("findings lack %q: %q", want, page.text("main"))
		}
	}
	if got := page.text("tbody tr:first-child"); !strings.Contains(got, "agent-admin@sandbox.example Sign in Succeeded") {
		t.Errorf("last act = %q", got)
	}
	if got := page.text("aside"); !strings.Contains(got, p.info.TenantID) || !strings.Contains(got, "Agent ID Administrator") || !strings.Contains(got, "Records") {
		t.Errorf("facts = %q", got)
	}
}

func TestOverviewOfATenantWithoutAgents(t *testing.T) {
	p := newTestPortal(t)
	if err := sandboxCall(t.Context(), nil, http.MethodPost, p.tenant+"/_sandbox/reset", map[string]string{"seed": "empty"}, nil); err != nil {
		t.Fatal(err)
	}
	page := p.signIn("agent-admin")
	if got := page.text(".figures"); !strings.HasPrefix(got, "Blueprints0 none yet Agent identities0 none yet ") || !strings.Contains(page.text("main"), "Nothing needs you now") {
		t.Errorf("figures = %q, page = %q", got, page.text("main"))
	}
}

func TestOverviewOfPeopleWithLessRights(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.newBrowser()
	page := p.signIn("agent-dev")
	if strings.Contains(page.text("main"), "agent-admin@") || strings.Contains(page.text("aside"), "Audit chain") {
		t.Error("a developer sees acts of others")
	}
	if !strings.Contains(page.text(".figures"), "Your token tests") {
		t.Errorf("figures = %q", page.text(".figures"))
	}
	p.newBrowser()
	page = p.signIn("auditor")
	if got := page.text(".figures"); !strings.HasPrefix(got, "Blueprints8 credentials: 1 ended, 1 end soon Agent identities7 ") {
		t.Errorf("figures of the auditor = %q", got)
	}
	if !strings.Contains(page.text("tbody"), "agent-admin@") || strings.Contains(page.text(".actions"), "New blueprint") {
		t.Errorf("the auditor sees %q and may %q", page.text("tbody"), page.text(".actions"))
	}
	p.newBrowser()
	page = p.signIn("user")
	if page.Find(".figures").Length() != 0 || !strings.Contains(page.text(".notice"), "no role for agents") {
		t.Errorf("a person without a role sees %q", page.text("main"))
	}
	if page.Find(`form[action="/roles/refresh"]`).Length() != 1 {
		t.Error("roles cannot be read again")
	}
}

func TestOverviewListsWhatNeedsSomebody(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Payment reminders", true)
	if _, err := p.writer("agent-admin").Send(t.Context(), "op-s", graph.AddPasswordCall(b.ID, "", time.Now().Add(9*24*time.Hour+time.Hour)), nil); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	p.putRun(models.Run{Title: "Broken", State: models.RunFailed, UpdatedAt: now})
	p.putRun(models.Run{Title: "Parked", State: models.RunWaitingSignIn, OwnerUsername: "ann@sandbox.example", OwnerOID: unknownID, UpdatedAt: now})
	if _, err := p.store.AppendAudit(t.Context(), models.NewAudit{
		OpID: "op-1", Kind: models.AuditIntent, Actor: "x/y", Action: models.ActionCredentialAdd, TargetKind: "blueprint", Body: map[string]any{"name": hostileName},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.AppendAudit(t.Context(), models.NewAudit{
		OpID: "op-2", Kind: models.AuditIntent, Actor: "x/y", Action: models.ActionSandboxReset, TargetKind: "sandbox",
	}); err != nil {
		t.Fatal(err)
	}
	if got := p.get("/").text(".attention"); strings.Contains(got, "unknown result") {
		t.Errorf("an intent of this moment counts as open: %q", got)
	}
	p.clock.forward(3 * time.Minute)
	page := p.get("/")
	got := page.text(".attention")
	for _, want := range []string{
		"unknown result: Add client secret to " + hostileName, "failed: Broken", "waits for a sign-in: Parked", "ann@sandbox.example",
		"Client secret of Payment reminders ends in 9 days",
		"The portal reads the directory before", "Nothing sends it again",
	} {
		if !strings.Contains(got, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("lacks %q: %s", want, got)
		}
	}
	if page.Find(`.attention a[href="/blueprints/`+b.ID+`"]`).Length() == 0 {
		t.Error("no link to the blueprint whose secret ends")
	}
	if page.Find(`.attention a[href="/blueprints/`+b.ID+`/secrets/new"]`).Text() != "Add secret" {
		t.Error("the next act is not beside a secret that ends")
	}
	if got := page.text(".figures"); !strings.Contains(got, "1 waiting, 1 failed") {
		t.Errorf("figures = %q", got)
	}
}

func TestOverviewStandsWithoutGraph(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	wire.cut.Store("/v1.0")
	page := p.get("/")
	if page.status != 200 || !strings.Contains(page.text(".notice"), "Graph could not be reached") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if strings.Contains(page.text(".figures"), "Blueprints") {
		t.Errorf("figures = %q", page.text(".figures"))
	}
}

func TestFirstStepsAreThePersonsOwn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.putRun(models.Run{Title: "Done by another", State: models.RunDone, OwnerOID: p.persona("agent-admin").ObjectID, UpdatedAt: p.clock.now()})
	p.append(models.NewAudit{
		OpID: "op-a", Kind: models.AuditEvent, Actor: p.info.TenantID + "/" + p.persona("agent-admin").ObjectID, Action: models.ActionTokenTest, Result: models.ResultSucceeded,
	})
	p.newBrowser()
	page := p.signIn("agent-dev")
	if got := page.text("main"); !strings.Contains(got, "0 of 2 done") {
		t.Errorf("what others did counts as done: %s", got)
	}
	if n := page.Find(".attention .status-open").Length(); n != 2 {
		t.Errorf("%d open steps have the ring, want 2", n)
	}
	dev := p.persona("agent-dev")
	p.putRun(models.Run{Title: "Own", State: models.RunDone, OwnerOID: dev.ObjectID, UpdatedAt: p.clock.now()})
	if got := p.get("/").text("main"); !strings.Contains(got, "1 of 2 done") {
		t.Errorf("an own run does not count: %s", got)
	}
	p.append(models.NewAudit{
		OpID: "op-own", Kind: models.AuditEvent, Actor: p.info.TenantID + "/" + dev.ObjectID, Action: models.ActionTokenTest, Result: models.ResultSucceeded,
	})
	if got := p.get("/").text("main"); strings.Contains(got, "First steps") {
		t.Errorf("the steps stay when all are done: %s", got)
	}
}

func TestEveryActionHasWords(t *testing.T) {
	for _, action := range []string{models.ActionSignIn, models.ActionRunStart, models.ActionCredentialRemove, models.ActionTokenTest, models.ActionSandboxKnobs} {
		if actionWords(action) == action {
			t.Errorf("%s has no words", action)
		}
	}
	if got := actionWords("later.action"); got != "later.action" {
		t.Errorf("an action of later became %q", got)
	}
	for result, tone := range map[string]views.Tone{
		models.ResultSucceeded: views.ToneOK, models.ResultFailed: views.ToneDanger, models.ResultDenied: views.ToneDanger,
		models.ResultAdopted: views.ToneOK, models.ResultRepeated: views.ToneOK, models.ResultAbandoned: views.ToneWarn, "": views.ToneMuted, "x": views.ToneMuted,
	} {
		if words, got := resultWords(models.AuditRecord{Result: result}); got != tone || words == "" {
			t.Errorf("%q became %q %s", result, words, got)
		}
	}
}

func TestPagesAfterARunSayWhoMadeWhat(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.waitRun(p.startRun(nil), "Done")
	run, err := p.store.Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	agent := run.Steps[len(run.Steps)-1].ObjectID

	overview := p.get("/")
	if got := overview.text(".figures"); !strings.HasPrefix(got, "Blueprints9 credentials: 1 ended, 1 end soon Agent identities9 Runs1 all done") {
		t.Errorf("figures = %q", got)
	}
	if got := overview.text("main"); !strings.Contains(got, "1 of 2 done") || !strings.Contains(got, "Create agent identity Invoice reader 02") {
		t.Errorf("overview = %q", got)
	}
	if overview.Find(`tbody a[href="/agents/`+agent+`"]`).Length() == 0 {
		t.Error("an act does not lead to its object")
	}
	blueprint := p.get("/blueprints/" + run.BlueprintID)
	if got := blueprint.text("dl"); !strings.Contains(got, "agent-admin@sandbox.example · run 1 · record") {
		t.Errorf("made by %q", got)
	}
	if got := blueprint.text("main"); !strings.Contains(got, "Run 1: ") || !strings.Contains(got, "Invoice reader 02") || !strings.Contains(got, "Agent identities, 2") {
		t.Errorf("blueprint = %q", got)
	}
	if got := p.get("/blueprints/" + run.BlueprintID + "/credentials").text(`[aria-label="Credentials"] tbody`); !strings.HasPrefix(got, "Client secret, made by run 1 portal:") {
		t.Errorf("credential = %q", got)
	}
	if got := blueprint.text(".lead"); !strings.HasPrefix(got, "Reads invoices ") {
		t.Errorf("lead = %q", got)
	}
	if !strings.Contains(blueprint.text(".title-row"), "Get a token") {
		t.Error("an Admin is offered no token")
	}
	if blueprint.Find(`main a[href="/runs/1"]`).Length() < 2 {
		t.Error("no way to the run")
	}
	if got := p.get("/agents/" + agent).text("dl"); !strings.Contains(got, "agent-admin@sandbox.example · run 1 · record") {
		t.Errorf("agent made by %q", got)
	}
	// A developer may see the objects and their runs, but not the audit of others.
	p.newBrowser()
	p.signIn("agent-dev")
	seen := p.get("/agents/" + agent)
	if got := seen.text("dl"); !strings.Contains(got, "agent-admin@sandbox.example · run 1") || strings.Contains(got, "· record") {
		t.Errorf("a developer reads %q", got)
	}
	// Nor may one test what others own.
	if strings.Contains(seen.text(".title-row"), "Get a token") || strings.Contains(p.get("/blueprints/"+run.BlueprintID).text(".title-row"), "Get a token") {
		t.Error("a developer is offered a token of an agent of others")
	}
}
