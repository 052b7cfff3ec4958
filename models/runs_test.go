package models

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newRun(requestID string) *Run {
	return &Run{
		RequestID: requestID, Kind: "blueprint", Title: "Create Invoice helper", TID: "t", OwnerOID: "alice", OwnerName: "Alice",
		OwnerUsername: "alice@sandbox.example", RunAs: "me", Reason: "trial", Spec: []byte(`{"a":1}`), State: RunRunning,
		Steps: []Step{
			{Kind: "blueprint.create", Name: "Create blueprint", Method: "POST", Path: "/v1.0/applications", Params: []byte(`{}`), State: StepPlanned, OpID: "op-1", MaxAttempts: 8},
			{Kind: "credential.add", Name: "Add secret", Method: "POST", Path: "/v1.0/x", State: StepPlanned, OpID: "op-2"},
		},
	}
}

func started(run *Run) NewAudit {
	return NewAudit{Kind: AuditEvent, Actor: run.TID + "/" + run.OwnerOID, Action: ActionRunStart}
}

func TestCreateRunOnce(t *testing.T) {
	s := openStore(t, testOptions(t))
	run := newRun("r-1")
	existing, err := s.CreateRun(t.Context(), run, started(run))
	if err != nil || existing {
		t.Fatal(existing, err)
	}
	read, err := s.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run, read); diff != "" {
		t.Errorf("read back (-created +read):\n%s", diff)
	}
	if read.Steps[0].Ordinal != 1 || read.Steps[1].Ordinal != 2 || read.Steps[1].RunID != run.ID || read.Steps[0].ID == 0 {
		t.Errorf("steps %+v", read.Steps)
	}
	again := newRun("r-1")
	again.Title = "second click"
	existing, err = s.CreateRun(t.Context(), again, started(again))
	if err != nil || !existing {
		t.Fatal(existing, err)
	}
	if diff := cmp.Diff(run, again); diff != "" {
		t.Errorf("the second click got another run:\n%s", diff)
	}
	records, err := s.Audit(t.Context(), AuditFilter{RunID: fmt.Sprint(run.ID)})
	if err != nil || len(records) != 1 || records[0].Action != ActionRunStart {
		t.Errorf("records of the run: %+v, %v; want one", records, err)
	}
}

func TestCreateRunOnceInParallel(t *testing.T) {
	s := openStore(t, testOptions(t))
	var group sync.WaitGroup
	ids := make([]int64, 8)
	for i := range ids {
		group.Go(func() {
			run := newRun("double click")
			if _, err := s.CreateRun(t.Context(), run, started(run)); err != nil {
				t.Error(err)
			}
			ids[i] = run.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] || id == 0 {
			t.Errorf("runs %v, want one", ids)
		}
	}
}

func TestCreateRunRefuses(t *testing.T) {
	s := openStore(t, testOptions(t))
	run := newRun("r-1")
	if _, err := s.CreateRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	other := newRun("r-1")
	other.OwnerOID = "mallory"
	if _, err := s.CreateRun(t.Context(), other); !errors.Is(err, ErrConflict) {
		t.Errorf("request id of another person: %v, want ErrConflict", err)
	}
	if _, err := s.CreateRun(t.Context(), newRun("")); err == nil {
		t.Error("no request id: accepted")
	}
	unaudited := newRun("r-2")
	if _, err := s.CreateRun(t.Context(), unaudited, NewAudit{Kind: AuditEvent, Actor: "a", Action: "made up"}); err == nil {
		t.Error("a record that cannot be written: accepted")
	}
	if runs, err := s.Runs(t.Context(), RunFilter{}); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v; want 1: no audit, no run", len(runs), err)
	}
}

func TestSaveRunAndStep(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	run := newRun("r-1")
	if _, err := s.CreateRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	c.add(time.Minute)
	zone := time.FixedZone("there", 3*3600)
	run.State, run.BlueprintID, run.BlueprintAppID, run.FinishedAt = RunDone, "b", "app", c.Now().In(zone)
	step := &run.Steps[0]
	*step = Step{
		ID: step.ID, RunID: run.ID, Ordinal: 1, Kind: "k", Name: "n", Method: "PATCH", Path: "/p", Params: []byte("{}"), State: StepDone,
		Result: ResultAdopted, OpID: "op", Attempt: 2, MaxAttempts: 3, WaitFor: "principal", NextAt: c.Now().In(zone), GiveUpAt: c.Now(),
		StartedAt: c.Now(), FinishedAt: c.Now(), ObjectID: "o", ObjectAppID: "oa", ObjectName: "on", HTTPStatus: 201, ErrorCode: "e",
		ErrorMessage: "m", GraphRequestID: "g", Duration: 1234567 * time.Nanosecond, Note: "note",
	}
	run.Steps[1].Attempt = 0
	if err := errors.Join(s.SaveRun(t.Context(), run), s.SaveStep(t.Context(), step), s.SaveStep(t.Context(), &run.Steps[1])); err != nil {
		t.Fatal(err)
	}
	read, err := s.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run, read); diff != "" {
		t.Errorf("read back (-saved +read):\n%s", diff)
	}
	if !read.UpdatedAt.Equal(c.Now()) || !read.CreatedAt.Before(c.Now()) {
		t.Errorf("created %v, updated %v", read.CreatedAt, read.UpdatedAt)
	}
	// Fields that become empty are written too.
	step.ErrorCode, step.NextAt, step.HTTPStatus = "", time.Time{}, 0
	if err := s.SaveStep(t.Context(), step); err != nil {
		t.Fatal(err)
	}
	read, err = s.Run(t.Context(), run.ID)
	if err != nil || read.Steps[0].ErrorCode != "" || !read.Steps[0].NextAt.IsZero() || read.Steps[0].HTTPStatus != 0 {
		t.Errorf("step %+v, %v", read.Steps[0], err)
	}
	for name, err := range map[string]error{
		"run":  s.SaveRun(t.Context(), &Run{ID: 99}),
		"step": s.SaveStep(t.Context(), &Step{ID: 99}),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("saving a %s that is not there: %v, want ErrNotFound", name, err)
		}
	}
}

func TestRunLists(t *testing.T) {
	s := openStore(t, testOptions(t))
	states := []RunState{RunRunning, RunDone, RunWaiting, RunFailed, RunWaitingSignIn, RunDone}
	for i, state := range states {
		run := newRun(fmt.Sprint("r-", i))
		run.State, run.BlueprintID = state, fmt.Sprint("b-", i%2)
		if i == 5 {
			run.OwnerOID, run.Steps = "bob", nil
		}
		if _, err := s.CreateRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		filter RunFilter
		want   []int64
	}{
		{"all", RunFilter{}, []int64{6, 5, 4, 3, 2, 1}},
		{"states", RunFilter{States: []RunState{RunDone, RunFailed}}, []int64{6, 4, 2}},
		{"owner", RunFilter{TID: "t", OwnerOID: "bob"}, []int64{6}},
		{"other tenant", RunFilter{TID: "x"}, nil},
		{"blueprint", RunFilter{BlueprintID: "b-0"}, []int64{5, 3, 1}},
		{"page", RunFilter{Before: 4, Limit: 2}, []int64{3, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			runs, err := s.Runs(t.Context(), test.filter)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, runIDs(runs)); diff != "" {
				t.Error(diff)
			}
		})
	}
	unfinished, err := s.UnfinishedRuns(t.Context())
	if err != nil || len(unfinished) != 3 || len(unfinished[0].Steps) != 2 {
		t.Fatalf("unfinished: %+v, %v", unfinished, err)
	}
	if diff := cmp.Diff([]int64{1, 3, 5}, runIDs(unfinished)); diff != "" {
		t.Error(diff)
	}
	counts, err := s.RunCounts(t.Context())
	want := map[RunState]int{RunRunning: 1, RunDone: 2, RunWaiting: 1, RunFailed: 1, RunWaitingSignIn: 1}
	if diff := cmp.Diff(want, counts); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := s.Run(t.Context(), 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("run 99: %v, want ErrNotFound", err)
	}
}

func runIDs(runs []Run) (ids []int64) {
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestBigRun has more steps than one insert can hold values.
func TestBigRun(t *testing.T) {
	s := openStore(t, testOptions(t))
	run := newRun("big")
	run.Steps = make([]Step, 1200)
	if _, err := s.CreateRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	read, err := s.Run(t.Context(), run.ID)
	if err != nil || len(read.Steps) != 1200 || read.Steps[1199].Ordinal != 1200 {
		t.Errorf("%d steps, %v", len(read.Steps), err)
	}
	seen := map[int64]bool{}
	for _, step := range run.Steps {
		seen[step.ID] = true
	}
	if len(seen) != 1200 {
		t.Errorf("the created run has %d step ids, want 1200", len(seen))
	}
}
