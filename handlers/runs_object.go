package handlers

import (
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// stepObject leads to the object that a step is about; empty while there is none,
// and for what is deleted.
func stepObject(run *models.Run, s *models.Step) (href, text string) {
	switch {
	case run.Kind == provision.RunChange:
		return changedObject(run, s)
	case s.State != models.StepDone:
		return "", ""
	}
	switch s.Kind {
	case provision.KindPrincipal:
		return "/principals/" + s.ObjectID, "Open the blueprint principal"
	case provision.KindAgent:
		return "/agents/" + s.ObjectID, "Open the agent identity"
	case provision.KindAgentUser, provision.KindAgentUserLicense, provision.KindAgentUserManager, provision.KindAgentUserSponsor:
		if user := provision.AgentUserOfStep(run, s); user != "" {
			return "/agent-users/" + user, "Open the agent user"
		} else if agent := provision.AgentOfUser(run, s); agent != "" {
			return "/agents/" + agent, "Open its agent identity"
		}
	case provision.KindRole, provision.KindRoleRemove, provision.KindConsent, provision.KindConsentRemove:
		return holderPage(run, s)
	}
	return "/blueprints/" + run.BlueprintID, "Open the blueprint"
}

// changedObject leads to what a step changes, done or not: it is there from the
// start. What is in the recycle bin, or gone for good, has no page.
func changedObject(run *models.Run, s *models.Step) (href, text string) {
	done := s.State == models.StepDone
	if s.Kind == provision.KindDelete && done || s.Kind == provision.KindRestore && !done || s.Kind == provision.KindPurge {
		return "", ""
	}
	of, ok := provision.ChangedBy(s)
	if !ok {
		of = provision.Target{Kind: graph.KindBlueprint, ID: run.BlueprintID}
	}
	folder, _, thing := folderOf(of.Kind)
	if folder == "" || of.ID == "" {
		return "", ""
	}
	return folder + "/" + of.ID, "Open the " + thing
}
