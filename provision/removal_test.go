package provision

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

// minted is a finished run whose blueprint has one secret.
func (b *bench) minted(t *testing.T, a models.Actor) *models.Run {
	t.Helper()
	return b.until(t, b.begin(t, a, noAgents).ID, models.RunDone)
}

// TestARemovalHasPatience: a server that is busy once, or asks for a pause, is
// asked again after its time, as for any other call.
func TestARemovalHasPatience(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, now: clock.now})
	admin := b.admin(t)
	run := b.minted(t, admin)
	b.faults.add(fault{path: "/removePassword", status: http.StatusServiceUnavailable, code: "Busy", header: map[string]string{"Retry-After": "120"}})
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.until(t, removal.ID, models.RunWaiting, models.RunFailed, models.RunDone)
	if s := removal.Steps[0]; s.State != models.StepUnknown || s.Attempt != 1 {
		t.Fatalf("no pause: %s", stepsText(removal))
	}
	clock.forward(121 * time.Second)
	if err := b.TryNow(t.Context(), admin, removal.ID); err != nil {
		t.Fatal(err)
	}
	if removal = b.ends(t, removal); removal.State != models.RunDone || removal.Steps[0].Attempt != 2 {
		t.Error(stepsText(removal))
	}
	b.checkTenant(t, admin, run, nil, 0)
	b.checkAudit(t)
}

// TestALostRemovalWaitsBeforeEachCall: a removal that never arrived is sent
// again after the settle window only, and its failure calls no living secret
// nothing.
func TestALostRemovalWaitsBeforeEachCall(t *testing.T) {
	const settle = 30 * time.Millisecond
	b := newBench(t, benchOptions{settle: settle})
	admin := b.admin(t)
	run := b.minted(t, admin)
	var sent []time.Time
	b.faults.add(outage("/removePassword", fault{status: http.StatusServiceUnavailable, code: "Busy", do: func() { sent = append(sent, time.Now()) }}))
	removal, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	removal = b.ends(t, removal)
	if s := removal.Steps[0]; s.State != models.StepFailed || strings.Contains(s.Note, "nothing is left over") || !strings.Contains(s.Note, "still works") {
		t.Error(stepsText(removal))
	}
	if len(sent) != maxRepeats+1 {
		t.Fatalf("sent %d times", len(sent))
	}
	for i := 1; i < len(sent); i++ {
		if sent[i].Sub(sent[i-1]) < settle {
			t.Errorf("call %d came %v after the one before", i+1, sent[i].Sub(sent[i-1]))
		}
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

// TestLostSecretsAreSaidToBeRemoved: each call took effect, and each secret that
// nobody saw was removed.
func TestLostSecretsAreSaidToBeRemoved(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	b.faults.add(fault{path: "/addPassword", after: true, times: maxRepeats + 1})
	run := b.ends(t, b.begin(t, admin, noAgents))
	s := run.Steps[2]
	if s.State != models.StepFailed || strings.Contains(s.Note, "never carried out") || !strings.Contains(s.Note, "removed again") {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 0)
}

// TestAReadThatFailsEndsNoPauseOfTheCall: what Graph asked for with the call
// stands, whatever the reads after it are answered.
func TestAReadThatFailsEndsNoPauseOfTheCall(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, now: clock.now})
	admin := b.admin(t)
	b.faults.add(outage("/v1.0/servicePrincipals", fault{method: http.MethodGet, status: http.StatusForbidden, code: "Authorization_RequestDenied"}))
	run := b.pausedAgent(t, admin, http.StatusServiceUnavailable, "99999")
	if Unreadable(run) == nil {
		t.Fatalf("no read failed: %s", stepsText(run))
	}
	b.faults.clear()
	clock.forward(giveUpAfter + time.Second)
	if err := b.TryNow(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	if s := run.Steps[3]; s.State != models.StepFailed || s.Attempt != 1 || !strings.Contains(s.Note, "longer pause") {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}
