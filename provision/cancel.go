package provision

import (
	"context"
	"fmt"
	"time"

	"agentidportal/models"
)

// Cancel stops a run after the requests under way. What waits after a refusal
// is ended, and planned again; what was sent and not answered is settled by
// reading before the run ends. Who may do that is the caller's.
func (e *Engine) Cancel(ctx context.Context, a models.Actor, runID int64) error {
	return e.withRun(ctx, runID, func(run *models.Run) error {
		if run.TID != a.TID || finished(run.State) || run.CancelledBy != "" {
			return ErrNotNow
		}
		run.CancelledBy, run.State = a.Username, models.RunRunning
		return e.o.Store.Tx(ctx, func(tx *models.Store) error {
			open := 0
			for i := range run.Steps {
				m, err := e.moverOf(run, &run.Steps[i])
				if err != nil {
					return err
				}
				if err := m.cancel(ctx, tx); err != nil {
					return err
				}
				if s := m.step.State; s != models.StepDone && s != models.StepFailed {
					open++
				}
			}
			if err := tx.SaveRun(ctx, run); err != nil {
				return err
			}
			_, err := tx.AppendAudit(ctx, runEvent(a, run, models.ActionRunCancel, map[string]any{"open": open}))
			return err
		})
	})
}

// cancel plans a step anew that waits: nothing of it is under way.
func (m *mover) cancel(ctx context.Context, tx *models.Store) error {
	if m.step.State != models.StepWaiting {
		return nil
	}
	if m.step.OpID != "" {
		end := m.outcome(models.ResultAbandoned)
		end.Body["because"] = "the run was cancelled"
		if _, err := tx.AppendAudit(ctx, end); err != nil {
			return fmt.Errorf("abandon step %d: %w", m.step.Ordinal, err)
		}
	}
	replan(m.step)
	return m.save(ctx, tx)
}

// Resume takes a cancelled run up again where it was stopped. Steps that had
// failed stay failed: see Retry.
func (e *Engine) Resume(ctx context.Context, a models.Actor, runID int64) error {
	return e.withRun(ctx, runID, func(run *models.Run) error {
		if !run.OwnedBy(a.TID, a.OID) {
			return ErrNotOwner
		}
		if !Resumable(run) {
			return ErrNotNow
		}
		return e.o.Store.Tx(ctx, func(tx *models.Store) error {
			if err := needSecretAgain(ctx, tx, run, e.o.Now()); err != nil {
				return err
			}
			run.State, run.FinishedAt, run.CancelledBy = models.RunRunning, time.Time{}, ""
			if err := tx.SaveRun(ctx, run); err != nil {
				return err
			}
			planned := 0
			for i := range run.Steps {
				if run.Steps[i].State == models.StepPlanned {
					planned++
				}
			}
			_, err := tx.AppendAudit(ctx, runEvent(a, run, models.ActionRunResume, map[string]any{"steps": planned}))
			return err
		})
	})
}

// Cancellable reports whether a run can be cancelled now.
func Cancellable(run *models.Run) bool { return !finished(run.State) && run.CancelledBy == "" }

// Resumable reports whether a run was cancelled and can go on.
func Resumable(run *models.Run) bool { return run.State == models.RunFailed && run.CancelledBy != "" }

// FailedSteps are the steps of a run that failed, in their order.
func FailedSteps(run *models.Run) []models.Step {
	var failed []models.Step
	for i := range run.Steps {
		if run.Steps[i].State == models.StepFailed {
			failed = append(failed, run.Steps[i])
		}
	}
	return failed
}
