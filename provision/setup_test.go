package provision

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// seeded is a blueprint of the sandbox by its name, with what Lacks wants to
// know of it.
func (b *bench) seeded(t testing.TB, a models.Actor, name string) (*graph.Blueprint, []Lack) {
	t.Helper()
	reader := b.o.Graph.With(b.signIns.TokenFunc(a.SignInID))
	for found, err := range reader.AllBlueprints(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if found.DisplayName != name {
			continue
		}
		principal, err := reader.BlueprintPrincipalOf(t.Context(), found.AppID)
		if err != nil && !graph.IsNotFound(err) {
			t.Fatal(err)
		}
		sponsors, err := reader.Sponsors(t.Context(), graph.KindBlueprint, found.ID)
		if err != nil {
			t.Fatal(err)
		}
		return &found, Lacks(&found, principal, sponsors)
	}
	t.Fatalf("the sandbox has no blueprint %s", name)
	return nil, nil
}

func TestWhatABlueprintLacksIsMended(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	me := Principal{ID: admin.OID, Kind: graph.KindUser, Username: admin.Username}
	for name, want := range map[string][]Lack{
		"Travel desk":     {LackSponsor, LackScope},
		"Contract reader": {LackPrincipal, LackScope},
		"Invoice helper":  nil,
	} {
		found, lacks := b.seeded(t, admin, name)
		if diff := cmp.Diff(want, lacks); diff != "" {
			t.Errorf("%s lacks (-want +got):\n%s", name, diff)
		}
		for _, lack := range lacks {
			run, err := b.SetUp(t.Context(), admin, "r", SetupSpec{Blueprint: found, Lack: lack, Sponsor: me, Reason: "CHG-7"})
			if err != nil {
				t.Fatal(err)
			}
			if run.State != models.RunDone || run.Reason != "CHG-7" || run.BlueprintID != found.ID {
				t.Errorf("%s, %s: %s", name, lack, stepsText(run))
			}
			again, err := b.SetUp(t.Context(), admin, "r", SetupSpec{Blueprint: found, Lack: lack, Sponsor: me})
			if err != nil || again.ID != run.ID {
				t.Errorf("the same request again: run %+v, %v", again, err)
			}
		}
		if _, left := b.seeded(t, admin, name); left != nil {
			t.Errorf("%s still lacks %v", name, left)
		}
	}
	b.checkAudit(t)
}

// A sponsor whose answer was lost, or who was there already, is found and not
// named twice.
func TestALostSponsorIsFound(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	found, _ := b.seeded(t, admin, "Travel desk")
	spec := SetupSpec{Blueprint: found, Lack: LackSponsor, Sponsor: Principal{ID: admin.OID, Kind: graph.KindUser}}
	b.faults.add(fault{path: "/sponsors/$ref", after: true})
	run, err := b.SetUp(t.Context(), admin, "lost", spec)
	if err != nil {
		t.Fatal(err)
	}
	if run = b.until(t, run.ID, models.RunDone, models.RunFailed); run.Steps[0].Result != models.ResultAdopted {
		t.Errorf("lost: %s", stepsText(run))
	}
	b.checkAudit(t)
	if run, err = b.SetUp(t.Context(), admin, "again", spec); err != nil || run.Steps[0].Result != models.ResultAdopted {
		t.Errorf("there already: %v %s", err, stepsText(run))
	}
}

// A sponsor's name is personal: it may be erased, and the chain holds it nowhere.
func TestSponsorsAreNotInTheChain(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	found, _ := b.seeded(t, admin, "Travel desk")
	sponsor := Principal{ID: admin.OID, Kind: graph.KindUser, Name: "Personal Word", Username: "personal-word@" + b.info.Domain}
	run, err := b.SetUp(t.Context(), admin, "r", SetupSpec{Blueprint: found, Lack: LackSponsor, Sponsor: sponsor})
	if err != nil || run.State != models.RunDone {
		t.Fatalf("%v %s", err, stepsText(run))
	}
	records, err := b.store.AuditByOp(t.Context(), run.Steps[0].OpID)
	if err != nil || len(records) != 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, r := range records {
		if strings.Contains(strings.ToLower(string(r.Body)), "personal") || r.Words.TargetName != sponsor.Username {
			t.Errorf("%s: words name %q, the body is %s", r.Kind, r.Words.TargetName, r.Body)
		}
	}
	if left := LeftOver(run, &run.Steps[0]); strings.Contains(left, "personal") || !strings.Contains(left, sponsor.ID) {
		t.Errorf("what may be left goes into the audit: %q", left)
	}
}

func TestSetupThatCannotBeRun(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	found, _ := b.seeded(t, admin, "Travel desk")
	for name, spec := range map[string]SetupSpec{
		"agent user as sponsor": {Blueprint: found, Lack: LackSponsor, Sponsor: Principal{ID: b.info.Seed.AgentUser.ID, Kind: graph.KindAgentUser}},
		"nobody as sponsor":     {Blueprint: found, Lack: LackSponsor},
	} {
		var invalid *models.InvalidError
		if _, err := b.SetUp(t.Context(), admin, "r", spec); !errors.As(err, &invalid) || invalid.Fields["sponsor"] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.SetUp(t.Context(), admin, "r", SetupSpec{Blueprint: found, Lack: "colour"}); err == nil {
		t.Error("an unknown lack was mended")
	}
	runs, err := b.store.Runs(t.Context(), models.RunFilter{TID: admin.TID, Limit: 10})
	if err != nil || slices.ContainsFunc(runs, func(r models.Run) bool { return r.Kind == RunSetUp }) {
		t.Errorf("runs %v, %v", runs, err)
	}
}

// TestASponsorsNameIsNotInTheChain: names of people can be erased, what is
// hashed cannot.
func TestASponsorsNameIsNotInTheChain(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	found, _ := b.seeded(t, admin, "Travel desk")
	who := Principal{ID: admin.OID, Kind: graph.KindUser, Name: "Personal Word", Username: admin.Username}
	run, err := b.SetUp(t.Context(), admin, "r", SetupSpec{Blueprint: found, Lack: LackSponsor, Sponsor: who})
	if err != nil || run.State != models.RunDone {
		t.Fatal(err, stepsText(run))
	}
	seen := 0
	for _, kind := range []models.AuditKind{models.AuditIntent, models.AuditOutcome} {
		for _, r := range b.records(t, kind) {
			if strings.Contains(string(r.Body), admin.Username) || strings.Contains(string(r.Body), who.Name) {
				t.Errorf("%s %s: %s", r.Action, r.Kind, r.Body)
			}
			if r.Action == models.ActionSponsorAdd && r.Words.TargetName == admin.Username {
				seen++
			}
		}
	}
	if left := LeftOver(run, &run.Steps[0]); strings.Contains(left, admin.Username) || left == "" {
		t.Errorf("what may be left goes to the audit: %s", left)
	}
	if seen != 2 {
		t.Errorf("%d records name the sponsor in their words, want 2", seen)
	}
}
