package provision

import (
	"errors"
	"sync"
	"testing"
	"time"

	"agentidportal/models"
)

func TestPauseGrowsWithinItsBounds(t *testing.T) {
	tests := []struct {
		attempt  int
		from, to time.Duration
	}{
		{0, 1600 * time.Millisecond, 2400 * time.Millisecond},
		{1, 1600 * time.Millisecond, 2400 * time.Millisecond},
		{2, 2400 * time.Millisecond, 3600 * time.Millisecond},
		{4, 5400 * time.Millisecond, 8100 * time.Millisecond},
		{50, 24 * time.Second, 36 * time.Second},
		{100_000, 24 * time.Second, 36 * time.Second},
	}
	for _, tt := range tests {
		for range 50 {
			if got := pause(tt.attempt); got < tt.from || got > tt.to {
				t.Errorf("attempt %d: %v, want %v to %v", tt.attempt, got, tt.from, tt.to)
				break
			}
		}
	}
}

func TestAttemptsFitIntoTheTime(t *testing.T) {
	steady := func(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }
	tests := []struct {
		pause  time.Duration
		within time.Duration
		want   int
	}{
		{time.Minute, 5 * time.Minute, 6},
		{10 * time.Minute, 5 * time.Minute, 1},
		{0, time.Hour, 99},
	}
	for _, tt := range tests {
		if got := attempts(steady(tt.pause), tt.within); got != tt.want {
			t.Errorf("pauses of %v within %v: %d attempts, want %d", tt.pause, tt.within, got, tt.want)
		}
	}
}

func TestSubscriptionsFoldAndEnd(t *testing.T) {
	e := New(Options{})
	one, stopOne := e.Subscribe(1)
	other, stopOther := e.Subscribe(2)
	defer stopOther()
	for range 100 {
		e.changed(1) // never waits for a reader
	}
	select {
	case <-one:
	default:
		t.Fatal("nothing came")
	}
	select {
	case <-one:
		t.Error("a hundred changes are one thing to read")
	case <-other:
		t.Error("another run's change came")
	default:
	}
	stopOne()
	stopOne()
	e.changed(1)
	if len(e.watched[1]) != 0 {
		t.Errorf("%d subscriptions are left", len(e.watched[1]))
	}
}

func TestClaimIsExclusive(t *testing.T) {
	e := New(Options{})
	var all sync.WaitGroup
	winners := make(chan int, 50)
	for i := range 50 {
		all.Go(func() {
			if e.claim(7) {
				winners <- i
			}
		})
	}
	all.Wait()
	if len(winners) != 1 {
		t.Errorf("%d hold the run, want 1", len(winners))
	}
	e.release(7)
	if !e.claim(7) {
		t.Error("a released run cannot be claimed")
	}
}

func TestWhoIsDue(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	e := New(Options{Now: func() time.Time { return now }})
	w := &work{e: e, blocked: map[int64]time.Time{4: now.Add(3 * time.Second)}}
	steps := func(next time.Time) []models.Step {
		return []models.Step{{State: models.StepDone}, {State: models.StepWaiting, NextAt: next}}
	}
	tests := []struct {
		name     string
		run      models.Run
		wait     time.Duration
		sleeping bool
	}{
		{"new", models.Run{ID: 1, State: models.RunRunning, Steps: []models.Step{{State: models.StepPlanned}}}, 0, false},
		{"pausing", models.Run{ID: 2, State: models.RunWaiting, Steps: steps(now.Add(9 * time.Second))}, 9 * time.Second, false},
		{"pause over", models.Run{ID: 3, State: models.RunWaiting, Steps: steps(now.Add(-time.Second))}, 0, false},
		{"met a fault of ours", models.Run{ID: 4, State: models.RunRunning}, 3 * time.Second, false},
		{"waits for a person", models.Run{ID: 5, State: models.RunWaitingSignIn, Steps: steps(now)}, 0, true},
		{"all steps done", models.Run{ID: 6, State: models.RunRunning, Steps: []models.Step{{State: models.StepDone}}}, 0, false},
	}
	for _, tt := range tests {
		wait, sleeping := w.dueIn(&tt.run)
		if wait != tt.wait || sleeping != tt.sleeping {
			t.Errorf("%s: %v %v, want %v %v", tt.name, wait, sleeping, tt.wait, tt.sleeping)
		}
	}
}

func TestNextStepAfterAFailure(t *testing.T) {
	steps := func(states ...models.StepState) []models.Step {
		kinds := []string{KindBlueprint, KindPrincipal, KindSecret, KindAgent, KindAgent}
		list := make([]models.Step, len(states))
		for i, s := range states {
			list[i] = models.Step{Ordinal: i + 1, Kind: kinds[i], State: s}
		}
		return list
	}
	const done, failed, planned = models.StepDone, models.StepFailed, models.StepPlanned
	tests := []struct {
		name   string
		runAs  RunAs
		steps  []models.Step
		status int // of the failed step
		want   int // ordinal, 0 for none
	}{
		{"begin", AsMe, steps(planned, planned), 0, 1},
		{"go on", AsMe, steps(done, planned), 0, 2},
		{"no blueprint, no principal", AsMe, steps(failed, planned), 400, 0},
		{"no principal, no agent", AsMe, steps(done, failed, planned, planned), 400, 0},
		{"no secret, agents as the person", AsMe, steps(done, done, failed, planned), 400, 4},
		{"no secret, agents as the blueprint", AsBlueprint, steps(done, done, failed, planned), 400, 0},
		{"one agent failed by itself", AsMe, steps(done, done, done, failed, planned), 400, 5},
		{"one agent was forbidden", AsMe, steps(done, done, done, failed, planned), 403, 0},
		{"all done", AsMe, steps(done, done), 0, 0},
	}
	for _, tt := range tests {
		run := &models.Run{RunAs: string(tt.runAs), Steps: tt.steps}
		for i := range run.Steps {
			if run.Steps[i].State == failed {
				run.Steps[i].HTTPStatus = tt.status
			}
		}
		got := 0
		if s := (&Engine{}).frontOf(run, false).open(); len(s) > 0 {
			got = s[0].Ordinal
		}
		if got != tt.want {
			t.Errorf("%s: step %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestActsThatMakeNoSense(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run, err := b.Start(t.Context(), admin, "r", b.spec(admin, func(s *BlueprintSpec) { s.Count, s.SecretDays = 0, 0 }))
	if err != nil {
		t.Fatal(err)
	}
	b.until(t, run.ID, models.RunDone)
	other := b.signIn(t, "global-admin@"+b.info.Domain)
	tests := []struct {
		name string
		do   func() error
		want error
	}{
		{"retry what is done", func() error { return b.Retry(t.Context(), admin, run.ID) }, ErrNotNow},
		{"try now what is done", func() error { return b.TryNow(t.Context(), admin, run.ID) }, ErrNotNow},
		{"try now for another", func() error { return b.TryNow(t.Context(), other, run.ID) }, ErrNotOwner},
		{"blueprint for what is done", func() error { return b.GoOnAsBlueprint(t.Context(), admin, run.ID) }, ErrNotNow},
		{"take over what is done", func() error { return b.TakeOver(t.Context(), other, run.ID) }, ErrNotNow},
		{"show what was not made", func() error { _, err := b.ShowSecret(t.Context(), admin, run.ID); return err }, ErrNoSecret},
		{"show another's", func() error { _, err := b.ShowSecret(t.Context(), other, run.ID); return err }, ErrNotOwner},
		{"save what was not made", func() error { return b.SecretSaved(t.Context(), admin, run.ID) }, ErrNoSecret},
		{"remove what was not made", func() error { _, err := b.RemoveCredential(t.Context(), admin, run.ID, ""); return err }, ErrNotNow},
		{"retry a run that is not", func() error { return b.Retry(t.Context(), admin, 999) }, models.ErrNotFound},
		{"show a run that is not", func() error { _, err := b.ShowSecret(t.Context(), admin, 999); return err }, models.ErrNotFound},
	}
	before := len(b.records(t, models.AuditIntent))
	for _, tt := range tests {
		if err := tt.do(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := b.Start(t.Context(), admin, "", b.spec(admin)); err == nil {
		t.Error("a run without a request id was started")
	}
	if after := len(b.records(t, models.AuditIntent)); after != before {
		t.Errorf("%d intents were written by acts that were refused", after-before)
	}
	b.checkAudit(t)
}

// TestARunOfAnOlderPortalGoesOn: its steps say neither what they need nor what
// they are built from.
func TestARunOfAnOlderPortalGoesOn(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	run := b.begin(t, admin, func(s *BlueprintSpec) { s.Count, s.RunAs = 4, AsBlueprint })
	for i := range run.Steps {
		run.Steps[i].Needs, run.Steps[i].Params = nil, nil
		if err := b.store.SaveStep(t.Context(), &run.Steps[i]); err != nil {
			t.Fatal(err)
		}
	}
	b.work(t)
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	spec, err := specOf(run)
	if err != nil {
		t.Fatal(err)
	}
	b.checkTenant(t, admin, run, spec.AgentNames(), 1)
	b.checkAudit(t)
}
