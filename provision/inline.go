package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// removalRun makes the rows of a run that removes one secret.
func (e *Engine) removalRun(a models.Actor, from *models.Run, keyID, reason string) (*models.Run, error) {
	params, err := json.Marshal(stepData{KeyID: keyID, FromRun: from.ID})
	if err != nil {
		return nil, fmt.Errorf("encode step: %w", err)
	}
	call := graph.RemovePasswordCall(from.BlueprintID, keyID)
	name := blueprintName(from)
	if name == "" {
		name = from.BlueprintID
	}
	run := newRun(a, RunRemoveCredential, "remove a client secret", reason)
	run.BlueprintID, run.BlueprintAppID = from.BlueprintID, from.BlueprintAppID
	run.Steps = []models.Step{{
		Ordinal: 1, Needs: []int{}, Kind: KindRemoval, Name: "Remove client secret", ObjectName: name,
		Method: call.Method, Path: call.Path, Params: params, State: models.StepPlanned,
	}}
	return run, nil
}

// removalID is the request id of a removal: one for each person and secret.
func removalID(keyID string) string { return "remove/" + keyID }

// removed reports whether a run has removed a secret.
func (e *Engine) removed(ctx context.Context, run *models.Run, keyID string) (bool, error) {
	runs, err := e.o.Store.Runs(ctx, models.RunFilter{
		TID: run.TID, BlueprintID: run.BlueprintID, States: []models.RunState{models.RunDone}, Limit: 100,
	})
	if err != nil {
		return false, fmt.Errorf("look for removals: %w", err)
	}
	for i := range runs {
		switch runs[i].Kind {
		case RunRemoveCredential:
			if strings.HasSuffix(runs[i].RequestID, removalID(keyID)) {
				return true, nil
			}
		case RunChange, RunRotate:
			other, err := e.o.Store.Run(ctx, runs[i].ID)
			if err != nil {
				return false, fmt.Errorf("look for removals: %w", err)
			}
			if removesKey(other, keyID) {
				return true, nil
			}
		}
	}
	return false, nil
}

// removesKey says whether a step of a run removes the secret.
func removesKey(run *models.Run, keyID string) bool {
	return slices.ContainsFunc(run.Steps, func(s models.Step) bool { return s.Kind == KindRemoval && removedKey(&s) == keyID })
}

// inLine moves a run as far as it goes now, in the caller's time, and returns
// it. When a worker has it already, its end or its pause is awaited. A caller
// does not wait longer than Options.InLine, and for a call under way Grace
// more: he gets the run as it is, and a worker goes on with it.
func (e *Engine) inLine(ctx context.Context, runID int64) (*models.Run, error) {
	now, leave := context.WithCancel(ctx)
	defer leave()
	defer time.AfterFunc(e.o.InLine, leave).Stop()
	err := e.withRun(now, runID, func(run *models.Run) error {
		if run.State == models.RunRunning {
			return e.moveRun(now, runID, true)
		}
		return nil
	})
	if err != nil && now.Err() == nil {
		return nil, err
	}
	return e.o.Store.Run(context.WithoutCancel(ctx), runID)
}
