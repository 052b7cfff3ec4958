package views

import "agentidportal/entra/graph"

// PrincipalDetail is the tab Overview of "/principals/{id}".
type PrincipalDetail struct {
	ObjectHead
	Principal graph.BlueprintPrincipal
	Family    Family
	Findings  []Finding
	Tree      Tree
	Owners    People
	Sponsors  People
	Agents    AgentsOf
	Origin    Origin
	TenantID  string
}
