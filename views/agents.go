package views

import (
	"strings"
	"time"
	"unicode"

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

// Named is a name fit for a page: one that is blank still needs words to press,
// and signs that turn the direction of the text round would mix it up with the
// words beside it.
func Named(name, id string) string {
	name = strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return '\ufffd'
		}
		return r
	}, name)
	if strings.ContainsFunc(name, unicode.IsGraphic) && strings.TrimSpace(name) != "" {
		return name
	}
	return strings.TrimSpace("(no name) " + id)
}
