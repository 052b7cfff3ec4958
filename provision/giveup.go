package provision

import (
	"context"
	"fmt"
	"time"

	"agentidportal/models"
)

// Unreadable returns the step of a run of which nobody knows whether its call
// was carried out, while the portal cannot read it either; nil when there is
// none. Such a step waits for as long as it takes, so a person may give it up.
func Unreadable(run *models.Run) *models.Step { return unreadable(run, "") }

// unreadable is the first such step, or the one with an operation.
func unreadable(run *models.Run, opID string) *models.Step {
	if finished(run.State) {
		return nil
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.State != models.StepUnknown || opID != "" && s.OpID != opID {
			continue
		}
		if data, err := dataOf(s); err == nil && data.Unread {
			return s
		}
	}
	return nil
}

// LeftOver names what the call of a step may have left in the tenant, so that a
// person can look for it there.
func LeftOver(run *models.Run, s *models.Step) string {
	if left := kindNamed(s.Kind).left; left != nil {
		return left(run, s)
	}
	return fmt.Sprintf("what “%s” makes", s.Name)
}

// GiveUp ends the step that Unreadable names without knowing what became of its
// call: the operations it has open are abandoned. opID is the operation a
// person was asked about, and who may do that is the caller's. ErrNotNow when
// that one is no longer open, or can be read again.
func (e *Engine) GiveUp(ctx context.Context, a models.Actor, runID int64, opID string) error {
	return e.withRun(ctx, runID, func(run *models.Run) error {
		step := unreadable(run, opID)
		if step == nil || opID == "" || run.TID != a.TID {
			return ErrNotNow
		}
		m, err := e.moverOf(run, step)
		if err != nil {
			return err
		}
		return m.giveUp(ctx, a)
	})
}

// giveUp writes the ends of what is open, the step as failed, and who did it.
func (m *mover) giveUp(ctx context.Context, a models.Actor) error {
	left, s := LeftOver(m.run, m.step), m.step
	ends := []models.NewAudit{m.outcome(models.ResultAbandoned)}
	if m.data.RemoveOp != "" {
		removal := m.removal(models.AuditOutcome)
		removal.Result = models.ResultAbandoned
		ends = append(ends, removal)
	}
	for _, end := range ends {
		end.Body["because"], end.Body["mayBeLeft"] = "given up, since what became of it could not be read", left
	}
	event := runEvent(a, m.run, models.ActionRunGiveUp, map[string]any{"step": s.Ordinal, "name": s.ObjectName, "operation": s.OpID, "mayBeLeft": left})
	m.data.RemoveOp, m.data.Remove, m.data.Unread = "", "", false
	now := m.e.o.Now()
	s.State, s.Result, s.FinishedAt, s.Duration = models.StepFailed, models.ResultAbandoned, now, now.Sub(s.StartedAt)
	s.NextAt, s.WaitFor = time.Time{}, ""
	m.forgetAnswer()
	s.Note = fmt.Sprintf("%s gave it up, since nobody could read whether the call was carried out. The tenant may hold %s. "+
		"Look there first: “Retry failed” sends the call anew and could make a second one.", a.Username, left)
	m.run.State = models.RunRunning
	return m.written(ctx, "give up step", func(ctx context.Context, tx *models.Store) error {
		for _, record := range append(ends, event) {
			if _, err := tx.AppendAudit(ctx, record); err != nil {
				return err
			}
		}
		return nil
	})
}
