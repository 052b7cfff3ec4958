package provision

import "agentidportal/models"

// claim makes the caller the only one who moves a run.
func (e *Engine) claim(runID int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.claimed[runID] {
		return false
	}
	e.claimed[runID] = true
	return true
}

// release gives a run back and wakes those who wait for it.
func (e *Engine) release(runID int64) {
	e.mu.Lock()
	delete(e.claimed, runID)
	e.mu.Unlock()
	e.changed(runID)
	e.ring()
}

// nudge has a run moved now, whatever its pause.
func (e *Engine) nudge(runID int64) {
	e.nudgeQuietly(runID)
	e.ring()
}

func (e *Engine) nudgeQuietly(runID int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.woken.runs[runID] = true
}

// park has the runs of a person moved now: each goes on when he has a usable
// sign-in and waits for one when he has not.
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
	runs   map[int64]bool
	people map[string]bool
}

func newWoken() woken { return woken{runs: map[int64]bool{}, people: map[string]bool{}} }

func (w woken) has(run *models.Run) bool {
	return w.runs[run.ID] || w.people[run.TID+"/"+run.OwnerOID]
}

func (e *Engine) takeWoken() woken {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.woken
	e.woken = newWoken()
	return taken
}
