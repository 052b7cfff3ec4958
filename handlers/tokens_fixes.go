package handlers

import (
	"strings"

	"agentidportal/entra"
	"agentidportal/views"
)

// fix is where a refusal is mended.
type fix struct{ href, text string }

// fixOf is the page where a refusal at a hop is mended; empty where only the
// form helps.
func fixOf(hop *entra.Hop, r *views.TokenResult) (href, text string) {
	found := fixFor(hop, r)
	return found.href, found.text
}

func fixFor(hop *entra.Hop, r *views.TokenResult) fix {
	blueprintAsks := r.BlueprintAppID != "" && strings.EqualFold(hop.ClientID, r.BlueprintAppID)
	switch hop.Err.AADSTS {
	case 7000215, 7000222, 7000216, 7000218: // wrong, expired, missing
		if blueprintAsks && r.BlueprintID != "" {
			return fix{newSecretPath(r.BlueprintID), "Add client secret"}
		}
	case 700027, 70025, 70021, 700024, 700222, 700227, 700229:
		if blueprintAsks && r.BlueprintID != "" {
			return fix{"/blueprints/" + r.BlueprintID + "/credentials", "Look at the blueprint's credentials"}
		}
	case 700211, 700212, 700213:
		if blueprintAsks && r.BlueprintID != "" {
			return fix{"/blueprints/" + r.BlueprintID + "/credentials", "Look at the blueprint's credentials"}
		}
	case 7000112, 70001: // disabled
		return disabledFix(blueprintAsks, r)
	case 65001, 65004, 90094: // consent
		return fix{"/agents/" + r.AgentID + "/permissions", "Grant permissions"}.forAgent(r)
	case 50013, 500131, 500133, 7000114, 82002: // the user token
		if r.AgentID != "" {
			return fix{"/tokens/user-token?" + views.Query("agent", r.AgentID, "scope", r.Scope), "Get a user token"}
		}
	case 50057, 50034, 50126, 50000, 50053, 50056: // the user
		return userFix(r)
	case 82001, 82018, 82014, 70003:
		if blueprintAsks || r.BlueprintID != "" && r.AgentID == "" {
			return fix{"/tokens?" + views.Query("mode", string(entra.ModeAutonomous), "blueprint", r.BlueprintAppID, "scope", r.Scope), "Ask as an agent of the blueprint"}
		}
	case 700016:
		if blueprintAsks && r.BlueprintID != "" {
			return fix{"/blueprints/" + r.BlueprintID, "Look at the blueprint"}
		}
	}
	if hop.Err.Code == "authorization_pending" {
		return fix{}
	}
	return fix{"/agents/" + r.AgentID, "Look at the agent"}.forAgent(r)
}

// forAgent keeps a fix that is about the agent for tries that have one.
func (f fix) forAgent(r *views.TokenResult) fix {
	if r.AgentID == "" {
		return fix{}
	}
	return f
}

func disabledFix(blueprintAsks bool, r *views.TokenResult) fix {
	if blueprintAsks && r.BlueprintID != "" {
		return fix{"/blueprints/" + r.BlueprintID + "/enable", "Enable the blueprint"}
	}
	return fix{"/agents/" + r.AgentID + "/enable", "Enable the agent identity"}.forAgent(r)
}

// userFix leads to the agent user, or back to the agent's own one where
// somebody else was named.
func userFix(r *views.TokenResult) fix {
	switch {
	case r.Mode.AgentUser && r.UserID != "":
		return fix{"/agent-users/" + r.UserID, "Look at the agent user"}
	case r.Mode.AgentUser:
		return fix{"/tokens?" + views.Query("mode", string(r.Mode.Name), "agent", r.AgentID, "scope", r.Scope), "Use the agent's own agent user"}
	}
	return fix{}
}
