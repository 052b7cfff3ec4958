package sandbox

import (
	"context"
	"log/slog"
)

// Info is what a program needs to use the sandbox; the body of GET /_sandbox/info. Every field is
// always present, null until it exists.
type Info struct {
	Authority string `json:"authority"`
	Graph     string `json:"graph"`
	// Management is the base of Azure Resource Manager.
	Management string    `json:"management"`
	Echo       EchoAPI   `json:"echo"`
	TenantID   string    `json:"tenantId"`
	Domain     string    `json:"domain"`
	CAFile     *string   `json:"caFile"`
	Portal     Client    `json:"portal"`
	Client     Client    `json:"client"`
	Personas   []Persona `json:"personas"`
	Seed       Seed      `json:"seed"`
	Partner    *Partner  `json:"partner"`
}

// Partner is a second tenant with one application, which takes the seeded agent identity of this tenant
// for its credential; null without that agent. Authority has no tenant in it, as Info's.
type Partner struct {
	TenantID  string     `json:"tenantId"`
	Name      string     `json:"name"`
	Authority string     `json:"authority"`
	App       PartnerApp `json:"app"`
	AgentID   string     `json:"agentId"`
}

// PartnerApp is the application of the partner's tenant.
type PartnerApp struct {
	AppID string `json:"appId"`
	Name  string `json:"name"`
}

// EchoAPI is the API that answers with the caller as it saw it: its address, and what to ask a token
// with. Scope is for all that was granted, DelegatedScope for the one permission.
type EchoAPI struct {
	URL            string `json:"url"`
	AppID          string `json:"appId"`
	Scope          string `json:"scope"`
	Role           string `json:"role"`
	DelegatedScope string `json:"delegatedScope"`
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

// Seed names the agent objects a new tenant starts with; Name is one of SeedNames, or import.
type Seed struct {
	Name      string         `json:"name"`
	Blueprint *SeedBlueprint `json:"blueprint"`
	Agent     *SeedAgent     `json:"agent"`
	AgentUser *SeedAgentUser `json:"agentUser"`
}

// SeedBlueprint is the seeded blueprint and what signs in as it.
type SeedBlueprint struct {
	AppID        string `json:"appId"`
	ObjectID     string `json:"objectId"`
	PrincipalID  string `json:"principalId"`
	ClientSecret string `json:"clientSecret"`
	Scope        string `json:"scope"` // what a client asks for to call the agent
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

// Info says what a program needs; the same as GET /_sandbox/info.
func (s *Sandbox) Info() Info {
	i := Info{
		Authority: s.o.BaseURL, Graph: s.o.GraphURL, Management: s.o.BaseURL, TenantID: tenantID, Domain: tenantDomain,
		Echo: EchoAPI{
			URL: s.o.BaseURL + "/echo", AppID: echoAppID(), Scope: "api://" + echoAppID() + "/.default", Role: echoReadRole,
			DelegatedScope: "api://" + echoAppID() + "/" + echoReadScope,
		},
		Portal: Client{seedID("app portal"), seedSecret("portal"), s.o.PortalURL + portalReply},
		Client: Client{seedID("app client"), seedSecret("client"), clientReply},
	}
	if s.o.CAFile != "" {
		i.CAFile = &s.o.CAFile
	}
	_ = s.tenant.read(func(st *state) error {
		i.Personas, i.Seed = st.personas(), st.seeded()
		return nil
	})
	if i.Seed.Agent != nil {
		i.Partner = &Partner{partnerTenantID(), partnerName, s.o.BaseURL, PartnerApp{partnerAppID(), partnerAppName}, i.Seed.Agent.ID}
	}
	var err error
	if i.Seed.Name, err = s.seedName(context.Background()); err != nil {
		s.o.Log.Error("read the seed's name", slog.Any("error", err))
	}
	return i
}

func (st *state) personas() []Persona {
	list := []Persona{}
	for _, p := range personaSeeds() {
		u := st.users.get(seedID("user " + p.name))
		if u == nil {
			continue
		}
		roles := []string{}
		for _, r := range st.rolesOf(u.ID) {
			roles = append(roles, r.DisplayName)
		}
		list = append(list, Persona{u.UserPrincipalName, u.DisplayName, u.ID, p.password(), roles})
	}
	return list
}

// seeded names the seeded agent objects as long as they exist.
func (st *state) seeded() Seed {
	var seed Seed
	if a := st.app(seedID("app invoice-helper")); a != nil {
		seed.Blueprint = &SeedBlueprint{
			AppID: a.AppID, ObjectID: a.ID, PrincipalID: seedID("principal invoice-helper"),
			ClientSecret: seedSecret("invoice-helper"), Scope: "api://" + a.AppID + "/" + blueprintAPI,
		}
	}
	if p := st.principals.get(seedID("agent invoice-helper-01")); p != nil {
		seed.Agent = &SeedAgent{p.ID}
	}
	if u := st.users.get(seedID("agent user invoice-helper-01")); u != nil {
		seed.AgentUser = &SeedAgentUser{u.ID, u.UserPrincipalName}
	}
	return seed
}
