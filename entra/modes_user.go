package entra

import "net/url"

// jwtBearerGrant changes the token of a person into one for another resource.
const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// OnBehalfOf is the agent acting for a person, who got a token for the
// blueprint (Tc) from some ordinary application.
// https://learn.microsoft.com/entra/agent-id/agent-on-behalf-of-oauth-flow
type OnBehalfOf struct {
	BlueprintAppID string
	AgentID        string
	Credential     Credential // of the blueprint
	Scope          string     // of one resource; empty means Microsoft Graph
	UserToken      Secret     // Tc: its audience is the blueprint
	// UserHop is how Tc was got; nil when it was pasted.
	UserHop *Hop
	// UserID is the person's object id, as Tc names them; empty when not known.
	UserID string
	// BlueprintURIs are the blueprint's identifier URIs: the audience of Tc may be
	// one of them.
	BlueprintURIs []string
}

// AgentUser is the agent acting as its agent user: T1, the agent's own T2, and
// both for a token of that user.
// https://learn.microsoft.com/entra/agent-id/agent-user-oauth-flow
type AgentUser struct {
	BlueprintAppID string
	AgentID        string
	Credential     Credential // of the blueprint
	Scope          string     // of one resource; empty means Microsoft Graph
	// Username is the agent user's UPN. UserID, the object id, is sent in its
	// place when there is no name; the expectations use it in any case.
	Username, UserID string
}

// AgentRefresh trades the refresh token of one of the two modes above, with a
// fresh T1.
type AgentRefresh struct {
	BlueprintAppID string
	AgentID        string
	Credential     Credential
	Scope          string
	Refresh        Secret
	// Of is the mode that gave the refresh token; UserID whom it stands for.
	Of     ModeName
	UserID string
}

// Name returns "on-behalf-of".
func (m OnBehalfOf) Name() ModeName { return ModeOnBehalfOf }

// Name returns "agent-user".
func (m AgentUser) Name() ModeName { return ModeAgentUser }

// Name returns the mode the refresh token came from: its token is judged alike.
func (m AgentRefresh) Name() ModeName { return m.Of }

func (m OnBehalfOf) parties() parties {
	return parties{blueprintAppID: m.BlueprintAppID, agentID: m.AgentID, userID: m.UserID, blueprintURIs: m.BlueprintURIs}
}

func (m AgentUser) parties() parties {
	return parties{blueprintAppID: m.BlueprintAppID, agentID: m.AgentID, userID: m.UserID}
}

func (m AgentRefresh) parties() parties {
	return parties{blueprintAppID: m.BlueprintAppID, agentID: m.AgentID, userID: m.UserID}
}

func (m OnBehalfOf) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{
		{name: HopTc, sentence: "User token for the blueprint", given: m.UserToken, prior: m.UserHop},
		hopOfT1(m.BlueprintAppID, m.AgentID, m.Credential),
		{
			name:     HopTR,
			sentence: "Agent identity asks on behalf of the user for a token for " + resourceWords(scope),
			clientID: m.AgentID,
			scope:    scope,
			params:   url.Values{"grant_type": {jwtBearerGrant}, "requested_token_use": {"on_behalf_of"}},
			tokens:   map[string]HopName{"client_assertion": HopT1, "assertion": HopTc},
		},
	}
}

func (m AgentUser) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	who := url.Values{"grant_type": {"user_fic"}, "requested_token_use": {"on_behalf_of"}}
	if m.Username != "" {
		who.Set("username", m.Username)
	} else {
		who.Set("user_id", m.UserID)
	}
	return []hopSpec{
		hopOfT1(m.BlueprintAppID, m.AgentID, m.Credential),
		hopOfT2(m.AgentID),
		{
			name:     HopTR,
			sentence: "Agent identity asks as its agent user for a token for " + resourceWords(scope),
			clientID: m.AgentID,
			scope:    scope,
			params:   who,
			tokens:   map[string]HopName{"client_assertion": HopT1, "user_federated_identity_credential": HopT2},
		},
	}
}

func (m AgentRefresh) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{
		hopOfT1(m.BlueprintAppID, m.AgentID, m.Credential),
		{
			name:     HopTR,
			sentence: "Agent identity trades the refresh token for a token for " + resourceWords(scope),
			clientID: m.AgentID,
			scope:    scope,
			params:   url.Values{"grant_type": {"refresh_token"}, "refresh_token": {m.Refresh.Reveal()}},
			tokens:   map[string]HopName{"client_assertion": HopT1},
			once:     true,
		},
	}
}
