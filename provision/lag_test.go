package provision

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"agentidportal/models"
)

// noPrincipal is Graph's answer for an agent whose blueprint has no principal.
func noPrincipal() fault {
	return strikeAt(KindAgent, "microsoft.graph.agentIdentity", fault{
		times: 1_000_000, status: http.StatusBadRequest, code: "AgentIdentity_AgentBlueprintPrincipalDoesNotExist",
		message: "The agent blueprint principal does not exist.",
	})
}

// TestAnUnknownSponsorIsNoLag: somebody was deleted after he was chosen. No
// waiting brings him back, and the other agents would be refused as well.
func TestAnUnknownSponsorIsNoLag(t *testing.T) {
	b := newBench(t, benchOptions{})
	run := b.ends(t, b.begin(t, b.admin(t), func(s *BlueprintSpec) { s.AgentSponsors = []Principal{person(uuid.NewString())} }))
	s := &run.Steps[3]
	if s.State != models.StepFailed || s.Attempt != 1 || run.Steps[4].State != models.StepPlanned {
		t.Error(stepsText(run))
	}
	if advice, _ := Advise(run, s, false); !strings.Contains(advice.Text, "was deleted after it was chosen") {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)
}

// TestWhatIsGoneAfterHoursIsNoLag: the principal was deleted between a failure
// and its retry.
func TestWhatIsGoneAfterHoursIsNoLag(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin))
	// The portal was off meanwhile: a working engine ends a sign-in that is idle
	// for so long, at its next sweep, before or after the retry.
	b.stop()
	clock.forward(7 * time.Hour)
	b.startEngine(t, benchOptions{now: clock.now, idle: true})
	b.faults.add(noPrincipal())
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	b.work(t)
	run = b.ends(t, run)
	s := &run.Steps[3]
	if s.State != models.StepFailed || s.Attempt != 1 || run.Steps[4].State != models.StepPlanned {
		t.Error(stepsText(run))
	}
	if advice, _ := Advise(run, s, false); !strings.Contains(advice.Text, "deleted") {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)
}

// TestOneAgentWaitsForAll: what the first agent waited for in vain, the second
// does not wait for again.
func TestOneAgentWaitsForAll(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now})
	b.faults.add(noPrincipal())
	run := b.begin(t, b.admin(t))
	b.until(t, run.ID, models.RunWaiting)
	clock.forward(giveUpAfter + time.Second)
	run = b.ends(t, run)
	if run.Steps[3].State != models.StepFailed || run.Steps[4].State != models.StepPlanned {
		t.Error(stepsText(run))
	}
	if n := run.Steps[3].Note; !strings.Contains(n, "gave up") {
		t.Error(n)
	}
	b.checkAudit(t)
}
