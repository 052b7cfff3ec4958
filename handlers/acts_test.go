package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// seedPaths are the pages of the seed's objects, one of each kind.
func (p *testPortal) seedPaths() map[graph.Kind]string {
	seed := p.info.Seed
	return map[graph.Kind]string{
		graph.KindBlueprint: "/blueprints/" + seed.Blueprint.ObjectID, graph.KindBlueprintPrincipal: "/principals/" + seed.Blueprint.PrincipalID,
		graph.KindAgentIdentity: "/agents/" + seed.Agent.ID, graph.KindAgentUser: "/agent-users/" + seed.AgentUser.ID,
	}
}

// buttons are the words of the links in the title row.
func (a *answer) buttons() []string {
	var words []string
	for i := range a.Find(".title-row .actions a").Nodes {
		words = append(words, strings.Join(strings.Fields(a.Find(".title-row .actions a").Eq(i).Text()), " "))
	}
	return words
}

func TestTheActsOnAnObjectsPage(t *testing.T) {
	p := newTestPortal(t)
	for persona, want := range map[string][]string{
		"agent-admin": {"Edit", "Disable…", "Delete…"}, "agent-dev": {"Edit", "Disable…"}, "auditor": nil,
	} {
		p.newBrowser()
		p.signIn(persona)
		for kind, path := range p.seedPaths() {
			page := p.get(path)
			got := slices.DeleteFunc(page.buttons(), func(s string) bool { return s != "Edit" && !strings.HasSuffix(s, "…") })
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b []string) bool { return slices.Equal(a, b) })); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", persona, kind, diff)
			}
			if all := page.buttons(); len(want) == 3 && (all[len(all)-1] != "Delete…" || page.Find(`.title-row a.button-danger[href="`+path+`/delete"]`).Length() != 1) {
				t.Errorf("%s: the last button is no red one: %q", kind, all)
			}
		}
	}
}

// TestWhoMayAct: every act of every kind, by role, asked and sent.
func TestWhoMayAct(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for persona, want := range map[string]map[string]int{
		"auditor":   {"edit": 403, "disable": 403, "enable": 403, "delete": 403},
		"agent-dev": {"edit": 200, "disable": 200, "enable": 200, "delete": 403},
		"user":      {"edit": 403, "disable": 403, "enable": 403, "delete": 403},
	} {
		p.newBrowser()
		p.signIn(persona)
		for kind, path := range p.seedPaths() {
			for act, status := range want {
				if page := p.get(path + "/" + act); page.status != status {
					t.Errorf("%s: GET %s of %s: %d, want %d", persona, act, kind, page.status, status)
				}
				if page := p.post(path+"/"+act, nil); status == 403 && page.status != 403 {
					t.Errorf("%s: POST %s of %s: %d", persona, act, kind, page.status)
				}
			}
		}
	}
	p.newBrowser()
	p.signIn("agent-admin")
	for kind := range p.seedPaths() {
		folder, _, _ := folderOf(kind)
		for _, act := range []string{"edit", "disable", "enable", "delete"} {
			if page := p.get(folder + "/" + unknownID + "/" + act); page.status != 404 {
				t.Errorf("%s of nothing: %d", act, page.status)
			}
			if page := p.post(folder+"/"+unknownID+"/"+act, nil); page.status != 404 {
				t.Errorf("POST %s of nothing: %d", act, page.status)
			}
		}
	}
}

func TestDisableAndEnable(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	for kind, want := range map[graph.Kind]string{
		graph.KindBlueprint: "1 agent identity gets no new tokens from now on", graph.KindBlueprintPrincipal: "nobody can sign in as their 1 agent user",
		graph.KindAgentIdentity: "Its agent user " + seed.AgentUser.UPN, graph.KindAgentUser: "for this account from now on",
	} {
		path := p.seedPaths()[kind]
		page := p.get(path + "/disable")
		if page.status != 200 || !strings.Contains(page.text("main"), want) || !strings.Contains(page.text(".notice"), "stay valid until they end") {
			t.Errorf("%s: %d, lacks %q: %s", kind, page.status, want, page.text("main"))
		}
		if kind == graph.KindBlueprint && page.Find(`td a[href="/principals/`+seed.Blueprint.PrincipalID+`"], th a[href="/principals/`+seed.Blueprint.PrincipalID+`"]`).Length() == 0 {
			t.Errorf("the principal is not named: %s", page.text("main"))
		}
		page = p.submit(page, "Disable", url.Values{"reason": {"CHG-1"}})
		if page.url.Path != path || kind != graph.KindBlueprint && page.text("#state") != "Disabled" {
			t.Errorf("%s: led to %s: %s", kind, page.url, page.text("main"))
		}
		if got := page.buttons(); !slices.Contains(got, "Enable…") || slices.Contains(got, "Disable…") {
			t.Errorf("%s: buttons %q", kind, got)
		}
		for _, again := range []*answer{p.get(path + "/disable"), p.post(path+"/disable", nil)} {
			if again.status != 200 || !strings.HasSuffix(again.text("h1"), "is disabled already") || again.Find("main form").Length() != 0 {
				t.Errorf("%s again: %d %s", kind, again.status, again.text("main"))
			}
		}
		page = p.submit(p.get(path+"/enable"), "Enable", nil)
		if page.url.Path != path || !slices.Contains(page.buttons(), "Disable…") {
			t.Errorf("%s enabled: %s %q", kind, page.url, page.buttons())
		}
	}
	if n := len(p.audit(models.ActionObjectDisable)); n != 8 {
		t.Errorf("%d records of 4 acts", n)
	}
	bare := p.makeBlueprint("Bare", false)
	page := p.get("/blueprints/" + bare.ID + "/disable")
	if page.status != 200 || page.Find("main form").Length() != 0 || !strings.Contains(page.text("main"), "no principal in this tenant") {
		t.Errorf("without a principal: %d %s", page.status, page.text("main"))
	}
	if got := p.get("/blueprints/" + bare.ID).buttons(); slices.Contains(got, "Disable…") || slices.Contains(got, "Enable…") {
		t.Errorf("without a principal: %q", got)
	}
}

// TestEnablingBelowWhatIsOff: enabling alone brings no tokens there.
func TestEnablingBelowWhatIsOff(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	paths := p.seedPaths()
	for _, kind := range []graph.Kind{graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser} {
		p.submit(p.get(paths[kind]+"/disable"), "Disable", nil)
	}
	for kind, want := range map[graph.Kind]string{
		graph.KindAgentIdentity: "The blueprint principal is disabled", graph.KindAgentUser: "Its agent identity is disabled", graph.KindBlueprint: "1 of them is disabled itself",
	} {
		if page := p.get(paths[kind] + "/enable"); page.status != 200 || !strings.Contains(page.text("main"), want) {
			t.Errorf("%s: lacks %q: %s", kind, want, page.text("main"))
		}
	}
}

// TestADisabledPrincipalStopsTokens: the token endpoint refuses the agents of it.
func TestADisabledPrincipalStopsTokens(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	lab := func() *answer { return p.post("/tokens", p.labForm(nil)) }
	if page := lab(); !strings.Contains(page.text("#verdict"), "acts for itself") {
		t.Fatalf("before: %s", page.text("main"))
	}
	path := p.seedPaths()[graph.KindBlueprint]
	p.submit(p.get(path+"/disable"), "Disable", nil)
	if page := lab(); !strings.Contains(page.text("#verdict"), "Refused") {
		t.Errorf("disabled: %s", page.text("#verdict"))
	}
	p.submit(p.get(path+"/enable"), "Enable", nil)
	if page := lab(); !strings.Contains(page.text("#verdict"), "acts for itself") {
		t.Errorf("enabled again: %s", page.text("#verdict"))
	}
}

// TestActsThatGraphRefuses: who owns nothing gets Graph's refusal explained on the
// page of the run, for each kind and act.
func TestActsThatGraphRefuses(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	principal, err := graphOf(p, "agent-admin").BlueprintPrincipalOf(t.Context(), b.AppID)
	if err != nil {
		t.Fatal(err)
	}
	a := p.makeAgent(b, "Night 01")
	u := p.makeUser(a, "night-01")
	p.newBrowser()
	p.signIn("agent-dev") // who owns none of them
	for kind, path := range map[graph.Kind]string{
		graph.KindBlueprint: "/blueprints/" + b.ID, graph.KindBlueprintPrincipal: "/principals/" + principal.ID,
		graph.KindAgentIdentity: "/agents/" + a.ID, graph.KindAgentUser: "/agent-users/" + u.ID,
	} {
		page := p.submit(p.get(path+"/disable"), "Disable", nil)
		if !strings.HasPrefix(page.url.Path, "/runs/") || page.text("#run-badge") != "Failed" || !strings.Contains(page.text("main"), "403") {
			t.Errorf("disable %s: %s %s", kind, page.url, page.text("main"))
		}
		of := path
		if kind == graph.KindBlueprint {
			of = "/principals/" + principal.ID
		}
		if got := page.Find(`.title-row a[href="` + of + `"], .steps a[href="` + of + `"]`).Length(); got != 2 {
			t.Errorf("disable %s: %d links back to it: %s", kind, got, page.text("main"))
		}
		field, value := "displayName", "Somebody else’s"
		if kind == graph.KindBlueprintPrincipal {
			field, value = "tags", "mine"
		}
		page = p.submit(p.submit(p.get(path+"/edit"), "Continue", url.Values{field: {value}}), "Save changes", nil)
		if !strings.HasPrefix(page.url.Path, "/runs/") || page.text("#run-badge") != "Failed" {
			t.Errorf("edit %s: %s %s", kind, page.url, page.text("main"))
		}
	}
}

// TestAReasonOrNothing: where reasons are required, an act without one is not done.
func TestAReasonOrNothing(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	path := p.seedPaths()[graph.KindAgentIdentity]
	page := p.submit(p.get(path+"/disable"), "Disable", nil)
	if page.status != http.StatusUnprocessableEntity || page.Find(`#error-summary a[href="#f-reason"]`).Length() != 1 {
		t.Errorf("disable: %d %s", page.status, page.text("main"))
	}
	page = p.submit(p.submit(p.get(path+"/edit"), "Continue", url.Values{"displayName": {"New name"}}), "Save changes", nil)
	if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text(".diff-after"), "New name") {
		t.Errorf("edit: %d %s", page.status, page.text("main"))
	}
	if page = p.submit(page, "Save changes", url.Values{"reason": {"CHG-7"}}); page.url.Path != path || page.text("h1") != "New name" {
		t.Errorf("with a reason: %s %s", page.url, page.text("h1"))
	}
}

// recordPage is the page of the newest outcome of an action.
func (p *testPortal) recordPage(action string) *answer {
	p.t.Helper()
	records := p.audit(action)
	if len(records) == 0 {
		p.t.Fatalf("no record of %s", action)
	}
	return p.get("/audit/" + strconv.FormatInt(records[len(records)-1].Seq, 10))
}

// TestWhoDoesNotOwnIsWarned: Graph lets people without a role for all agents change
// what they own, and says so after the fact alone.
func TestWhoDoesNotOwnIsWarned(t *testing.T) {
	p := newTestPortal(t)
	const warning = "You are not among its owners"
	p.signIn("agent-admin")
	others := p.makeBlueprint("Of others", true)
	p.newBrowser()
	p.signIn("agent-dev")
	for id, warned := range map[string]bool{p.info.Seed.Blueprint.ObjectID: false, others.ID: true} {
		page := p.get("/blueprints/" + id + "/disable")
		if got := strings.Contains(page.text("main"), warning); page.status != http.StatusOK || got != warned {
			t.Errorf("%s: %d, warned %t: %s", id, page.status, got, page.text("main"))
		}
	}
	p.newBrowser()
	p.signIn("agent-admin")
	if page := p.get("/blueprints/" + others.ID + "/disable"); page.status != http.StatusOK || strings.Contains(page.text("main"), warning) {
		t.Errorf("an administrator: %d %s", page.status, page.text("main"))
	}
}
