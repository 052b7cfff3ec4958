package provision

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// unreadable starts a run whose step loses its answer while every read is
// refused, and waits until the portal knows that it cannot know.
func (b *bench) unreadable(t *testing.T, a models.Actor, kind string) *models.Run {
	t.Helper()
	refused := fault{method: http.MethodGet, status: http.StatusForbidden, code: "Authorization_RequestDenied"}
	b.faults.add(outage("/v1.0/applications", refused), outage("/v1.0/servicePrincipals", refused))
	for _, step := range lossySteps {
		if step.kind == kind {
			b.faults.add(strikeAt(kind, step.path, fault{after: true}))
		}
	}
	run := b.begin(t, a, func(s *BlueprintSpec) { s.Count = 1 })
	for end := time.Now().Add(20 * time.Second); Unreadable(run) == nil; run = b.until(t, run.ID, models.RunRunning, models.RunWaiting) {
		if time.Now().After(end) {
			t.Fatal(stepsText(run))
		}
	}
	return run
}

func TestGivingUpEndsWhatNobodyCanRead(t *testing.T) {
	for _, step := range lossySteps {
		t.Run(step.kind, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: time.Millisecond})
			admin := b.admin(t)
			run := b.unreadable(t, admin, step.kind)
			open := run.Steps[step.ordinal-1]
			if advice, ok := Advise(run, &open, false); !ok || !slices.Contains(advice.Fixes, FixGiveUp) {
				t.Errorf("advice %+v", advice)
			}
			other := b.signIn(t, "global-admin@"+b.info.Domain)
			if err := b.GiveUp(t.Context(), other, run.ID, "another operation"); !errors.Is(err, ErrNotNow) {
				t.Errorf("giving up what was not asked about: %v", err)
			}
			if err := b.GiveUp(t.Context(), other, run.ID, current(run).OpID); err != nil {
				t.Fatal(err)
			}
			run = b.ends(t, run)
			s := run.Steps[step.ordinal-1]
			if s.State != models.StepFailed || s.Result != models.ResultAbandoned || !strings.Contains(s.Note, LeftOver(run, &s)) || !strings.Contains(s.Note, other.Username) {
				t.Error(stepsText(run))
			}
			if advice, ok := Advise(run, &s, false); !ok || !strings.HasPrefix(advice.Title, "Given up") || !slices.Contains(advice.Fixes, FixRetry) {
				t.Errorf("advice %+v", advice)
			}
			records, err := b.store.AuditByOp(t.Context(), open.OpID)
			if err != nil || len(records) != 2 || records[1].Result != models.ResultAbandoned || !strings.Contains(string(records[1].Body), "mayBeLeft") || records[1].Actor != admin.String() {
				t.Errorf("records %+v, %v", records, err)
			}
			if n := b.events(t, run.ID)[models.ActionRunGiveUp]; n != 1 {
				t.Errorf("%d run.give-up events, want 1", n)
			}
			if err := b.GiveUp(t.Context(), admin, run.ID, open.OpID); !errors.Is(err, ErrNotNow) {
				t.Errorf("giving up twice: %v", err)
			}
		})
	}
}

// TestARemovalUnderWayIsGivenUpWithItsStep: both operations end.
func TestARemovalUnderWayIsGivenUpWithItsStep(t *testing.T) {
	b := newBench(t, benchOptions{settle: time.Millisecond})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", after: true}, outage("/removePassword", fault{status: http.StatusForbidden, code: "Authorization_RequestDenied"}))
	run := b.begin(t, admin, noAgents)
	for Unreadable(run) == nil {
		run = b.until(t, run.ID, models.RunRunning, models.RunWaiting)
	}
	if err := b.GiveUp(t.Context(), admin, run.ID, current(run).OpID); err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	if note := run.Steps[2].Note; !strings.Contains(note, "whose value nobody knows") {
		t.Error(note)
	}
	abandoned := 0
	for _, r := range b.records(t, models.AuditOutcome) {
		if r.Result == models.ResultAbandoned {
			abandoned++
		}
	}
	if abandoned != 2 || len(b.records(t, models.AuditIntent)) != len(b.records(t, models.AuditOutcome)) {
		t.Errorf("%d operations are abandoned, want the secret and its removal", abandoned)
	}
}

// TestOnlyWhatCannotBeReadIsGivenUp: a step that waits for anything else, or is
// being read, is settled by the portal itself.
func TestOnlyWhatCannotBeReadIsGivenUp(t *testing.T) {
	b := newBench(t, benchOptions{settle: time.Hour})
	admin := b.admin(t)
	b.faults.add(strikeAt(KindBlueprint, "agentIdentityBlueprint", fault{before: true}))
	run := b.begin(t, admin, noAgents)
	run = b.until(t, run.ID, models.RunWaiting)
	if err := b.GiveUp(t.Context(), admin, run.ID, current(run).OpID); !errors.Is(err, ErrNotNow) {
		t.Errorf("a call that is looked for was given up: %v", err)
	}
	if advice, _ := Advise(run, &run.Steps[0], false); slices.Contains(advice.Fixes, FixGiveUp) {
		t.Errorf("advice %+v", advice)
	}
}

// TestWhatNobodyIsSignedInForCanBeGivenUp: the owner never came back, and
// nobody else can read for him.
func TestWhatNobodyIsSignedInForCanBeGivenUp(t *testing.T) {
	b := newBench(t, benchOptions{settle: time.Hour})
	admin, other := b.admin(t), b.signIn(t, "global-admin@"+b.info.Domain)
	b.faults.add(strikeAt(KindBlueprint, "agentIdentityBlueprint", fault{before: true}))
	run := b.begin(t, admin, noAgents)
	b.until(t, run.ID, models.RunWaiting)
	if err := b.signIns.End(t.Context(), admin.SignInID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunWaitingSignIn)
	if advice, _ := Advise(run, &run.Steps[0], false); !slices.Contains(advice.Fixes, FixGiveUp) {
		t.Errorf("advice %+v", advice)
	}
	if err := b.GiveUp(t.Context(), other, run.ID, current(run).OpID); err != nil {
		t.Fatal(err)
	}
	b.ends(t, run)
	b.checkAudit(t)
}

// TestALostCallOfAFormerOwner: what reading finds is his work; what it does not
// find is sent in the name of the new owner, under an intent of its own.
func TestALostCallOfAFormerOwner(t *testing.T) {
	for name, lost := range map[string]fault{"carried out": {after: true}, "never arrived": {before: true}} {
		for _, step := range lossySteps {
			t.Run(step.kind+" "+name, func(t *testing.T) {
				b := newBench(t, benchOptions{settle: 300 * time.Millisecond})
				developer, admin := b.signIn(t, "agent-dev@"+b.info.Domain), b.admin(t)
				hidden := fault{method: http.MethodGet, status: http.StatusForbidden, code: "Authorization_RequestDenied"}
				b.faults.add(outage("/v1.0/applications", hidden), outage("/v1.0/servicePrincipals", hidden), strikeAt(step.kind, step.path, lost))
				run := b.begin(t, developer, func(s *BlueprintSpec) { s.Count = 1 })
				for Unreadable(run) == nil {
					run = b.until(t, run.ID, models.RunRunning, models.RunWaiting)
				}
				first := run.Steps[step.ordinal-1].OpID
				if err := b.TakeOver(t.Context(), admin, run.ID); err != nil {
					t.Fatal(err)
				}
				b.faults.clear()
				run = b.ends(t, run)
				if run.State != models.RunDone {
					t.Fatal(stepsText(run))
				}
				b.checkTenant(t, admin, run, twoAgents[:1], 1)
				intents := b.records(t, models.AuditIntent)
				for op, r := range b.records(t, models.AuditOutcome) {
					if intents[op].Actor != r.Actor {
						t.Errorf("%s %s: announced by %s, ended by %s", r.Action, r.Result, intents[op].Actor, r.Actor)
					}
				}
				again := run.Steps[step.ordinal-1].OpID != first
				if adopted := name == "carried out" && step.kind != KindSecret; again == adopted {
					t.Errorf("a new operation: %v; %s", again, stepsText(run))
				}
				if intents[run.Steps[3].OpID].Actor != admin.String() && step.kind != KindAgent {
					t.Errorf("the last step is announced by %s", intents[run.Steps[3].OpID].Actor)
				}
			})
		}
	}
}

// TestARemovalOfAFormerOwnerEndsInHisName: the new owner removes the secret
// under an intent of his own.
func TestARemovalOfAFormerOwnerEndsInHisName(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	developer, admin := b.signIn(t, "agent-dev@"+b.info.Domain), b.admin(t)
	b.faults.add(fault{path: "/addPassword", after: true}, outage("/removePassword", fault{status: http.StatusForbidden, code: "Authorization_RequestDenied"}))
	run := b.begin(t, developer, noAgents)
	for Unreadable(run) == nil {
		run = b.until(t, run.ID, models.RunRunning, models.RunWaiting)
	}
	if err := b.TakeOver(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	b.faults.clear()
	run = b.ends(t, run)
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	removals := map[string]string{}
	for _, r := range b.records(t, models.AuditOutcome) {
		if r.Action == models.ActionCredentialRemove {
			removals[r.Result] = r.Actor
		}
	}
	if removals[models.ResultAbandoned] != developer.String() || removals[models.ResultSucceeded] != admin.String() {
		t.Errorf("removals by %v", removals)
	}
	intents := b.records(t, models.AuditIntent)
	for op, r := range b.records(t, models.AuditOutcome) {
		if intents[op].Actor != r.Actor {
			t.Errorf("%s %s: announced by %s, ended by %s", r.Action, r.Result, intents[op].Actor, r.Actor)
		}
	}
}

// TestAStepOfTheFormerVersionKeepsItsOwner: its row does not say in whose name
// its intent stands; the run's owner of then does.
func TestAStepOfTheFormerVersionKeepsItsOwner(t *testing.T) {
	b := newBench(t, benchOptions{settle: time.Millisecond})
	developer, admin := b.signIn(t, "agent-dev@"+b.info.Domain), b.admin(t)
	run := b.unreadable(t, developer, KindBlueprint)
	b.stop()
	run, err := b.store.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.moverOf(run, &run.Steps[0])
	if err != nil {
		t.Fatal(err)
	}
	m.data.By = nil
	if err := m.saved(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.startEngine(t, benchOptions{settle: time.Millisecond})
	if err := b.TakeOver(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	b.faults.clear()
	b.ends(t, run)
	intents := b.records(t, models.AuditIntent)
	for op, r := range b.records(t, models.AuditOutcome) {
		if intents[op].Actor != r.Actor {
			t.Errorf("%s %s: announced by %s, ended by %s", r.Action, r.Result, intents[op].Actor, r.Actor)
		}
	}
}
