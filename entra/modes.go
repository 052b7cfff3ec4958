package entra

import (
	"net/url"
	"strings"
)

// Mode is a way an agent or a blueprint gets a token; one value holds all a
// try needs.
type Mode interface {
	Name() ModeName
	hops() []hopSpec
	identities() (blueprintAppID, agentID string)
}

// Autonomous is the agent acting for itself: T1 for the blueprint, then TR
// for the agent identity.
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

func (m Autonomous) identities() (string, string)     { return m.BlueprintAppID, m.AgentID }
func (m BlueprintToken) identities() (string, string) { return m.BlueprintAppID, "" }

func (m Autonomous) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{
		{
			name:       HopT1,
			sentence:   "Blueprint asks for an exchange token for this agent identity",
			clientID:   m.BlueprintAppID,
			credential: m.Credential,
			scope:      ExchangeScope,
			params:     url.Values{"fmi_path": {m.AgentID}},
		},
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

func scopeOrGraph(scope string) string {
	if scope = strings.TrimSpace(scope); scope == "" {
		return GraphDefaultScope
	}
	return scope
}

// resourceWords names the resource of a /.default scope for people.
func resourceWords(scope string) string {
	switch strings.ToLower(scope) {
	case strings.ToLower(GraphDefaultScope), GraphAppID + "/.default":
		return "Microsoft Graph"
	case strings.ToLower(ExchangeScope):
		return "the token exchange"
	}
	return strings.TrimSuffix(scope, "/.default")
}
