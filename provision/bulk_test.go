package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentidportal/models"
)

// add starts a run of many agents of the seeded blueprint.
func (b *bench) add(t testing.TB, a models.Actor, n int) *models.Run {
	t.Helper()
	run, err := b.AddAgents(t.Context(), a, "r", b.bulk(t, a, n))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// checkBulk asserts that each agent of a run exists exactly once, and is the
// one the run knows.
func (b *bench) checkBulk(t testing.TB, a models.Actor, run *models.Run) {
	t.Helper()
	exists := map[string][]string{}
	for agent, err := range b.o.Graph.With(b.signIns.TokenFunc(a.SignInID)).AgentIdentitiesOf(t.Context(), run.BlueprintAppID) {
		if err != nil {
			t.Fatal(err)
		}
		exists[agent.DisplayName] = append(exists[agent.DisplayName], agent.ID)
	}
	for _, s := range run.Steps {
		var want []string
		if s.State == models.StepDone {
			want = []string{s.ObjectID}
		}
		if !slices.Equal(exists[s.ObjectName], want) {
			t.Errorf("%s is %v in the directory, %v in the run", s.ObjectName, exists[s.ObjectName], want)
		}
	}
	b.checkAudit(t)
}

func TestManyAreSentInBatches(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run := b.ends(t, b.add(t, admin, 45))
	if run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	if n := b.batches(t); n != 3 {
		t.Errorf("%d batches for 45 agents, want 3", n)
	}
	b.checkBulk(t, admin, run)
	for _, s := range run.Steps {
		if s.Result != models.ResultSucceeded || s.GraphRequestID == "" || s.Attempt != 1 {
			t.Errorf("step %+v", s)
		}
	}
}

// batches counts the batches the sandbox answered.
func (b *bench) batches(t testing.TB) int {
	t.Helper()
	var journal struct {
		Entries []journalEntry `json:"entries"`
	}
	b.control(t, http.MethodGet, "/_sandbox/journal?after=0", nil, &journal)
	n := 0
	for _, e := range journal.Entries {
		if strings.HasSuffix(e.Path, "/$batch") {
			n++
		}
	}
	return n
}

// TestFatesOfABatch: whatever becomes of a batch and of its parts, every agent
// exists exactly once in the end, and each call has its end in the audit.
func TestFatesOfABatch(t *testing.T) {
	parts := func(list map[int]partFault) fault { return fault{parts: list} }
	tests := []struct {
		name   string
		strike fault
		failed []int          // ordinals
		result map[int]string // of parts whose result is not plain success
		tries  map[int]int    // attempts
	}{
		{name: "one part throttled", strike: parts(map[int]partFault{3: {status: 429, code: "TooManyRequests"}}), tries: map[int]int{3: 2}},
		{name: "all parts throttled", strike: parts(map[int]partFault{1: {status: 429}, 2: {status: 429}, 3: {status: 429}, 4: {status: 429}, 5: {status: 429}, 6: {status: 429}}), tries: map[int]int{1: 2, 6: 2}},
		{name: "one part a bad request", strike: parts(map[int]partFault{2: {status: 400, code: "Request_BadRequest"}}), failed: []int{2}},
		{name: "one part forbidden", strike: parts(map[int]partFault{6: {status: 403, code: "Authorization_RequestDenied"}}), failed: []int{6}},
		{name: "one part without what it depends on", strike: parts(map[int]partFault{2: {status: 424, code: "FailedDependency"}}), tries: map[int]int{2: 2}},
		{name: "one part met another change", strike: parts(map[int]partFault{2: {status: 409, code: "Directory_ConcurrencyViolation"}}), tries: map[int]int{2: 2}},
		{name: "one part with a token that ended", strike: parts(map[int]partFault{4: {status: 401, code: "InvalidAuthenticationToken"}}), tries: map[int]int{4: 2}},
		{name: "one part's server failed after it did it", strike: parts(map[int]partFault{5: {status: 500, done: true}}), result: map[int]string{5: models.ResultAdopted}},
		{name: "one part's server failed before", strike: parts(map[int]partFault{5: {status: 504}}), result: map[int]string{5: models.ResultRepeated}, tries: map[int]int{5: 2}},
		{
			name: "half an answer", strike: parts(map[int]partFault{1: {silent: true}, 2: {silent: true}, 3: {missed: true}}),
			result: map[int]string{1: models.ResultAdopted, 2: models.ResultAdopted, 3: models.ResultRepeated},
		},
		{
			name: "mixed", strike: parts(map[int]partFault{1: {silent: true}, 2: {status: 429, after: "1"}, 3: {status: 400, code: "Request_BadRequest"}, 4: {status: 503}}),
			failed: []int{3}, result: map[int]string{1: models.ResultAdopted, 4: models.ResultRepeated},
		},
		{
			name: "the answer lost", strike: fault{after: true},
			result: map[int]string{1: models.ResultAdopted, 2: models.ResultAdopted, 3: models.ResultAdopted, 4: models.ResultAdopted, 5: models.ResultAdopted, 6: models.ResultAdopted},
		},
		{
			name: "the request lost", strike: fault{before: true},
			result: map[int]string{1: models.ResultRepeated, 2: models.ResultRepeated, 3: models.ResultRepeated, 4: models.ResultRepeated, 5: models.ResultRepeated, 6: models.ResultRepeated},
		},
		{name: "the batch throttled", strike: fault{status: 429, code: "TooManyRequests"}, tries: map[int]int{1: 2, 6: 2}},
		{name: "the batch refused", strike: fault{status: 400, code: "BadRequest", message: "No."}, failed: []int{1, 2, 3, 4, 5, 6}},
		{
			name: "no JSON", strike: fault{status: 200, body: "<html>"},
			result: map[int]string{1: models.ResultRepeated, 6: models.ResultRepeated},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 30 * time.Millisecond})
			admin := b.admin(t)
			tt.strike.path = "/$batch"
			b.faults.add(tt.strike)
			run := b.ends(t, b.add(t, admin, 6))
			for _, s := range run.Steps {
				state, result := models.StepDone, models.ResultSucceeded
				if slices.Contains(tt.failed, s.Ordinal) {
					state, result = models.StepFailed, models.ResultFailed
				}
				if other := tt.result[s.Ordinal]; other != "" {
					result = other
				} else if len(tt.result) > 0 && tt.name == "no JSON" {
					result = models.ResultRepeated
				}
				if s.State != state || s.Result != result || tt.tries[s.Ordinal] != 0 && s.Attempt != tt.tries[s.Ordinal] {
					t.Errorf("step %d is %s, %s after %d attempts; want %s, %s, %d", s.Ordinal, s.State, s.Result, s.Attempt, state, result, tt.tries[s.Ordinal])
				}
			}
			b.checkBulk(t, admin, run)
			if len(tt.failed) == 0 {
				return
			}
			if err := b.Retry(t.Context(), admin, run.ID); err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunDone)
			b.checkBulk(t, admin, run)
		})
	}
}

// TestAPauseHoldsTheWholeKind: what Graph asks of one part holds for all that
// is not sent yet, in every run, and nobody's impatience ends it.
func TestAPauseHoldsTheWholeKind(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, concurrency: 1, batch: 5})
	admin := b.admin(t)
	b.faults.add(fault{path: "/$batch", parts: map[int]partFault{1: {status: 429, after: "60"}, 4: {status: 429, after: "90"}}})
	run := b.until(t, b.add(t, admin, 12).ID, models.RunWaiting)
	other, err := b.AddAgents(t.Context(), admin, "other", b.bulk(t, admin, 3))
	if err != nil {
		t.Fatal(err)
	}
	other = b.until(t, other.ID, models.RunWaiting)
	if err := b.TryNow(t.Context(), admin, other.ID); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	other = b.until(t, other.ID, models.RunWaiting)
	if n := b.batches(t); n != 1 {
		t.Errorf("%d batches were sent in the pause", n-1)
	}
	if s := other.Steps[0]; s.WaitFor != waitGraph || s.NextAt.Sub(clock.now()) < 80*time.Second {
		t.Errorf("the other run waits for %q until %v", s.WaitFor, s.NextAt)
	}
	clock.forward(91 * time.Second)
	b.Wake(admin.TID, admin.OID)
	for _, r := range []*models.Run{run, other} {
		if r = b.ends(t, r); r.State != models.RunDone {
			t.Error(stepsText(r))
		}
	}
	b.checkAudit(t)
}

func TestWritesStayUnderTheLimitOfGraph(t *testing.T) {
	var g gate
	start := time.Now()
	for range writesAllowed {
		if until := g.closed(KindAgent, start); !until.IsZero() {
			t.Fatalf("closed until %v before the limit", until)
		}
		g.count(start)
	}
	if until := g.closed(KindAgent, start.Add(time.Minute)); !until.Equal(start.Add(writesWindow)) {
		t.Errorf("closed until %v, want %v", until, start.Add(writesWindow))
	}
	if until := g.closed(KindAgent, start.Add(writesWindow)); !until.IsZero() {
		t.Errorf("closed until %v after the window", until)
	}
	g.pause(KindAgent, start.Add(time.Hour))
	g.pause(KindAgent, start.Add(time.Minute))
	if until := g.closed(KindAgent, start.Add(writesWindow)); !until.Equal(start.Add(time.Hour)) {
		t.Errorf("a shorter pause ended a longer one: %v", until)
	}
	if until := g.closed(KindSecret, start.Add(writesWindow)); !until.IsZero() {
		t.Errorf("the pause of one kind holds another: %v", until)
	}
}

// TestLostPartsAreReadOnce: one look at the blueprint's agents settles all the
// parts of a batch.
func TestLostPartsAreReadOnce(t *testing.T) {
	b := newBench(t, benchOptions{settle: time.Minute})
	admin := b.admin(t)
	reads := 0
	var mu sync.Mutex
	run := b.bulk(t, admin, 20)
	b.faults.add(fault{path: "/$batch", after: true, do: func() {
		mu.Lock()
		defer mu.Unlock()
		b.faults.add(fault{method: http.MethodGet, path: "/servicePrincipals", times: 100, do: func() { mu.Lock(); reads++; mu.Unlock() }})
	}})
	started, err := b.AddAgents(t.Context(), admin, "r", run)
	if err != nil {
		t.Fatal(err)
	}
	done := b.ends(t, started)
	b.faults.clear()
	mu.Lock()
	if reads != 1 {
		t.Errorf("%d reads for 20 parts", reads)
	}
	mu.Unlock()
	b.checkBulk(t, admin, done)
}

// TestLagIsWaitedOutByAllTogether: the parts of a new blueprint's batches come
// back together until its principal is known everywhere.
func TestLagIsWaitedOutByAllTogether(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"principal": 300}})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, func(s *BlueprintSpec) { s.Count = 25 }))
	if run.State != models.RunDone {
		t.Error(stepsText(run))
	}
	spec, err := specOf(run)
	if err != nil {
		t.Fatal(err)
	}
	b.checkTenant(t, admin, run, spec.AgentNames(), 1)
	b.checkAudit(t)
}

// batchKillPoints are the names of the points of a batch, as
// "<point> batch": they are met by runs with many steps of one kind.
func batchKillPoints() []string {
	var names []string
	for _, point := range []string{beforeIntent, inIntentTx, afterIntent, afterSend, inOutcomeTx, afterOutcome, inReconcile} {
		names = append(names, point+" batch")
	}
	return names
}

func TestCrashInABatch(t *testing.T) {
	for _, point := range batchKillPoints() {
		t.Run(point, func(t *testing.T) {
			stopped := &crash{point: point, hit: make(chan struct{})}
			b := newBench(t, benchOptions{settle: 300 * time.Millisecond, hook: stopped.hook, batch: 5, concurrency: 2})
			admin := b.admin(t)
			if point == inReconcile+" batch" {
				b.faults.add(fault{path: "/$batch", after: true})
			}
			run := b.add(t, admin, 14)
			select {
			case <-stopped.hit:
			case <-time.After(20 * time.Second):
				t.Fatal("the run never came to this point")
			}
			b.stop()
			b.startEngine(t, benchOptions{settle: 300 * time.Millisecond, batch: 5, concurrency: 2})
			if run = b.ends(t, run); run.State != models.RunDone {
				t.Error(stepsText(run))
			}
			b.checkBulk(t, admin, run)
			if n := b.events(t, run.ID)[models.ActionRunFinish]; n != 1 {
				t.Errorf("%d run.finish events, want 1", n)
			}
		})
	}
}

// TestStopInTheMidstOfBatches: what is on its way is awaited and written; the
// rest goes on after the next start.
func TestStopInTheMidstOfBatches(t *testing.T) {
	b := newBench(t, benchOptions{batch: 5, concurrency: 2})
	admin := b.admin(t)
	under := make(chan struct{})
	b.faults.add(fault{path: "/$batch", do: func() { close(under); time.Sleep(100 * time.Millisecond) }})
	run := b.add(t, admin, 40)
	<-under
	b.stop()
	run, err := b.store.Run(context.WithoutCancel(t.Context()), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range run.Steps {
		if s.State != models.StepDone && s.State != models.StepPlanned {
			t.Errorf("step %d was left %s", s.Ordinal, s.State)
		}
	}
	if !slices.ContainsFunc(run.Steps, func(s models.Step) bool { return s.State == models.StepPlanned }) {
		t.Error("everything was sent after the stop")
	}
	b.startEngine(t, benchOptions{})
	b.checkBulk(t, admin, b.ends(t, run))
}

func TestQuotaIsCheckedBeforeARun(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run := b.ends(t, b.add(t, admin, 5))
	q, more, ok := RunQuota(run)
	if !ok || more != 5 || !strings.HasPrefix(q.Words(more), fmt.Sprintf("%d of 250", q.Used()+5)) {
		t.Errorf("quota of the run %+v, %d, %v", q, more, ok)
	}
	g := b.o.Graph.With(b.signIns.TokenFunc(admin.SignInID))
	now, err := b.QuotaOf(t.Context(), g, run.BlueprintAppID)
	if err != nil || now.Live != q.Live+5 {
		t.Fatalf("quota %+v, %v after %+v", now, err, q)
	}
	if now.Unread {
		t.Error("the deleted ones cannot be read with the portal's permissions")
	}
	bin := fault{method: http.MethodGet, path: "/directory/deletedItems", status: http.StatusOK, times: 2, body: fmt.Sprintf(
		`{"value":[{"@odata.type":"#microsoft.graph.agentIdentity","id":"a","agentIdentityBlueprintId":%q},
		{"@odata.type":"#microsoft.graph.agentIdentity","id":"b","agentIdentityBlueprintId":"another"},{"id":"c"}]}`, run.BlueprintAppID)}
	b.faults.add(bin)
	binned, err := b.QuotaOf(t.Context(), g, run.BlueprintAppID)
	if err != nil || binned.Live != now.Live || binned.Deleted != 1 {
		t.Errorf("a deleted agent counts no more: %+v, %v", binned, err)
	}
	_, err = b.AddAgents(t.Context(), admin, "too many", b.bulk(t, admin, binned.Left()+1))
	var invalid *models.InvalidError
	want := fmt.Sprintf("%d of 250. %d more fit, and this asks for %d", binned.Used(), binned.Left(), binned.Left()+1)
	if !errors.As(err, &invalid) || !strings.Contains(invalid.Fields["names"], want) {
		t.Errorf("error %v, want the numbers beside the names", err)
	}
	if again, err := b.AddAgents(t.Context(), admin, "r", b.bulk(t, admin, 250)); err != nil || again.ID != run.ID {
		t.Errorf("the same request gave %v, %v", again, err)
	}
}
