package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/sandbox"
)

// pageWalk is somebody who goes to every page, each in one state with content
// and in those where it has none or refuses.
type pageWalk struct {
	*walker
	app    *testApp
	tenant sandbox.Info
	seen   map[string]bool // routes whose page was looked at
	routes []string
}

// walkPages begins a walk in a portal of its own.
func walkPages(t *testing.T, c Config) *pageWalk {
	t.Helper()
	p := &pageWalk{walker: newWalker(t), seen: map[string]bool{}, routes: pageRoutes(t)}
	p.start(c)
	return p
}

// start goes on in another portal with the same browser.
func (p *pageWalk) start(c Config) {
	p.t.Helper()
	p.app = startApp(p.t, c, Wiring{})
	p.tenant = p.app.sandbox.tenant.Info()
}

// as signs in as a persona, in the place of whoever was signed in.
func (p *pageWalk) as(name string) {
	p.t.Helper()
	p.open(p.app.URL() + "/sign-in")
	p.follow(name + "@" + p.tenant.Domain)
}

// sight is a page to look at: its address, with the status and words it must answer.
// Status 0 is 200.
type sight struct {
	path   string
	status int
	words  []string
}

func (p *pageWalk) visit(sights ...sight) {
	p.t.Helper()
	for _, s := range sights {
		p.asked[p.app.URL()+s.path] = true
		p.open(p.app.URL() + s.path)
		p.check(s)
	}
}

// post sends a form as a page of the portal would and looks at the answer.
func (p *pageWalk) post(answer sight, fields ...string) {
	p.t.Helper()
	p.form(answer.path, fields...)
	p.check(answer)
}

// form sends a form and looks at nothing. A step of the wizard says which state
// of its draft it was made from, as the step on the page does.
func (p *pageWalk) form(path string, fields ...string) {
	p.t.Helper()
	if version := eval[string](p.walker, `document.querySelector("input[name=version]")?.value ?? ""`); version != "" && slices.Contains(fields, "act") {
		fields = append(fields, "version", version)
	}
	p.send("application/x-www-form-urlencoded", path, fields...)
}

// send sends a form and waits for the page that comes of it.
func (p *pageWalk) send(kind, path string, fields ...string) {
	p.t.Helper()
	p.asked[p.app.URL()+path] = true
	p.leave("the form of "+path, fmt.Sprintf(`(() => {
		const form = document.createElement("form"), fields = %s;
		form.method = "post"; form.action = %s; form.enctype = %s;
		for (let i = 0; i < fields.length; i += 2) {
			const field = document.createElement("textarea");
			field.name = fields[i]; field.value = fields[i + 1];
			form.append(field);
		}
		document.body.append(form);
		form.submit();
		return true;
	})()`, literal(append([]string{}, fields...)), quoted(p.app.URL()+path), quoted(kind)))
}

// leave runs a script and waits until another document has been loaded.
func (p *pageWalk) leave(what, script string) {
	p.t.Helper()
	before := eval[float64](p.walker, "performance.timeOrigin")
	eval[bool](p.walker, script)
	p.until(what+" leads to another page", fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, before))
}

func literal(v any) string {
	b, _ := json.Marshal(v) // strings always marshal
	return string(b)
}

// check holds the page as it stands to what it must say and to the rules.
func (p *pageWalk) check(want sight) {
	p.t.Helper()
	path := p.path()
	p.asked[eval[string](p.walker, "location.href")] = true
	p.seen[routeOf(p.routes, path)] = true
	if want.status == 0 {
		want.status = http.StatusOK
	}
	if got := eval[int](p.walker, `performance.getEntriesByType("navigation")[0].responseStatus`); got != want.status {
		p.t.Errorf("%s answers %d, want %d: %s", want.path, got, want.status, p.text("h1"))
	}
	body := eval[string](p.walker, `document.body.innerText.replace(/\s+/g, " ")`)
	for _, words := range want.words {
		if !strings.Contains(body, words) {
			p.t.Errorf("%s does not show %q: %s", want.path, words, p.text("main"))
		}
	}
	if n := eval[int](p.walker, `document.querySelectorAll("h1").length`); n != 1 {
		p.t.Errorf("%s has %d titles", want.path, n)
	}
	p.look(fmt.Sprintf("%d %s", want.status, want.path))
}

func (p *pageWalk) path() string { return eval[string](p.walker, "location.pathname") }

// onPaper holds the page as it is printed to the width of the paper, what is
// left of A4 between its margins, and to what only a screen has.
func (w *walker) onPaper(name string) {
	w.t.Helper()
	media := func(kind string) {
		if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind}); err != nil {
			w.fatal("print: %v", err)
		}
	}
	media("print")
	w.size(672)
	for what, script := range map[string]string{
		"wider than the paper":   wideScript,
		"only of use on screens": `[...document.querySelectorAll("nav, button, .button, form")].filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 80))`,
		"not light":              `getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)" ? [] : ["body"]`,
	} {
		for _, found := range eval[[]string](w, script) {
			w.t.Errorf("%s on paper: %s: %s", name, what, found)
		}
	}
	w.shot("paper-" + name)
	media("")
	w.size(1280)
}

// make makes a blueprint with two agent identities, through every step of the
// wizard, and returns the address of the run.
func (p *pageWalk) make(name string, look func()) string {
	p.t.Helper()
	step := func(fields ...string) {
		p.form(p.path(), append(fields, "act", "continue")...)
		look()
	}
	p.open(p.app.URL() + "/blueprints/new")
	step("display_name", name, "description", "Reads the mail of nobody.", "does", "alone", "audience", "AzureADMyOrg", "reason", "CHG-2041")
	step()
	step("credential", "secret", "life", "90", "keep_for_lab", "on")
	step()
	step("count", "2", "pattern", "{name} {nn}", "sponsored_by", "same", "run_as", "me")
	p.follow("Create")
	return p.path()
}

// unlooked is a step that is not looked at.
func unlooked() {}

// badge waits for the state beside the title of a run.
func (p *pageWalk) badge(starts string) {
	p.t.Helper()
	p.until("the run is "+starts, fmt.Sprintf(`(document.querySelector("h1 + .badge")?.innerText.trim() ?? "").startsWith(%s)`, quoted(starts)))
}

// lostRun is a run that waits for an answer nobody can read.
func (p *pageWalk) lostRun() string {
	p.t.Helper()
	run := &models.Run{
		RequestID: uuid.NewString(), Kind: "blueprint", Title: "Lost helper", TID: p.tenant.TenantID, OwnerOID: p.persona("sponsor").ObjectID, OwnerUsername: p.persona("sponsor").UPN,
		RunAs: string(provision.AsMe), Spec: []byte(`{}`), State: models.RunWaitingSignIn,
		BlueprintID: p.tenant.Seed.Blueprint.ObjectID, BlueprintAppID: p.tenant.Seed.Blueprint.AppID,
		Steps: []models.Step{{
			Kind: provision.KindAgent, Name: "Create agent identity Reader 01", ObjectName: "Reader 01", State: models.StepUnknown,
			Method: http.MethodPost, Path: "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", Params: []byte(`{"unread":true}`),
			OpID: uuid.NewString(), Attempt: 1, StartedAt: time.Now(), HTTPStatus: http.StatusForbidden, ErrorCode: "Authorization_RequestDenied",
		}},
	}
	if _, err := p.app.store.CreateRun(p.t.Context(), run); err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("/runs/%d", run.ID)
}

// longRun is a run of a thousand steps, of which some failed.
func (p *pageWalk) longRun() string {
	p.t.Helper()
	owner := p.persona("agent-admin")
	run := &models.Run{
		RequestID: uuid.NewString(), Kind: provision.RunAddAgents, Title: "add a thousand", TID: p.tenant.TenantID, OwnerOID: owner.ObjectID, OwnerUsername: owner.UPN,
		RunAs: string(provision.AsMe), Spec: []byte(`{}`), State: models.RunFailed,
		BlueprintID: p.tenant.Seed.Blueprint.ObjectID, BlueprintAppID: p.tenant.Seed.Blueprint.AppID,
	}
	for i := range 1000 {
		s := models.Step{
			Ordinal: i + 1, Needs: []int{}, Kind: provision.KindAgent, Name: fmt.Sprintf("Create agent identity Reader %03d", i+1), ObjectName: fmt.Sprintf("Reader %03d", i+1),
			Method: http.MethodPost, Path: "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", State: models.StepDone, Result: models.ResultSucceeded, Params: []byte(`{"ask":{"sponsors":[]}}`),
		}
		if i%50 == 0 {
			s.State, s.Result, s.HTTPStatus, s.ErrorCode = models.StepFailed, models.ResultFailed, http.StatusBadRequest, "Request_BadRequest"
		}
		run.Steps = append(run.Steps, s)
	}
	if _, err := p.app.store.CreateRun(p.t.Context(), run); err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("/runs/%d", run.ID)
}

// persona returns a persona by the part of its UPN before the @.
func (p *pageWalk) persona(name string) sandbox.Persona {
	p.t.Helper()
	for _, person := range p.tenant.Personas {
		if strings.HasPrefix(person.UPN, name+"@") {
			return person
		}
	}
	p.t.Fatalf("the sandbox has no persona %s", name)
	return sandbox.Persona{}
}
