package provision

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// IntoSpec is the blueprint that agent identities are added to. They are created
// with the rights of the person who adds them.
type IntoSpec struct {
	BlueprintID    string `json:"blueprintId"`
	BlueprintAppID string `json:"blueprintAppId"`
	PrincipalID    string `json:"principalId,omitempty"` // object id of its principal, for what is granted to that
	Quota          Quota  `json:"quota"`                 // as it was when the run started
}

// intoFaults are the faults of a spec that adds to a blueprint: nothing of the
// blueprint itself is asked for.
func (b BlueprintSpec) intoFaults() map[string]string {
	faults := map[string]string{
		"reason": lengthFault(b.Reason, maxReason), "does": b.doesFault(), "agentSponsors": b.addedSponsorsFault(), "roles": b.rolesFault(),
		"count": b.countFault(), "namePattern": b.patternFault(), "names": b.namesFault(), "rows": b.rowsFault(),
	}
	n, field := b.agents(), b.rowsField()
	switch {
	case faults[field] != "":
	case n == 0:
		faults[field] = "Name at least one agent identity."
	default:
		faults[field] = b.Into.Quota.fault(b.newAgents())
	}
	return faults
}

// newAgents is how many agent identities are to be created.
func (b BlueprintSpec) newAgents() int {
	n := b.agents()
	for _, row := range b.Rows {
		if row.AgentID != "" {
			n--
		}
	}
	return n
}

// addedSponsorsFault wants sponsors for all rows that have none of their own:
// those of the blueprint are not read.
func (b BlueprintSpec) addedSponsorsFault() string {
	if len(b.AgentSponsors) == 0 && len(b.Rows) > 0 {
		return "" // rowsFault says so of the rows
	}
	return sponsorsFault(b.AgentSponsors, "agent identity")
}

// kind is that of the run.
func (i IntoSpec) kind(spec BlueprintSpec) string {
	if spec.newAgents() == 0 {
		return RunAddUsers
	}
	return RunAddAgents
}

// title says in words what the run does.
func (i IntoSpec) title(spec BlueprintSpec) string {
	switch n := spec.newAgents(); {
	case n > 0:
		return fmt.Sprintf("add %s to %s", identities(n), spec.DisplayName)
	case len(spec.Rows) == 1:
		return "create the agent user of " + spec.Rows[0].Name
	default:
		return fmt.Sprintf("create %d agent users", len(spec.Rows))
	}
}

// AddAgents records a run that adds agent identities to the blueprint that
// spec.Into names, or agent users to those it has, to be moved by Work. The quota of the blueprint is read
// first. The same request id of the same person and blueprint gives the same
// run; a spec that cannot be run gives *models.InvalidError.
func (e *Engine) AddAgents(ctx context.Context, a models.Actor, requestID string, spec BlueprintSpec) (*models.Run, error) {
	if requestID == "" || !utf8.ValidString(requestID) || spec.Into == nil {
		return nil, errors.New("add agents: no request id, or no blueprint")
	}
	into := *spec.Into
	requestID = "agents/" + into.BlueprintID + "/" + requestID
	if former, err := e.o.Store.RunByRequest(ctx, a.OID+"/"+requestID); err == nil && former.OwnedBy(a.TID, a.OID) {
		return former, nil // it may have used up the quota by now
	}
	quota, err := e.QuotaOf(ctx, e.o.Graph.With(e.o.SignIns.TokenFunc(a.SignInID)), into.BlueprintAppID)
	if err != nil {
		return nil, err
	}
	into.Quota = quota
	spec.Into, spec.RunAs = &into, AsMe
	if faults := spec.Validate(); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	if spec, err = e.resolvedFor(ctx, a, spec); err != nil {
		return nil, err
	}
	run, err := e.specRun(a, spec)
	if err != nil {
		return nil, err
	}
	return e.start(ctx, a, requestID, run)
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
	room := ""
	if q.Deleted > 0 {
		room = " Delete some of those for good in the recycle bin to make room."
	}
	return fmt.Sprintf("This blueprint has %s and %d deleted ones, which count until they are purged: %d of %d. "+
		"%d more fit, and this asks for %d.", identities(q.Live), q.Deleted, q.Used(), MaxAgents, q.Left(), more) + room
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
	if more == 0 {
		return fmt.Sprintf("%d of %d (%s)", q.Used(), MaxAgents, deleted)
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
		s := &run.Steps[i]
		if s.Kind == KindAgent {
			ok = true
			if !finished(run.State) || s.State == models.StepDone {
				more++ // an ended run makes no more than it has
			}
		}
	}
	if run.Kind == RunAddAgents {
		if spec, err := specOf(run); err == nil && spec.Into != nil {
			q = spec.Into.Quota
		}
	}
	return q, more, ok
}
