package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// SecretSpec is what a person asks for on the page Add client secret.
type SecretSpec struct {
	BlueprintID, BlueprintAppID, BlueprintName string

	Days   int  // one of SecretLives, not 0
	Keep   bool // keep the secret sealed for the token lab
	Reason string
}

// Validate returns what is wrong with each field, as BlueprintSpec does.
func (s SecretSpec) Validate() map[string]string {
	faults := map[string]string{}
	if s.Days == 0 || !slices.Contains(SecretLives(), s.Days) {
		faults["secret"] = "Choose how long the client secret lives: 90 days, 6 months or 1 year."
	}
	if n := utf8.RuneCountInString(s.Reason); n > maxReason {
		faults["reason"] = fmt.Sprintf("Write at most %d characters. This has %d.", maxReason, n)
	}
	return faults
}

// AddCredential gives a blueprint one more client secret, as a run of one step
// that is executed in line: the secret is sealed and shown as that of any run.
// The same request id of the same person and blueprint gives the same run. It
// returns that run as it stands afterwards; a spec that cannot be run gives
// *models.InvalidError.
func (e *Engine) AddCredential(ctx context.Context, a models.Actor, requestID string, spec SecretSpec) (*models.Run, error) {
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	if requestID == "" {
		return nil, errors.New("add credential: no request id")
	}
	run, err := e.additionRun(a, spec)
	if err != nil {
		return nil, err
	}
	if run, err = e.start(ctx, a, "secret/"+spec.BlueprintID+"/"+requestID, run); err != nil {
		return nil, err
	}
	return e.inLine(ctx, run.ID)
}

// additionRun makes the rows of a run that adds one secret.
func (e *Engine) additionRun(a models.Actor, spec SecretSpec) (*models.Run, error) {
	asked := BlueprintSpec{DisplayName: spec.BlueprintName, SecretDays: spec.Days, KeepSecret: spec.Keep, RunAs: AsMe, Reason: spec.Reason}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	run := newRun(a, RunAddCredential, "add a client secret to "+spec.BlueprintName, spec.Reason)
	run.BlueprintID, run.BlueprintAppID, run.Spec = spec.BlueprintID, spec.BlueprintAppID, body
	ask := secretAsk{Ends: asked.SecretEnds(e.o.Now()), Keep: spec.Keep, Name: spec.BlueprintName}
	k := known{base: e.o.Graph.Base(), blueprintID: spec.BlueprintID}
	row, err := planned{kind: KindSecret, name: spec.BlueprintName, title: "Add client secret", ask: ask}.row(1, k)
	if err != nil {
		return nil, err
	}
	run.Steps = []models.Step{row}
	return run, nil
}

// AdditionCall is the call AddCredential sends, as its page shows it.
func (e *Engine) AdditionCall(spec SecretSpec) graph.Call {
	return graph.AddPasswordCall(spec.BlueprintID, secretName(laterOpID), SecretEnd(spec.Days, e.o.Now().UTC()))
}
