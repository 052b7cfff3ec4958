package provision

// users adds the agent users of rows, and what each is given, after the agent
// identities of the rows. grant is the step that lets the blueprint create
// them, 0 for none; only a run as the blueprint waits for it.
func (p *planner) users(rows []AgentRow, agents []objectRef, grant int) {
	users := make([]objectRef, len(rows))
	for i, row := range rows {
		if row.User == nil {
			continue
		}
		users[i].Step = p.add(planned{
			kind: KindAgentUser, name: row.User.DisplayName, title: "Create agent user " + row.User.UPN, needs: steps(agents[i].Step, grant),
			ask: userAsk{Agent: agents[i], UPN: row.User.UPN, UsageLocation: row.User.UsageLocation},
		})
	}
	p.licenses(rows, users)
	p.managers(rows, users)
	p.userSponsors(rows, users)
}

func (p *planner) licenses(rows []AgentRow, users []objectRef) {
	for i, row := range rows {
		if u := row.User; u != nil && u.License != nil {
			p.add(planned{
				kind: KindAgentUserLicense, name: u.DisplayName, title: "Assign licence to " + u.UPN, needs: steps(users[i].Step),
				ask: licenseAsk{User: users[i], License: *u.License},
			})
		}
	}
}

func (p *planner) managers(rows []AgentRow, users []objectRef) {
	for i, row := range rows {
		if u := row.User; u != nil && u.Manager != nil {
			p.add(planned{
				kind: KindAgentUserManager, name: u.DisplayName, title: "Set manager of " + u.UPN, needs: steps(users[i].Step),
				ask: managerAsk{User: users[i], Manager: *u.Manager},
			})
		}
	}
}

func (p *planner) userSponsors(rows []AgentRow, users []objectRef) {
	for i, row := range rows {
		if row.User == nil {
			continue
		}
		for _, sponsor := range row.User.Sponsors {
			p.add(planned{
				kind: KindAgentUserSponsor, name: row.User.DisplayName, title: "Add sponsor to " + row.User.UPN, needs: steps(users[i].Step),
				ask: userSponsorAsk{User: users[i], Sponsor: sponsor},
			})
		}
	}
}

// steps are the numbers that stand for a step; 0 stands for none.
func steps(numbers ...int) []int {
	var some []int
	for _, n := range numbers {
		if n > 0 {
			some = append(some, n)
		}
	}
	return some
}
