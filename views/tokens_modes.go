package views

import (
	"slices"

	"agentidportal/entra"
)

// TokenMode is a way to get a token, as the lab offers it.
type TokenMode struct {
	Name  entra.ModeName
	Label string
	// Group is the heading in the list of modes.
	Group string
	// Says is what it is for, in a sentence or two.
	Says string
	// Flow are its hops in words, below the title of a result.
	Flow string
	// What the form asks for.
	Agent, Blueprint, App, UserToken, AgentUser, Person, Refresh, OtherTenant bool
	// Credential: one is needed. Optional: public clients do without.
	Credential, Optional bool
	// AppOnly: no user takes part, so the scope has to be <resource>/.default.
	AppOnly bool
}

// The headings of the list of modes.
const (
	groupAgents = "As an agent identity"
	groupOthers = "As another application"
)

// TokenModes lists the modes of the lab; those of agents first.
// https://learn.microsoft.com/entra/agent-id/agent-oauth-protocols
func TokenModes() []TokenMode {
	return []TokenMode{
		{
			Name: entra.ModeAutonomous, Label: "Autonomous app", Group: groupAgents, Agent: true, Credential: true, AppOnly: true,
			Says: "The agent acts for itself, with the application permissions it has. No person takes part.",
			Flow: "T1 is the exchange token of the blueprint, made out to this agent. TR is the resource token of the agent: the agent gets it with T1 as its proof, and shows it to the resource.",
		},
		{
			Name: entra.ModeOnBehalfOf, Label: "On behalf of a user", Group: groupAgents, Agent: true, Credential: true, UserToken: true,
			Says: "A person has signed in to some application, which got a token for the blueprint. The agent trades it for one of its own and acts for that person.",
			Flow: "Tc is the user's token for the blueprint. T1 is the blueprint's exchange token, made out to this agent. TR is the resource token: the agent gets it with T1 as its proof and Tc as the user's.",
		},
		{
			Name: entra.ModeAgentUser, Label: "Autonomous agent user", Group: groupAgents, Agent: true, Credential: true, AgentUser: true,
			Says: "The agent acts as its agent user, an account of its own in the directory. No person takes part.",
			Flow: "T1 is the blueprint's exchange token, made out to this agent. T2 is the agent's own exchange token, got with T1. TR is the resource token of the agent user: the agent gets it with both.",
		},
		{
			Name: entra.ModeCrossTenant, Label: "Application of another tenant", Group: groupAgents, Agent: true, Credential: true, OtherTenant: true, AppOnly: true,
			Says: "The agent is the federated credential of an application in another tenant, which gets a token there.",
			Flow: "T1 and T2 are exchange tokens of this tenant. TR comes from the other tenant: the application there has T2 as its credential.",
		},
		{
			Name: entra.ModeBlueprint, Label: "Blueprint itself", Group: groupOthers, Blueprint: true, Credential: true, AppOnly: true,
			Says: "The blueprint asks Microsoft Graph for a token of its own, to create its agent identities.",
			Flow: "TR is the blueprint's own token. It has AgentIdentity.CreateAsManager without anybody granting it.",
		},
		{
			Name: entra.ModeClientCredentials, Label: "Client credentials", Group: groupOthers, App: true, Credential: true, AppOnly: true,
			Says: "An ordinary application acts for itself, by a secret, a certificate or a federated assertion.",
			Flow: "TR is the application's own token.",
		},
		{
			Name: entra.ModeInteractive, Label: "Interactive sign-in", Group: groupOthers,
			Says: "You sign in, and the portal's own application gets a token for you. Your session here stays as it is.",
			Flow: "TR came for the code of a sign-in.",
		},
		{
			Name: entra.ModeDeviceCode, Label: "Device code", Group: groupOthers, App: true,
			Says: "A public client shows a code; a person types it on another device and signs in there.",
			Flow: "The device hop brings the codes. TR comes when somebody has approved.",
		},
		{
			Name: entra.ModePassword, Label: "Username and password", Group: groupOthers, App: true, Credential: true, Optional: true, Person: true,
			Says: "An application sends a person's name and password. Microsoft advises against it; agents may not use it.",
			Flow: "TR came for a name and a password.",
		},
		{
			Name: entra.ModeRefreshToken, Label: "Refresh token", Group: groupOthers, App: true, Credential: true, Optional: true, Refresh: true,
			Says: "An application trades a refresh token for new tokens, of the same or another resource.",
			Flow: "TR came for a refresh token.",
		},
	}
}

// TokenModeOf finds a mode by its name; ok is false where there is none.
func TokenModeOf(name entra.ModeName) (mode TokenMode, ok bool) {
	modes := TokenModes()
	at := slices.IndexFunc(modes, func(m TokenMode) bool { return m.Name == name })
	if at < 0 {
		return TokenMode{}, false
	}
	return modes[at], true
}

// tokenModes are the modes as the options of a select.
func tokenModes() []Option {
	var options []Option
	for _, m := range TokenModes() {
		options = append(options, Option{Value: string(m.Name), Label: m.Label, Group: m.Group})
	}
	return options
}
