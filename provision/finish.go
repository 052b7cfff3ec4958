package provision

import (
	"context"
	"fmt"
	"time"

	"agentidportal/models"
)

// finish ends a run whose steps are done, or cannot go on because of one that
// failed.
func (e *Engine) finish(ctx context.Context, run *models.Run) error {
	e.hook(beforeFinish)
	done, failed := 0, 0
	for i := range run.Steps {
		switch run.Steps[i].State {
		case models.StepDone:
			done++
		case models.StepFailed:
			failed++
		}
	}
	run.State, run.FinishedAt = models.RunDone, e.o.Now()
	result := models.ResultSucceeded
	if failed > 0 || run.CancelledBy != "" {
		run.State, result = models.RunFailed, models.ResultFailed
	}
	owner := models.Actor{TID: run.TID, OID: run.OwnerOID, Name: run.OwnerName, Username: run.OwnerUsername}
	body := map[string]any{"done": done, "failed": failed, "planned": len(run.Steps) - done - failed}
	if run.CancelledBy != "" {
		body["cancelled"] = true
	}
	event := runEvent(owner, run, models.ActionRunFinish, body)
	event.Result = result
	err := e.o.Store.Tx(ctx, func(tx *models.Store) error {
		if err := tx.SaveRun(ctx, run); err != nil {
			return err
		}
		if err := releaseSecret(ctx, tx, run); err != nil {
			return err
		}
		if _, err := tx.AppendAudit(ctx, event); err != nil {
			return err
		}
		e.hook(inFinishTx)
		return nil
	})
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	e.dropBlueprintToken(run.ID)
	e.inventory.afterRun(run)
	e.hold(run.ID, time.Time{})
	e.changed(run.ID)
	return nil
}

// releaseSecret lets go of the secrets the run needed for itself. Their owner may
// still look at them, unless he has said that he saved them. A failed run keeps
// them for a retry, until their day is over.
func releaseSecret(ctx context.Context, tx *models.Store, run *models.Run) error {
	secrets, err := tx.RunSecretsOf(ctx, run.TID, run.BlueprintID)
	if err != nil {
		return err
	}
	for i := range secrets {
		s := &secrets[i]
		// One run makes a blueprint and its agents, so whatever is kept is for it.
		borrowed := s.Keep && run.RunAs == string(AsBlueprint)
		switch {
		case s.RunID != run.ID && !borrowed:
			continue
		case run.State == models.RunDone && !s.SavedAt.IsZero():
			err = tx.DeleteRunSecret(ctx, s.RunID)
		default:
			s.Keep = false
			err = tx.PutRunSecret(ctx, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
