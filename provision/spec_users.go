package provision

// UsersSpec is what the agent users of a run have in common; each agent identity of the run gets one.
// https://learn.microsoft.com/entra/agent-id/agent-users
type UsersSpec struct {
	UPNPattern    string      `json:"upnPattern"`              // {agent}, {name}, {n}, {nn}, before the @
	Domain        string      `json:"domain"`                  // a verified domain of the tenant
	UsageLocation string      `json:"usageLocation,omitempty"` // two letters; needed before a licence
	License       *LicenseRef `json:"license,omitempty"`
	Manager       *Principal  `json:"manager,omitempty"`
	Sponsors      []Principal `json:"sponsors,omitempty"`
}

// LicenseRef is a product of the tenant that licences are taken from.
type LicenseRef struct {
	SKUID string `json:"skuId"`
	Name  string `json:"name"` // its part number
}

// AgentRow is one agent identity of a run, with its agent user if it gets one. What is empty is as the run has it for
// all.
type AgentRow struct {
	Name     string      `json:"name"`
	Sponsors []Principal `json:"sponsors,omitempty"`
	User     *UserRow    `json:"user,omitempty"`
}

// UserRow is the agent user of a row.
type UserRow struct {
	UPN           string      `json:"upn"`
	DisplayName   string      `json:"displayName,omitempty"` // empty: that of the agent identity
	UsageLocation string      `json:"usageLocation,omitempty"`
	License       *LicenseRef `json:"license,omitempty"`
	Manager       *Principal  `json:"manager,omitempty"`
	Sponsors      []Principal `json:"sponsors,omitempty"`
}
