package main

import (
	"net/url"
	"strings"

	"agentidportal/entra/graph"
)

// permissionPages are what an agent identity and a blueprint principal may do,
// and the questions before that is changed.
func (p *pageWalk) permissionPages() {
	p.as("global-admin")
	for _, of := range []string{"/agents/" + p.tenant.Seed.Agent.ID, "/principals/" + p.tenant.Seed.Blueprint.PrincipalID} {
		tab := of + "/permissions"
		grant := func(value string) string {
			return tab + "/grant?" + url.Values{"api": {graph.GraphAppID}, "kind": {"delegated"}, "value": {value}}.Encode()
		}
		p.visit(
			sight{tab, 0, []string{"Add permission"}},
			sight{tab + "?api=microsoft&q=directory", 0, []string{"Microsoft blocks", "Permissions of Microsoft Graph"}},
			sight{tab + "?q=no+such+permission", 0, []string{"No permission with these words"}},
			sight{grant("Directory.AccessAsUser.All"), 0, []string{"Agents may not hold this permission"}},
			sight{grant("Mail.Read"), 0, []string{"Nothing is granted yet."}},
		)
		p.follow("Grant permission")
		p.check(sight{"the run of a grant", 0, []string{"Done", "Grant Mail.Read to"}})
		p.follow("Permissions of the")
		p.check(sight{tab, 0, []string{"Mail.Read", "Consent for everybody"}})
		if strings.HasPrefix(of, "/principals/") {
			p.inheritPages(tab)
		}
		p.follow("Remove…")
		p.check(sight{tab + "/remove", 0, []string{"Nothing is removed yet."}})
	}
	p.as("agent-admin")
}

// inheritPages are the questions whether agent identities inherit what their
// principal holds, from the row of the tab and back to it.
func (p *pageWalk) inheritPages(tab string) {
	inherit := func(scope string) string {
		return tab + "/inherit?" + url.Values{"api": {graph.GraphAppID}, "scope": {scope}}.Encode()
	}
	p.visit(
		sight{inherit("Directory.AccessAsUser.All"), 0, []string{"Agents may not hold this permission"}},
		sight{inherit("Mail.Read"), 0, []string{"Nothing is changed yet."}},
	)
	p.follow("Let agents inherit it")
	p.check(sight{"the run of an inheritance", 0, []string{"Done", "as soon as the blueprint principal was granted it"}})
	p.visit(
		sight{tab + "/inherit?api=" + graph.GraphAppID, 0, []string{"End what agents of"}},
		sight{tab, 0, []string{"Its agent identities inherit it"}},
	)
}
