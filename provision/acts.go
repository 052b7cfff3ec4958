package provision

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"agentidportal/models"
)

// start records a run and its audit event together. Request ids are told apart
// by person, so that nobody can reach another's run by guessing one.
// Where a reason is demanded and none is given, it is *models.InvalidError; where
// the request was sent before and asked for something else, models.ErrConflict:
// that run is not what is wanted now.
func (e *Engine) start(ctx context.Context, a models.Actor, requestID string, run *models.Run) (*models.Run, error) {
	if fault := ReasonFault(run.Reason, e.o.RequireReason); fault != "" {
		return nil, &models.InvalidError{Fields: map[string]string{"reason": fault}}
	}
	run.RequestID = a.OID + "/" + requestID
	var existing bool
	wanted := *run
	err := e.o.Store.Tx(ctx, func(tx *models.Store) error {
		var err error
		if existing, err = tx.CreateRun(ctx, run); err != nil || existing {
			return err
		}
		_, err = tx.AppendAudit(ctx, runEvent(a, run, models.ActionRunStart, map[string]any{
			"kind": run.Kind, "title": run.Title, "runAs": run.RunAs, "steps": len(run.Steps),
		}))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record run: %w", err)
	}
	switch {
	case !existing:
		e.nudge(run.ID)
	case run.Title != wanted.Title || !bytes.Equal(run.Spec, wanted.Spec):
		return nil, fmt.Errorf("record run: run %d has this request id and other contents: %w", run.ID, models.ErrConflict)
	}
	return run, nil
}

// Wake moves the runs of a person on: call it when he has signed in.
func (e *Engine) Wake(tid, oid string) { e.park(tid, oid) }

// TryNow ends the pause of a waiting run, also one that Graph asked for.
func (e *Engine) TryNow(ctx context.Context, a models.Actor, runID int64) error {
	run, err := e.owned(ctx, a, runID)
	if err != nil {
		return err
	}
	if finished(run.State) {
		return ErrNotNow
	}
	e.nudgeQuietly(runID, true)
	e.ring()
	return nil
}

// Retry sends the failed steps of a run again, each as a new operation.
func (e *Engine) Retry(ctx context.Context, a models.Actor, runID int64) error {
	return e.reopen(ctx, a, runID, models.ActionRunRetry, func(*models.Store, *models.Run) error { return nil })
}

// GoOnAsBlueprint sends the failed agent identities of a run again with the
// blueprint's own token, which Graph takes where it refuses the
// person's. It needs a secret of the blueprint, of this run or of another that
// its owner started: ErrNoneToSignIn without.
func (e *Engine) GoOnAsBlueprint(ctx context.Context, a models.Actor, runID int64) error {
	return e.reopen(ctx, a, runID, models.ActionRunAsBlueprint, func(tx *models.Store, run *models.Run) error {
		if run.RunAs == string(AsBlueprint) {
			return ErrNotNow
		}
		run.RunAs = string(AsBlueprint)
		return nil
	})
}

// GoOnAsMe is the way back from GoOnAsBlueprint: the failed agent identities are
// sent again with the token of the run's owner.
func (e *Engine) GoOnAsMe(ctx context.Context, a models.Actor, runID int64) error {
	return e.reopen(ctx, a, runID, models.ActionRunAsMe, func(_ *models.Store, run *models.Run) error {
		if run.RunAs == string(AsMe) {
			return ErrNotNow
		}
		run.RunAs = string(AsMe)
		return nil
	})
}

// reopen takes a failed run up again.
func (e *Engine) reopen(ctx context.Context, a models.Actor, runID int64, action string, change func(*models.Store, *models.Run) error) error {
	return e.withRun(ctx, runID, func(run *models.Run) error {
		if !run.OwnedBy(a.TID, a.OID) {
			return ErrNotOwner
		}
		if run.State != models.RunFailed {
			return ErrNotNow
		}
		return e.o.Store.Tx(ctx, func(tx *models.Store) error {
			if len(FailedSteps(run)) == 0 {
				return ErrNotNow // it was cancelled: Resume goes on
			}
			if err := change(tx, run); err != nil {
				return err
			}
			if err := needSecretAgain(ctx, tx, run, e.o.Now()); err != nil {
				return err
			}
			again := 0
			for i := range run.Steps {
				if run.Steps[i].State != models.StepFailed {
					continue
				}
				if err := remember(&run.Steps[i], a, action, e.o.Now()); err != nil {
					return fmt.Errorf("note the refusal of step %d: %w", run.Steps[i].Ordinal, err)
				}
				replan(&run.Steps[i])
				if err := tx.SaveStep(ctx, &run.Steps[i]); err != nil {
					return err
				}
				again++
			}
			run.State, run.FinishedAt, run.CancelledBy = models.RunRunning, time.Time{}, ""
			if err := tx.SaveRun(ctx, run); err != nil {
				return err
			}
			_, err := tx.AppendAudit(ctx, runEvent(a, run, action, map[string]any{"steps": again}))
			return err
		})
	})
}

// needSecretAgain keeps the sealed secret that a run as the blueprint signs in
// with for as long as the run goes on. One that is still to be made is no lack.
func needSecretAgain(ctx context.Context, tx *models.Store, run *models.Run, now time.Time) error {
	if run.RunAs != string(AsBlueprint) || secretToCome(run) {
		return keepForProof(ctx, tx, run, now)
	}
	secret, err := secretFor(ctx, tx, run, now)
	if err != nil {
		return err
	}
	secret.Keep = true
	return tx.PutRunSecret(ctx, secret)
}

// replan makes a failed step a planned one. Its operation has ended in the
// audit; the next attempt is a new one.
func replan(s *models.Step) {
	*s = models.Step{
		ID: s.ID, RunID: s.RunID, Ordinal: s.Ordinal, Needs: s.Needs, Kind: s.Kind, Name: s.Name,
		Method: s.Method, Path: s.Path, Params: s.Params, ObjectName: s.ObjectName, State: models.StepPlanned,
	}
}

// TakeOver makes an Admin the owner of another's run, so that it goes on with
// his rights. A secret that was minted before stays with the one it was minted
// for.
func (e *Engine) TakeOver(ctx context.Context, a models.Actor, runID int64) error {
	return e.withRun(ctx, runID, func(run *models.Run) error {
		if run.OwnedBy(a.TID, a.OID) || run.State == models.RunDone || run.TID != a.TID {
			return ErrNotNow
		}
		before := *run
		former := run.TID + "/" + run.OwnerOID
		run.OwnerOID, run.OwnerName, run.OwnerUsername = a.OID, a.Name, a.Username
		return e.o.Store.Tx(ctx, func(tx *models.Store) error {
			for i := range run.Steps {
				m, err := e.moverOf(&before, &run.Steps[i])
				if err != nil {
					return err
				}
				if err := m.handOver(ctx, tx); err != nil {
					return err
				}
			}
			if err := tx.SaveRun(ctx, run); err != nil {
				return err
			}
			_, err := tx.AppendAudit(ctx, runEvent(a, run, models.ActionRunTakeOver, map[string]any{"from": former}))
			return err
		})
	})
}

// handOver ends, in the name of the former owner, an operation that waits after
// a refusal, and the removal of an unseen secret under way: what is sent next
// goes out with another person's rights and needs an intent that says so. An
// operation of unknown outcome stays open until reading has found what became
// of it.
func (m *mover) handOver(ctx context.Context, tx *models.Store) error {
	var end models.NewAudit
	unnamed := m.step.OpID != "" && m.data.By == nil
	if unnamed { // saved by a version that did not note in whose name
		m.data.By = ownerOf(m.run)
	}
	switch {
	case m.step.State == models.StepWaiting && m.step.OpID != "":
		end = m.outcome(models.ResultAbandoned)
		replan(m.step)
	case m.data.RemoveOp != "":
		end = m.removal(models.AuditOutcome)
		end.Result = models.ResultAbandoned
		m.data.RemoveOp, m.data.Remove = "", "" // reading finds the secret again if it lives
	case unnamed:
		return m.save(ctx, tx)
	default:
		return nil
	}
	end.Body["because"] = "the run was taken over"
	if _, err := tx.AppendAudit(ctx, end); err != nil {
		return fmt.Errorf("abandon step %d: %w", m.step.Ordinal, err)
	}
	return m.save(ctx, tx)
}

// owned returns a run of this person, or ErrNotOwner.
func (e *Engine) owned(ctx context.Context, a models.Actor, runID int64) (*models.Run, error) {
	run, err := e.o.Store.Run(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("read run %d: %w", runID, err)
	}
	if !run.OwnedBy(a.TID, a.OID) {
		return nil, ErrNotOwner
	}
	return run, nil
}

func finished(s models.RunState) bool { return s == models.RunDone || s == models.RunFailed }

func secretToCome(run *models.Run) bool {
	return slices.ContainsFunc(run.Steps, func(s models.Step) bool { return s.Kind == KindSecret && s.State != models.StepDone })
}

// runEvent is an audit event about a run as a whole.
func runEvent(a models.Actor, run *models.Run, action string, body map[string]any) models.NewAudit {
	id := strconv.FormatInt(run.ID, 10)
	return models.NewAudit{
		Kind: models.AuditEvent, Actor: a.String(), TargetKind: "run", TargetID: id, Action: action,
		Result: models.ResultSucceeded, RunID: id, Body: withRoles(body, a.Roles),
		Words: models.AuditWords{ActorName: a.Name, ActorUsername: a.Username, IP: a.IP, Reason: run.Reason},
	}
}

// withRoles adds the roles the person had at the moment of the act.
func withRoles(body map[string]any, roles []string) map[string]any {
	if len(roles) == 0 {
		return body
	}
	list := make([]any, len(roles))
	for i, r := range roles {
		list[i] = r
	}
	body["roles"] = list
	return body
}
