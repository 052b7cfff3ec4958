package provision

import (
	"errors"
	"sync"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

func TestSecretIsShownToItsOwnerUntilSaved(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	other := b.signIn(t, "global-admin@"+b.info.Domain)
	if _, err := b.ShowSecret(t.Context(), other, run.ID); !errors.Is(err, ErrNotOwner) {
		t.Errorf("another person: %v", err)
	}
	for range 2 {
		view, err := b.ShowSecret(t.Context(), admin, run.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.entra.Acquire(t.Context(), entra.BlueprintToken{
			BlueprintAppID: run.BlueprintAppID, Credential: entra.Credential{Secret: view.Value},
		}); err != nil {
			t.Errorf("the secret that is shown does not sign in: %v", err)
		}
	}
	if err := b.SecretSaved(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ShowSecret(t.Context(), admin, run.ID); !errors.Is(err, ErrNoSecret) {
		t.Errorf("after it was saved: %v", err)
	}
	if _, err := b.store.RunSecret(t.Context(), run.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the sealed copy is still there: %v", err)
	}
	state, err := b.Secret(t.Context(), admin, run)
	if err != nil || !state.Minted || state.Held || state.KeyID == "" {
		t.Errorf("state %+v, %v", state, err)
	}
	events := b.events(t, run.ID)
	if events[models.ActionSecretShow] != 2 || events[models.ActionSecretSaved] != 1 {
		t.Errorf("events %v", events)
	}
	b.checkAudit(t)
}

func TestRunAsBlueprintKeepsItsCopyUntilItEnds(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"principal": 600_000}})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.RunAs = AsBlueprint }))
	if err != nil {
		t.Fatal(err)
	}
	for run.Steps[2].State != models.StepDone {
		run = b.until(t, run.ID, models.RunRunning, models.RunWaiting)
		time.Sleep(2 * time.Millisecond)
	}
	if err := b.SecretSaved(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ShowSecret(t.Context(), admin, run.ID); !errors.Is(err, ErrNoSecret) {
		t.Errorf("a saved secret was shown: %v", err)
	}
	if _, err := b.RemoveCredential(t.Context(), admin, run.ID, ""); !errors.Is(err, ErrNotNow) {
		t.Errorf("the credential of a run that needs it: %v", err)
	}
	b.knobs(t, map[string]any{"lagMs": map[string]int{"principal": 0}})
	b.stop() // objects made with the lag stay hidden; the rest is only looked at
	if secret, err := b.store.RunSecret(t.Context(), run.ID); err != nil || !secret.Keep {
		t.Errorf("the run lost its copy: %+v, %v", secret, err)
	}
}

func TestSecretIsForgottenAfterADay(t *testing.T) {
	var mu sync.Mutex
	ahead := time.Duration(0)
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	b := newBench(t, benchOptions{now: now})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	b.stop()
	b.sweep(t.Context())
	if _, err := b.ShowSecret(t.Context(), admin, run.ID); err != nil {
		t.Errorf("before its day is over: %v", err)
	}
	mu.Lock()
	ahead = 24*time.Hour + time.Minute
	mu.Unlock()
	b.sweep(t.Context())
	if _, err := b.ShowSecret(t.Context(), admin, run.ID); !errors.Is(err, ErrNoSecret) {
		t.Errorf("a day later: %v", err)
	}
}

func TestRemoveCredential(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count, s.KeepSecret = 0, true }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.until(t, removal.ID, models.RunDone, models.RunFailed)
	if removal.State != models.RunDone || removal.Kind != RunRemoveCredential {
		t.Error(stepsText(removal))
	}
	b.checkTenant(t, admin, run, nil, 0)
	if kept, err := b.store.KeptSecrets(t.Context(), admin.TID); err != nil || len(kept) != 0 {
		t.Errorf("kept secrets %v, %v", kept, err)
	}
	if _, err := b.ShowSecret(t.Context(), admin, run.ID); !errors.Is(err, ErrNoSecret) {
		t.Errorf("a removed secret is shown: %v", err)
	}
	again, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil || again.ID != removal.ID {
		t.Errorf("second press: %v, %v", again, err)
	}
	b.checkAudit(t)
}

func TestRemovalWithALostAnswer(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	b.faults.add(fault{path: "/removePassword", after: true})
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.until(t, removal.ID, models.RunDone, models.RunFailed)
	if removal.Steps[0].Result != models.ResultAdopted {
		t.Error(stepsText(removal))
	}
	b.checkTenant(t, admin, run, nil, 0)
	b.checkAudit(t)
}
