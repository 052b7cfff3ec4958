package provision

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// pausedAgent starts a run whose agent is answered with a Retry-After, and
// waits until it pauses.
func (b *bench) pausedAgent(t *testing.T, a models.Actor, status int, seconds string) *models.Run {
	t.Helper()
	b.faults.add(strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{
		status: status, code: "Busy", message: "later", header: map[string]string{"Retry-After": seconds},
	}))
	return b.until(t, b.begin(t, a, oneAgent).ID, models.RunWaiting)
}

// stays waits a while and fails when the paused step was sent meanwhile.
func (b *bench) stays(t *testing.T, run *models.Run, after string) {
	t.Helper()
	time.Sleep(200 * time.Millisecond)
	run, err := b.store.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s := run.Steps[3]; s.Attempt != 1 || run.State != models.RunWaiting {
		t.Fatalf("%s ended the pause that Graph asked for: %s", after, stepsText(run))
	}
}

// TestOnlyAPersonWhoInsistsEndsGraphsPause: neither a sign-in elsewhere nor a
// restart does.
func TestOnlyAPersonWhoInsistsEndsGraphsPause(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run := b.pausedAgent(t, admin, http.StatusTooManyRequests, "120")
	b.admin(t)
	b.stays(t, run, "a sign-in")
	b.stop()
	b.startEngine(t, benchOptions{})
	b.stays(t, run, "a restart")
	if err := b.TryNow(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}

// TestAPauseOfADayLocksNoRun: a 503 that asks for more than the portal waits is
// settled by reading, and then fails; a retry is a person's choice.
func TestAPauseOfADayLocksNoRun(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, now: clock.now})
	admin := b.admin(t)
	run := b.pausedAgent(t, admin, http.StatusServiceUnavailable, "99999")
	data, err := dataOf(&run.Steps[3])
	if wait := data.Settled.Sub(run.UpdatedAt); err != nil || wait > giveUpAfter {
		t.Fatalf("reads for %v before it believes what it sees, %v", wait, err)
	}
	clock.forward(giveUpAfter + time.Second)
	if err := b.TryNow(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	if s := run.Steps[3]; s.State != models.StepFailed || s.Attempt != 1 || !strings.Contains(s.Note, "longer pause") {
		t.Fatal(stepsText(run))
	}
	b.checkAudit(t)
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Error(stepsText(run))
	}
}

// TestWhoseFaultKeptACallFromBeingSent: Graph is blamed only for what it, or
// the way to it, did.
func TestWhoseFaultKeptACallFromBeingSent(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"no connection":    {&graph.NoAnswerError{Err: errors.New("connection refused")}, waitGraph},
		"our own database": {fmt.Errorf("get a token: %w", errors.New("find sign-in: database is locked")), waitPortal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{})
			run := b.pausedAgent(t, b.admin(t), http.StatusTooManyRequests, "120")
			b.stop()
			m, err := b.moverOf(run, &run.Steps[3])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.notSent(t.Context(), tt.err); err != nil {
				t.Fatal(err)
			}
			s := &run.Steps[3]
			if s.WaitFor != tt.want || strings.Contains(s.Note, "Microsoft Graph") != (tt.want == waitGraph) {
				t.Errorf("waits for %s: %s", s.WaitFor, s.Note)
			}
			if advice, ok := Advise(run, s, false); !ok || (advice.Title == "Graph asked for patience") != (tt.want == waitGraph) {
				t.Errorf("advice %+v", advice)
			}
		})
	}
}

// TestTriesAreCountedInWords: one try is no "1 times".
func TestTriesAreCountedInWords(t *testing.T) {
	for n, want := range map[int]string{0: "once", 1: "once", 2: "2 times"} {
		if got := times(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
