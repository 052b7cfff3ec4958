package graph

import "strings"

// Kind is what a directory object is, by its @odata.type.
type Kind string

// The kinds the portal tells apart. Any other type of Graph is KindOther.
const (
	KindBlueprint          Kind = "blueprint"
	KindBlueprintPrincipal Kind = "blueprintPrincipal"
	KindAgentIdentity      Kind = "agentIdentity"
	KindAgentUser          Kind = "agentUser"
	KindUser               Kind = "user"
	KindGroup              Kind = "group"
	KindServicePrincipal   Kind = "servicePrincipal"
	KindApplication        Kind = "application"
	KindOther              Kind = "other"
)

// kindOf reads an @odata.type. Graph and its documents write the names in mixed case, with and without "#", and with
// the short alias "graph." for the namespace.
func kindOf(odataType string) Kind {
	name := strings.ToLower(strings.TrimPrefix(odataType, "#"))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "microsoft."), "graph.")
	switch name {
	case "agentidentityblueprint":
		return KindBlueprint
	case "agentidentityblueprintprincipal":
		return KindBlueprintPrincipal
	case "agentidentity":
		return KindAgentIdentity
	case "agentuser":
		return KindAgentUser
	case "user":
		return KindUser
	case "group":
		return KindGroup
	case "serviceprincipal":
		return KindServicePrincipal
	case "application":
		return KindApplication
	}
	return KindOther
}
