package provision

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"agentidportal/models"
)

// RotateSpec is a client secret of a blueprint to put another one in its place.
type RotateSpec struct {
	BlueprintID, BlueprintAppID, BlueprintName string

	Days                 int    // life of the new one, of SecretLives and not 0
	Keep                 bool   // keep the new one sealed for the token lab
	OldKeyID, OldKeyName string // goes when the new one is proved
	Reason               string
}

// Validate returns what is wrong with each field, as BlueprintSpec does.
func (s RotateSpec) Validate() map[string]string {
	faults := SecretSpec{Days: s.Days, Reason: s.Reason}.Validate()
	if strings.TrimSpace(s.OldKeyID) == "" || s.BlueprintID == "" || s.BlueprintAppID == "" || !utf8.ValidString(s.OldKeyID) {
		faults["old"] = "Choose the client secret to replace."
	}
	return faults
}

// Rotate gives a blueprint a new client secret, signs in with it, and then removes
// the old one, as a run of three steps that Work moves: the old one goes only after
// the proof. The new one is sealed and shown as that of any run. The same request
// id of the same person gives the same run; a spec that cannot be run gives
// *models.InvalidError.
func (e *Engine) Rotate(ctx context.Context, a models.Actor, requestID string, spec RotateSpec) (*models.Run, error) {
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	run := newRun(a, RunRotate, "rotate the client secret of "+spec.BlueprintName, spec.Reason)
	run.BlueprintID, run.BlueprintAppID = spec.BlueprintID, spec.BlueprintAppID
	return e.severalSteps(ctx, a, "rotate/"+spec.BlueprintID, requestID, run, spec, e.rotation(spec))
}

// RotateCalls are the calls that Rotate sends, as its page shows them. That of the
// proof is a sign-in and no call of Graph: it has words alone.
func (e *Engine) RotateCalls(spec RotateSpec) []PlannedCall {
	k := e.knownBlueprint(spec.BlueprintID, spec.BlueprintAppID)
	k.spec, k.started = BlueprintSpec{DisplayName: spec.BlueprintName, SecretDays: spec.Days}, e.o.Now()
	plan := k.plan(e.rotation(spec))
	at := slices.IndexFunc(plan, func(c PlannedCall) bool { return c.Kind == KindProof })
	plan[at].RunsAs = runsAs("blueprint")
	return plan
}

func (e *Engine) rotation(spec RotateSpec) []planned {
	const secret, proof = 1, 2
	return []planned{
		{
			kind: KindSecret, name: spec.BlueprintName, title: "Add client secret",
			ask: secretAsk{Ends: SecretEnd(spec.Days, e.o.Now().UTC()), Keep: spec.Keep, Name: spec.BlueprintName},
		},
		{kind: KindProof, name: spec.BlueprintName, title: "Prove the new client secret", needs: []int{secret}, ask: struct{}{}},
		{
			kind: KindRemoval, name: spec.BlueprintName, title: "Remove the old client secret", needs: []int{proof},
			ask: removalAsk{KeyID: spec.OldKeyID, Name: spec.OldKeyName},
		},
	}
}
