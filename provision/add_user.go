package provision

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// UserAddition is the agent user that an agent identity which is there gets, as
// the page Add agent user asks for it. Nothing is granted to its blueprint with it.
// https://learn.microsoft.com/graph/api/agentuser-post
type UserAddition struct {
	AgentID   string `json:"agentId"` // object id of the agent identity
	AgentName string `json:"agentName"`
	// The blueprint of the agent identity, for the lists of runs and for going on
	// as the blueprint; empty when it is not known here.
	BlueprintID    string `json:"blueprintId,omitempty"`
	BlueprintAppID string `json:"blueprintAppId,omitempty"`

	DisplayName   string `json:"displayName"`
	UserName      string `json:"userName"`                // before the @
	Domain        string `json:"domain"`                  // a verified domain of the tenant
	UsageLocation string `json:"usageLocation,omitempty"` // two letters
	Reason        string `json:"reason,omitempty"`
}

// UPN is the sign-in name that is asked for.
func (s UserAddition) UPN() string { return s.UserName + "@" + s.Domain }

// Validate returns what is wrong with each field, as BlueprintSpec does. Whether
// the domain is the tenant's is asked of DomainFault.
func (s UserAddition) Validate() map[string]string {
	faults := map[string]string{
		"displayName": nameFault(s.DisplayName), "userName": localPartFault(s.UserName),
		"usageLocation": locationFault(s.UsageLocation), "reason": lengthFault(s.Reason, maxReason),
	}
	if strings.Contains(s.UserName, "@") {
		faults["userName"] = "Write the part before the @ only. The domain is chosen beside it."
	}
	switch {
	case s.Domain == "":
		faults["domain"] = "Choose the domain of the sign-in name."
	case faults["userName"] == "":
		faults["userName"] = upnFault(s.UPN())
	}
	maps.DeleteFunc(faults, func(_, fault string) bool { return fault == "" })
	return faults
}

// UserNameFor is the part before the @ that an agent user is called by when nobody
// says otherwise: as DefaultUPNPattern has it, and no longer than Graph takes it.
// Empty for names without a letter or digit that a sign-in name can have.
func UserNameFor(agentName string) string {
	name := slug(agentName)
	return strings.TrimRight(name[:min(len(name), maxLocalPart)], "-")
}

// AddUser makes the agent user of an agent identity that is there, as a run of one
// step that is executed in line. The same request id of the same person and agent
// identity gives the same run. It returns that run as it stands afterwards; a spec
// that cannot be run gives *models.InvalidError.
func (e *Engine) AddUser(ctx context.Context, a models.Actor, requestID string, spec UserAddition) (*models.Run, error) {
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	if spec.AgentID == "" {
		return nil, fmt.Errorf("add agent user: no agent identity: %w", models.ErrNotFound)
	}
	run := newRun(a, RunAddUsers, "create the agent user of "+spec.AgentName, spec.Reason)
	run.BlueprintID, run.BlueprintAppID = spec.BlueprintID, spec.BlueprintAppID
	run, err := e.severalSteps(ctx, a, "agent-user/"+spec.AgentID, requestID, run, spec, []planned{spec.step()})
	if err != nil {
		return nil, err
	}
	return e.inLine(ctx, run.ID)
}

// UserAdditionOf is the run that a request of this person has started by AddUser;
// nil when there is none.
func (e *Engine) UserAdditionOf(ctx context.Context, a models.Actor, agentID, requestID string) (*models.Run, error) {
	return e.former(ctx, a, "agent-user/"+agentID+"/"+requestID)
}

// UserAdditionCall is the call AddUser sends, as its page shows it.
func (e *Engine) UserAdditionCall(spec UserAddition) graph.Call {
	return e.knownBlueprint(spec.BlueprintID, spec.BlueprintAppID).call(spec.step(), laterOpID)
}

// step is the same as that of a wizard's run.
func (s UserAddition) step() planned {
	return planned{
		kind: KindAgentUser, name: s.DisplayName, title: "Create agent user " + s.UPN(),
		ask: userAsk{Agent: objectRef{ID: s.AgentID}, UPN: s.UPN(), UsageLocation: strings.ToUpper(s.UsageLocation)},
	}
}
