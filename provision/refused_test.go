package provision

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"agentidportal/models"
)

func TestForbiddenAsMeGoesOnAsTheBlueprint(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed, models.RunDone)
	failed := &run.Steps[3]
	if failed.HTTPStatus != http.StatusForbidden || run.Steps[4].State != models.StepPlanned {
		t.Fatalf("one refusal speaks for all agents: %s", stepsText(run))
	}
	advice, ok := Advise(run, failed, true)
	if !ok || !slices.Contains(advice.Fixes, FixAsBlueprint) {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)

	other := b.signIn(t, "global-admin@"+b.info.Domain)
	if err := b.GoOnAsBlueprint(t.Context(), other, run.ID); !errors.Is(err, ErrNotOwner) {
		t.Errorf("another person: %v", err)
	}
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
	if n := b.events(t, run.ID)[models.ActionRunAsBlueprint]; n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestGoOnAsTheBlueprintNeedsASecret(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed)
	if err := b.SecretSaved(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.GoOnAsBlueprint(t.Context(), admin, run.ID); !errors.Is(err, ErrNoSecret) {
		t.Errorf("error %v, want ErrNoSecret", err)
	}
	if advice, _ := Advise(run, &run.Steps[3], false); slices.Contains(advice.Fixes, FixAsBlueprint) {
		t.Errorf("offers what cannot work: %+v", advice)
	}
}

func TestRefusalsEndTheStepAndRetryBeginsAnew(t *testing.T) {
	tests := []struct {
		name   string
		status int
		code   string
		others models.StepState // what becomes of the second agent
	}{
		{"conflict", http.StatusConflict, "Request_ResourceConflict", models.StepDone},
		{"bad request", http.StatusBadRequest, "Request_BadRequest", models.StepDone},
		{"quota", http.StatusForbidden, "AgentIdentity_LimitExceeded", models.StepPlanned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, benchOptions{})
			admin := b.admin(t)
			b.faults.add(strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{status: tt.status, code: tt.code, message: "No."}))
			run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
			if err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunFailed, models.RunDone)
			s := run.Steps[3]
			if s.State != models.StepFailed || s.ErrorCode != tt.code || s.GraphRequestID != "played" {
				t.Errorf("step %s", stepsText(run))
			}
			if run.Steps[4].State != tt.others {
				t.Errorf("second agent is %s, want %s", run.Steps[4].State, tt.others)
			}
			if advice, ok := Advise(run, &s, false); !ok || advice.Title == "" || !slices.Contains(advice.Fixes, FixRetry) {
				t.Errorf("advice %+v", advice)
			}
			b.checkAudit(t)
			if err := b.Retry(t.Context(), admin, run.ID); err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunDone)
			if run.Steps[3].OpID == s.OpID {
				t.Error("the retry used an operation that had ended")
			}
			b.checkTenant(t, admin, run, twoAgents, 1)
			b.checkAudit(t)
		})
	}
}

func TestPersonWithoutARoleIsRefusedByGraph(t *testing.T) {
	b := newBench(t, benchOptions{})
	user := b.signIn(t, "user@"+b.info.Domain)
	run, err := b.Start(t.Context(), user, "r", b.spec(user))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed, models.RunDone)
	if s := run.Steps[0]; s.HTTPStatus != http.StatusForbidden || run.Steps[1].State != models.StepPlanned {
		t.Error(stepsText(run))
	}
	if n := len(b.writes(t)); n != 0 {
		t.Errorf("%d writes", n)
	}
	b.checkAudit(t)
}

func TestStaleTokenIsReplaced(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", status: http.StatusUnauthorized, code: "InvalidAuthenticationToken"})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if s := run.Steps[2]; s.Attempt != 2 || s.State != models.StepDone {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

func TestTakeOverMovesTheRunAndNotTheSecret(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	dev := b.signIn(t, "agent-dev@"+b.info.Domain)
	run, err := b.Start(t.Context(), dev, "r", b.spec(dev))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed)
	b.knobs(t, map[string]any{"delegatedCreate": true})

	admin := b.admin(t)
	if err := b.Retry(t.Context(), admin, run.ID); !errors.Is(err, ErrNotOwner) {
		t.Errorf("retry of another's run: %v", err)
	}
	if err := b.TakeOver(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.TakeOver(t.Context(), admin, run.ID); !errors.Is(err, ErrNotNow) {
		t.Errorf("taking over one's own run: %v", err)
	}
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.OwnerOID != admin.OID || b.events(t, run.ID)[models.ActionRunTakeOver] != 1 {
		t.Errorf("owner %s, events %v", run.OwnerOID, b.events(t, run.ID))
	}
	if _, err := b.ShowSecret(t.Context(), admin, run.ID); !errors.Is(err, ErrNotOwner) {
		t.Errorf("the new owner was shown the secret: %v", err)
	}
	if _, err := b.ShowSecret(t.Context(), dev, run.ID); err != nil {
		t.Errorf("the one it was minted for: %v", err)
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}
