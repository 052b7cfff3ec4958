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

// TestCancelAndResume: what is on its way ends as it ends, the rest stays
// planned, and Resume does that and nothing twice.
func TestCancelAndResume(t *testing.T) {
	b := newBench(t, benchOptions{batch: 5, concurrency: 1})
	admin, other := b.admin(t), b.signIn(t, "global-admin@"+b.info.Domain)
	under, goOn := make(chan struct{}), make(chan struct{})
	b.faults.add(fault{path: "/$batch", do: func() { close(under); <-goOn }})
	run := b.add(t, admin, 12)
	<-under
	cancelled := make(chan error, 1)
	go func() { cancelled <- b.Cancel(t.Context(), other, run.ID) }()
	for !b.givesWay(run.ID) {
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	if err := <-cancelled; err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	done, planned := 0, 0
	for _, s := range run.Steps {
		switch s.State {
		case models.StepDone:
			done++
		case models.StepPlanned:
			planned++
		}
	}
	if run.State != models.RunFailed || run.CancelledBy != other.Username || done != 5 || planned != 7 || !Resumable(run) {
		t.Errorf("cancelled by %q: %s", run.CancelledBy, stepsText(run))
	}
	b.checkBulk(t, admin, run)
	if err := b.Cancel(t.Context(), admin, run.ID); !errors.Is(err, ErrNotNow) {
		t.Errorf("cancelling twice: %v", err)
	}
	if err := b.Resume(t.Context(), other, run.ID); !errors.Is(err, ErrNotOwner) {
		t.Errorf("another person resumes: %v", err)
	}
	if err := b.Retry(t.Context(), admin, run.ID); !errors.Is(err, ErrNotNow) {
		t.Errorf("retrying where nothing failed: %v", err)
	}
	if err := b.Resume(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.until(t, run.ID, models.RunDone); run.CancelledBy != "" {
		t.Errorf("still cancelled by %s", run.CancelledBy)
	}
	b.checkBulk(t, admin, run)
	events := b.events(t, run.ID)
	if events[models.ActionRunCancel] != 1 || events[models.ActionRunResume] != 1 || events[models.ActionRunFinish] != 2 {
		t.Errorf("events %v", events)
	}
}

// TestCancelEndsWhatWaits: an operation that waits after a refusal ends as
// abandoned; one of unknown outcome is read first, and not sent again.
func TestCancelEndsWhatWaits(t *testing.T) {
	tests := []struct {
		name   string
		faults []fault
		waits  models.RunState
		ends   map[int]models.StepState // ordinals; planned unless named
	}{
		{"throttled", []fault{{path: "/$batch", status: http.StatusTooManyRequests, code: "TooManyRequests", header: map[string]string{"Retry-After": "200"}}}, models.RunWaiting, nil},
		{"lost before Graph saw it", []fault{{path: "/$batch", before: true}}, models.RunWaiting, nil},
		{"lost after Graph did it", []fault{
			{path: "/$batch", after: true},
			{method: http.MethodGet, path: "/servicePrincipals", status: http.StatusBadGateway, times: 2},
		}, models.RunWaiting, map[int]models.StepState{1: models.StepDone, 2: models.StepDone, 3: models.StepDone, 4: models.StepDone}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 300 * time.Millisecond})
			admin := b.admin(t)
			spec := b.bulk(t, admin, 4)
			run, err := b.specRun(admin, spec)
			if err != nil {
				t.Fatal(err)
			}
			b.faults.add(tt.faults...)
			if run, err = b.start(t.Context(), admin, "r", run); err != nil {
				t.Fatal(err)
			}
			b.until(t, run.ID, tt.waits)
			if err := b.Cancel(t.Context(), admin, run.ID); err != nil {
				t.Fatal(err)
			}
			run = b.until(t, run.ID, models.RunFailed)
			for _, s := range run.Steps {
				want := models.StepPlanned
				if other := tt.ends[s.Ordinal]; other != "" {
					want = other
				}
				if s.State != want {
					t.Errorf("step %d is %s, want %s", s.Ordinal, s.State, want)
				}
			}
			b.checkBulk(t, admin, run)
			b.faults.clear()
			b.gate = gate{}
			if err := b.Resume(t.Context(), admin, run.ID); err != nil {
				t.Fatal(err)
			}
			b.checkBulk(t, admin, b.until(t, run.ID, models.RunDone))
		})
	}
}

// TestRetryOfACancelledRun sends the failed steps again, and goes on.
func TestRetryOfACancelledRun(t *testing.T) {
	b := newBench(t, benchOptions{batch: 3, concurrency: 1})
	admin := b.admin(t)
	second := make(chan struct{})
	b.faults.add(fault{path: "/$batch", parts: map[int]partFault{2: {status: 400, code: "Request_BadRequest"}}})
	b.faults.add(fault{path: "/$batch", status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": "200"}, do: func() { close(second) }})
	run := b.add(t, admin, 6)
	<-second
	b.until(t, run.ID, models.RunWaiting)
	if err := b.Cancel(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunFailed)
	if failed := FailedSteps(run); len(failed) != 1 || failed[0].Ordinal != 2 || !strings.Contains(failed[0].ErrorCode, "BadRequest") {
		t.Errorf("failed %+v", failed)
	}
	b.gate = gate{}
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	run = b.until(t, run.ID, models.RunDone, models.RunFailed)
	if slices.ContainsFunc(run.Steps, func(s models.Step) bool { return s.State != models.StepDone }) || run.CancelledBy != "" {
		t.Error(stepsText(run))
	}
	b.checkBulk(t, admin, run)
}
