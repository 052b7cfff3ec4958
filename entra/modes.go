package entra

import (
	"net/url"
	"strings"
)

// Mode is a way to get a token; one value holds all a try needs.
type Mode interface {
	Name() ModeName
	hops() []hopSpec
	parties() parties
}

// parties are whom the tokens of a mode should name. Empty ones are not known,
// or take no part.
type parties struct {
	blueprintAppID, agentID string
	userID                  string // object id of the user acted as
	clientAppID             string // the client of a plain grant
	blueprintURIs           []string
}

// Autonomous is the agent acting for itself: T1 for the blueprint, then TR
// for the agent identity.
// https://learn.microsoft.com/entra/agent-id/agent-autonomous-app-oauth-flow
type Autonomous struct {
	BlueprintAppID string
	AgentID        string
	Credential     Credential // of the blueprint; the agent itself has none
	Scope          string     // <resource>/.default; empty means Microsoft Graph
}

// BlueprintToken is the blueprint acting for itself, to create its agent
// identities.
type BlueprintToken struct {
	BlueprintAppID string
	Credential     Credential
	Scope          string // empty means Microsoft Graph
}

// Name returns "autonomous".
func (m Autonomous) Name() ModeName { return ModeAutonomous }

// Name returns "blueprint".
func (m BlueprintToken) Name() ModeName { return ModeBlueprint }

func (m Autonomous) parties() parties {
	return parties{blueprintAppID: m.BlueprintAppID, agentID: m.AgentID}
}

func (m BlueprintToken) parties() parties { return parties{blueprintAppID: m.BlueprintAppID} }

func (m Autonomous) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{
		hopOfT1(m.BlueprintAppID, m.AgentID, m.Credential),
		{
			name:     HopTR,
			sentence: "Agent identity asks for a token for " + resourceWords(scope),
			clientID: m.AgentID,
			scope:    scope,
			tokens:   map[string]HopName{"client_assertion": HopT1},
		},
	}
}

func (m BlueprintToken) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{{
		name:       HopTR,
		sentence:   "Blueprint asks for a token of its own for " + resourceWords(scope),
		clientID:   m.BlueprintAppID,
		credential: m.Credential,
		scope:      scope,
	}}
}

// hopOfT1 is the first request of every agent mode: fmi_path names the agent
// identity by its client id, which is its object id.
func hopOfT1(blueprintAppID, agentID string, credential Credential) hopSpec {
	return hopSpec{
		name:       HopT1,
		sentence:   "Blueprint asks for an exchange token for this agent identity",
		clientID:   blueprintAppID,
		credential: credential,
		scope:      ExchangeScope,
		params:     url.Values{"fmi_path": {agentID}},
	}
}

// hopOfT2 is the agent's own exchange token, got with T1.
func hopOfT2(agentID string) hopSpec {
	return hopSpec{
		name:     HopT2,
		sentence: "Agent identity exchanges T1 for an assertion of its own",
		clientID: agentID,
		scope:    ExchangeScope,
		tokens:   map[string]HopName{"client_assertion": HopT1},
	}
}

func scopeOrGraph(scope string) string {
	if scope = strings.Join(strings.Fields(scope), " "); scope == "" {
		return GraphDefaultScope
	}
	return scope
}

// resourceWords names the resource of a scope for people.
func resourceWords(scope string) string {
	resource := ResourceOf(scope)
	switch strings.ToLower(resource) {
	case GraphAudience, GraphAppID:
		return "Microsoft Graph"
	case strings.ToLower(strings.TrimSuffix(ExchangeScope, "/.default")), ExchangeAppID:
		return "the token exchange"
	case ManagementAudience:
		return "Azure Resource Manager"
	}
	return resource
}

// oidcScopes belong to the sign-in itself and name no resource.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc
var oidcScopes = map[string]bool{"openid": true, "profile": true, "email": true, "offline_access": true}

// IsOIDCScope says whether a scope belongs to the sign-in itself, so that no
// resource has to grant it.
func IsOIDCScope(scope string) bool { return oidcScopes[strings.ToLower(scope)] }

// ResourceOf is the resource that a scope parameter names: the part before the
// last slash of its first scope that is none of OpenID Connect. A bare value,
// and nothing at all, mean Microsoft Graph.
func ResourceOf(scope string) string {
	for _, one := range strings.Fields(scope) {
		if oidcScopes[strings.ToLower(one)] {
			continue
		}
		if at := strings.LastIndexByte(one, '/'); at > 0 {
			return strings.TrimRight(one[:at], "/")
		}
		break
	}
	return GraphAudience
}
