package handlers

import (
	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
)

// unknown is about a client, an agent or a tenant that is not there.
func (t *teller) unknown(s *told) {
	switch t.asker {
	case entra.AskerPartner:
		s.in("other_app_id")
		if code := t.hop.Err.AADSTS; code == 90002 || code == 900023 {
			s.in("other_tenant")
		}
	case entra.AskerBlueprint:
		t.unknownBlueprint(s)
	case entra.AskerAgent:
		t.unknownAgent(s)
	default:
		s.in("app_id")
		if b, err := t.g.Blueprint(t.ctx, t.hop.ClientID); err == nil && b.AppID != t.hop.ClientID {
			s.because("It is the object id of the blueprint " + b.DisplayName + ", whose App ID is " + b.AppID + ".")
		}
	}
}

// unknownBlueprint: at T1 the agent may be the one that is not known.
func (t *teller) unknownBlueprint(s *told) {
	if t.names(t.try.agentID()) {
		s.Explanation = entra.Explanation{
			Meaning: "The agent identity that T1 was asked for is not known as one of this blueprint.",
			Cause:   "It was deleted, or made a moment ago and is not known everywhere.",
			Fix:     "Look whether it is still there. A new agent identity can take a minute: try again then.",
		}
		t.unknownAgent(s)
		return
	}
	if t.try.blueprint == nil {
		s.in("")
		return
	}
	if _, err := t.g.BlueprintPrincipalOf(t.ctx, t.try.blueprint.AppID); graph.IsNotFound(err) {
		s.because("A blueprint signs in by its principal, and it has none in this tenant.")
		s.at(t.blueprintPage("/setup"), "Create its principal")
		return
	}
	s.because("Its principal is there, and may be so new that it is not known everywhere.")
	s.at(t.blueprintPage(""), "Look at the blueprint")
}

// unknownAgent leads to where a deleted agent lies.
func (t *teller) unknownAgent(s *told) {
	if _, err := t.g.AgentIdentity(t.ctx, t.try.agentID()); graph.IsNotFound(err) {
		s.because("It was deleted; for 30 days it lies in the recycle bin.")
		s.at("/recycle-bin", "Look into the recycle bin")
		return
	}
	s.at("/agents/"+t.try.agentID(), "Look at the agent")
}

// disabled: a disabled principal of the blueprint also ends the requests of its
// agents.
func (t *teller) disabled(s *told) {
	agent := t.try.agentID()
	switch {
	case t.asker == entra.AskerPartner:
		s.in("other_app_id")
	case t.asker == entra.AskerApplication:
		s.in("app_id")
	case t.asker == entra.AskerBlueprint, t.names(t.try.blueprintAppID()) && !t.names(agent):
		s.Explanation = entra.ExplainAt(entra.ModeBlueprint, t.hop)
		t.atBlueprint(s, "/enable", "Enable the blueprint's principal", "")
	default:
		s.at("/agents/"+agent+"/enable", "Enable the agent identity")
	}
}

// agentic is about grants and resources that are not for blueprints and agents.
func (t *teller) agentic(s *told) {
	if t.asker == entra.AskerAgent {
		s.at("/agents/"+t.try.agentID(), "Look at the agent")
		return
	}
	mode, words := entra.ModeAutonomous, "Ask as an agent"
	if t.trace.Mode == entra.ModePassword || t.trace.Mode == entra.ModeDeviceCode {
		mode, words = entra.ModeOnBehalfOf, "Ask on behalf of a user"
	}
	if t.asker == entra.AskerBlueprint {
		s.at(t.lab(mode, "blueprint", t.try.blueprintAppID()), words)
		return
	}
	s.in("app_id")
	agent, blueprint := t.client()
	switch {
	case agent != nil:
		s.because("The App ID is that of the agent identity " + views.Named(agent.DisplayName, agent.ID) + ".")
		s.at(t.lab(mode, "agent", agent.ID), words)
	case blueprint != nil:
		s.because("The App ID is that of the blueprint " + views.Named(blueprint.DisplayName, blueprint.AppID) + ".")
		s.at(t.lab(mode, "blueprint", blueprint.AppID), words)
	}
}
