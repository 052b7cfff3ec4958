package views

import (
	"time"

	"agentidportal/entra/graph"
)

// AgentRow is an agent identity in a list.
type AgentRow struct {
	ID, Name       string
	Enabled        bool
	Created        time.Time
	BlueprintAppID string
	// BlueprintName is empty when the blueprint is not known by name.
	BlueprintName string
}

// AgentDetail is the tab Overview of "/agents/{id}".
type AgentDetail struct {
	ObjectHead
	Agent graph.AgentIdentity
	// User is its agent user; nil when it has none, or when UserFault says why
	// it could not be read.
	User      *graph.AgentUser
	UserFault string
	// AddUserHref is where it gets one, for those who may; empty otherwise.
	AddUserHref string
	Family      Family
	Tree        Tree
	Owners      People
	Sponsors    People
	Origin      Origin
	TenantID    string
}

// Family is the blueprint and the principal that an agent identity or a
// principal belongs to, as far as they can be read here.
type Family struct {
	Blueprint      *graph.Blueprint
	BlueprintFault string
	Principal      *graph.BlueprintPrincipal
	PrincipalFault string
	Home           Home
}

func enabledWords(enabled bool) (Tone, string) {
	if enabled {
		return ToneOK, "Enabled"
	}
	return ToneMuted, "Disabled"
}

// KindWords names a kind of directory object.
func KindWords(k graph.Kind) string {
	switch k {
	case graph.KindUser:
		return "Person"
	case graph.KindGroup:
		return "Group"
	case graph.KindAgentUser:
		return "Agent user"
	case graph.KindServicePrincipal, graph.KindApplication:
		return "Application"
	case graph.KindBlueprint:
		return "Blueprint"
	case graph.KindBlueprintPrincipal:
		return "Blueprint principal"
	case graph.KindAgentIdentity:
		return "Agent identity"
	default:
		return "Other object"
	}
}
