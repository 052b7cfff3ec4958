package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// checkForm is the form of a check of the seeded agent, with its rows as pairs
// of kind and value.
func (p *testPortal) checkForm(change url.Values, rows ...string) url.Values {
	form := url.Values{
		"name": {"Least privilege"}, "mode": {"autonomous"}, "scope": {entra.GraphDefaultScope}, "target": {p.info.Seed.Agent.ID}, "act": {"save"},
	}
	for i := 0; i+1 < len(rows); i += 2 {
		number := string(rune('1' + i/2))
		form.Set("kind_"+number, rows[i])
		form.Set("value_"+number, rows[i+1])
	}
	for name, values := range change {
		form[name] = values
	}
	return form
}

// saveCheck saves a check and returns its page.
func (p *testPortal) saveCheck(change url.Values, rows ...string) *answer {
	p.t.Helper()
	page := p.post("/tokens/checks/new", p.checkForm(change, rows...))
	if page.status != http.StatusOK || !strings.HasPrefix(page.url.Path, "/tokens/checks/") || page.url.Path == "/tokens/checks/new" {
		p.t.Fatalf("%s: %d %s", page.url, page.status, page.text("main"))
	}
	return page
}

// ended loads the page of a check until its run is over.
func (p *testPortal) ended(page *answer) *answer {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); page.text("h1 + .badge") == "Running"; page = p.get(page.url.Path) {
		if page.Find("[data-reload='3']").Length() != 1 || !strings.Contains(page.body, `http-equiv="refresh"`) {
			p.t.Fatal("the page of a run does not load itself anew")
		}
		if time.Now().After(end) {
			p.t.Fatalf("the run does not end: %s", page.text("main"))
		}
	}
	return page
}

// rowOf is what the table of a run says of an agent.
func (a *answer) rowOf(name string) string {
	row := a.Find("tbody tr").FilterFunction(byText(name))
	return strings.Join(strings.Fields(row.Text()), " ")
}

// A check is made out of a result of the lab, run, and judged on the next result.
func TestTokenCheckOfOneAgent(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	blueprint := p.info.Seed.Blueprint.AppID
	result := p.post("/tokens", p.labForm(nil))
	if !result.says("main", "none is saved for this agent, mode and scope") {
		t.Errorf("a result without checks says %s", result.text("main"))
	}
	form := p.follow(result, "Save as a check")
	if form.text("#f-target option[selected]") != "Invoice helper 01" || form.Find("#f-value_1").AttrOr("value", "") != blueprint || form.text("#f-kind_1 option[selected]") != "Comes from the blueprint (App ID)" {
		t.Fatalf("the form does not know where one came from: %s", form.text("form.form"))
	}
	form = p.get("/tokens/checks/new?" + url.Values{"agent": {p.info.Seed.Agent.ID}, "blueprint": {blueprint}, "from": {"gone"}}.Encode())
	if form.text("label[for=f-kind_1]") != "What must hold, 1" || form.text("label[for=f-value_2]") != "Value 2" || !strings.HasPrefix(form.text("#f-target-hint"), "The agent whose token is held against the checks, or all agents of a blueprint.") {
		t.Errorf("rows and target are not told apart: %s", form.text("form.form"))
	}
	if form.Find("a").FilterFunction(byText("Do not save")).AttrOr("href", "") != "/tokens/checks" {
		t.Errorf("the form has no way back: %s", form.text("form.form"))
	}
	form = p.submit(form, "Add row", url.Values{"name": {"Least privilege"}, "kind_2": {"no-role"}, "value_2": {"Directory.ReadWrite.All"}})
	if form.Find("fieldset").Length() != 3 || form.Find("#f-value_2").AttrOr("value", "") != "Directory.ReadWrite.All" {
		t.Fatalf("after Add row: %s", form.text("form.form"))
	}
	form = p.submit(form, "Remove row 3", nil)
	page := p.submit(form, "Save", nil)
	if page.status != http.StatusOK || page.text("h1") != "Least privilege" || page.text("h1 + .badge") != "Not run yet" || !page.says("main", "Does not have the role Directory.ReadWrite.All") {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	page = p.ended(p.submit(page, "Run", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}}))
	if page.text("h1 + .badge") != "1 passed" || !strings.Contains(page.rowOf("Invoice helper 01"), "Passed Comes from the blueprint Invoice helper ("+blueprint+"): passed. It comes from this blueprint.") {
		t.Errorf("badge %q, row %q", page.text("h1 + .badge"), page.rowOf("Invoice helper 01"))
	}
	if page.Find("[data-reload]").Length() != 0 {
		t.Error("a run that is over loads itself anew")
	}
	result = p.post("/tokens", p.labForm(nil))
	if !result.says("main", "1 of 1 saved check passed") || result.Find("h3 a[href='"+page.url.Path+"']").Length() != 1 {
		t.Errorf("the next result says %s", result.text("main"))
	}
	refused := p.post("/tokens", p.labForm(url.Values{"client_secret": {"SANDBOX~wrong"}}))
	if !refused.says("main", "no token to hold against 1 saved check") {
		t.Errorf("a refusal says %s", refused.text("main"))
	}

	page = p.submit(p.follow(page, "Edit"), "Save", url.Values{"kind_2": {"role"}})
	if page.text("h1 + .badge") != "Not run yet" || !page.says("main", "The check was changed since") {
		t.Errorf("a changed check says %s", page.text("main"))
	}
	page = p.ended(p.submit(page, "Run", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}}))
	if page.text("h1 + .badge") != "1 failed" || !page.says("tbody", "Has the role Directory.ReadWrite.All: failed. It has") || page.Find("tbody a[href^='/tokens?mode=']").Length() == 0 && !strings.Contains(page.body, "Try it in the lab") {
		t.Errorf("badge %q: %s", page.text("h1 + .badge"), page.text("tbody"))
	}
	if got := page.Find("tbody a").FilterFunction(byText("Grant Directory.ReadWrite.All")).AttrOr("href", ""); !strings.HasPrefix(got, "/agents/"+p.info.Seed.Agent.ID+"/permissions?") || !strings.Contains(got, "q=Directory.ReadWrite.All") {
		t.Errorf("what is missing cannot be granted: %q in %s", got, page.text("tbody"))
	}
	saves, runs := p.audit(models.ActionTokenCheckSave), p.audit(models.ActionTokenCheckRun)
	if len(saves) != 2 || !strings.Contains(string(saves[0].Body), `"no-role"`) || len(runs) != 2 || runs[0].Result != models.ResultSucceeded || runs[1].Result != models.ResultFailed {
		t.Errorf("recorded %s and %+v", saves[0].Body, runs)
	}
	if body := string(runs[0].Body); !strings.Contains(body, `"secret":"typed"`) || !strings.Contains(body, `"uti"`) || runs[0].Words.ActorUsername != p.persona("agent-admin").UPN {
		t.Errorf("the run is recorded as %s", body)
	}
}

// Over all agents of a blueprint, each has its own answer: a token that passes,
// or the refusal, explained.
func TestTokenCheckOfABlueprint(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b, err := p.h.Graph.With(p.h.SignIns.TokenFunc(p.lastSignIn("agent-admin"))).BlueprintByAppID(t.Context(), p.info.Seed.Blueprint.AppID)
	if err != nil {
		t.Fatal(err)
	}
	off := p.makeAgent(b, "Switched off")
	p.makeAgent(b, "New one")
	p.patch(graph.KindAgentIdentity, off.ID, map[string]any{"accountEnabled": false})
	kept := p.keep(p.persona("agent-admin").ObjectID, b.AppID)
	page := p.saveCheck(url.Values{"target": {"all:" + b.AppID}}, "blueprint", b.AppID, "lifetime", "5")
	if !page.says(".facts", "All agents of Invoice helper") || page.Find("#f-kept option[selected]").AttrOr("value", "") != kept.ID {
		t.Errorf("the page says %s", page.text("main"))
	}
	page = p.ended(p.submit(page, "Run", nil))
	refused := page.rowOf("Switched off")
	if !strings.Contains(refused, "Not issued Refused at T") || !strings.Contains(refused, "AADSTS") || !strings.Contains(refused, "Try it in the lab") {
		t.Errorf("the disabled agent: %q", refused)
	}
	if code := page.Find("tbody tr").FilterFunction(byText("Switched off")).Find("a[href^='/help/codes#AADSTS']"); code.Length() != 1 {
		t.Errorf("the code leads nowhere: %s", refused)
	}
	if row := page.rowOf("New one"); !strings.Contains(row, "New one Passed") {
		t.Errorf("a new agent: %q", row)
	}
	if got := page.text("h1 + .badge"); !strings.HasPrefix(got, "1 not issued, ") || !strings.HasSuffix(got, " passed") {
		t.Errorf("badge %q", got)
	}
	if first := page.Find("tbody tr").First().Text(); !strings.Contains(first, "Switched off") {
		t.Errorf("what needs somebody does not come first: %s", first)
	}
	if used := p.audit(models.ActionSecretUse); len(used) != 1 || !strings.Contains(string(used[0].Body), `"for":"token-check.run"`) {
		t.Errorf("uses of the kept secret: %+v", used)
	}
	lab := p.get("/tokens/checks")
	if !strings.Contains(lab.rowOf("Least privilege"), "1 not issued") {
		t.Errorf("the list says %q", lab.rowOf("Least privilege"))
	}

	users := p.saveCheck(url.Values{"name": {"As users"}, "mode": {"agent-user"}, "target": {"all:" + b.AppID}}, "agent-user", "")
	users = p.ended(p.submit(users, "Run", nil))
	if row := users.rowOf("New one"); !strings.Contains(row, "has no agent user") {
		t.Errorf("an agent without a user: %q", row)
	}
	if row := users.rowOf("Invoice helper 01"); !strings.Contains(row, "Acts as an agent user") {
		t.Errorf("an agent with one: %q", row)
	}
}

func (p *testPortal) lastSignIn(name string) string {
	p.t.Helper()
	row, err := p.store.LatestSignIn(p.t.Context(), p.info.TenantID, p.persona(name).ObjectID)
	if err != nil {
		p.t.Fatal(err)
	}
	return row.ID
}

func TestTokenCheckFormFaults(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	const secret = "SANDBOX~0123456789abcdefghijklmnopqrstuvwxyz"
	for name, tt := range map[string]struct {
		change url.Values
		rows   []string
		field  string
		want   string
	}{
		"no name":                  {url.Values{"name": {" "}}, []string{"lifetime", "5"}, "name", "Write a name"},
		"long name":                {url.Values{"name": {strings.Repeat("ä", 101)}}, []string{"lifetime", "5"}, "name", "This one has 101."},
		"a secret as name":         {url.Values{"name": {secret}}, []string{"lifetime", "5"}, "name", "reads like a secret"},
		"mode":                     {url.Values{"mode": {"on-behalf-of"}}, []string{"lifetime", "5"}, "mode", "Choose one of the modes"},
		"no scope":                 {url.Values{"scope": {""}}, []string{"lifetime", "5"}, "scope", "Write one resource"},
		"a secret as scope":        {url.Values{"scope": {secret}}, []string{"lifetime", "5"}, "scope", "what is no scope is not stored"},
		"no target":                {url.Values{"target": {""}}, []string{"lifetime", "5"}, "target", "Choose an agent identity."},
		"a target that is no id":   {url.Values{"target": {"all:x"}}, []string{"lifetime", "5"}, "target", "Choose a blueprint."},
		"an agent of nobody":       {url.Values{"target": {nowhere}}, []string{"lifetime", "5"}, "target", "no such agent identity"},
		"a blueprint of nobody":    {url.Values{"target": {"all:" + nowhere}}, []string{"lifetime", "5"}, "target", "no such blueprint"},
		"no rows":                  {nil, nil, "kind_1", "at least one thing"},
		"empty rows":               {nil, []string{"", "", "", ""}, "kind_1", "at least one thing"},
		"a value without its kind": {nil, []string{"lifetime", "5", "", "x"}, "kind_2", "Choose one of the kinds"},
		"a role of two words":      {nil, []string{"role", "Mail Read"}, "value_1", "Write one role"},
		"a secret as role":         {nil, []string{"role", secret}, "value_1", "Write one role"},
		"minutes in words":         {nil, []string{"lifetime", "five"}, "value_1", "whole number of minutes"},
	} {
		t.Run(name, func(t *testing.T) {
			page := p.post("/tokens/checks/new", p.checkForm(tt.change, tt.rows...))
			if page.status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.text("title"), "Error: ") {
				t.Fatalf("%d %s", page.status, page.text("main"))
			}
			checkSummary(t, name, page, []string{"f-" + tt.field})
			if got := page.text("#f-" + tt.field + "-error"); !strings.Contains(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if tt.change["scope"] == nil && page.Find("#f-scope").AttrOr("value", "") != entra.GraphDefaultScope {
				t.Error("what was typed is lost")
			}
		})
	}
	if checks, err := p.store.TokenChecks(t.Context(), p.info.TenantID); err != nil || len(checks) != 0 || len(p.audit(models.ActionTokenCheckSave)) != 0 {
		t.Errorf("%d checks were saved, %v", len(checks), err)
	}
}

func TestTokenCheckRunFaults(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.saveCheck(nil, "lifetime", "5")
	for name, tt := range map[string]struct {
		form        url.Values
		field, want string
	}{
		"no secret":           {url.Values{}, "client_secret", "Type a client secret"},
		"long secret":         {url.Values{"client_secret": {strings.Repeat("canary", 50)}}, "client_secret", "this has 300"},
		"unknown kept secret": {url.Values{"kept": {"no-such"}}, "kept", "There is no such kept secret."},
	} {
		answer := p.post(page.url.Path+"/run", tt.form)
		if answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.text("#error-summary"), tt.want) || strings.Contains(answer.body, "canary") {
			t.Errorf("%s: %d %s", name, answer.status, answer.text("#error-summary"))
		}
	}
	p.keep(p.persona("agent-dev").ObjectID, "ef403b6c-5f3e-40ac-8685-28eed2922ad5")
	if answer := p.post(page.url.Path+"/run", url.Values{"kept": {"0f0e0d0c-0b0a-4908-8706-050403020100"}}); answer.status != http.StatusUnprocessableEntity {
		t.Errorf("a secret of another blueprint: %d", answer.status)
	}
	wrong := p.ended(p.submit(page, "Run", url.Values{"client_secret": {"SANDBOX~wrong"}}))
	if !wrong.says("main", "The blueprint's credential was refused") || !wrong.says("tbody", "AADSTS7000215") {
		t.Errorf("a wrong secret: %s", wrong.text("main"))
	}
	if got := wrong.Find("tbody a").FilterFunction(byText("Add client secret")).AttrOr("href", ""); !strings.HasSuffix(got, "/secrets/new") {
		t.Errorf("a wrong secret leads to %q", got)
	}
	empty := p.makeBlueprint("Empty", true)
	none := p.saveCheck(url.Values{"target": {"all:" + empty.AppID}}, "lifetime", "5")
	if answer := p.post(none.url.Path+"/run", url.Values{"client_secret": {"x"}}); answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.text("#error-summary"), "no agent identities") {
		t.Errorf("without agents: %d %s", answer.status, answer.text("main"))
	}
	if n := len(p.audit(models.ActionTokenCheckRun)); n != 1 {
		t.Errorf("%d runs are recorded", n)
	}
}

// One run at a time: it goes on when its person leaves, and can be cancelled.
func TestTokenCheckRunsOneAtATime(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	first, second := p.saveCheck(nil, "lifetime", "5"), p.saveCheck(url.Values{"name": {"Second"}}, "lifetime", "5")
	secret := url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}}
	p.faultAt("/oauth2/v2.0/token", "timeout-before")
	running := p.submit(first, "Run", secret)
	if running.text("h1 + .badge") != "Running" || !running.says("main", "0 of 1 agent") {
		t.Fatalf("%d %s", running.status, running.text("main"))
	}
	if busy := p.get(second.url.Path); !busy.says("main", "Another check of yours is under way") || busy.Find("#f-client_secret").Length() != 0 {
		t.Errorf("the other check says %s", busy.text("main"))
	}
	if again := p.post(second.url.Path+"/run", secret); again.status != http.StatusConflict || !strings.Contains(again.text("#error-summary"), "Nothing was asked for") {
		t.Errorf("a second run: %d", again.status)
	}
	if again := p.post(first.url.Path+"/run", secret); again.status != http.StatusOK || again.text("h1 + .badge") != "Running" {
		t.Errorf("the same run again: %d %s", again.status, again.text("h1 + .badge"))
	}
	done := p.ended(p.submit(running, "Cancel", nil))
	if !done.says("main", "The run was cancelled") || done.text("h1 + .badge") != "1 left out" || !strings.Contains(done.rowOf("Invoice helper 01"), "Asked The answer was not waited for") {
		t.Errorf("after Cancel: %s", done.text("main"))
	}
	if runs := p.audit(models.ActionTokenCheckRun); len(runs) != 1 || runs[0].Result != models.ResultAbandoned {
		t.Errorf("recorded %+v", runs)
	}
}

// faultAt has the sandbox play a fault at every request to a path.
func (p *testPortal) faultAt(path, kind string) {
	p.t.Helper()
	p.knobs(map[string]any{"faults": []any{map[string]any{"kind": kind, "path": "/*" + path}}})
}
