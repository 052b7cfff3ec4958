package provision

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/models"
)

// tokenCheck saves a check of the seeded blueprint.
func (b *bench) tokenCheck(t *testing.T, assertions ...models.CheckAssertion) *models.TokenCheck {
	t.Helper()
	check := &models.TokenCheck{
		TID: b.info.TenantID, OwnerOID: "o", Name: "least privilege", Mode: string(entra.ModeAutonomous), Scope: entra.GraphDefaultScope,
		Assertions: assertions, BlueprintAppID: b.info.Seed.Blueprint.AppID,
	}
	if err := b.store.CreateTokenCheck(t.Context(), check); err != nil {
		t.Fatal(err)
	}
	return check
}

// order sweeps over the seeded agent, n times.
func (b *bench) order(check *models.TokenCheck, by models.Actor, n int) SweepOrder {
	seed := b.info.Seed
	return SweepOrder{
		Check: *check, By: by, Credential: entra.Credential{Secret: entra.NewSecret(seed.Blueprint.ClientSecret)},
		Agents: slices.Repeat([]SweepAgent{{ID: seed.Agent.ID, Name: "Invoice helper 01", UserID: seed.AgentUser.ID, Username: seed.AgentUser.UPN}}, n),
		Record: models.NewAudit{Kind: models.AuditEvent, Actor: by.String(), Action: models.ActionTokenCheckRun, TargetID: check.ID, Body: map[string]any{"name": check.Name}},
	}
}

var tester = models.Actor{TID: "t", OID: "o", SignInID: "s"}

// sweepAll starts a sweep and returns it when it has ended.
func (b *bench) sweepAll(t *testing.T, o SweepOrder) *SweepView {
	t.Helper()
	if err := b.Sweeps().Start(o); err != nil {
		t.Fatal(err)
	}
	return b.swept(t, o)
}

func (b *bench) swept(t *testing.T, o SweepOrder) *SweepView {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		view := b.Sweeps().Last(o.By, o.Check.ID)
		if view == nil {
			t.Fatal("the sweep is forgotten")
		}
		if !view.Ended.IsZero() {
			return view
		}
		if time.Now().After(end) {
			t.Fatalf("the sweep does not end: %+v", view.Agents)
		}
	}
}

func sweptCounts(sum models.CheckSummary) [4]int {
	return [4]int{sum.Passed, sum.Failed, sum.NotIssued, sum.NotAsked}
}

func (b *bench) sweepRecords(t *testing.T) []models.AuditRecord {
	t.Helper()
	records, err := b.store.Audit(t.Context(), models.AuditFilter{Action: models.ActionTokenCheckRun, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestSweepJudgesEveryAgent(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "blueprint", Value: b.info.Seed.Blueprint.AppID}, models.CheckAssertion{Kind: "no-role", Value: "Directory.ReadWrite.All"}, models.CheckAssertion{Kind: "lifetime", Value: "30"})
	o := b.order(check, tester, 1)
	o.Agents = append(o.Agents, SweepAgent{ID: "0f3c9a52-7d41-4be8-9c06-51a8e2d7b634", Name: "Nobody"}, SweepAgent{ID: b.info.Seed.Agent.ID, Name: "Userless", Lacks: "No agent user."})
	view := b.sweepAll(t, o)
	if got := sweptCounts(view.Sum); got != [4]int{1, 0, 2, 0} || view.Done() != 3 {
		t.Fatalf("counts %v: %+v", got, view.Agents)
	}
	first := view.Agents[0]
	if len(first.Checks) != 3 || !first.Checks[0].Pass || first.UTI == "" || first.CorrelationID == "" {
		t.Errorf("the first is %+v", first)
	}
	if refused := view.Agents[1]; refused.Err == nil || refused.Err.Body != "" || refused.Hop == "" {
		t.Errorf("the refused one is %+v", refused)
	}
	if lacks := view.Agents[2]; lacks.Fault != "No agent user." || lacks.CorrelationID != "" {
		t.Errorf("the one that was not asked for is %+v", lacks)
	}
	row, err := b.store.TokenCheck(t.Context(), check.TID, check.ID)
	if err != nil || sweptCounts(row.CheckSummary) != [4]int{1, 0, 2, 0} || !row.RanAt.Equal(view.Ended.Truncate(time.Microsecond)) {
		t.Errorf("noted %+v, %v", row, err)
	}
	records := b.sweepRecords(t)
	if len(records) != 1 || records[0].Result != models.ResultFailed || !strings.Contains(string(records[0].Body), `"uti":"`+first.UTI) || !strings.Contains(string(records[0].Body), `"notIssued":2`) {
		t.Errorf("recorded %+v", records)
	}
	b.Sweeps().mu.Lock()
	kept := !b.Sweeps().all[0].order.Credential.IsZero()
	b.Sweeps().mu.Unlock()
	if kept {
		t.Error("the credential outlives the sweep")
	}
	b.checkNotInFiles(t, "the client secret", b.info.Seed.Blueprint.ClientSecret)
}

func TestSweepOfAgentUsers(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "agent-user"}, models.CheckAssertion{Kind: "scope", Value: "Nobody.Has.This"})
	check.Mode = string(entra.ModeAgentUser)
	view := b.sweepAll(t, b.order(check, tester, 1))
	if len(view.Agents[0].Checks) != 2 {
		t.Fatalf("%+v", view.Agents[0])
	}
	if checks := view.Agents[0].Checks; !checks[0].Pass || checks[1].Pass || view.Agents[0].State != SweptFailed {
		t.Errorf("%+v", checks)
	}
}

// TestSweepObeysAPause: a busy sign-in service gets its pause from all, and the
// agents that it turned away are asked for again.
func TestSweepObeysAPause(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"})
	b.faults.add(fault{path: "/token", status: http.StatusTooManyRequests, code: "temporarily_unavailable", oauth: true, times: 3, header: map[string]string{"Retry-After": "1"}})
	o, paused := b.order(check, tester, 12), false
	if err := b.Sweeps().Start(o); err != nil {
		t.Fatal(err)
	}
	for !paused && b.Sweeps().Last(tester, check.ID).Ended.IsZero() {
		paused = !b.Sweeps().Last(tester, check.ID).PausedUntil.IsZero()
	}
	view := b.swept(t, o)
	if got := sweptCounts(view.Sum); got != [4]int{12, 0, 0, 0} {
		t.Errorf("counts %v: %+v", got, view.Agents)
	}
	if !paused {
		t.Error("the sweep did not pause")
	}
}

func TestSweepEndsWhereThePauseIsTooLong(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"})
	var asked atomic.Int32
	b.faults.choose = func(*http.Request) *fault {
		asked.Add(1)
		return &fault{status: http.StatusTooManyRequests, code: "temporarily_unavailable", oauth: true, header: map[string]string{"Retry-After": "3600"}}
	}
	view := b.sweepAll(t, b.order(check, tester, 60))
	if got := sweptCounts(view.Sum); !view.Late || got[0]+got[1] != 0 || got[2] < 1 || got[2] > sweepAtOnce || asked.Load() > sweepAtOnce {
		t.Errorf("late %v, counts %v, %d requests", view.Late, got, asked.Load())
	}
	if records := b.sweepRecords(t); len(records) != 1 || records[0].Result != models.ResultAbandoned {
		t.Errorf("recorded %+v", records)
	}
}

// TestSweepSparesTheOthers: who has the wrong secret is told once.
func TestSweepSparesTheOthers(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"})
	o := b.order(check, tester, 60)
	o.Credential.Secret = entra.NewSecret("SANDBOX~wrong")
	view := b.sweepAll(t, o)
	if got := sweptCounts(view.Sum); !view.Spared || got[0]+got[1] != 0 || got[2] < 1 || got[2] > sweepAtOnce {
		t.Errorf("spared %v, counts %v", view.Spared, got)
	}
	at := slices.IndexFunc(view.Agents, func(a Swept) bool { return a.State == SweptNotIssued })
	if at < 0 || view.Agents[at].Err == nil || view.Agents[at].Err.AADSTS != 7000215 {
		t.Errorf("%+v", view.Agents)
	}
	if records := b.sweepRecords(t); len(records) != 1 || records[0].Result != models.ResultFailed {
		t.Errorf("recorded %+v", records)
	}
}

// hanging lets every request hang and counts them.
func (b *bench) hanging() *atomic.Int32 {
	var asked atomic.Int32
	b.faults.choose = func(*http.Request) *fault {
		asked.Add(1)
		return &fault{hangs: true}
	}
	return &asked
}

func TestSweepIsCancelled(t *testing.T) {
	b := newBench(t, benchOptions{})
	check, other := b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"}), b.tokenCheck(t, models.CheckAssertion{Kind: "agent-user"})
	asked := b.hanging()
	o := b.order(check, tester, 30)
	if err := b.Sweeps().Start(o); err != nil {
		t.Fatal(err)
	}
	for asked.Load() < sweepAtOnce && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if err := b.Sweeps().Start(b.order(other, tester, 1)); !errors.Is(err, ErrSweeping) {
		t.Errorf("a second one: %v, want ErrSweeping", err)
	}
	if running := b.Sweeps().Running(tester); running == nil || running.ID != check.ID {
		t.Errorf("running is %+v", running)
	}
	somebody := models.Actor{TID: "t", OID: "else", SignInID: "s2"}
	if b.Sweeps().Cancel(somebody, check.ID) || b.Sweeps().Cancel(tester, other.ID) || b.Sweeps().Last(somebody, check.ID) != nil {
		t.Error("somebody else sees or cancels it")
	}
	if !b.Sweeps().Cancel(tester, check.ID) {
		t.Error("it cannot be cancelled")
	}
	view := b.swept(t, o)
	if got := sweptCounts(view.Sum); !view.Cancelled || got != [4]int{0, 0, 0, 30} || asked.Load() != sweepAtOnce {
		t.Errorf("cancelled %v, counts %v, %d requests", view.Cancelled, got, asked.Load())
	}
	states := map[SweptState]int{}
	for _, a := range view.Agents {
		states[a.State]++
	}
	if diff := cmp.Diff(map[SweptState]int{SweptUnanswered: sweepAtOnce, SweptNotAsked: 30 - sweepAtOnce}, states); diff != "" {
		t.Error(diff)
	}
}

// TestSweepIsDoneWhenItIsSettled: nobody sees a sweep that goes on without an
// agent left, nor one that has ended without its record.
func TestSweepIsDoneWhenItIsSettled(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"})
	for round := 1; round <= 5; round++ {
		if err := b.Sweeps().Start(b.order(check, tester, 2)); err != nil {
			t.Fatal(err)
		}
		for {
			view := b.Sweeps().Last(tester, check.ID)
			if view.Ended.IsZero() && view.Done() == len(view.Agents) {
				t.Fatalf("all agents are settled, and it goes on: %+v", view)
			}
			if !view.Ended.IsZero() {
				break
			}
		}
		if n := len(b.sweepRecords(t)); n != round {
			t.Fatalf("it has ended, and %d of %d records are written", n, round)
		}
	}
}

// TestSweepEndsWithThePortal: what is under way is recorded before the engine
// has stopped.
func TestSweepEndsWithThePortal(t *testing.T) {
	b := newBench(t, benchOptions{})
	check := b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"})
	asked := b.hanging()
	if err := b.Sweeps().Start(b.order(check, tester, 3)); err != nil {
		t.Fatal(err)
	}
	for asked.Load() < 3 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	b.stop()
	if records := b.sweepRecords(t); len(records) != 1 || records[0].Result != models.ResultAbandoned {
		t.Errorf("recorded %+v", records)
	}
	if err := b.Sweeps().Start(b.order(check, tester, 1)); err == nil {
		t.Error("a portal that has stopped begins a sweep")
	}
}

func TestSweepsAreForgotten(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now})
	var checks []*models.TokenCheck
	for range maxSweeps + 1 {
		checks = append(checks, b.tokenCheck(t, models.CheckAssertion{Kind: "lifetime", Value: "1"}))
		b.sweepAll(t, b.order(checks[len(checks)-1], tester, 1))
	}
	var seen []bool
	for _, check := range checks {
		seen = append(seen, b.Sweeps().Last(tester, check.ID) != nil)
	}
	if diff := cmp.Diff([]bool{false, true, true, true, true, true}, seen); diff != "" {
		t.Error(diff)
	}
	other := tester
	other.SignInID = "another browser"
	if b.Sweeps().Last(other, checks[1].ID) != nil {
		t.Error("another sign-in sees the results")
	}
	b.Sweeps().Forget(tester.SignInID)
	if b.Sweeps().Last(tester, checks[1].ID) != nil {
		t.Error("a sign-in that has ended leaves its results")
	}
	b.sweepAll(t, b.order(checks[0], tester, 1))
	clock.forward(sweepLife + time.Minute)
	if b.Sweeps().Last(tester, checks[0].ID) != nil {
		t.Error("results nobody looks at stay")
	}
}
