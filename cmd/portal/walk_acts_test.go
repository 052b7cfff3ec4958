package main

// actPages are the questions before one object is changed, disabled or deleted,
// for each kind, with what they say when something is wrong, and a deleted
// object's address.
func (p *pageWalk) actPages() {
	p.start(Config{})
	p.as("agent-admin")
	seed := p.tenant.Seed
	b, agent := "/blueprints/"+seed.Blueprint.ObjectID, "/agents/"+seed.Agent.ID
	principal, user := "/principals/"+seed.Blueprint.PrincipalID, "/agent-users/"+seed.AgentUser.ID
	for _, path := range []string{b, principal, agent, user} {
		p.visit(
			sight{path + "/edit", 0, []string{"Continue", "Nothing is sent until"}}, sight{path + "/disable", 0, []string{"stay valid until they end"}},
			sight{path + "/enable", 0, []string{"is enabled already"}}, sight{path + "/delete", 0, []string{"Disable instead", "30 days"}},
		)
	}
	p.post(sight{b + "/edit", 422, []string{"Description was changed meanwhile"}}, "displayName", "Typed by me", "was_displayName", "Invoice helper", "description", "x", "was_description", "y", "tags", "", "was_tags", "")
	p.open(p.app.URL() + agent + "/edit")
	p.fill("Display name", "")
	p.follow("Continue")
	p.check(sight{agent + "/edit", 422, []string{"Write a name of 1 to 256 characters"}})
	p.fill("Display name", "Invoice desk")
	p.fill("Tags", "night")
	p.follow("Continue")
	p.check(sight{agent + "/edit", 0, []string{"Before and after", "Invoice desk"}})
	p.follow("Back to the form")
	p.check(sight{agent + "/edit", 0, []string{"Continue"}})
	p.post(sight{agent + "/delete", 422, []string{"another tree"}}, "typed", "nothing like it", "shown", nobodysID)
	p.post(sight{agent + "/disable", 0, []string{"This agent identity is disabled"}}, "reason", "CHG-2")
	p.visit(sight{agent + "/enable", 0, []string{"It gets tokens again"}})
	p.open(p.app.URL() + user + "/delete")
	p.fill("Type Invoice helper 01 to delete it", "Invoice helper 01")
	p.follow("Delete agent user")
	p.badge("Done")
	p.visit(sight{user, 404, []string{"is in the recycle bin", "30 more days"}})
}
