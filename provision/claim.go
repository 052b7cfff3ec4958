package provision

import (
	"context"
	"fmt"

	"agentidportal/models"
)

// claim makes a worker the only one who moves a run. People who wait for the
// run come first.
func (e *Engine) claim(runID int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.claimed[runID] || e.wanted[runID] > 0 {
		return false
	}
	e.claimed[runID] = true
	return true
}

// givesWay reports whether somebody waits to change a run: whoever moves it
// stops after the step under way.
func (e *Engine) givesWay(runID int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.wanted[runID] > 0
}

// claimSoon claims a run for a person, as soon as the step under way is over.
func (e *Engine) claimSoon(ctx context.Context, runID int64) error {
	changed, stop := e.Subscribe(runID)
	defer stop()
	e.want(runID, 1)
	for !e.claimWanted(runID) {
		select {
		case <-ctx.Done():
			e.want(runID, -1)
			e.ring()
			return ctx.Err()
		case <-changed:
		}
	}
	return nil
}

func (e *Engine) want(runID int64, by int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wanted[runID] += by; e.wanted[runID] <= 0 {
		delete(e.wanted, runID)
	}
}

// claimWanted claims a run for one of those who wait for it.
func (e *Engine) claimWanted(runID int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.claimed[runID] {
		return false
	}
	e.claimed[runID] = true
	if e.wanted[runID]--; e.wanted[runID] <= 0 {
		delete(e.wanted, runID)
	}
	return true
}

// withRun changes the rows of a run while nobody else moves it. It waits for
// the step under way.
func (e *Engine) withRun(ctx context.Context, runID int64, fn func(*models.Run) error) error {
	if err := e.claimSoon(ctx, runID); err != nil {
		return err
	}
	defer e.nudge(runID)
	defer e.release(runID)
	run, err := e.o.Store.Run(ctx, runID)
	if err != nil {
		return fmt.Errorf("read run %d: %w", runID, err)
	}
	return fn(run)
}

// release gives a run back and wakes those who wait for it.
func (e *Engine) release(runID int64) {
	e.mu.Lock()
	delete(e.claimed, runID)
	e.mu.Unlock()
	e.changed(runID)
	e.ring()
}

// nudge has a run moved now, unless it waits for a pause that Graph asked for.
func (e *Engine) nudge(runID int64) {
	e.nudgeQuietly(runID, false)
	e.ring()
}

// nudgeQuietly notes a nudge for the scheduler; insists has the run moved
// whatever its pause.
func (e *Engine) nudgeQuietly(runID int64, insists bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.woken.runs[runID] = e.woken.runs[runID] || insists
}

// park has the runs of a person moved now, but for those whose pause Graph asked
// for: each goes on when he has a usable sign-in and waits for one when he has not.
func (e *Engine) park(tid, oid string) {
	e.mu.Lock()
	e.woken.people[tid+"/"+oid] = true
	e.mu.Unlock()
	e.ring()
}

// ring wakes the scheduler; rings that come while it works fold into one.
func (e *Engine) ring() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// woken is what was asked to be moved since the scheduler last looked.
type woken struct {
	runs   map[int64]bool // true where a person insists
	people map[string]bool
}

func newWoken() woken { return woken{runs: map[int64]bool{}, people: map[string]bool{}} }

func (w woken) has(run *models.Run) bool {
	_, nudged := w.runs[run.ID]
	return nudged || w.people[run.TID+"/"+run.OwnerOID]
}

func (e *Engine) takeWoken() woken {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.woken
	e.woken = newWoken()
	return taken
}

// giveBack keeps nudges for the next time.
func (e *Engine) giveBack(taken woken) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, insists := range taken.runs {
		e.woken.runs[id] = e.woken.runs[id] || insists
	}
	for who := range taken.people {
		e.woken.people[who] = true
	}
}
