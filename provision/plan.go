package provision

import (
	"encoding/json"
	"fmt"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Kinds of runs.
const (
	RunNewBlueprint     = "blueprint.new"
	RunRemoveCredential = "credential.remove"
	RunAddCredential    = "credential.add"
	RunAddAgents        = "agents.add"
)

// Kinds of steps: the same words as the actions of the audit.
const (
	KindBlueprint = models.ActionBlueprintCreate
	KindPrincipal = models.ActionBlueprintPrincipalCreate
	KindSecret    = models.ActionCredentialAdd
	KindAgent     = models.ActionAgentIdentityCreate
	KindRemoval   = models.ActionCredentialRemove
)

// laterOpID stands in a plan where the run puts the id of the operation.
const laterOpID = "{op-id}"

// PlannedCall is one call of a plan, as the review shows it and the run sends it.
type PlannedCall struct {
	Number int
	Call   graph.Call // ids that an earlier call brings are placeholders
	Copied graph.Call // the same without the marks of a run, for a program to copy
	Title  string     // name of the step
	Name   string     // of the object it makes
	What   string     // what the call does, in words
	RunsAs string     // "You" or "Blueprint"
	Needs  string     // least permission
}

// Plan returns the calls a spec becomes, in the order they are sent. It makes
// no request; the spec need not be valid, but one that is not may have no calls.
func (e *Engine) Plan(spec BlueprintSpec, a models.Actor) []PlannedCall {
	k := e.planning(spec, a)
	var plan []PlannedCall
	for i, s := range blueprintSteps(spec) {
		call := k.call(s.kind, s.name, laterOpID)
		plan = append(plan, PlannedCall{
			Number: i + 1, Call: call, Copied: k.call(s.kind, s.name, ""), Title: s.title, Name: s.name, What: kindNamed(s.kind).what(k, s.name), RunsAs: runsAs(call.As), Needs: call.Needs,
		})
	}
	return plan
}

// planning is what is known of a run before it starts.
func (e *Engine) planning(spec BlueprintSpec, a models.Actor) known {
	return known{
		base: e.o.Graph.Base(), spec: spec, ownerOID: a.OID, runAs: spec.RunAs, started: e.o.Now(),
		blueprintID: graph.LaterBlueprintID, blueprintAppID: graph.LaterBlueprintAppID,
	}
}

func runsAs(c graph.Caller) string {
	if c == graph.AsBlueprint {
		return "Blueprint"
	}
	return "You"
}

// planned is a step before it has a row.
type planned struct {
	kind, name, title string
	needs             []int // ordinals
}

func (p planned) row(ordinal int, call graph.Call, ask any) (models.Step, error) {
	text, err := json.Marshal(ask)
	if err != nil {
		return models.Step{}, fmt.Errorf("encode what a step was asked for: %w", err)
	}
	params, err := json.Marshal(stepData{Ask: text})
	if err != nil {
		return models.Step{}, fmt.Errorf("encode step: %w", err)
	}
	needs := p.needs
	if needs == nil {
		needs = []int{} // none, where no word means the order of old
	}
	return models.Step{
		Ordinal: ordinal, Needs: needs, Kind: p.kind, Name: p.title, ObjectName: p.name,
		Method: call.Method, Path: call.Path, Params: params, State: models.StepPlanned,
	}, nil
}

// blueprintSteps are the steps of a wizard's run.
func blueprintSteps(spec BlueprintSpec) []planned {
	steps := []planned{
		{kind: KindBlueprint, name: spec.DisplayName, title: "Create blueprint"},
		{kind: KindPrincipal, name: spec.DisplayName, title: "Create blueprint principal", needs: []int{1}},
	}
	if spec.HasSecret() {
		steps = append(steps, planned{kind: KindSecret, name: spec.DisplayName, title: "Add client secret", needs: []int{2}})
	}
	return append(steps, agentSteps(spec.AgentNames(), []int{2})...)
}

func agentSteps(names []string, needs []int) []planned {
	var steps []planned
	for _, name := range names {
		steps = append(steps, planned{kind: KindAgent, name: name, title: "Create agent identity " + name, needs: needs})
	}
	return steps
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// blueprintRun makes the rows of a run out of a spec.
func (e *Engine) blueprintRun(a models.Actor, spec BlueprintSpec) (*models.Run, error) {
	spec.DisplayName = strings.TrimSpace(spec.DisplayName)
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	run := newRun(a, RunNewBlueprint, "create "+spec.DisplayName, spec.Reason)
	run.RunAs, run.Spec = string(spec.RunAs), body
	k := e.planning(spec, a)
	for i, p := range blueprintSteps(spec) {
		row, err := p.row(i+1, k.call(p.kind, p.name, laterOpID), kindNamed(p.kind).ask(k))
		if err != nil {
			return nil, err
		}
		run.Steps = append(run.Steps, row)
	}
	return run, nil
}

func newRun(a models.Actor, kind, title, reason string) *models.Run {
	return &models.Run{
		Kind: kind, Title: title, TID: a.TID, OwnerOID: a.OID, OwnerName: a.Name, OwnerUsername: a.Username,
		RunAs: string(AsMe), Reason: reason, State: models.RunRunning,
	}
}
