package provision

import (
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// AgentUserOfStep is the object id of the agent user that a step makes or changes; empty while there is none, and for
// steps about something else.
func AgentUserOfStep(run *models.Run, s *models.Step) string {
	switch s.Kind {
	case KindAgentUser:
		return s.ObjectID
	case KindAgentUserLicense, KindAgentUserManager, KindAgentUserSponsor:
	default:
		return ""
	}
	ask, err := askedBy[struct {
		User objectRef `json:"user"`
	}](s)
	switch n := ask.User.Step; {
	case err != nil:
		return ""
	case ask.User.ID == "" && n > 0 && n <= len(run.Steps):
		return run.Steps[n-1].ObjectID
	}
	return ask.User.ID
}

// ChangedBy is the object that a step of a run of changes is about; false where the row does not name one, as of the
// credentials of the run's blueprint.
func ChangedBy(s *models.Step) (of Target, ok bool) {
	ask, err := askedBy[struct {
		Of   Target    `json:"of"`
		User objectRef `json:"user"`
	}](s)
	of = ask.Of
	if of.ID == "" {
		of = Target{Kind: graph.KindAgentUser, ID: ask.User.ID}
	}
	return of, err == nil && of.ID != ""
}
