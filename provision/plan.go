package provision

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Kinds of runs.
const (
	RunNewBlueprint     = "blueprint.new"
	RunRemoveCredential = "credential.remove"
	RunAddCredential    = "credential.add"
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
	k := known{
		base: e.o.Graph.Base(), spec: spec, ownerOID: a.OID, runAs: spec.RunAs, started: e.o.Now(),
		blueprintID: graph.LaterBlueprintID, blueprintAppID: graph.LaterBlueprintAppID,
	}
	var plan []PlannedCall
	for i, s := range blueprintSteps(spec) {
		call := k.call(s.kind, s.name, laterOpID)
		plan = append(plan, PlannedCall{
			Number: i + 1, Call: call, Copied: k.call(s.kind, s.name, ""), Title: s.title, Name: s.name, What: s.what(k), RunsAs: runsAs(call.As), Needs: call.Needs,
		})
	}
	return plan
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
}

func blueprintSteps(spec BlueprintSpec) []planned {
	steps := []planned{
		{KindBlueprint, spec.DisplayName, "Create blueprint"},
		{KindPrincipal, spec.DisplayName, "Create blueprint principal"},
	}
	if spec.HasSecret() {
		steps = append(steps, planned{KindSecret, spec.DisplayName, "Add client secret"})
	}
	for _, name := range spec.AgentNames() {
		steps = append(steps, planned{KindAgent, name, "Create agent identity " + name})
	}
	return steps
}

func (p planned) what(k known) string {
	switch p.kind {
	case KindBlueprint:
		return fmt.Sprintf("Create blueprint “%s”, %s, %s", p.name, plural(len(k.owners()), "owner"), plural(len(k.spec.Sponsors), "sponsor"))
	case KindPrincipal:
		return "Create its principal in this tenant"
	case KindSecret:
		return fmt.Sprintf("Add client secret “portal:…”, ends %s", k.spec.SecretEnds(k.started).Format("2 Jan 2006"))
	case KindAgent:
		return fmt.Sprintf("Create agent identity “%s”", p.name)
	}
	return p.title
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// known is what the calls of a run are built from: what was asked for, and the
// ids that earlier calls brought.
type known struct {
	base           string
	spec           BlueprintSpec
	ownerOID       string // who starts the run: owns what no owner was chosen for
	runAs          RunAs
	started        time.Time
	blueprintID    string
	blueprintAppID string
	keyID          string
}

// call builds one call of a run. Review and run use it alike, so what was
// reviewed is what is sent. The op id goes where the call can be found by it
// again: into a tag, or into the name of a secret. Without one, the call makes
// the same object and says nothing of a run.
func (k known) call(kind, name, opID string) graph.Call {
	var tags []string
	if opID != "" {
		tags = []string{graph.OpTag(opID)}
	}
	switch kind {
	case KindBlueprint:
		return graph.CreateBlueprintCall(k.base, graph.NewBlueprint{
			DisplayName: strings.TrimSpace(name), Description: strings.TrimSpace(k.spec.Description),
			SignInAudience: k.spec.Audience, Sponsors: refs(k.spec.Sponsors), Owners: refs(k.owners()), Tags: tags,
		})
	case KindPrincipal:
		return graph.CreateBlueprintPrincipalCall(k.blueprintAppID)
	case KindSecret:
		return graph.AddPasswordCall(k.blueprintID, secretName(opID), k.spec.SecretEnds(k.started))
	case KindRemoval:
		return graph.RemovePasswordCall(k.blueprintID, k.keyID)
	}
	call := graph.CreateAgentIdentityCall(k.base, graph.NewAgentIdentity{
		DisplayName: name, BlueprintAppID: k.blueprintAppID, Sponsors: refs(k.spec.SponsorsOfAgents()), Tags: tags,
	})
	if k.runAs == AsBlueprint {
		return call.By(graph.AsBlueprint)
	}
	return call
}

// owners are the chosen ones. Specs of before owners could be chosen name none:
// the person who started the run owns what they make.
func (k known) owners() []Principal {
	if k.spec.Owners == nil {
		return []Principal{{ID: k.ownerOID, Kind: graph.KindUser}}
	}
	return k.spec.Owners
}

// secretName is the display name of a secret, by which one whose answer was
// lost is found again.
func secretName(opID string) string {
	if opID == "" {
		return ""
	}
	return secretMark + opID
}

const secretMark = "portal:"

// SecretOp returns the operation that made a client secret, from the name that
// the secret has in the directory; ours is false for names of other making.
func SecretOp(name string) (opID string, ours bool) { return strings.CutPrefix(name, secretMark) }

// blueprintRun makes the rows of a run out of a spec.
func (e *Engine) blueprintRun(a models.Actor, spec BlueprintSpec) (*models.Run, error) {
	spec.DisplayName = strings.TrimSpace(spec.DisplayName)
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	run := newRun(a, RunNewBlueprint, "create "+spec.DisplayName, spec.Reason)
	run.RunAs, run.Spec = string(spec.RunAs), body
	for i, p := range e.Plan(spec, a) {
		s := blueprintSteps(spec)[i]
		run.Steps = append(run.Steps, models.Step{
			Ordinal: p.Number, Kind: s.kind, Name: s.title, ObjectName: s.name,
			Method: p.Call.Method, Path: p.Call.Path, State: models.StepPlanned,
		})
	}
	return run, nil
}

func newRun(a models.Actor, kind, title, reason string) *models.Run {
	return &models.Run{
		Kind: kind, Title: title, TID: a.TID, OwnerOID: a.OID, OwnerName: a.Name, OwnerUsername: a.Username,
		RunAs: string(AsMe), Reason: reason, State: models.RunRunning,
	}
}

// knownOf gathers what the calls of a run are built from.
func (e *Engine) knownOf(run *models.Run) (known, error) {
	k := known{
		base: e.o.Graph.Base(), ownerOID: run.OwnerOID, runAs: RunAs(run.RunAs), started: run.CreatedAt,
		blueprintID: run.BlueprintID, blueprintAppID: run.BlueprintAppID,
	}
	if len(run.Spec) > 0 {
		if err := json.Unmarshal(run.Spec, &k.spec); err != nil {
			return k, fmt.Errorf("decode spec of run %d: %w", run.ID, err)
		}
	}
	return k, nil
}
