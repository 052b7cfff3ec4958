package provision

import (
	"errors"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// addition asks for the agent user of an agent identity of the seeded blueprint.
func (b *bench) addition(of AgentRow, userName string) UserAddition {
	return UserAddition{
		AgentID: of.AgentID, AgentName: of.Name, BlueprintID: b.info.Seed.Blueprint.ObjectID, BlueprintAppID: b.info.Seed.Blueprint.AppID,
		DisplayName: "User of " + of.Name, UserName: userName, Domain: b.info.Domain, UsageLocation: "no", Reason: "CHG-7",
	}
}

func TestAddUser(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	of := b.agentsNamed(t, admin, "One", "Two")
	spec := b.addition(of[0], "one")
	if call := b.UserAdditionCall(spec); call.Method != "POST" || !strings.HasSuffix(call.Path, "/users") || call.Needs != "AgentIdUser.ReadWrite.All" {
		t.Errorf("call %s %s, needs %q", call.Method, call.Path, call.Needs)
	}
	run, err := b.AddUser(t.Context(), admin, "first", spec)
	if err != nil {
		t.Fatal(err)
	}
	if run.State != models.RunDone || run.Kind != RunAddUsers || len(run.Steps) != 1 || run.Reason != "CHG-7" || run.BlueprintID != spec.BlueprintID {
		t.Fatalf("%+v %s", run, stepsText(run))
	}
	user, err := b.reads(admin).AgentUserOf(t.Context(), of[0].AgentID)
	if err != nil || user.ID != run.Steps[0].ObjectID || user.UserPrincipalName != spec.UPN() || user.DisplayName != "User of One" || user.UsageLocation != "NO" {
		t.Errorf("%+v, %v", user, err)
	}
	if AgentOfUser(run, &run.Steps[0]) != of[0].AgentID {
		t.Error("the step does not know its agent identity")
	}
	if again, err := b.AddUser(t.Context(), admin, "first", spec); err != nil || again.ID != run.ID {
		t.Errorf("the second press made run %v, %v", again, err)
	}
	if former, err := b.UserAdditionOf(t.Context(), admin, of[0].AgentID, "first"); err != nil || former == nil || former.ID != run.ID {
		t.Errorf("the run of the request is %v, %v", former, err)
	}
	if former, err := b.UserAdditionOf(t.Context(), admin, of[1].AgentID, "first"); err != nil || former != nil {
		t.Errorf("another agent identity has %v, %v", former, err)
	}
	if _, err := b.AddUser(t.Context(), admin, "first", b.addition(of[0], "other")); !errors.Is(err, models.ErrConflict) {
		t.Errorf("the same request with another name: %v", err)
	}
	b.checkAudit(t)
}

// TestAddUserBeside: somebody else was there first.
func TestAddUserBeside(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	of := b.agentsNamed(t, admin, "One", "Two")
	first, err := b.AddUser(t.Context(), admin, "first", b.addition(of[0], "one"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		spec  UserAddition
		state models.RunState
		words string
	}{
		"the same":         {b.addition(of[0], "one"), models.RunDone, ""},
		"another name":     {b.addition(of[0], "another"), models.RunFailed, "has an agent user already, one@"},
		"of another agent": {b.addition(of[1], "ONE"), models.RunFailed, "belongs to “User of One” already"},
	} {
		run, err := b.AddUser(t.Context(), admin, name, tc.spec)
		if err != nil {
			t.Fatal(err)
		}
		run = b.ends(t, run)
		s := &run.Steps[0]
		if run.State != tc.state || !strings.Contains(s.Note, tc.words) {
			t.Errorf("%s: %s", name, stepsText(run))
		}
		if tc.state == models.RunDone && (s.Result != models.ResultAdopted || s.ObjectID != first.Steps[0].ObjectID) {
			t.Errorf("%s is not the one that was there: %s", name, stepsText(run))
		}
	}
}

func TestUserAdditionFaults(t *testing.T) {
	good := UserAddition{AgentID: newTestID, AgentName: "A", DisplayName: "A", UserName: "a", Domain: "contoso.example"}
	if faults := good.Validate(); len(faults) != 0 {
		t.Fatal(faults)
	}
	for name, tc := range map[string]struct {
		change func(*UserAddition)
		field  string
		words  string
	}{
		"display name": {func(s *UserAddition) { s.DisplayName = "" }, "displayName", "1 to 256"},
		"user name":    {func(s *UserAddition) { s.UserName = "" }, "userName", "before the @"},
		"whole name":   {func(s *UserAddition) { s.UserName = "a@b" }, "userName", "only"},
		"too long":     {func(s *UserAddition) { s.UserName, s.Domain = strings.Repeat("a", 60), strings.Repeat("b", 60) }, "userName", "at most 113"},
		"domain":       {func(s *UserAddition) { s.Domain = "" }, "domain", "Choose"},
		"two domains":  {func(s *UserAddition) { s.Domain = "a@b" }, "userName", "a verified domain"},
		"location":     {func(s *UserAddition) { s.UsageLocation = "XX" }, "usageLocation", "no country code"},
		"reason":       {func(s *UserAddition) { s.Reason = strings.Repeat("x", 501) }, "reason", "500"},
	} {
		spec := good
		tc.change(&spec)
		if faults := spec.Validate(); len(faults) != 1 || !strings.Contains(faults[tc.field], tc.words) {
			t.Errorf("%s: %v", name, faults)
		}
	}
	var invalid *models.InvalidError
	if _, err := newBench(t, benchOptions{}).AddUser(t.Context(), models.Actor{}, "x", UserAddition{}); !errors.As(err, &invalid) {
		t.Errorf("an empty one: %v", err)
	}
}

func TestUserNameFor(t *testing.T) {
	for name, want := range map[string]string{
		"Zürich helper 01": "zuerich-helper-01", "请假助手": "", "a": "a", strings.Repeat("x", 63) + " yz": strings.Repeat("x", 63),
		strings.Repeat("long name ", 20): strings.TrimRight(strings.Repeat("long-name-", 7)[:64], "-"),
	} {
		got := UserNameFor(name)
		if got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
		if got != "" && localPartFault(got) != "" {
			t.Errorf("%q gives %q: %s", name, got, localPartFault(got))
		}
	}
}
