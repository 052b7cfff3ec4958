package provision

import (
	"context"
	"fmt"
	"slices"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Lack is something a blueprint needs before its agents can work, and that one
// call mends. Blueprints that were made elsewhere often have one.
type Lack string

// The lacks, in the order in which they are mended.
const (
	LackPrincipal Lack = "principal" // no principal in this tenant: no agent identity, no token
	LackSponsor   Lack = "sponsor"   // nobody is asked in reviews
	LackScope     Lack = "scope"     // no identifier URI or no scope: no user token to act with
)

// Lacks says what a blueprint lacks. principal is nil when the tenant has none.
// https://learn.microsoft.com/entra/agent-id/create-blueprint
func Lacks(b *graph.Blueprint, principal *graph.BlueprintPrincipal, sponsors []graph.PrincipalRef) []Lack {
	var lacks []Lack
	if principal == nil {
		lacks = append(lacks, LackPrincipal)
	}
	if len(sponsors) == 0 {
		lacks = append(lacks, LackSponsor)
	}
	if len(b.IdentifierURIs) == 0 || !slices.ContainsFunc(b.API.Scopes, func(s graph.PermissionScope) bool { return s.IsEnabled }) {
		lacks = append(lacks, LackScope)
	}
	return lacks
}

// SetupSpec asks for one lack of a blueprint to be mended.
type SetupSpec struct {
	Blueprint *graph.Blueprint // as it was read
	Lack      Lack
	Sponsor   Principal // who becomes a sponsor, for LackSponsor
	Reason    string
}

// Validate returns what is wrong with each field, as BlueprintSpec does.
func (s SetupSpec) Validate() map[string]string {
	faults := map[string]string{}
	if fault := lengthFault(s.Reason, maxReason); fault != "" {
		faults["reason"] = fault
	}
	if s.Lack == LackSponsor {
		if fault := sponsorsFault([]Principal{s.Sponsor}, "blueprint"); fault != "" {
			faults["sponsor"] = fault
		}
	}
	return faults
}

// SetUp mends one lack of a blueprint, as a run of one step that is executed in
// line. The same request id of the same person, blueprint, lack and sponsor gives the
// same run. It returns that run as it stands afterwards; a spec that cannot be
// run gives *models.InvalidError.
func (e *Engine) SetUp(ctx context.Context, a models.Actor, requestID string, spec SetupSpec) (*models.Run, error) {
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	b := spec.Blueprint
	step, err := spec.step()
	if err != nil {
		return nil, err
	}
	run := newRun(a, RunSetUp, step.title+" of "+b.DisplayName, spec.Reason)
	run.BlueprintID, run.BlueprintAppID = b.ID, b.AppID
	return e.oneStep(ctx, a, "setup/"+b.ID+"/"+string(spec.Lack)+spec.Sponsor.ID, requestID, run, step)
}

// SetupCall is the call that SetUp sends for a lack, as its page shows it.
func (e *Engine) SetupCall(spec SetupSpec) (graph.Call, error) {
	step, err := spec.step()
	if err != nil {
		return graph.Call{}, err
	}
	return known{base: e.o.Graph.Base(), blueprintID: spec.Blueprint.ID, blueprintAppID: spec.Blueprint.AppID}.call(step, laterOpID), nil
}

// step is the step that mends the lack.
func (s SetupSpec) step() (planned, error) {
	switch s.Lack {
	case LackPrincipal:
		return planned{kind: KindPrincipal, name: s.Blueprint.DisplayName, title: "Create blueprint principal", ask: struct{}{}}, nil
	case LackSponsor:
		return planned{kind: KindSponsor, name: s.Blueprint.DisplayName, title: "Add sponsor", ask: relationAsk{
			Of: Target{Kind: graph.KindBlueprint, ID: s.Blueprint.ID, Name: s.Blueprint.DisplayName}, Person: s.Sponsor,
		}}, nil
	case LackScope:
		ask := exposeAsk{Scope: ExposeSpec{Scope: DefaultScope}.permission(s.Blueprint.DisplayName), Found: settingsOf(s.Blueprint)}
		return planned{kind: KindExpose, name: s.Blueprint.DisplayName, title: "Add identifier URI and scope", ask: ask}, nil
	}
	return planned{}, fmt.Errorf("set up blueprint: no lack %q", s.Lack)
}
