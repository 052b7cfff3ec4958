package main

// profilePages are the profiles of the lab: none yet, their form with and
// without faults, one with its question, one that is run at once, one that is
// gone, and what a run that asks leads to.
func (p *pageWalk) profilePages() {
	const profiles = "/tokens/profiles"
	seed, partner := p.tenant.Seed, p.tenant.Partner
	p.visit(
		sight{profiles, 0, []string{"No profiles yet"}}, sight{profiles + "?q=nobody", 0, []string{"No profile matches"}},
		sight{profiles + "/new", 0, []string{"Save profile"}}, sight{profiles + "/new?mode=cross-tenant", 0, []string{"Tailspin Toys"}},
		sight{profiles + "/new?mode=password", 0, []string{"keeps no person"}}, sight{profiles + "/new?from=nothing", 0, []string{"not held any more"}},
		sight{profiles + "/" + nobodysID, 404, nil},
	)
	p.post(sight{profiles + "/new", 422, []string{"Write a name"}}, "name", "", "mode", "autonomous", "agent", "", "scope", "~")
	p.form(profiles+"/new", "name", "Nightly check of the invoice helper", "mode", "autonomous", "agent", seed.Agent.ID, "scope", "https://graph.microsoft.com/.default", "shared", "on")
	one := p.path()
	p.check(sight{one, 0, []string{"Stop sharing", "Asked each time"}})
	p.visit(
		sight{one + "/edit", 0, []string{"Save profile"}}, sight{one + "/delete", 0, []string{"Keep it"}},
		sight{"/tokens?profile=" + one[len(profiles)+1:], 0, []string{"Profile Nightly check"}},
	)
	p.form(profiles+"/new", "name", "Intake", "mode", "cross-tenant", "agent", seed.Agent.ID, "scope", "https://graph.microsoft.com/.default",
		"other_tenant", partner.TenantID, "other_app_id", partner.App.AppID)
	p.check(sight{p.path(), 0, []string{"What the other tenant has to register"}})
	p.post(sight{"/tokens", 0, []string{"AADSTS700016", "What the other tenant has to register"}}, "mode", "cross-tenant", "agent", seed.Agent.ID, "scope", "https://graph.microsoft.com/.default",
		"other_tenant", partner.TenantID, "other_app_id", nobodysID, "client_secret", seed.Blueprint.ClientSecret)
	p.visit(sight{profiles, 0, []string{"Nightly check", "Intake", "Shared by you"}})
}
