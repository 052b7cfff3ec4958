package provision

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// agentsNamed are agent identities that exist, by name.
func (b *bench) agentsNamed(t *testing.T, a models.Actor, names ...string) []UserFor {
	t.Helper()
	spec := b.bulk(t, a, 0)
	spec.Names = names
	run, err := b.AddAgents(t.Context(), a, uuid.NewString(), spec)
	if err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	var of []UserFor
	for _, s := range run.Steps {
		of = append(of, UserFor{AgentID: s.ObjectID, AgentName: s.ObjectName})
	}
	return of
}

func (b *bench) addUsers(t *testing.T, a models.Actor, of []UserFor) *models.Run {
	t.Helper()
	run, err := b.AddUsers(t.Context(), a, uuid.NewString(), UsersForSpec{BlueprintID: b.info.Seed.Blueprint.ObjectID, Of: of})
	if err != nil {
		t.Fatal(err)
	}
	return b.ends(t, run)
}

func TestUsersForAgentsThatExist(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	manager := b.persona(t, "user")
	of := b.agentsNamed(t, admin, "One", "Two", "Three", "Four")
	for i := range of {
		of[i].User = UserRow{UPN: strings.ToLower(of[i].AgentName) + "@" + b.info.Domain, UsageLocation: "fr", License: b.license(t, admin), Manager: &manager}
	}
	of[3].User.DisplayName = "Number four"
	run := b.addUsers(t, admin, of)
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	for i, s := range stepsOf(run, KindAgentUser) {
		u, err := b.reads(admin).AgentUserOf(t.Context(), of[i].AgentID)
		want := of[i].AgentName
		if i == 3 {
			want = "Number four"
		}
		if err != nil || u.ID != s.ObjectID || u.DisplayName != want || u.UsageLocation != "FR" {
			t.Errorf("%s: %+v, %v", of[i].AgentName, u, err)
			continue
		}
		b.checkGiven(t, b.reads(admin), u.ID, &of[i].User)
	}
	b.checkAudit(t)

	again, err := b.AddUsers(t.Context(), admin, "same", UsersForSpec{Of: of[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if twice, err := b.AddUsers(t.Context(), admin, "same", UsersForSpec{Of: of[:1]}); err != nil || twice.ID != again.ID {
		t.Errorf("the same request gave %v, %v", twice, err)
	}
	// It exists with this name and parent: that is what was asked for.
	if again = b.ends(t, again); again.Steps[0].Result != models.ResultAdopted || again.Steps[0].ObjectID != run.Steps[0].ObjectID {
		t.Error(stepsText(again))
	}
}

func TestUsersThatCannotBe(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	of := b.agentsNamed(t, admin, "One", "Two")
	of[0].User.UPN = "one@" + b.info.Domain
	if run := b.addUsers(t, admin, of[:1]); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	tests := []struct {
		name   string
		change func(*UserFor)
		says   string
	}{
		{"name of another", func(u *UserFor) { u.User.UPN = "ONE@" + b.info.Domain; u.AgentID = of[1].AgentID }, "belongs to “One” already"},
		{"second user of an agent", func(u *UserFor) { u.User.UPN = "uno@" + b.info.Domain }, "has an agent user already, one@"},
		{"name of a person", func(u *UserFor) { u.User.UPN = b.persona(t, "sponsor").Username; u.AgentID = of[1].AgentID }, "belongs to “"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one := of[0]
			tt.change(&one)
			run := b.addUsers(t, admin, []UserFor{one})
			if s := run.Steps[0]; s.State != models.StepFailed || s.Attempt != 1 || !strings.Contains(s.Note, tt.says) {
				t.Errorf("want it to say %q: %s", tt.says, stepsText(run))
			}
		})
	}
	b.checkAudit(t)
}

func TestWhatAUserIsRefused(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	skus, err := b.reads(admin).SubscribedSKUs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	scarce := skus[len(skus)-1]
	of := b.agentsNamed(t, admin, strings.Split("ABCDE", "")[:scarce.Free()+1]...)
	for i := range of {
		of[i].User = UserRow{UPN: "scarce-" + of[i].AgentName + "@" + b.info.Domain, UsageLocation: "DE", License: &LicenseRef{SKUID: scarce.SKUID, Name: scarce.PartNumber}}
	}
	run := b.addUsers(t, admin, of)
	b.refusedAs(t, run, KindAgentUserLicense, "No licence of "+scarce.PartNumber+" is left")

	ghost := person(uuid.NewString())
	one := b.agentsNamed(t, admin, "Ghosted")
	one[0].User = UserRow{UPN: "ghosted@" + b.info.Domain, Manager: &ghost, Sponsors: []Principal{ghost}}
	run = b.addUsers(t, admin, one)
	for _, kind := range []string{KindAgentUserManager, KindAgentUserSponsor} {
		s := b.refusedAs(t, run, kind, "Graph does not take “Agent admin”")
		if advice, _ := Advise(run, s, false); !strings.Contains(advice.Text, "was deleted after it was chosen") || s.Attempt != 1 {
			t.Errorf("%s: %+v", kind, advice)
		}
	}
	b.checkAudit(t)
}

// refusedAs asserts that a step of a kind has failed, and how it is explained.
func (b *bench) refusedAs(t *testing.T, run *models.Run, kind, title string) *models.Step {
	t.Helper()
	for _, s := range stepsOf(run, kind) {
		if s.State != models.StepFailed {
			continue
		}
		if advice, ok := Advise(run, s, false); !ok || advice.Title != title {
			t.Errorf("%s: advice %+v, want %q; %s", kind, advice, title, stepsText(run))
		}
		return s
	}
	t.Fatalf("no %s has failed: %s", kind, stepsText(run))
	return nil
}

// TestLicencesTakeAnotherRole: the users are made, and somebody with the role
// can go on.
func TestLicencesTakeAnotherRole(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin, agentAdmin := b.globalAdmin(t), b.admin(t)
	of := b.agentsNamed(t, agentAdmin, "One", "Two", "Three")
	for i := range of {
		of[i].User = UserRow{UPN: of[i].AgentName + "@" + b.info.Domain, UsageLocation: "DE", License: b.license(t, admin)}
	}
	run := b.addUsers(t, agentAdmin, of)
	if s := b.refusedAs(t, run, KindAgentUserLicense, "Graph does not let you assign licences"); s.HTTPStatus != http.StatusForbidden {
		t.Errorf("step %+v", s)
	}
	if err := b.TakeOver(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}

// TestARowsUserIsItsOwn: rows say for themselves what others leave to the spec.
func TestARowsUserIsItsOwn(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	text := "name,sponsors,user,usage_location,manager,user_sponsors\n" +
		"One,{approver},own-one@{domain},FR,{user},{sponsor}|{approver}\nTwo,,,,,\nThree,nobody@{domain},,,,\nFour,,own-four@evil.example,,,\n"
	text = strings.NewReplacer("{domain}", b.info.Domain, "{user}", b.persona(t, "user").Username,
		"{sponsor}", strings.ToUpper(b.persona(t, "sponsor").Username), "{approver}", b.persona(t, "approver").ID).Replace(text)
	spec := b.bulk(t, admin, 0)
	spec.Users = &UsersSpec{UPNPattern: "bot-{nn}", Domain: b.info.Domain, UsageLocation: "DE"}
	rows, err := ParseRows(t.Context(), strings.NewReader(text), RowContext{
		Spec: spec, Domains: []string{b.info.Domain}, People: PeopleOf(b.reads(admin)), Left: MaxAgents,
	})
	if err != nil || len(rows[2].Faults) != 1 || len(rows[3].Faults) != 1 {
		t.Fatalf("%+v, %v", rows, err)
	}
	spec.Rows = Good(rows)
	run, err := b.AddAgents(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkUsers(t, admin, run, spec.AgentRows())
	for i, want := range []string{b.persona(t, "approver").ID, admin.OID} {
		agent := stepsOf(run, KindAgent)[i].ObjectID
		if sponsors, err := b.reads(admin).Sponsors(t.Context(), graph.KindAgentIdentity, agent); err != nil || len(sponsors) != 1 || sponsors[0].ID != want {
			t.Errorf("sponsors of agent %d: %+v, %v", i+1, sponsors, err)
		}
	}
	b.checkAudit(t)
}

// TestAPersonNeedsNoGrantToTheBlueprint: it takes a role that not everybody has
// who may create agent users.
func TestAPersonNeedsNoGrantToTheBlueprint(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	spec := b.spec(admin, func(s *BlueprintSpec) {
		s.Count, s.Users = 3, &UsersSpec{UPNPattern: "{agent}-bot", Domain: b.info.Domain}
	})
	run, err := b.Start(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	if grant := stepsOf(run, KindRole)[0]; grant.State != models.StepFailed || grant.HTTPStatus != http.StatusForbidden || run.State != models.RunFailed {
		t.Fatal(stepsText(run))
	}
	b.checkUsers(t, admin, run, spec.AgentRows())
	b.checkAudit(t)
}
