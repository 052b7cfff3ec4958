package views

import (
	"time"

	"agentidportal/entra/graph"
)

// AgentList is the page "/agents".
type AgentList struct {
	ListPage
	// Blueprint is the App ID the list is narrowed to, empty for none.
	Blueprint  string
	Blueprints []Option
	Rows       []AgentRow
}

// AgentRow is an agent identity in a list.
type AgentRow struct {
	ID, Name       string
	Enabled        bool
	Created        time.Time
	BlueprintAppID string
	// BlueprintName is empty when the blueprint is not known by name.
	BlueprintName string
}

// AgentDetail is the page "/agents/{id}".
type AgentDetail struct {
	Agent   graph.AgentIdentity
	MayTest bool
	ReadAt  time.Time
	// Blueprint is nil when BlueprintFault says why it is not known.
	Blueprint      *graph.Blueprint
	BlueprintFault string
	Owners         People
	Sponsors       People
	Origin         Origin
	TenantID       string
}

func enabledWords(enabled bool) (Tone, string) {
	if enabled {
		return ToneOK, "Enabled"
	}
	return ToneMuted, "Disabled"
}

// kindWords names a kind of directory object in a list of people.
func kindWords(k graph.Kind) string {
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
