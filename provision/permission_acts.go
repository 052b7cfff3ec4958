package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// PermissionSpec is one change of what an agent identity or a blueprint principal
// may do.
type PermissionSpec struct {
	Act        string     // KindRole, KindRoleRemove, KindConsent or KindConsentRemove
	HolderID   string     // object id
	HolderKind graph.Kind // KindAgentIdentity or KindBlueprintPrincipal
	HolderName string
	// The blueprint of the holder, for the lists of runs.
	BlueprintID, BlueprintAppID string

	Resource     ResourceRef // with its id
	RoleID       string      // of an application permission
	AssignmentID string      // to remove
	Value        string      // name of an application permission
	Scopes       []string    // delegated permissions
	GrantID      string      // that they are removed from
	Granted      []string    // all that this grant held when it was read
	PersonID     string      // whom that grant is for; empty: everybody
	Reason       string
}

// InheritanceSpec is one change of what the agent identities of a blueprint
// inherit.
type InheritanceSpec struct {
	Act                         string // KindInherit or KindInheritRemove
	BlueprintID, BlueprintAppID string
	BlueprintName               string
	Resource                    ResourceRef
	Scopes                      []string // empty: every one
	Reason                      string
}

// Validate returns what is wrong with each field, as BlueprintSpec does.
func (s PermissionSpec) Validate() map[string]string {
	faults := map[string]string{}
	fault := ""
	switch s.Act {
	case KindRole:
		fault = RoleSpec{Resource: s.Resource, RoleID: s.RoleID, Value: s.Value}.fault()
	case KindConsent:
		switch fault = scopesFault(s.Resource, s.Scopes); {
		case len(s.Scopes) == 0:
			fault = "Name at least one delegated permission."
		case s.PersonID != "":
			fault = "Consent is given for everybody here, and this names one person."
		}
	}
	if fault != "" {
		faults["permission"] = fault
	}
	if text := lengthFault(s.Reason, maxReason); text != "" {
		faults["reason"] = text
	}
	return faults
}

// ChangePermission gives or takes a permission, as a run of one step that is
// executed in line. Scopes that a grant has beside stay. The same request id of
// the same person and holder gives the same run. It returns that run as it stands
// afterwards; a spec that cannot be run gives *models.InvalidError.
func (e *Engine) ChangePermission(ctx context.Context, a models.Actor, requestID string, spec PermissionSpec) (*models.Run, error) {
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	step, err := spec.step()
	if err != nil {
		return nil, err
	}
	run := newRun(a, RunPermission, inSentence(step.title), spec.Reason)
	run.BlueprintID, run.BlueprintAppID = spec.BlueprintID, spec.BlueprintAppID
	return e.oneStep(ctx, a, "permission/"+spec.HolderID, requestID, run, step)
}

// ChangeInheritance lets agent identities inherit permissions of an API, or ends
// that for the whole API, as ChangePermission does. What they inherit beside stays
// when permissions are added.
func (e *Engine) ChangeInheritance(ctx context.Context, a models.Actor, requestID string, spec InheritanceSpec) (*models.Run, error) {
	faults := map[string]string{}
	if fault := scopesFault(spec.Resource, spec.Scopes); fault != "" {
		faults["permission"] = fault
	}
	if fault := lengthFault(spec.Reason, maxReason); fault != "" {
		faults["reason"] = fault
	}
	if len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	step := spec.step()
	run := newRun(a, RunPermission, inSentence(step.title)+": "+spec.BlueprintName, spec.Reason)
	run.BlueprintID, run.BlueprintAppID = spec.BlueprintID, spec.BlueprintAppID
	return e.oneStep(ctx, a, "inherit/"+spec.BlueprintID, requestID, run, step)
}

// step is the change as a step.
func (s InheritanceSpec) step() planned {
	title := "Let agents inherit from " + s.Resource.Name
	if s.Act == KindInheritRemove {
		title = "End the inheritance from " + s.Resource.Name
	}
	return planned{kind: s.Act, name: s.BlueprintName, title: title, ask: inheritAsk{Resource: s.Resource, Scopes: s.Scopes}}
}

// InheritanceCall is the call ChangeInheritance sends as far as it is known
// before the tenant is read, as its page shows it.
func (e *Engine) InheritanceCall(spec InheritanceSpec) graph.Call {
	return known{base: e.o.Graph.Base(), blueprintID: spec.BlueprintID}.call(spec.step(), laterOpID)
}

// oneStep records a run of one step and moves it in line.
func (e *Engine) oneStep(ctx context.Context, a models.Actor, about, requestID string, run *models.Run, step planned) (*models.Run, error) {
	if requestID == "" || !utf8.ValidString(requestID) {
		return nil, errors.New("run one step: no request id")
	}
	row, err := step.row(1, known{base: e.o.Graph.Base(), blueprintID: run.BlueprintID, blueprintAppID: run.BlueprintAppID})
	if err != nil {
		return nil, err
	}
	run.Steps = []models.Step{row}
	if run, err = e.start(ctx, a, about+"/"+requestID, run); err != nil {
		return nil, err
	}
	return e.inLine(ctx, run.ID)
}

// PermissionCall is the call ChangePermission sends as far as it is known before
// the tenant is read, as its page shows it.
func (e *Engine) PermissionCall(spec PermissionSpec) graph.Call {
	step, err := spec.step()
	if err != nil {
		return graph.Call{}
	}
	return known{base: e.o.Graph.Base()}.call(step, laterOpID)
}

// inSentence is the title of a step as that of a run, which begins small.
func inSentence(title string) string { return strings.ToLower(title[:1]) + title[1:] }

// step is the change as a step.
func (s PermissionSpec) step() (planned, error) {
	of := holder{Ref: objectRef{ID: s.HolderID}, Kind: s.HolderKind}
	step := planned{kind: s.Act, name: s.HolderName}
	switch s.Act {
	case KindRole, KindRoleRemove:
		step.ask = roleAsk{Holder: of, Resource: s.Resource, RoleID: s.RoleID, Value: s.Value, AssignmentID: s.AssignmentID}
		step.title = "Grant " + s.Value + " to " + s.HolderName
		if s.Act == KindRoleRemove {
			step.title = "Take " + s.Value + " from " + s.HolderName
		}
	case KindConsent, KindConsentRemove:
		ask := consentAsk{Holder: of, Resource: s.Resource, Scopes: s.Scopes, GrantID: s.GrantID, PersonID: s.PersonID, All: without(s.Granted, s.Scopes)}
		step.ask, step.title = ask, "Grant "+ask.words()+" to "+s.HolderName
		if s.Act == KindConsentRemove {
			step.title = "Take " + ask.words() + " from " + s.HolderName
		}
	default:
		return step, fmt.Errorf("change permissions: no act %q", s.Act)
	}
	return step, nil
}

// HolderOf is whose permission a step gives or takes; ok is false for steps that
// do neither, and before it is known.
func HolderOf(run *models.Run, s *models.Step) (kind graph.Kind, id string, ok bool) {
	var of holder
	switch s.Kind {
	case KindRole, KindRoleRemove:
		ask, _ := askedBy[roleAsk](s)
		of = ask.Holder
	case KindConsent, KindConsentRemove:
		ask, _ := askedBy[consentAsk](s)
		of = ask.Holder
	}
	if id = of.Ref.ID; id == "" && of.Ref.Step > 0 && of.Ref.Step <= len(run.Steps) {
		id = run.Steps[of.Ref.Step-1].ObjectID
	}
	return of.Kind, id, id != ""
}
