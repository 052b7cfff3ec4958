package handlers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// impactOfPage is what a page says would break, by the label of the line.
func (a *answer) impact() map[string]string {
	lines := map[string]string{}
	section := a.Find("section").FilterFunction(byText("What would break if this goes"))
	for i := range section.Find(".fact").Nodes {
		fact := section.Find(".fact").Eq(i)
		lines[fact.Find("dt").Text()] = strings.Join(strings.Fields(fact.Find("dd").Text()), " ")
	}
	return lines
}

func TestWhatWouldBreak(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	const bin = "Graph keeps it for 30 days, and it can be restored until then."
	quota := " Deleted agent identities count against the quota of 250 of their blueprint until they are purged; 0 do now."
	for path, want := range map[string]map[string]string{
		"/blueprints/" + seed.Blueprint.ObjectID: {
			"Agent identities": "1 agent identity gets no more tokens. Graph moves it to the recycle bin about a day later. Invoice helper 01",
			"Agent users":      "1 agent user gets no more tokens either. Graph does not delete it: delete it first, or it stays as an account that nobody can sign in as. " + seed.AgentUser.UPN,
			"Permissions":      "None of its principal. What an agent identity was granted itself goes when that one goes.",
			"Clients":          "1 pre-authorized client gets no more tokens for the agents. " + p.info.Client.ClientID + ", access_agent",
			"Stays behind":     "1 agent user that nobody can sign in as. Tokens that were given out, until they end. The audit history of this portal.",
			"Recycle bin":      bin + quota,
		},
		"/principals/" + seed.Blueprint.PrincipalID: {
			"Agent identities": "1 agent identity gets no more tokens. Graph moves it to the recycle bin about a day later, unless the principal is restored first. Invoice helper 01",
			"Agent users":      "1 agent user gets no more tokens either. Graph does not delete it: delete it first, or it stays as an account that nobody can sign in as. " + seed.AgentUser.UPN,
			"Permissions":      "None. What an agent identity was granted itself goes when that one goes.",
			"Clients":          "1 pre-authorized client gets no more tokens for the agents. " + p.info.Client.ClientID + ", access_agent",
			"Stays behind":     "The blueprint, which can do nothing in this tenant without its principal. 1 agent user that nobody can sign in as. Tokens that were given out, until they end. The audit history of this portal.",
			"Recycle bin":      bin + " Nobody can purge a blueprint principal sooner." + quota,
		},
		"/agents/" + seed.Agent.ID: {
			"Tokens":       "It gets no more tokens, neither for itself nor for people. Its blueprint and the other agent identities go on.",
			"Agent users":  "1 agent user gets no more tokens either. Graph does not delete it: delete it first, or it stays as an account that nobody can sign in as. " + seed.AgentUser.UPN,
			"Permissions":  "2 application and 4 delegated permissions of its own go.",
			"Stays behind": "1 agent user that nobody can sign in as. Tokens that were given out, until they end. The audit history of this portal.",
			"Recycle bin":  bin + quota,
		},
		"/agent-users/" + seed.AgentUser.ID: {
			"Its agent identity": "It gets no more tokens for this account: no mailbox, no chat, no files of its own. What it does for itself and for people goes on.",
			"Permissions":        "1 delegated permission that was granted for it alone goes.",
			"Licences":           "It has none.",
			"Stays behind":       "Its agent identity, to which another agent user can be given; then this one cannot be restored. Tokens that were given out, until they end. The audit history of this portal.",
			"Recycle bin":        bin,
		},
	} {
		page := p.get(path)
		if diff := cmp.Diff(want, page.impact()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if path != "/agent-users/"+seed.AgentUser.ID && page.Find(`section dd a[href="/agent-users/`+seed.AgentUser.ID+`"]`).Length() == 0 {
			t.Errorf("%s does not lead to the agent user that stays", path)
		}
	}
	if got := p.get("/blueprints/" + seed.Blueprint.ObjectID + "/owners").impact(); len(got) != 0 {
		t.Errorf("another tab has it too: %v", got)
	}
}

// TestWhatWouldBreakOfMany: seven agent identities, of which five are named, and
// none of another blueprint.
func TestWhatWouldBreakOfMany(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("global-admin")
	p.newBrowser()
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	for i := range 7 {
		p.makeAgent(b, "Night 0"+string(rune('1'+i)))
	}
	for _, persona := range []string{"agent-admin", "auditor"} {
		p.newBrowser()
		p.signIn(persona)
		got := p.get("/blueprints/" + b.ID).impact()
		if line := got["Agent identities"]; !strings.HasPrefix(line, "7 agent identities get no more tokens. Graph moves them") || !strings.HasSuffix(line, "Night 052 more") {
			t.Errorf("%s: agent identities: %s", persona, line)
		}
		if got["Agent users"] != "None." || got["Clients"] != "None is pre-authorized for its scopes." {
			t.Errorf("%s: %v", persona, got)
		}
	}
	bare := p.makeBlueprint("Bare", false)
	if got := p.get("/blueprints/" + bare.ID).impact(); got["Agent identities"] != "None gets its tokens with it." || got["Permissions"] != "None of its principal." {
		t.Errorf("of a bare one: %v", got)
	}
	wire.cut.Store("/users")
	if got := p.get("/blueprints/" + b.ID).impact(); got["Agent users"] != "Graph could not be reached" || !strings.HasPrefix(got["Agent identities"], "7 ") {
		t.Errorf("without users: %v", got)
	}
	wire.cut.Store("/servicePrincipals/microsoft.graph.agentIdentity")
	if got := p.get("/blueprints/" + b.ID).impact(); got["Agent identities"] != "Graph could not be reached" || got["Agent users"] != "Graph could not be reached" {
		t.Errorf("without agent identities: %v", got)
	}
}

// TestInheritanceInWhatWouldBreak: what a principal passes on, and what comes to
// an agent identity and stays.
func TestInheritanceInWhatWouldBreak(t *testing.T) {
	row := func(kind, source, note string) views.PermissionRow {
		return views.PermissionRow{Kind: kind, Source: source, Note: note}
	}
	three, none := 3, 0
	for want, i := range map[string]impact{
		"1 application and 1 delegated permission go. Agent identities inherit 1 of them.": {
			kind: graph.KindBlueprintPrincipal, permissions: []views.PermissionRow{row("Application", "Assigned here", passedOnNote), row("Delegated", "Consent for everybody", "For itself alone")},
		},
		"None of its own. 2 that it inherits stay with the blueprint principal.": {
			kind: graph.KindAgentIdentity, permissions: []views.PermissionRow{row("Application", inheritedSource, ""), row("Delegated", inheritedSource, "")},
		},
		"2 delegated permissions of its principal go.": {
			kind: graph.KindBlueprint, permissions: []views.PermissionRow{row("Delegated", "Consent for everybody", ""), row("Delegated", "Consent for everybody", "")},
		},
	} {
		if got := i.permissionsRow().Text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	partly := impact{kind: graph.KindBlueprint, agents: familyOf{list: make([]graph.AgentIdentity, 2), more: true}, users: make([]graph.AgentUser, 1), deleted: &three}
	for want, got := range map[string]string{
		"At least 2 agent identities get no more tokens.": partly.agentsRow(&object{}).Text,
		"At least 1 agent user gets no more tokens":       partly.usersRow().Text,
	} {
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q does not begin with %q", got, want)
		}
	}
	if got := partly.binWords(); !strings.HasSuffix(got, "3 do now.") {
		t.Errorf("quota: %s", got)
	}
	unread := impact{kind: graph.KindBlueprint, agents: familyOf{more: true}, deleted: &none}
	if got := unread.agentsRow(&object{}).Text; !strings.Contains(got, "none of this blueprint was found yet") {
		t.Errorf("nothing found so far: %s", got)
	}
}
