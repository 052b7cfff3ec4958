package provision

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"agentidportal/models"
)

// TestAStopCutsReadsOff: a read that does not come back must not hold up the
// end of the process; the lost call is settled by the next one.
func TestAStopCutsReadsOff(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	under, why := make(chan struct{}), make(chan error, 1)
	b.faults.add(
		strikeAt(KindBlueprint, "agentIdentityBlueprint", fault{after: true}),
		fault{method: http.MethodGet, path: "/v1.0/applications", hangs: true, do: func() { close(under) }, ended: func(err error) { why <- err }},
	)
	run := b.begin(t, admin, noAgents)
	<-under
	b.stop()
	if err := <-why; !errors.Is(err, context.Canceled) {
		t.Errorf("the read ended with %v, not by the stop", err)
	}
	run, err := b.store.Run(t.Context(), run.ID)
	if err != nil || run.Steps[0].State != models.StepUnknown {
		t.Fatalf("%v %s", err, stepsText(run))
	}
	b.startEngine(t, benchOptions{settle: 10 * time.Millisecond})
	run = b.ends(t, run)
	if run.Steps[0].Result != models.ResultAdopted {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

// TestAStopWaitsForACallOnlyAWhile: a call that is not answered in the time of
// grace counts as lost, and that is written before the process ends.
func TestAStopWaitsForACallOnlyAWhile(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, grace: 20 * time.Millisecond})
	admin := b.admin(t)
	under, why := make(chan struct{}), make(chan error, 1)
	b.faults.add(fault{path: "/addPassword", hangs: true, do: func() { close(under) }, ended: func(err error) { why <- err }})
	run := b.begin(t, admin, noAgents)
	<-under
	b.stop()
	if err := <-why; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v, not by the stop", err)
	}
	run, err := b.store.Run(t.Context(), run.ID)
	if err != nil || run.Steps[2].State != models.StepUnknown {
		t.Fatalf("%v %s", err, stepsText(run))
	}
	b.startEngine(t, benchOptions{settle: 10 * time.Millisecond})
	run = b.ends(t, run)
	if run.Steps[2].Result != models.ResultRepeated {
		t.Error(stepsText(run))
	}
	b.checkTenant(t, admin, run, nil, 1)
	b.checkAudit(t)
}

// TestAStopEndsWhatIsMovedInLine: the request of a person who waits for a
// one-step run ends as well.
func TestAStopEndsWhatIsMovedInLine(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, noAgents))
	under, why := make(chan struct{}), make(chan error, 1)
	b.faults.add(
		fault{path: "/removePassword", before: true},
		fault{method: http.MethodGet, path: "/v1.0/applications", hangs: true, do: func() { close(under) }, ended: func(err error) { why <- err }},
	)
	done := make(chan error, 1)
	go func() {
		_, err := b.RemoveCredential(t.Context(), admin, run.ID, "")
		done <- err
	}()
	<-under
	b.stop()
	if err := <-done; err != nil {
		t.Errorf("the removal: %v", err)
	}
	if err := <-why; !errors.Is(err, context.Canceled) {
		t.Errorf("the read ended with %v, not by the stop", err)
	}
}

// TestTakeOverComesBetweenTwoSteps: whoever takes a run over waits for the step
// under way, not for the twenty behind it.
func TestTakeOverComesBetweenTwoSteps(t *testing.T) {
	b := newBench(t, benchOptions{})
	developer, admin := b.signIn(t, "agent-dev@"+b.info.Domain), b.admin(t)
	under, goOn := make(chan struct{}), make(chan struct{})
	b.faults.add(fault{path: "/addPassword", do: func() { close(under); <-goOn }})
	run, err := b.Start(t.Context(), developer, "r", b.spec(developer, func(s *BlueprintSpec) { s.Count = 20 }))
	if err != nil {
		t.Fatal(err)
	}
	<-under
	taken := make(chan error, 1)
	go func() { taken <- b.TakeOver(t.Context(), admin, run.ID) }()
	for !b.givesWay(run.ID) {
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	if err := <-taken; err != nil {
		t.Fatalf("take over: %v", err)
	}
	run = b.ends(t, run)
	by := map[string]int{}
	for _, r := range b.records(t, models.AuditIntent) {
		by[r.Actor]++
	}
	if by[developer.String()] != 3 || by[admin.String()] != 20 {
		t.Errorf("3 steps of the developer and 20 of the admin are announced as %v: %s", by, stepsText(run))
	}
	b.checkAudit(t)
}

// TestWhoWaitsInVainLetsTheRunGoOn: a person who leaves while waiting for a run
// does not keep it from moving.
func TestWhoWaitsInVainLetsTheRunGoOn(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin, other := b.admin(t), b.signIn(t, "global-admin@"+b.info.Domain)
	under, goOn := make(chan struct{}), make(chan struct{})
	b.faults.add(fault{path: "/addPassword", do: func() { close(under); <-goOn }})
	run := b.begin(t, admin)
	<-under
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- b.TakeOver(ctx, other, run.ID) }()
	for !b.givesWay(run.ID) {
		time.Sleep(time.Millisecond)
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("take over: %v", err)
	}
	close(goOn)
	if run = b.ends(t, run); run.State != models.RunDone || run.OwnerOID != admin.OID {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}
