package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Act is one change of one object that is there.
type Act struct {
	Kind    string // KindDisable and the others that TestEveryActIsAStep names
	Of      Target
	Set     map[string]any // properties by Graph's names, for KindUpdate
	Before  map[string]any // what they are now, for the audit
	Person  Principal      // owner, sponsor or manager
	Group   Target         // of a membership
	License LicenseRef
	KeyID   string                // credential to remove; of a federated one its id
	KeyName string                // its name, for people
	Stay    []graph.KeyCredential // certificates that stay, for ChangeCalls alone: a run reads them itself
	Needs   []int                 // numbers, from 1, of acts of the same spec that must be done before
}

// MaxActs is how many acts one run may have: a full blueprint with an agent user
// for each agent identity, twice over.
const MaxActs = 1000

// ChangeSpec is changes of objects that are there.
type ChangeSpec struct {
	Title                       string // of the run; empty: that of the one act
	BlueprintID, BlueprintAppID string // for the lists of runs; credentials are removed from it
	Acts                        []Act
	Reason                      string
}

// Validate returns what is wrong with each field, as BlueprintSpec does. The
// fields of acts are acts, person, group, license, fields, and Graph's names of
// the properties that a rule is known of.
func (s ChangeSpec) Validate() map[string]string {
	faults := map[string]string{}
	add := func(field, fault string) {
		if fault != "" && faults[field] == "" {
			faults[field] = fault
		}
	}
	switch n := len(s.Acts); {
	case n == 0:
		add("acts", "Choose at least one object.")
	case n > MaxActs:
		add("acts", fmt.Sprintf("Choose at most %d objects. These are %d.", MaxActs, n))
	case n > 1 && strings.TrimSpace(s.Title) == "":
		add("acts", "Several changes at once need a title.")
	}
	for i, act := range s.Acts {
		for field, fault := range act.faults(s.BlueprintID) {
			add(field, fault)
		}
		if slices.ContainsFunc(act.Needs, func(n int) bool { return n < 1 || n > i }) {
			add("acts", fmt.Sprintf("Change %d waits for one that does not come before it.", i+1))
		}
	}
	add("reason", lengthFault(s.Reason, maxReason))
	return faults
}

// Change makes changes of objects that are there, each as a step of one run. One
// act is executed in line, as by ChangePermission; several are moved by Work. The
// same request id of the same person gives the same run. It returns the run as it
// stands afterwards; a spec that cannot be run gives *models.InvalidError.
func (e *Engine) Change(ctx context.Context, a models.Actor, requestID string, spec ChangeSpec) (*models.Run, error) {
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	steps := spec.steps()
	title := spec.Title
	if title == "" {
		title = inSentence(steps[0].title)
	}
	run := newRun(a, RunChange, title, spec.Reason)
	run.BlueprintID, run.BlueprintAppID = spec.BlueprintID, spec.BlueprintAppID
	run, err := e.severalSteps(ctx, a, "change", requestID, run, spec, steps)
	if err != nil || len(steps) > 1 {
		return run, err
	}
	return e.inLine(ctx, run.ID)
}

// ChangeCalls are the calls that Change sends, as its page shows them.
func (e *Engine) ChangeCalls(spec ChangeSpec) []PlannedCall {
	return e.knownBlueprint(spec.BlueprintID, spec.BlueprintAppID).plan(spec.steps())
}

func (e *Engine) knownBlueprint(id, appID string) known {
	return known{base: e.o.Graph.Base(), blueprintID: id, blueprintAppID: appID}
}

// severalSteps records a run of steps, and its spec, by which another request of
// the same id is told apart.
func (e *Engine) severalSteps(ctx context.Context, a models.Actor, about, requestID string, run *models.Run, spec any, steps []planned) (*models.Run, error) {
	if requestID == "" || !utf8.ValidString(requestID) {
		return nil, errors.New("record run: no request id")
	}
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	run.Spec = body
	p := planner{steps: steps}
	if err := p.fill(run, e.knownBlueprint(run.BlueprintID, run.BlueprintAppID)); err != nil {
		return nil, err
	}
	return e.start(ctx, a, about+"/"+requestID, run)
}

func (s ChangeSpec) steps() []planned {
	steps := make([]planned, len(s.Acts))
	for i, act := range s.Acts {
		steps[i] = act.step()
	}
	return steps
}
