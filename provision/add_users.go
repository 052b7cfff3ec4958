package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"agentidportal/models"
)

// UsersForSpec is what a person asks for who gives agent identities that exist
// their agent users. They are created with that person's rights.
type UsersForSpec struct {
	BlueprintID    string    `json:"blueprintId,omitempty"` // where all agents are of one; for the page of the run
	BlueprintAppID string    `json:"blueprintAppId,omitempty"`
	Of             []UserFor `json:"-"` // in the steps
	Reason         string    `json:"-"`
}

// UserFor is the agent user of one agent identity. The user's UPN is whole; an
// empty display name is that of the agent.
type UserFor struct {
	AgentID   string // object id
	AgentName string
	User      UserRow
}

// Validate returns what is wrong with each field, as BlueprintSpec does. What is
// wrong with the only user is keyed by its fields: "users.user".
func (s UsersForSpec) Validate() map[string]string {
	faults := map[string]string{}
	switch n := len(s.Of); {
	case n == 0:
		faults["rows"] = "Choose an agent identity."
	case n > MaxAgents:
		faults["rows"] = fmt.Sprintf("Choose at most %d agent identities. These are %d.", MaxAgents, n)
	}
	if fault := lengthFault(s.Reason, maxReason); fault != "" {
		faults["reason"] = fault
	}
	rows := s.rows()
	pairs := twins(rows, func(i int) int { return i + 1 })
	for i, row := range rows {
		for _, f := range append(userFaults(row.User, nil), pairs[i]...) {
			if len(rows) == 1 {
				faults["users."+f.Field] = f.text()
			} else if faults["rows"] == "" {
				faults["rows"] = fmt.Sprintf("Row %d, %s", i+1, f.Words())
			}
		}
	}
	return faults
}

func (s UsersForSpec) rows() []AgentRow {
	rows := make([]AgentRow, len(s.Of))
	for i, of := range s.Of {
		rows[i] = AgentRow{User: BlueprintSpec{}.userOf(AgentRow{Name: of.AgentName, User: &of.User}, i+1, len(s.Of))}
	}
	return rows
}

// AddUsers records a run that creates agent users for agent identities, to be
// moved by Work. The same request id of the same person gives the same run; a
// spec that cannot be run gives *models.InvalidError.
func (e *Engine) AddUsers(ctx context.Context, a models.Actor, requestID string, spec UsersForSpec) (*models.Run, error) {
	if requestID == "" || !utf8.ValidString(requestID) {
		return nil, errors.New("add agent users: no request id")
	}
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	title := fmt.Sprintf("create %s", plural(len(spec.Of), "agent user"))
	if len(spec.Of) == 1 {
		title = "create the agent user of " + spec.Of[0].AgentName
	}
	run := newRun(a, RunAddUsers, title, spec.Reason)
	run.BlueprintID, run.BlueprintAppID, run.Spec = spec.BlueprintID, spec.BlueprintAppID, body
	agents := make([]objectRef, len(spec.Of))
	for i, of := range spec.Of {
		agents[i] = objectRef{ID: of.AgentID}
	}
	var p planner
	p.users(spec.rows(), agents, 0)
	if err := p.fill(run, known{base: e.o.Graph.Base(), runAs: AsMe, blueprintID: spec.BlueprintID, blueprintAppID: spec.BlueprintAppID}); err != nil {
		return nil, err
	}
	return e.start(ctx, a, "agent-users/"+requestID, run)
}
