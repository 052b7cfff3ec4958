package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/models"
)

// nobodysID is an id that no object has.
const nobodysID = "11111111-2222-4333-8444-555555555555"

// TestWalkEveryPage goes to every page of the portal, with content and
// without, as people who may and people who may not, while the tenant answers
// and while it does not. A page that is not on the way fails the test.
func TestWalkEveryPage(t *testing.T) {
	p := walkPages(t, Config{})
	p.signedOutPages()
	p.as("agent-admin")
	done, failed, waiting := p.threeRuns()
	p.objectPages()
	p.inventoryPages()
	p.relationPages()
	p.permissionPages()
	p.credentialPages()
	p.addPages()
	p.runPages(done, failed, waiting)
	p.tokenPages()
	p.profilePages()
	p.otherPages()
	p.formFaults()
	p.refusedPages(done)
	p.troubledPages()
	p.emptyPages()
	p.actPages()
	for _, route := range p.routes {
		if !p.seen[route] {
			t.Errorf("nobody has looked at %s: have this walk visit it, or name it in notPages", route)
		}
	}
}

// signedOutPages are what a stranger gets to see.
func (p *pageWalk) signedOutPages() {
	p.visit(
		sight{"/", 0, []string{"Sign in"}},
		sight{"/settings", 401, []string{"Sign in"}},
		sight{"/auth/callback?error=access_denied&error_description=AADSTS65004%3A+declined&state=x", 400, nil},
	)
	p.post(sight{"/tokens", 401, []string{"Send again", "client secret"}}, "agent", nobodysID, "scope", "https://graph.microsoft.com/.default", "client_secret", "not-a-secret")
	p.open(p.app.URL() + "/sign-in")
	p.seen["/sign-in"] = true // it leads to the tenant's own page
	p.look("picker")
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title><p>Elsewhere</p>`))
	}))
	p.t.Cleanup(other.Close)
	p.open(other.URL)
	p.form("/settings", "zone", "UTC")
	p.check(sight{"a form of another site", 403, []string{"did not come from the portal"}})
}

// threeRuns makes a run that is done, one that Graph refused, and one that
// waits for as long as the walk goes on. It looks at the steps of the wizard.
func (p *pageWalk) threeRuns() (done, failed, waiting string) {
	p.visit(sight{"/blueprints/new", 0, []string{"Display name"}})
	done = p.make("Pages helper", func() { p.check(sight{path: "a step"}) })
	p.badge("Done")
	setKnobs(p.t, p.app, `{"delegatedCreate":false}`)
	failed = p.make("Refused helper", unlooked)
	p.badge("Failed")
	setKnobs(p.t, p.app, `{"delegatedCreate":true,"lagMs":{"principal":600000}}`)
	waiting = p.make("Slow helper", unlooked)
	p.badge("Waiting for")
	return done, failed, waiting
}

// objectPages are the lists, and every tab of an object of each kind.
func (p *pageWalk) objectPages() {
	b, agent := "/blueprints/"+p.tenant.Seed.Blueprint.ObjectID, "/agents/"+p.tenant.Seed.Agent.ID
	principal, user := "/principals/"+p.tenant.Seed.Blueprint.PrincipalID, "/agent-users/"+p.tenant.Seed.AgentUser.ID
	p.visit(
		sight{"/", 0, []string{"Overview"}},
		sight{"/blueprints", 0, []string{"Pages helper", "Invoice helper"}},
		sight{"/blueprints?q=nobody&status=disabled", 0, []string{"No blueprint"}},
		sight{b + "/identities", 0, nil}, sight{b + "/credentials", 0, nil}, sight{b + "/owners", 0, nil}, sight{b + "/audit", 0, nil},
		sight{b + "/json?version=v1.0&expand=owners", 0, nil}, sight{b + "/json?select=nonsense(", 422, nil},
		sight{b + "/secrets/new", 0, []string{"Life of the client secret"}},
		sight{b, 0, []string{"Invoice helper"}},
	)
	p.onPaper("blueprint")
	p.visit(
		sight{"/principals", 0, []string{"Another tenant"}}, sight{principal, 0, nil},
		sight{principal + "/identities", 0, nil}, sight{principal + "/owners", 0, nil}, sight{principal + "/audit", 0, nil}, sight{principal + "/json", 0, nil},
		sight{"/agents", 0, []string{"Pages helper 01", "Sandbox knobs are on."}}, sight{"/agents?q=nobody", 0, nil},
		sight{user, 0, []string{"What would break if this goes"}}, sight{user + "/permissions", 0, []string{"User.ReadBasic.All"}}, sight{user + "/licences", 0, []string{"No licences"}},
		sight{user + "/groups", 0, []string{"No groups"}}, sight{user + "/owners", 0, nil}, sight{user + "/audit", 0, nil}, sight{user + "/json", 0, nil},
		sight{agent, 0, nil}, sight{agent + "/owners", 0, nil}, sight{agent + "/audit", 0, nil}, sight{agent + "/json", 0, nil},
		sight{"/search?q=helper", 0, []string{"Pages helper 01"}}, sight{"/search", 0, nil}, sight{"/search?q=" + strings.Repeat("nobody", 30), 0, nil},
	)
}

// relationPages are where somebody is added to an object, or taken away: with the
// answer of a search, with the question, and where nobody is left to take.
func (p *pageWalk) relationPages() {
	b, principal := "/blueprints/"+p.tenant.Seed.Blueprint.ObjectID, "/principals/"+p.tenant.Seed.Blueprint.PrincipalID
	agent, user := "/agents/"+p.tenant.Seed.Agent.ID, "/agent-users/"+p.tenant.Seed.AgentUser.ID
	sponsor, approver := p.persona("sponsor").ObjectID, p.persona("approver").ObjectID
	for _, object := range []string{b, principal, agent} {
		p.visit(
			sight{object + "/owners/add", 0, []string{"Find an owner"}}, sight{object + "/sponsors/add?q=finance", 0, []string{"Not eligible"}},
			sight{object + "/sponsors/" + approver + "/remove", 404, []string{"Nothing was sent"}}, sight{object + "/owners/" + approver + "/remove", 404, []string{"Nothing was sent"}},
		)
	}
	p.visit(
		sight{b + "/sponsors/add?person=" + approver, 0, []string{"What this means"}}, sight{b + "/sponsors/add?person=" + sponsor, 422, []string{"a sponsor already"}},
		sight{b + "/sponsors/" + sponsor + "/remove", 0, []string{"Add sponsor…"}},
		sight{user + "/sponsors/add?q=zzzz", 0, []string{"Nothing was found"}}, sight{user + "/sponsors/" + sponsor + "/remove", 0, []string{"What this means"}},
		sight{user + "/manager/set?person=" + approver, 0, []string{"What this means"}}, sight{user + "/manager/remove", 404, []string{"no manager"}},
		sight{user + "/groups/add?q=finance", 0, []string{"Add"}}, sight{user + "/groups/" + approver + "/remove", 404, []string{"Nothing was sent"}},
		sight{user + "/licences/add", 0, []string{"no usage location"}}, sight{user + "/licences/" + approver + "/remove", 404, []string{"Nothing was sent"}},
	)
}

// inventoryPages are the lists out of the snapshot, what is done to many, and the
// recycle bin with something in it.
func (p *pageWalk) inventoryPages() {
	agent := p.tenant.Seed.Agent.ID
	raw := uuid.MustParse(agent)
	tick := base64.RawURLEncoding.EncodeToString(raw[:])
	every := "&col=status&col=agents&col=users&col=credential&col=sponsors&col=owners&col=created&col=app&col=id&col=by&col=description&col=tags&col=user&col=blueprint&col=blueprint-app"
	p.visit(
		sight{"/agent-users", 0, []string{"Invoice helper 01"}}, sight{"/agent-users?q=nobody", 0, []string{"No agent user matches 1 filter"}},
		sight{"/blueprints?lack=credential&lack=sponsor&by=elsewhere", 0, []string{"No blueprint matches 3 filters"}}, sight{"/blueprints?sort=-credential" + every, 0, []string{"Payroll bridge"}}, sight{"/agents?sel=all" + every, 0, []string{"selected"}},
		sight{"/findings", 0, []string{"Nobody sponsors it"}}, sight{"/findings?kind=disabled-long", 0, []string{"No finding matches"}},
		sight{"/bulk?act=disable&list=agents&sel=all", 0, []string{"Disable"}}, sight{"/bulk?act=sponsor&list=agents&sel=" + tick, 0, []string{"Find a sponsor"}}, sight{"/bulk?act=delete&list=blueprints&sel=all", 0, []string{"Type"}}, sight{"/bulk?act=enable&list=agents", 0, []string{"No row is ticked"}},
		sight{"/recycle-bin", 0, []string{"The recycle bin is empty"}}, sight{"/recycle-bin/restore?sel=" + tick, 0, []string{"Nothing can be changed"}},
	)
	p.post(sight{"/bulk", 422, []string{"Choose somebody"}}, "do", "sponsor", "list", "agents", "id", agent)
	p.open(p.app.URL() + "/agents?q=pages+helper+02")
	p.follow("Pages helper 02")
	p.follow("Delete…")
	p.fill("Type Pages helper 02 to delete it", "Pages helper 02")
	p.follow("Delete agent identity")
	p.badge("Done")
	p.visit(sight{"/recycle-bin", 0, []string{"Pages helper 02"}}, sight{"/recycle-bin?q=nobody", 0, []string{"Nothing in the recycle bin matches"}})
	p.follow("Clear all")
	p.follow("Restore…")
	p.check(sight{"/recycle-bin/restore", 0, []string{"Restore “Pages helper 02”?"}})
	p.post(sight{p.path(), 422, []string{"letter by letter"}}, "id", p.hidden("id"), "shown", p.hidden("shown"), "typed", "Pages")
	p.visit(sight{"/recycle-bin", 0, nil})
	eval[int](p.walker, `[...document.querySelectorAll(".tick input")].map(e => e.click()).length`)
	p.follow("Delete for good…")
	p.check(sight{"/recycle-bin/purge", 0, []string{"Nobody can bring them back"}})
}

// hidden is what a hidden field holds.
func (p *pageWalk) hidden(name string) string {
	p.t.Helper()
	return eval[string](p.walker, fmt.Sprintf(`document.querySelector("input[name=" + %s + "]").value`, quoted(name)))
}

// runPages are runs in every state, the secret of one, and the questions that
// stand before what cannot be undone.
func (p *pageWalk) runPages(done, failed, waiting string) {
	p.visit(sight{"/runs", 0, []string{"Done", "Failed", "Waiting for"}}, sight{"/runs?state=nonsense", 0, nil},
		sight{failed, 0, []string{"Refused, 403"}}, sight{waiting, 0, []string{"Try now"}}, sight{waiting + "/cancel", 0, []string{"Nothing is cancelled yet"}}, sight{done, 0, []string{"Show secret"}})
	p.post(sight{done + "/secret", 0, []string{"SANDBOX~"}})
	p.visit(sight{done + "/secret/remove", 0, []string{"Nothing is removed yet"}})
	lost := p.lostRun()
	p.visit(sight{lost, 0, []string{"Give up"}}, sight{lost + "/give-up", 0, []string{"Keep waiting"}})
	long := p.longRun()
	p.visit(sight{long, 0, []string{"980 of 1,000 done", "20 failed"}}, sight{long + "?all=1&state=failed", 0, []string{"Steps 1 to 20 of 20"}}, sight{long + "?all=1&page=10", 0, []string{"Steps 901 to 1,000"}})
	p.post(sight{done + "/try", 409, []string{"Nothing was done", "Open the run"}})
}

// tokenPages are the lab with a kept secret, its answers, and the inspector.
func (p *pageWalk) tokenPages() {
	p.visit(sight{"/tokens", 0, []string{"Pages helper"}})
	p.choose("Agent identity", "Pages helper 01")
	agent := p.value("Agent identity")
	p.follow("Forget…")
	p.check(sight{"/tokens/kept", 0, []string{"Forget client secret", "Profiles that name it"}})
	p.follow("Keep it")
	p.choose("Agent identity", "Pages helper 01")
	p.choose("Kept secret", "Pages helper")
	p.follow("Get token")
	p.check(sight{"/tokens", 0, []string{"T1", "TR", "Signature valid"}})
	p.onPaper("token")
	p.labPages(agent)
	token := lastToken(p.walker)
	proof := eval[string](p.walker, `document.querySelector("[data-copy^='eyJ']").dataset.copy`)
	p.post(sight{"/tokens/inspect", 0, []string{"Signature valid", "xms_par_app_azp", "Granted and in the token"}}, "token", token)
	p.onPaper("inspector")
	p.visit(sight{"/tokens/compare", 0, []string{"First token", "Second token"}})
	p.post(sight{"/tokens/compare", 0, []string{"They belong together", "Only in the second", "Signature valid"}}, "first", proof, "second", token)
	p.onPaper("compare")
	p.post(sight{"/tokens/compare", 422, []string{"No token was found in this text"}}, "first", token, "second", "nothing like a token")
	p.post(sight{"/tokens/inspect", 422, nil}, "token", "nothing like a token")
	p.visit(sight{"/tokens/inspect", 0, []string{"Inspect"}})
	p.post(sight{"/tokens", 422, nil}, "agent", "", "mode", "nonsense", "scope", "")
	p.post(sight{"/tokens", 0, []string{"AADSTS7000215"}}, "agent", agent, "mode", "autonomous", "scope", "https://graph.microsoft.com/.default", "client_secret", "wrong-secret-of-nobody")
	p.onPaper("token-refused")
	p.checkPages(agent)
}

// checkPages are the saved checks of tokens: none yet, the form with its faults
// and rows, a run for all agents of a blueprint, and the question before one goes.
func (p *pageWalk) checkPages(agent string) {
	const checks = "/tokens/checks"
	blueprint := p.tenant.Seed.Blueprint
	p.visit(sight{checks, 0, []string{"No saved checks yet"}}, sight{checks + "/new?agent=" + agent + "&blueprint=" + blueprint.AppID, 0, []string{"What a token must hold"}})
	p.follow("Add row")
	p.check(sight{checks + "/new", 0, []string{"Remove row 3"}})
	p.post(sight{checks + "/new", 422, []string{"Write a name", "whole number of minutes"}}, "name", "", "mode", "autonomous", "scope", "nonsense of many words", "target", "", "kind_1", "lifetime", "value_1", "long", "act", "save")
	p.form(checks+"/new", "name", "Least privilege", "mode", "autonomous", "scope", "https://graph.microsoft.com/.default", "target", "all:"+blueprint.AppID,
		"kind_1", "no-role", "value_1", "Directory.ReadWrite.All", "kind_2", "lifetime", "value_2", "5", "kind_3", "role", "value_3", "Nobody.Has.This", "act", "save")
	check := p.path()
	p.check(sight{check, 0, []string{"Not run yet", "Does not have the role Directory.ReadWrite.All"}})
	p.post(sight{check + "/run", 422, []string{"client secret"}}, "client_secret", "", "kept", "")
	p.visit(sight{check + "/run", 0, []string{"Not run yet"}})
	p.fill("Client secret", blueprint.ClientSecret)
	p.follow("Run")
	p.until("the run is over", `(document.querySelector("h1 + .badge")?.innerText ?? "").includes(" failed")`)
	p.check(sight{check, 0, []string{"Has the role Nobody.Has.This: failed", "Try it in the lab"}})
	p.visit(sight{checks, 0, []string{" failed"}}, sight{checks + "?q=nobody", 0, []string{"No check matches 1 filter"}}, sight{check + "/edit", 0, []string{"Remove row"}}, sight{check + "/delete", 0, []string{"Only the check goes"}})
	p.post(sight{check + "/edit", 409, []string{"was changed in another window"}}, "version", "1", "name", "x", "mode", "autonomous", "scope", "User.Read", "target", agent, "kind_1", "lifetime", "value_1", "5", "act", "save")
	p.visit(sight{checks + "/" + nobodysID, 404, nil})
}

// otherPages are the help, the audit, the settings and the sandbox.
func (p *pageWalk) otherPages() {
	p.visit(
		sight{"/help", 0, nil}, sight{"/help/codes", 0, []string{"AADSTS7000215"}}, sight{"/help/claims", 0, []string{"xms_par_app_azp"}}, sight{"/help/permissions", 0, nil},
		sight{"/audit", 0, []string{adminUPN}}, sight{"/audit?q=nobody", 0, nil}, sight{"/audit?from=nonsense", 422, nil},
		sight{"/settings?saved=1", 0, nil}, sight{"/sandbox", 0, nil}, sight{"/components", 0, nil}, sight{"/signed-in", 0, []string{"You are signed in"}},
		sight{"/audit/3", 0, nil},
	)
	p.onPaper("record")
}

// formFaults sends each form with faults, and what is no form at all.
func (p *pageWalk) formFaults() {
	b := "/blueprints/" + p.tenant.Seed.Blueprint.ObjectID
	p.post(sight{"/settings", 422, []string{"This one is not known"}}, "zone", "Nowhere/Land", "theme", "dark")
	p.post(sight{"/sandbox/knobs", 422, nil}, "lag_blueprint", "soon", "latency", "-1")
	p.post(sight{"/sandbox/faults", 422, nil}, "fault_kind", "x", "fault_path", "no slash", "fault_count", "many", "fault_retry", "x")
	p.post(sight{"/sandbox/clock", 422, nil}, "clock_amount", "soon", "clock_unit", "60")
	p.post(sight{"/sandbox/reset", 422, nil}, "seed", "small", "domain", "")
	p.post(sight{b + "/secrets", 422, nil}, "life", "-3")
	p.wizardFaults()
	p.post(sight{"/settings", 400, []string{"does not know"}}, "nonsense", "x")
	p.post(sight{"/settings", 413, nil}, "zone", strings.Repeat("x", 70_000))
	p.send("text/plain", "/settings", "zone", "UTC")
	p.check(sight{"/settings as plain text", 415, nil})
	p.post(sight{"/audit", 405, nil})
}

// wizardFaults sends the steps with faults; the pages of a draft are on the way.
func (p *pageWalk) wizardFaults() {
	p.open(p.app.URL() + "/blueprints/new")
	p.post(sight{"/blueprints/new", 422, []string{"Write a name"}}, "reason", "CHG-2041", "act", "continue")
	draft := strings.TrimSuffix(p.path(), "/basics")
	p.form(draft+"/basics", "display_name", "Faulty", "does", "alone", "does", "users", "does", "account", "audience", "AzureADMyOrg", "act", "continue")
	p.form(draft+"/people", "act", "continue")
	p.post(sight{draft + "/credential", 422, nil}, "credential", "secret", "life", "9999", "act", "continue")
	p.post(sight{draft + "/credential", 422, []string{"Organization"}}, "credential", "federated", "fed_scenario", "github", "act", "continue")
	p.post(sight{draft + "/credential", 422, []string{"Upload the certificate"}}, "credential", "certificate", "act", "continue")
	p.form(draft+"/credential", "credential", "secret", "life", "90", "act", "continue")
	p.post(sight{draft + "/access", 422, []string{"https://"}}, "scope", "a b", "consent", "all", "clients", "mine", "redirects", "http://contoso.example", "act", "continue")
	p.form(draft+"/access", "scope", "access_agent", "consent", "all", "portal_client", "on", "act", "continue")
	p.visit(sight{draft + "/permissions?find=inherit&q=mail", 0, []string{"Mail.Read"}}, sight{draft + "/permissions?find=roles&q=application", 0, []string{"Blocked for agents"}})
	p.form(draft+"/permissions", "act", "continue")
	p.post(sight{draft + "/agents", 422, nil}, "count", "251", "run_as", "me", "act", "continue")
	p.form(draft+"/agents", "count", "1", "pattern", "{name} {nn}", "sponsored_by", "same", "run_as", "me", "act", "continue")
	p.post(sight{draft + "/users", 422, []string{"{who} is not known"}}, "upn_pattern", "{who}", "domain", p.tenant.Domain, "act", "continue")
	p.form(draft+"/users", "upn_pattern", "{agent}", "domain", p.tenant.Domain, "act", "continue")
	p.visit(sight{draft, 0, []string{"Review"}}, sight{draft + "/discard", 0, []string{"cannot be brought back"}}, sight{"/blueprints/new", 0, []string{"Faulty"}})
	p.post(sight{draft + "/review", 409, nil}, "reviewed", "before")
}

// refusedPages are what there is not, what one may not, and what only a fault
// of the portal's own can show.
func (p *pageWalk) refusedPages(run string) {
	for _, path := range []string{"/blueprints/", "/principals/", "/agents/", "/agent-users/", "/blueprints/new/", "/runs/", "/audit/"} {
		p.visit(sight{path + nobodysID, 404, nil})
	}
	p.visit(sight{"/no-such-page", 404, nil}, sight{"/agents/" + p.tenant.Seed.Blueprint.ObjectID, 0, []string{"Invoice helper"}})
	me := p.persona("agent-admin")
	broken := &models.Draft{Kind: "blueprint", TID: p.tenant.TenantID, OID: me.ObjectID, Body: []byte("{")}
	if err := p.app.store.CreateDraft(p.t.Context(), broken); err != nil {
		p.t.Fatal(err)
	}
	p.visit(sight{"/blueprints/new/" + broken.ID, 500, nil})
	p.as("auditor")
	p.visit(sight{"/", 0, []string{"Overview"}}, sight{"/blueprints", 0, nil}, sight{"/blueprints/new", 403, []string{"Global Reader"}}, sight{"/tokens", 403, nil}, sight{run, 0, nil}, sight{run + "/steps/4", 0, []string{"The call as it was sent"}}, sight{"/sandbox", 0, nil})
	p.as("user")
	p.visit(sight{"/", 0, nil}, sight{"/blueprints", 403, nil}, sight{"/audit", 403, nil})
	p.as("agent-dev")
	p.visit(sight{run, 0, nil}, sight{run + "/secret/remove", 403, []string{"belongs to somebody else"}})
	p.post(sight{"/sandbox/clock", 403, nil}, "clock_amount", "1")
}

// troubledPages are read while the tenant refuses or does not answer.
func (p *pageWalk) troubledPages() {
	p.as("agent-admin")
	for _, tt := range []struct {
		fault  string
		status int
	}{{`"429","retryAfterSec":75`, 429}, {`"503","retryAfterSec":75`, 502}, {`"reset"`, 502}, {`"half"`, 502}} {
		setKnobs(p.t, p.app, `{"faults":[{"kind":`+tt.fault+`,"path":"/v1.0/**"}]}`)
		p.visit(sight{"/blueprints/" + p.tenant.Seed.Blueprint.ObjectID, tt.status, []string{"The sandbox is told to be difficult"}})
	}
	p.visit(sight{"/", 0, nil}, sight{"/search?q=helper", 0, nil}, sight{"/runs", 0, nil})
	setKnobs(p.t, p.app, `{"faults":[{"kind":"503","retryAfterSec":75,"path":"/*/oauth2/v2.0/token"}]}`)
	p.open(p.app.URL() + "/sign-in")
	p.follow(adminUPN)
	p.check(sight{"a sign-in that fails", 502, []string{"sign-in service"}})
	setKnobs(p.t, p.app, `{"faults":[],"lagMs":{"principal":0}}`)
}

// emptyPages are those of a tenant in which nobody has made anything.
func (p *pageWalk) emptyPages() {
	p.start(Config{SandboxSeed: "empty"})
	p.as("agent-admin")
	for _, path := range []string{"/", "/blueprints", "/principals", "/agents", "/agent-users", "/findings", "/recycle-bin", "/search?q=helper", "/runs", "/tokens", "/tokens/checks", "/tokens/checks/new", "/audit", "/sandbox"} {
		p.visit(sight{path, 0, nil})
	}
	p.leave("signing out", `(document.querySelector("form[action='/sign-out']").submit(), true)`)
	p.check(sight{"/sign-out", 0, []string{"signed out"}})
}
