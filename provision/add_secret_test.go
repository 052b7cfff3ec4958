package provision

import (
	"errors"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

// blueprintAlone makes a blueprint without agents and secret.
func (b *bench) blueprintAlone(t *testing.T, a models.Actor) *models.Run {
	t.Helper()
	run, err := b.Start(t.Context(), a, "alone", b.spec(a, func(s *BlueprintSpec) { s.Count, s.SecretDays = 0, 0 }))
	if err != nil {
		t.Fatal(err)
	}
	return b.until(t, run.ID, models.RunDone)
}

func TestAddCredential(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	made := b.blueprintAlone(t, admin)
	spec := SecretSpec{
		BlueprintID: made.BlueprintID, BlueprintAppID: made.BlueprintAppID, BlueprintName: "Invoice helper",
		Days: 90, Keep: true, Reason: "CHG-7",
	}
	run, err := b.AddCredential(t.Context(), admin, "one", spec)
	if err != nil {
		t.Fatal(err)
	}
	if run.State != models.RunDone || run.Kind != RunAddCredential || len(run.Steps) != 1 {
		t.Fatalf("the run is %s when the call returns: %s", run.State, stepsText(run))
	}
	view, err := b.ShowSecret(t.Context(), admin, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.entra.Acquire(t.Context(), entra.BlueprintToken{
		BlueprintAppID: made.BlueprintAppID, Credential: entra.Credential{Secret: view.Value},
	}); err != nil {
		t.Errorf("the secret does not sign in: %v", err)
	}
	if left := view.EndsAt.Sub(run.CreatedAt); left < 89*24*time.Hour || left > 91*24*time.Hour {
		t.Errorf("it ends %v", view.EndsAt)
	}
	if kept, err := b.store.KeptSecrets(t.Context(), admin.TID); err != nil || len(kept) != 1 || kept[0].BlueprintName != "Invoice helper" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if state, err := b.Secret(t.Context(), admin, run); err != nil || !state.Kept || !state.Held || !state.Mine {
		t.Errorf("state %+v, %v", state, err)
	}
	again, err := b.AddCredential(t.Context(), admin, "one", spec)
	if err != nil || again.ID != run.ID {
		t.Errorf("the second press made run %v, %v", again, err)
	}
	b.checkAudit(t)

	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil || removal.State != models.RunDone {
		t.Fatalf("%+v, %v", removal, err)
	}
	if state, err := b.Secret(t.Context(), admin, run); err != nil || state.Kept || !state.Removed {
		t.Errorf("after the removal: %+v, %v", state, err)
	}
	b.checkAudit(t)
}

func TestAddCredentialRefusesWhatCannotRun(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	for field, spec := range map[string]SecretSpec{
		"secret": {BlueprintID: "b", Days: 0},
		"reason": {BlueprintID: "b", Days: 90, Reason: strings.Repeat("x", 501)},
	} {
		_, err := b.AddCredential(t.Context(), admin, "r", spec)
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[field] == "" {
			t.Errorf("error %v, want the field %s", err, field)
		}
	}
	if _, err := b.AddCredential(t.Context(), admin, "", SecretSpec{BlueprintID: "b", Days: 90}); err == nil {
		t.Error("no request id was taken")
	}
}
