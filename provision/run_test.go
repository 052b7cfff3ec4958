package provision

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

var twoAgents = []string{"Invoice helper 01", "Invoice helper 02"}

func TestRunAsMeMakesEverything(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "request-1", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Steps) != 5 {
		t.Fatalf("%d steps, want 5", len(run.Steps))
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	for _, s := range run.Steps {
		if s.State != models.StepDone || s.Result != models.ResultSucceeded || s.ObjectID == "" || s.GraphRequestID == "" {
			t.Errorf("step %d: %+v", s.Ordinal, s)
		}
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
	events := b.events(t, run.ID)
	if events[models.ActionRunStart] != 1 || events[models.ActionRunFinish] != 1 {
		t.Errorf("events %v", events)
	}
}

func TestRunAsBlueprintSignsInWithItsOwnSecret(t *testing.T) {
	b := newBench(t, benchOptions{})
	// Creation with a person's rights is switched off, so that only the
	// blueprint's token can have done it.
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.RunAs = AsBlueprint }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}

func TestBlueprintAloneWithoutSecret(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count, s.SecretDays = 0, 0 }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if len(run.Steps) != 2 || run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 0)
	b.checkAudit(t)
}

func TestStartRefusesWhatCannotRun(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	_, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count = 251 }))
	var invalid *models.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields["count"] == "" {
		t.Errorf("error %v, want the field count", err)
	}
	if runs, err := b.store.Runs(t.Context(), models.RunFilter{}); err != nil || len(runs) != 0 {
		t.Errorf("runs %v, %v", runs, err)
	}
}

func TestDoubleClickStartsOneRun(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	ids := make([]int64, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			run, err := b.Start(t.Context(), admin, "same", b.spec(admin))
			if err != nil {
				t.Errorf("start: %v", err)
				return
			}
			ids[i] = run.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("runs %v, want one", ids)
			break
		}
	}
	other, err := b.Start(t.Context(), b.signIn(t, "agent-dev@"+b.info.Domain), "same", b.spec(admin))
	if err != nil || other.ID == ids[0] {
		t.Errorf("another person's request id gave run %v, %v", other, err)
	}
	run := b.until(t, ids[0], models.RunDone, models.RunFailed)
	b.until(t, other.ID, models.RunDone, models.RunFailed)
	if n := b.events(t, run.ID)[models.ActionRunStart]; n != 1 {
		t.Errorf("%d run.start events, want 1", n)
	}
	b.checkAudit(t)
}

func TestLagIsWaitedOut(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": 200, "principal": 200}})
	waits := map[string]bool{}
	var mu sync.Mutex
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.RunAs = AsBlueprint }))
	if err != nil {
		t.Fatal(err)
	}
	changed, stop := b.Subscribe(run.ID)
	defer stop()
	for run.State != models.RunDone && run.State != models.RunFailed {
		select {
		case <-changed:
		case <-time.After(20 * time.Second):
			t.Fatal("nothing changes any more" + stepsText(run))
		}
		if run, err = b.store.Run(t.Context(), run.ID); err != nil {
			t.Fatal(err)
		}
		if s := current(run); run.State == models.RunWaiting && s != nil {
			mu.Lock()
			waits[s.WaitFor] = true
			mu.Unlock()
			if s.State == models.StepWaiting && (s.NextAt.IsZero() || s.GiveUpAt.IsZero() || s.Note == "" || s.Attempt < 1) {
				t.Errorf("a waiting step that does not say how: %+v", s)
			}
		}
	}
	if run.State != models.RunDone || !waits[waitDirectory] {
		t.Fatalf("waits %v %s", waits, stepsText(run))
	}
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}

func TestLagThatDoesNotEndIsGivenUp(t *testing.T) {
	var mu sync.Mutex
	ahead := time.Duration(0)
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	b := newBench(t, benchOptions{now: now})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": 600_000}})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	b.until(t, run.ID, models.RunWaiting)
	mu.Lock()
	ahead = giveUpAfter + time.Second
	mu.Unlock()
	run = b.until(t, run.ID, models.RunFailed)
	if s := run.Steps[1]; s.State != models.StepFailed || s.Note == "" || s.HTTPStatus == 0 {
		t.Errorf("step: %+v", s)
	}
	if s := run.Steps[3]; s.State != models.StepPlanned {
		t.Errorf("an agent without a principal: %+v", s)
	}
	b.checkAudit(t)
}

func TestSeveralRunsAtOnce(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	var ids []int64
	for _, name := range []string{"Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"} {
		run, err := b.Start(t.Context(), admin, name, b.spec(admin, func(s *BlueprintSpec) { s.DisplayName = name }))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, run.ID)
	}
	for _, id := range ids {
		run := b.until(t, id, models.RunDone, models.RunFailed)
		spec, err := specOf(run)
		if err != nil {
			t.Fatal(err)
		}
		b.checkTenant(t, admin, run, spec.AgentNames(), 1)
	}
	b.checkAudit(t)
}

func TestSignInLostMidRunIsResumed(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	// The person signs out while the principal is being created.
	b.faults.add(fault{path: "agentIdentityBlueprintPrincipal", do: func() {
		go func() {
			if err := b.signIns.End(t.Context(), admin.SignInID); err != nil {
				t.Errorf("end: %v", err)
			}
		}()
		time.Sleep(20 * time.Millisecond)
	}})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunWaitingSignIn)
	if run.Steps[1].State != models.StepDone || run.Steps[2].State != models.StepPlanned {
		t.Errorf("the call on its way was not finished, or the next was begun: %s", stepsText(run))
	}
	again := b.admin(t)
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	b.checkTenant(t, again, run, twoAgents, 1)
	b.checkAudit(t)
}

func TestSignOutParksAWaitingRun(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": 600_000}})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	b.until(t, run.ID, models.RunWaiting)
	if err := b.signIns.End(t.Context(), admin.SignInID); err != nil {
		t.Fatal(err)
	}
	b.until(t, run.ID, models.RunWaitingSignIn)
	b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": 0}})
}

func TestStopFinishesTheCallAndTheNextProcessGoesOn(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	under := make(chan struct{})
	b.faults.add(fault{path: "/addPassword", do: func() { close(under); time.Sleep(50 * time.Millisecond) }})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	<-under
	b.stop()
	run, err = b.store.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if run.Steps[2].State != models.StepDone || run.Steps[3].State != models.StepPlanned {
		t.Errorf("after the stop: %s", stepsText(run))
	}
	b.startEngine(t, benchOptions{})
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)
}

func TestSecretsAreSealed(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.KeepSecret = true }))
	if err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone)
	view, err := b.ShowSecret(t.Context(), admin, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.checkNotInFiles(t, "the client secret", view.Value.Reveal())
	token, err := b.signIns.Token(t.Context(), admin.SignInID)
	if err != nil {
		t.Fatal(err)
	}
	b.checkNotInFiles(t, "the access token", token.Reveal())

	kept, err := b.store.KeptSecrets(t.Context(), admin.TID)
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept secrets %v, %v", kept, err)
	}
	opened, err := OpenKept(testSealer(t), &kept[0])
	if err != nil || opened.Reveal() != view.Value.Reveal() {
		t.Errorf("the kept secret is another one (%v)", err)
	}
	if _, err := b.entra.Acquire(t.Context(), entra.BlueprintToken{
		BlueprintAppID: run.BlueprintAppID, Credential: entra.Credential{Secret: opened},
	}); err != nil {
		t.Errorf("the kept secret does not sign in: %v", err)
	}
}

func TestThrottledCallWaitsAsAsked(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.faults.add(fault{
		path: "agentIdentityBlueprintPrincipal", status: http.StatusTooManyRequests, code: "TooManyRequests",
		header: map[string]string{"Retry-After": "3600"},
	})
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	// An hour is longer than a run waits: it says so and can be retried.
	run = b.until(t, run.ID, models.RunFailed, models.RunDone)
	if s := run.Steps[1]; s.HTTPStatus != http.StatusTooManyRequests || s.Result != models.ResultFailed {
		t.Fatal(stepsText(run))
	}
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	b.checkTenant(t, admin, run, twoAgents, 1)
	b.checkAudit(t)

	b.faults.add(fault{
		path: "agentIdentityBlueprintPrincipal", status: http.StatusTooManyRequests, code: "TooManyRequests",
		header: map[string]string{"Retry-After": "120"},
	})
	other, err := b.Start(t.Context(), admin, "r2", b.spec(admin, func(s *BlueprintSpec) { s.DisplayName = "Other" }))
	if err != nil {
		t.Fatal(err)
	}
	other = b.until(t, other.ID, models.RunWaiting)
	if s := other.Steps[1]; s.NextAt.Sub(other.UpdatedAt) < 110*time.Second || s.WaitFor != waitGraph {
		t.Errorf("asked to wait 120 s, waits until %v: %s", s.NextAt, stepsText(other))
	}
	if err := b.TryNow(t.Context(), admin, other.ID); err != nil {
		t.Fatal(err)
	}
	b.until(t, other.ID, models.RunDone)
	b.checkAudit(t)
}

// TestARequestThatAsksForSomethingElse: somebody goes back to a form, changes it
// and sends it again. The run of before is no answer to that.
func TestARequestThatAsksForSomethingElse(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	first, err := b.Start(t.Context(), admin, "r", b.spec(admin))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Start(t.Context(), admin, "r", b.spec(admin)); err != nil || again.ID != first.ID {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if other, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count++ })); !errors.Is(err, models.ErrConflict) {
		t.Errorf("another spec: %+v, %v", other, err)
	}
}
