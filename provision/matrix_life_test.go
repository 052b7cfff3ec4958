package provision

import (
	"slices"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// acts starts a run of changes; before are made first.
func (b *bench) acts(t testing.TB, a models.Actor, requestID string, acts ...Act) *models.Run {
	t.Helper()
	seed := b.info.Seed.Blueprint
	run, err := b.Change(t.Context(), a, requestID, ChangeSpec{Title: "change things", BlueprintID: seed.ObjectID, BlueprintAppID: seed.AppID, Acts: acts})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// done makes changes and wants them done.
func (b *bench) done(t testing.TB, a models.Actor, requestID string, acts ...Act) *models.Run {
	t.Helper()
	run := b.until(t, b.acts(t, a, requestID, acts...).ID, models.RunDone, models.RunFailed)
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	return run
}

// agents are the seeded agent identities, by name.
func (b *bench) agents(t testing.TB, a models.Actor, n int) []Target {
	t.Helper()
	var all []Target
	for agent, err := range b.as(a).AllAgentIdentities(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Target{Kind: graph.KindAgentIdentity, ID: agent.ID, Name: agent.DisplayName})
	}
	slices.SortFunc(all, func(x, y Target) int { return compareText(x.Name, y.Name) })
	if len(all) < n {
		t.Fatalf("%d agents, want %d", len(all), n)
	}
	return all[:n]
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// agentUser is the seeded agent user.
func (b *bench) agentUser() Target {
	return Target{Kind: graph.KindAgentUser, ID: b.info.Seed.AgentUser.ID, Name: "Invoice helper 01"}
}

func (b *bench) blueprintTarget() Target {
	return Target{Kind: graph.KindBlueprint, ID: b.info.Seed.Blueprint.ObjectID, Name: "Invoice helper"}
}

// groups are the seeded groups that take agent users.
func (b *bench) groups(t testing.TB, a models.Actor, n int) []Target {
	t.Helper()
	var into []Target
	for _, words := range []string{"finance", "site"} {
		found, err := b.as(a).SearchGroups(t.Context(), words)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range found {
			into = append(into, Target{Kind: graph.KindGroup, ID: g.ID, Name: g.DisplayName})
		}
	}
	if len(into) < n {
		t.Fatalf("groups %+v", into)
	}
	return into[:n]
}

// each is an act for each object.
func each(of []Target, kind string, change ...func(*Act)) []Act {
	var acts []Act
	for _, o := range of {
		act := Act{Kind: kind, Of: o}
		for _, c := range change {
			c(&act)
		}
		acts = append(acts, act)
	}
	return acts
}

func by(p Principal) func(*Act) { return func(a *Act) { a.Person = p } }

// lifeScenarios are the runs of the kinds of steps that change what is there.
func lifeScenarios() map[string]func(t testing.TB, b *bench, a models.Actor, n int) *models.Run {
	type start = func(t testing.TB, b *bench, a models.Actor, n int) *models.Run
	agents := func(kind, first string, change ...func(*Act)) start {
		return func(t testing.TB, b *bench, a models.Actor, n int) *models.Run {
			of, with := b.agents(t, a, n), slices.Clone(change)
			with = append(with, func(act *Act) {
				if slices.Contains([]string{KindOwner, KindOwnerRemove, KindSponsor, KindSponsorRemove}, kind) {
					act.Person = b.persona(t, "user")
				}
			})
			if first != "" {
				b.done(t, a, "before", each(of, first, with...)...)
			}
			return b.acts(t, a, "cell", each(of, kind, with...)...)
		}
	}
	members := func(kind, first string) start {
		return func(t testing.TB, b *bench, a models.Actor, n int) *models.Run {
			var acts, before []Act
			for _, g := range b.groups(t, a, n) {
				acts = append(acts, Act{Kind: kind, Of: b.agentUser(), Group: g})
				before = append(before, Act{Kind: first, Of: b.agentUser(), Group: g})
			}
			if first != "" {
				b.done(t, a, "before", before...)
			}
			return b.acts(t, a, "cell", acts...)
		}
	}
	rename := func(a *Act) {
		a.Set, a.Before = map[string]any{"displayName": a.Of.Name + " new", "tags": []string{"x"}}, map[string]any{"displayName": a.Of.Name}
	}
	return map[string]start{
		KindDisable: agents(KindDisable, KindEnable), KindEnable: agents(KindEnable, KindDisable), KindUpdate: agents(KindUpdate, "", rename),
		KindDelete: agents(KindDelete, ""), KindRestore: agents(KindRestore, KindDelete), KindPurge: agents(KindPurge, KindDelete),
		KindOwner: agents(KindOwner, ""), KindOwnerRemove: agents(KindOwnerRemove, KindOwner),
		KindSponsor: agents(KindSponsor, ""), KindSponsorRemove: agents(KindSponsorRemove, KindSponsor),
		KindMember: members(KindMember, ""), KindMemberRemove: members(KindMemberRemove, KindMember),
		KindAgentUserManagerRemove: managersGo, KindAgentUserLicenseRemove: licensesGo,
		KindCertificateRemove: credentialGoes(KindCertificateRemove), KindFederatedRemove: credentialGoes(KindFederatedRemove),
	}
}

// newUsers makes n agent users with licence and manager, with a blueprint of theirs.
func (b *bench) newUsers(t testing.TB, a models.Actor, n int) []Target {
	t.Helper()
	made := b.ends(t, b.begin(t, a, b.withUsers(t, a), func(s *BlueprintSpec) { s.Count, s.SecretDays = n, 0 }))
	if made.State != models.RunDone {
		t.Fatal(stepsText(made))
	}
	var users []Target
	for _, s := range stepsOf(made, KindAgentUser) {
		users = append(users, Target{Kind: graph.KindAgentUser, ID: s.ObjectID, Name: s.ObjectName})
	}
	return users
}

func managersGo(t testing.TB, b *bench, a models.Actor, n int) *models.Run {
	return b.acts(t, a, "cell", each(b.newUsers(t, a, n), KindAgentUserManagerRemove, by(b.persona(t, "user")))...)
}

func licensesGo(t testing.TB, b *bench, a models.Actor, n int) *models.Run {
	license := b.license(t, a)
	return b.acts(t, a, "cell", each(b.newUsers(t, a, n), KindAgentUserLicenseRemove, func(act *Act) { act.License = *license })...)
}

// credentialGoes removes the credential of a blueprint that has one.
func credentialGoes(kind string) func(testing.TB, *bench, models.Actor, int) *models.Run {
	return func(t testing.TB, b *bench, a models.Actor, _ int) *models.Run {
		t.Helper()
		change, added := withIdentity, KindFederated
		if kind == KindCertificateRemove {
			change, added = withCertificate(t, matrixCertificate(t)), KindCertificate
		}
		made := b.ends(t, b.begin(t, a, change))
		s := stepOf(made, added)
		if s == nil || s.State != models.StepDone {
			t.Fatal(stepsText(made))
		}
		keyID := s.ObjectID
		if kind == KindCertificateRemove {
			keyID = b.found(t, a, made.BlueprintID).KeyCredentials[0].KeyID
		}
		run, err := b.Change(t.Context(), a, "cell", ChangeSpec{BlueprintID: made.BlueprintID, BlueprintAppID: made.BlueprintAppID, Acts: []Act{{
			Kind: kind, Of: Target{Kind: graph.KindBlueprint, ID: made.BlueprintID, Name: "Invoice helper"}, KeyID: keyID, KeyName: s.ObjectName,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
}
