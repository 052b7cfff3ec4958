package provision

import (
	"context"
	"errors"
	"sync"
	"time"

	"agentidportal/models"
)

const (
	sweepEvery = time.Minute
	// secretLife is how long an unsaved secret stays sealed in the database.
	secretLife = 24 * time.Hour
	// draftLife is how long a draft stays that nobody touches.
	draftLife = 90 * 24 * time.Hour
	// afterFault is the wait before a run is moved again that could not be
	// moved because of the portal's own database.
	afterFault = 5 * time.Second
)

// Work moves runs until ctx ends: at first all that an earlier process left
// unfinished, but for pauses that Graph asked for, then each as it is started,
// woken or due. When ctx ends, calls on their way are awaited for
// Options.Grace and what came of them is written; reads are cut off, and steps
// not begun stay planned. It always returns nil after that. An engine works
// once.
func (e *Engine) Work(ctx context.Context) error {
	w := &work{e: e, slots: make(chan struct{}, e.o.Workers), blocked: map[int64]time.Time{}}
	// What is left from before has lost its worker, so a pause of our own is of no use.
	next := w.dispatch(ctx, true)
	var swept time.Time
	for ctx.Err() == nil {
		if now := e.o.Now(); now.Sub(swept) >= sweepEvery || now.Before(swept) {
			e.sweep(ctx)
			swept = now
		}
		timer := time.NewTimer(min(next, sweepEvery))
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() == nil {
			next = w.dispatch(ctx, false)
		}
	}
	e.stop()
	w.running.Wait()
	e.inventory.work.Wait()
	e.sweeps.work.Wait()
	return nil
}

// work is one call of Work.
type work struct {
	e       *Engine
	slots   chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	blocked map[int64]time.Time // runs whose last move met a fault of our own
}

// dispatch hands every run that is due to a worker and returns how long until
// the next one is.
func (w *work) dispatch(ctx context.Context, all bool) time.Duration {
	// Nudges are taken before the rows are read: what one was for is in them then.
	woken := w.e.takeWoken()
	runs, err := w.e.o.Store.UnfinishedRuns(ctx)
	if err != nil {
		w.e.giveBack(woken)
		if ctx.Err() == nil {
			w.e.o.Log.ErrorContext(ctx, "unfinished runs cannot be read", "error", err)
		}
		return afterFault
	}
	next := sweepEvery
	for i := range runs {
		run := &runs[i]
		wait, sleeping := w.dueIn(run)
		insists := woken.runs[run.ID]
		asked := insists || (all || woken.has(run)) && !paused(run, w.e.o.Now())
		if asked {
			wait, sleeping = 0, false
		}
		if sleeping {
			continue
		}
		if wait > 0 {
			next = min(next, wait)
			continue
		}
		if !w.move(ctx, run.ID, asked) && asked {
			// Busy: whoever is done next rings, and then this still holds.
			w.e.nudgeQuietly(run.ID, insists)
		}
	}
	return next
}

// dueIn is how long until a run can be moved; sleeping when only a person can
// wake it.
func (w *work) dueIn(run *models.Run) (wait time.Duration, sleeping bool) {
	now := w.e.o.Now()
	w.mu.Lock()
	until, blocked := w.blocked[run.ID]
	w.mu.Unlock()
	if blocked && now.Before(until) {
		return until.Sub(now), false
	}
	if run.State == models.RunWaitingSignIn {
		return 0, true
	}
	if due := w.e.dueAt(run); due.After(now) {
		return due.Sub(now), false
	}
	return 0, false
}

// move gives a run to a free worker; false when there is none, or when somebody
// has the run.
func (w *work) move(ctx context.Context, runID int64, hurry bool) bool {
	select {
	case w.slots <- struct{}{}:
	default:
		return false
	}
	if !w.e.claim(runID) {
		<-w.slots
		return false
	}
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		err := w.e.moveRun(ctx, runID, hurry)
		w.mu.Lock()
		delete(w.blocked, runID)
		if err != nil {
			w.blocked[runID] = w.e.o.Now().Add(afterFault)
		}
		w.mu.Unlock()
		if err != nil && !errors.Is(err, context.Canceled) {
			w.e.o.Log.ErrorContext(ctx, "run cannot be moved on", "run", runID, "error", err)
		}
		<-w.slots
		w.e.release(runID)
	}()
	return true
}

// sweep deletes what is kept for a time only.
func (e *Engine) sweep(ctx context.Context) {
	if _, err := e.o.Store.ExpireRunSecrets(ctx, secretLife); err != nil && ctx.Err() == nil {
		e.o.Log.ErrorContext(ctx, "old run secrets cannot be deleted", "error", err)
	}
	n, err := e.o.Store.DeleteOldDrafts(ctx, e.o.Now().Add(-draftLife))
	if err != nil && ctx.Err() == nil {
		e.o.Log.ErrorContext(ctx, "old drafts cannot be deleted", "error", err)
	}
	if n > 0 {
		e.o.Log.InfoContext(ctx, "old drafts were deleted", "drafts", n)
	}
	if e.o.SignIns == nil {
		return
	}
	if err := e.o.SignIns.Sweep(ctx); err != nil && ctx.Err() == nil {
		e.o.Log.ErrorContext(ctx, "ended sign-ins cannot be deleted", "error", err)
	}
}

// current is the step a run stands at: the first that is neither done nor
// failed, nil when there is none.
func current(run *models.Run) *models.Step {
	for i := range run.Steps {
		if s := &run.Steps[i]; s.State != models.StepDone && s.State != models.StepFailed {
			return s
		}
	}
	return nil
}
