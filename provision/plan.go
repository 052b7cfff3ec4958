package provision

import (
	"encoding/json"
	"fmt"
	"net/http"
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
	RunSetUp            = "blueprint.set-up"
	RunAddUsers         = "agent-users.add"
	RunPermission       = "permission.change"
	RunChange           = "object.change"
	RunRotate           = "credential.rotate"
)

// Kinds of steps: the same words as the actions of the audit.
const (
	KindBlueprint = models.ActionBlueprintCreate
	KindPrincipal = models.ActionBlueprintPrincipalCreate
	KindSecret    = models.ActionCredentialAdd
	KindAgent     = models.ActionAgentIdentityCreate
	KindRemoval   = models.ActionCredentialRemove
	KindSponsor   = models.ActionSponsorAdd

	KindFederated    = models.ActionFederatedCredentialAdd
	KindCertificate  = models.ActionCertificateAdd
	KindExpose       = models.ActionBlueprintExpose
	KindPreauthorize = models.ActionBlueprintPreauthorize

	KindAgentUser        = models.ActionAgentUserCreate
	KindAgentUserLicense = models.ActionAgentUserLicense
	KindAgentUserManager = models.ActionAgentUserManager
	KindAgentUserSponsor = models.ActionAgentUserSponsor

	KindRole          = models.ActionRoleGrant
	KindRoleRemove    = models.ActionRoleRemove
	KindConsent       = models.ActionConsentGrant
	KindConsentRemove = models.ActionConsentRemove
	KindInherit       = models.ActionInheritAdd
	KindInheritRemove = models.ActionInheritRemove

	KindDisable = models.ActionObjectDisable
	KindEnable  = models.ActionObjectEnable
	KindUpdate  = models.ActionObjectUpdate
	KindDelete  = models.ActionObjectDelete
	KindRestore = models.ActionObjectRestore
	KindPurge   = models.ActionObjectPurge

	KindOwner         = models.ActionOwnerAdd
	KindOwnerRemove   = models.ActionOwnerRemove
	KindSponsorRemove = models.ActionSponsorRemove
	KindMember        = models.ActionGroupMemberAdd
	KindMemberRemove  = models.ActionGroupMemberRemove

	KindProof             = models.ActionCredentialProve
	KindCertificateRemove = models.ActionCertificateRemove
	KindFederatedRemove   = models.ActionFederatedRemove

	KindAgentUserManagerRemove = models.ActionAgentUserManagerRemove
	KindAgentUserLicenseRemove = models.ActionAgentUserLicenseRemove
)

// laterOpID stands in a plan where the run puts the id of the operation.
const laterOpID = "{op-id}"

// PlannedCall is one call of a plan, as the review shows it and the run sends it.
type PlannedCall struct {
	Number int
	Call   graph.Call // ids that an earlier call brings are placeholders; none for KindProof, which is a sign-in
	Copied graph.Call // the same without the marks of a run, for a program to copy
	Kind   string     // of the step
	Title  string     // name of the step
	Name   string     // of the object it makes
	What   string     // what the call does, in words
	RunsAs string     // "You" or "Blueprint"
	Needs  string     // least permission
}

// Plan returns the calls a spec becomes, in the order they are sent. It makes
// no request; the spec need not be valid, but one that is not may have no calls.
func (e *Engine) Plan(spec BlueprintSpec, a models.Actor) []PlannedCall {
	return e.planning(spec, a).plan(blueprintSteps(spec))
}

// plan are steps as the calls they become.
func (k known) plan(steps []planned) []PlannedCall {
	var plan []PlannedCall
	for i, s := range steps {
		call := k.call(s, laterOpID)
		plan = append(plan, PlannedCall{
			Number: i + 1, Call: call, Copied: k.call(s, ""), Kind: s.kind, Title: s.title, Name: s.name, What: kindNamed(s.kind).what(k, s), RunsAs: runsAs(call.As), Needs: call.Needs,
		})
	}
	return plan
}

// planning is what is known of a run before it starts.
func (e *Engine) planning(spec BlueprintSpec, a models.Actor) known {
	k := known{
		base: e.o.Graph.Base(), issuer: e.TenantIssuer(), spec: spec, ownerOID: a.OID, runAs: spec.RunAs, started: e.o.Now(),
		blueprintID: graph.LaterBlueprintID, blueprintAppID: graph.LaterBlueprintAppID,
	}
	if spec.Into != nil {
		k.blueprintID, k.blueprintAppID = spec.Into.BlueprintID, spec.Into.BlueprintAppID
	}
	return k
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
	ask               any   // what it is built from; nil: the kind reads it from the spec
}

// askOf is what a step is built from.
func (p planned) askOf(k known) any {
	if p.ask != nil {
		return p.ask
	}
	return kindNamed(p.kind).ask(k)
}

func (p planned) row(ordinal int, k known) (models.Step, error) {
	text, err := json.Marshal(p.askOf(k))
	if err != nil {
		return models.Step{}, fmt.Errorf("encode what a step was asked for: %w", err)
	}
	params, err := json.Marshal(stepData{Ask: text})
	if err != nil {
		return models.Step{}, fmt.Errorf("encode step: %w", err)
	}
	call, needs := k.call(p, laterOpID), p.needs
	if needs == nil {
		needs = []int{} // none, where no word means the order of old
	}
	if p.kind == KindProof {
		call.Method, call.Path = http.MethodPost, tokenPath
	}
	return models.Step{
		Ordinal: ordinal, Needs: needs, Kind: p.kind, Name: p.title, ObjectName: p.name,
		Method: call.Method, Path: call.Path, Params: params, State: models.StepPlanned,
	}, nil
}

// planner collects the steps of a run.
type planner struct{ steps []planned }

// add puts a step at the end and returns its number.
func (p *planner) add(s planned) int {
	p.steps = append(p.steps, s)
	return len(p.steps)
}

// blueprintSteps are the steps of a wizard's run. Those of one kind stand
// together, so that they can be sent together.
func blueprintSteps(spec BlueprintSpec) []planned {
	var p planner
	if into := spec.Into; into != nil {
		grant := 0
		if into.PrincipalID != "" {
			grant = p.principalRole(spec, objectRef{ID: into.PrincipalID})
		}
		rows := spec.AgentRows()
		agents := p.agents(rows, nil)
		p.roles(spec, rows, agents)
		p.users(rows, agents, grant)
		return p.steps
	}
	blueprint := p.add(planned{kind: KindBlueprint, name: spec.DisplayName, title: "Create blueprint"})
	principal := p.add(planned{kind: KindPrincipal, name: spec.DisplayName, title: "Create blueprint principal", needs: []int{blueprint}})
	p.credential(spec, principal)
	p.expose(spec, principal)
	p.inherit(spec, principal)
	grant := p.principalRole(spec, objectRef{Step: principal})
	rows := spec.AgentRows()
	agents := p.agents(rows, []int{principal})
	p.roles(spec, rows, agents)
	p.users(rows, agents, grant)
	return p.steps
}

// credential adds what makes the blueprint able to sign in.
func (p *planner) credential(spec BlueprintSpec, principal int) {
	needs := []int{principal}
	switch {
	case spec.HasFederated():
		p.add(planned{kind: KindFederated, name: strings.TrimSpace(spec.Federated.Name), title: "Add federated credential", needs: needs})
	case spec.HasCertificate():
		p.add(planned{kind: KindCertificate, name: spec.Certificate.Name, title: "Add certificate", needs: needs})
	case spec.HasSecret():
		p.add(planned{kind: KindSecret, name: spec.DisplayName, title: "Add client secret", needs: needs})
	}
}

// expose adds what lets agents act on behalf of users. Clients can be named
// only for a scope that is there, so that they take a call of their own.
func (p *planner) expose(spec BlueprintSpec, principal int) {
	if spec.Expose == nil {
		return
	}
	scope := p.add(planned{kind: KindExpose, name: spec.DisplayName, title: "Expose an API", needs: []int{principal}})
	if len(spec.Expose.Preauthorized) > 0 {
		p.add(planned{kind: KindPreauthorize, name: spec.DisplayName, title: "Pre-authorize clients", needs: []int{scope}})
	}
}

// agents adds the agent identities of rows that do not exist yet, and returns all.
func (p *planner) agents(rows []AgentRow, needs []int) []objectRef {
	var made []objectRef
	for _, row := range rows {
		ref := objectRef{ID: row.AgentID}
		if ref.ID == "" {
			ref.Step = p.add(planned{
				kind: KindAgent, name: row.Name, title: "Create agent identity " + row.Name, needs: needs, ask: agentAsk{Sponsors: row.Sponsors},
			})
		}
		made = append(made, ref)
	}
	return made
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// specRun makes the rows of a run out of a spec.
func (e *Engine) specRun(a models.Actor, spec BlueprintSpec) (*models.Run, error) {
	spec.DisplayName = strings.TrimSpace(spec.DisplayName)
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	run := newRun(a, RunNewBlueprint, "create "+spec.DisplayName, spec.Reason)
	if into := spec.Into; into != nil {
		run = newRun(a, into.kind(spec), into.title(spec), spec.Reason)
		run.BlueprintID, run.BlueprintAppID = into.BlueprintID, into.BlueprintAppID
	}
	run.RunAs, run.Spec = string(spec.RunAs), body
	p := planner{steps: blueprintSteps(spec)}
	return run, p.fill(run, e.planning(spec, a))
}

func newRun(a models.Actor, kind, title, reason string) *models.Run {
	return &models.Run{
		Kind: kind, Title: title, TID: a.TID, OwnerOID: a.OID, OwnerName: a.Name, OwnerUsername: a.Username,
		RunAs: string(AsMe), Reason: reason, State: models.RunRunning,
	}
}
