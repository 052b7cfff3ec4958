package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// AgentsSpec is what a person asks for who adds agent identities to a blueprint
// that exists. They are created with that person's rights.
type AgentsSpec struct {
	BlueprintID    string      `json:"blueprintId"`
	BlueprintAppID string      `json:"blueprintAppId"`
	BlueprintName  string      `json:"blueprintName"`
	Names          []string    `json:"-"` // in the steps
	Sponsors       []Principal `json:"-"`
	Users          *UsersSpec  `json:"-"` // asks for an agent user for every agent identity
	Rows           []AgentRow  `json:"-"` // agent identities from a table; Names hold without
	Reason         string      `json:"-"`
	Quota          Quota       `json:"quota"` // as it was when the run started
}

// Validate returns what is wrong with each field, as BlueprintSpec does.
func (s AgentsSpec) Validate() map[string]string {
	faults := map[string]string{}
	for field, fault := range map[string]string{
		"names": s.namesFault(), "rows": s.rowsFault(), "sponsors": s.sponsorsFault(), "reason": lengthFault(s.Reason, maxReason),
	} {
		if fault != "" {
			faults[field] = fault
		}
	}
	for field, fault := range s.asBlueprint().usersFaults() {
		if fault != "" {
			faults[field] = fault
		}
	}
	return faults
}

// asBlueprint is the part of a wizard's spec that says the same.
func (s AgentsSpec) asBlueprint() BlueprintSpec {
	return BlueprintSpec{DisplayName: s.BlueprintName, Names: s.Names, Rows: s.Rows, Users: s.Users, AgentSponsors: s.Sponsors}
}

// AgentRows returns the agent identities in order, each with all that it gets.
func (s AgentsSpec) AgentRows() []AgentRow { return s.asBlueprint().AgentRows() }

func (s AgentsSpec) sponsorsFault() string {
	if len(s.Sponsors) == 0 && len(s.Rows) > 0 {
		return "" // the rows may have their own: rowsFault says so
	}
	return sponsorsFault(s.Sponsors, "agent identity")
}

func (s AgentsSpec) rowsFault() string {
	if fault := s.asBlueprint().rowsFault(); fault != "" || len(s.Rows) == 0 {
		return fault
	}
	return s.Quota.fault(len(s.Rows))
}

func (s AgentsSpec) namesFault() string {
	if len(s.Rows) > 0 {
		return ""
	}
	if len(s.Names) == 0 {
		return "Name at least one agent identity."
	}
	for i, name := range s.Names {
		if fault := nameFault(name); fault != "" {
			return fmt.Sprintf("Row %d: %s", i+1, fault)
		}
	}
	return s.Quota.fault(len(s.Names))
}

// AddAgents records a run that adds agent identities to a blueprint, to be
// moved by Work. The quota of the blueprint is read first. The same request id
// of the same person and blueprint gives the same run; a spec that cannot be
// run gives *models.InvalidError.
func (e *Engine) AddAgents(ctx context.Context, a models.Actor, requestID string, spec AgentsSpec) (*models.Run, error) {
	if requestID == "" || !utf8.ValidString(requestID) {
		return nil, errors.New("add agents: no request id")
	}
	requestID = "agents/" + spec.BlueprintID + "/" + requestID
	if former, err := e.o.Store.RunByRequest(ctx, a.OID+"/"+requestID); err == nil && former.OwnedBy(a.TID, a.OID) {
		return former, nil // it may have used up the quota by now
	}
	quota, err := e.QuotaOf(ctx, e.o.Graph.With(e.o.SignIns.TokenFunc(a.SignInID)), spec.BlueprintAppID)
	if err != nil {
		return nil, err
	}
	spec.Quota = quota
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	run, err := e.agentsRun(a, spec)
	if err != nil {
		return nil, err
	}
	return e.start(ctx, a, requestID, run)
}

// agentsRun makes the rows of a run that adds agent identities.
func (e *Engine) agentsRun(a models.Actor, spec AgentsSpec) (*models.Run, error) {
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	rows := spec.AgentRows()
	run := newRun(a, RunAddAgents, fmt.Sprintf("add %s to %s", identities(len(rows)), spec.BlueprintName), spec.Reason)
	run.BlueprintID, run.BlueprintAppID, run.Spec = spec.BlueprintID, spec.BlueprintAppID, body
	k := known{base: e.o.Graph.Base(), runAs: AsMe, blueprintID: spec.BlueprintID, blueprintAppID: spec.BlueprintAppID}
	var p planner
	p.users(rows, p.agents(rows, nil), 0)
	return run, p.fill(run, k)
}

// fill makes the rows of a run of what was planned.
func (p *planner) fill(run *models.Run, k known) error {
	for i, step := range p.steps {
		row, err := step.row(i+1, k)
		if err != nil {
			return err
		}
		run.Steps = append(run.Steps, row)
	}
	return nil
}

// Quota is how many agent identities a blueprint has. Deleted ones count until
// they are purged.
// https://learn.microsoft.com/entra/agent-id/identity-platform/preview-known-issues
type Quota struct {
	Live    int  `json:"live"`
	Deleted int  `json:"deleted"`
	Unread  bool `json:"unread,omitempty"` // the deleted ones could not be read, and are not counted
}

// Used is how much of the quota is used up.
func (q Quota) Used() int { return q.Live + q.Deleted }

// Left is how many more agent identities fit.
func (q Quota) Left() int { return max(MaxAgents-q.Used(), 0) }

// fault says that more are asked for than fit; empty when they do.
func (q Quota) fault(more int) string {
	if more <= q.Left() {
		return ""
	}
	return fmt.Sprintf("This blueprint has %s and %d deleted ones, which count until they are purged: %d of %d. "+
		"%d more fit, and this asks for %d.", identities(q.Live), q.Deleted, q.Used(), MaxAgents, q.Left(), more)
}

// Words is the quota in words for a page, with what a run adds to it.
func (q Quota) Words(more int) string {
	if q == (Quota{}) {
		return fmt.Sprintf("%d of %d", more, MaxAgents)
	}
	deleted := fmt.Sprintf("%d of them deleted and not purged", q.Deleted)
	if q.Unread {
		deleted = "deleted ones not counted, they could not be read"
	}
	return fmt.Sprintf("%d of %d: %d before (%s), %d in this run", q.Used()+more, MaxAgents, q.Used(), deleted, more)
}

func identities(n int) string {
	if n == 1 {
		return "1 agent identity"
	}
	return fmt.Sprintf("%d agent identities", n)
}

// QuotaOf counts the agent identities of a blueprint, as the reader's caller
// sees them.
func (e *Engine) QuotaOf(ctx context.Context, reader *graph.Client, blueprintAppID string) (q Quota, err error) {
	for _, err := range reader.AgentIdentitiesOf(ctx, blueprintAppID) {
		if err != nil {
			return q, fmt.Errorf("count agent identities: %w", err)
		}
		q.Live++
	}
	for _, err := range reader.DeletedAgentIdentitiesOf(ctx, blueprintAppID) {
		if graph.IsForbidden(err) {
			q.Unread = true // Graph counts them itself
			return q, nil
		}
		if err != nil {
			return q, fmt.Errorf("count deleted agent identities: %w", err)
		}
		q.Deleted++
	}
	return q, nil
}

// RunQuota is how much of its blueprint's quota a run uses: what was there when
// it started, and how many agent identities it plans or has made. ok is false
// for runs that make none.
func RunQuota(run *models.Run) (q Quota, more int, ok bool) {
	for i := range run.Steps {
		if run.Steps[i].Kind == KindAgent {
			more++
		}
	}
	if run.Kind == RunAddAgents {
		var spec AgentsSpec
		if json.Unmarshal(run.Spec, &spec) == nil {
			q = spec.Quota
		}
	}
	return q, more, more > 0
}
