package handlers

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheListOfAgentIdentities(t *testing.T) {
	for _, persona := range []string{"agent-admin", "auditor"} {
		t.Run(persona, func(t *testing.T) {
			p := newTestPortal(t)
			p.signIn("agent-admin")
			b := p.makeBlueprint("Ticket triage", true)
			a := p.makeAgent(b, hostileName)
			if persona != "agent-admin" {
				p.newBrowser()
				p.signIn(persona)
			}
			for query, want := range map[string][]string{
				"":                                slices.Concat([]string{hostileName}, seededAgents()),
				"?sort=-name":                     reversed(slices.Concat([]string{hostileName}, seededAgents())),
				"?blueprint=" + b.AppID:           {hostileName},
				"?blueprint=" + unknownID:         nil,
				"?q=invoice":                      {"Invoice helper 01"},
				"?q=" + a.ID:                      {hostileName},
				"?q=" + unknownID:                 nil,
				"?q=invoice&blueprint=" + b.AppID: nil,
				"?q=invoice&blueprint=" + p.info.Seed.Blueprint.AppID: {"Invoice helper 01"},
				"?q=" + url.QueryEscape(`x" OR "displayName:invoice`): nil,
			} {
				page := p.get("/agents" + query)
				if page.status != 200 {
					t.Errorf("%s: %d %s", query, page.status, page.text("main"))
					continue
				}
				if diff := cmp.Diff(want, page.names()); diff != "" {
					t.Errorf("%s (-want +got):\n%s", query, diff)
				}
				if want == nil && !strings.HasPrefix(page.text(".empty h2"), "No agent identity matches ") {
					t.Errorf("%s: empty = %q", query, page.text(".empty"))
				}
			}
			page := p.get("/agents?blueprint=" + b.AppID)
			if got := page.Find("#f-blueprint option[selected]").Text(); got != "Ticket triage" {
				t.Errorf("the filter shows %q", got)
			}
			if got := page.text(".chip-value"); got != "Ticket triage" {
				t.Errorf("chip = %q", got)
			}
			if page.Find("main script").Length() != 0 {
				t.Error("a script came out of a name")
			}
		})
	}
}

func TestAnAgentIdentity(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	page := p.get("/agents/" + seed.Agent.ID)
	if page.text("h1") != "Invoice helper 01" || page.text(".badge") != "Enabled" {
		t.Errorf("title = %q, badge = %q", page.text("h1"), page.text(".badge"))
	}
	for _, want := range []string{seed.Agent.ID, seed.Blueprint.AppID, "sponsor@sandbox.example", "Its blueprint, with its own token", seed.AgentUser.UPN} {
		if !strings.Contains(page.text("main"), want) {
			t.Errorf("the page lacks %q: %s", want, page.text("main"))
		}
	}
	for _, href := range []string{"/blueprints/" + seed.Blueprint.ObjectID, "/agents/" + seed.Agent.ID + "/audit"} {
		if page.Find(`main a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	if page.Find("main a[href^='/agents/new']").Length() != 0 {
		t.Error("a second agent user is offered")
	}
}

// TestTheTreeOfAnAgentCountsOnlyWhatWasCounted: readers may not filter by
// blueprint, so all agent identities are read; where that fails, none is counted.
func TestTheTreeOfAnAgentCountsOnlyWhatWasCounted(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Counted", true)
	agent := p.makeAgent(b, "Counted 01")
	p.makeAgent(b, "Counted 02")
	p.newBrowser()
	p.signIn("auditor")
	if got := p.get("/agents/" + agent.ID).text("svg.tree"); !strings.Contains(got, "Agent identities, 2") {
		t.Errorf("two agent identities drawn as %q", got)
	}
	wire.cut.Store("/servicePrincipals/microsoft.graph.agentIdentity")
	got := p.get("/agents/" + agent.ID).text("svg.tree")
	if strings.Contains(got, "Agent identities,") || !strings.Contains(got, "Graph did not let you count") {
		t.Errorf("uncounted agent identities drawn as %q", got)
	}
}
