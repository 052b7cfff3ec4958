package sandbox

// Info is what a program needs to use the sandbox; the body of GET /_sandbox/info. Every field is
// always present, null until it exists.
type Info struct {
	Authority string    `json:"authority"`
	Graph     string    `json:"graph"`
	TenantID  string    `json:"tenantId"`
	Domain    string    `json:"domain"`
	CAFile    *string   `json:"caFile"`
	Portal    Client    `json:"portal"`
	Client    Client    `json:"client"`
	Personas  []Persona `json:"personas"`
	Seed      Seed      `json:"seed"`
}

// Client is a registered confidential client.
type Client struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	RedirectURI  string `json:"redirectUri"`
}

// Persona is somebody to sign in as; Roles are display names of directory roles.
type Persona struct {
	UPN         string   `json:"upn"`
	DisplayName string   `json:"displayName"`
	ObjectID    string   `json:"objectId"`
	Password    string   `json:"password"`
	Roles       []string `json:"roles"`
}

// Seed names the agent objects a new tenant starts with.
type Seed struct {
	Blueprint *SeedBlueprint `json:"blueprint"`
	Agent     *SeedAgent     `json:"agent"`
	AgentUser *SeedAgentUser `json:"agentUser"`
}

// SeedBlueprint is the seeded blueprint and what signs in as it.
type SeedBlueprint struct {
	AppID        string  `json:"appId"`
	ObjectID     string  `json:"objectId"`
	PrincipalID  string  `json:"principalId"`
	ClientSecret string  `json:"clientSecret"`
	Scope        *string `json:"scope"`
}

// SeedAgent is the seeded agent identity.
type SeedAgent struct {
	ID string `json:"id"`
}

// SeedAgentUser is the seeded agent user.
type SeedAgentUser struct {
	ID  string `json:"id"`
	UPN string `json:"upn"`
}
