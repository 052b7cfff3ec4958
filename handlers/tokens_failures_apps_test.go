package handlers

import "agentidportal/entra"

func blueprintFailures() []labFailure {
	const mode = entra.ModeBlueprint
	return []labFailure{
		{mode: mode, name: "other resource", form: []string{"scope", "{echo}"}, at: "TR", code: "82001", says: "for Microsoft Graph and the token exchange only", fix: "/tokens?mode=autonomous&blueprint={seed.app}&scope={echo}", to: "Token lab"},
		{mode: mode, name: "wrong secret", form: []string{"client_secret", wrongSecret}, at: "TR", code: "7000215", says: "does not begin with wro", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret", press: anotherSecret},
		{mode: mode, name: "kept secret of another blueprint", form: []string{"client_secret", "{kept.secret}"}, at: "TR", code: "7000215", says: "It is the client secret of the blueprint Kept", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret", press: anotherSecret},
		{mode: mode, name: "expired secret", form: []string{"blueprint", "{payroll-bridge.app}", "client_secret", "{payroll-bridge.secret}"}, at: "TR", code: "7000222", says: "and nobody rotated it before", fix: "/blueprints/{payroll-bridge.blueprint}/secrets/new", to: "Add client secret"},
		{mode: mode, name: "no principal", form: []string{"blueprint", "{contract-reader.app}"}, at: "TR", code: "700016", says: "A blueprint signs in by its principal, and it has none in this tenant.", fix: "/blueprints/{contract-reader.blueprint}/setup", to: "Contract reader"},
		{mode: mode, name: "disabled principal", form: []string{"blueprint", "{asleep.app}", "client_secret", "{asleep.secret}"}, at: "TR", code: "7000112", says: "The blueprint's principal is disabled", fix: "/blueprints/{asleep.blueprint}/enable", to: "Enable Asleep?"},
		{mode: mode, name: "single scope", form: []string{"scope", "AgentIdentity.CreateAsManager"}, at: "TR", code: "1002012", says: "Without a user, single scopes cannot be asked for", fix: "/tokens?mode=blueprint&blueprint={seed.app}&scope={graph}", to: "Token lab"},
		{mode: mode, name: "unknown blueprint", form: []string{"blueprint", "{nobody}"}, at: "blueprint", says: "There is no such blueprint in this tenant."},
		{mode: mode, name: "no secret", form: []string{"client_secret", ""}, at: "client_secret", says: "Type a client secret", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret"},
	}
}

func applicationFailures() []labFailure {
	const mode = entra.ModeClientCredentials
	return []labFailure{
		{mode: mode, name: "unknown application", form: []string{"app_id", "{nobody}"}, at: "TR", code: "700016", says: "There is no application of this App ID in the tenant.", fix: "#f-app_id"},
		{mode: mode, name: "object id of a blueprint", form: []string{"app_id", "{seed.blueprint}"}, at: "TR", code: "700016", says: "It is the object id of the blueprint Invoice helper, whose App ID is {seed.app}.", fix: "#f-app_id"},
		{mode: mode, name: "wrong secret", form: []string{"client_secret", wrongSecret}, at: "TR", code: "7000215", says: "it is not one of this application's secrets", fix: "#f-client_secret"},
		{mode: mode, name: "kept secret of a blueprint", form: []string{"client_secret", "{kept.secret}"}, at: "TR", code: "7000215", says: "It is the client secret of the blueprint Kept", fix: "#f-client_secret"},
		{mode: mode, name: "agent as the client", form: []string{"app_id", "{seed.agent}"}, at: "TR", code: "7000215", says: "an agent identity has no credential of its own", fix: "/tokens?mode=autonomous&agent={seed.agent}", to: "Token lab"},
		{mode: mode, name: "blueprint as the client, with a wrong secret", form: []string{"app_id", "{seed.app}", "client_secret", wrongSecret}, at: "TR", code: "7000215", says: "The client secret is wrong", fix: "/blueprints/{seed.blueprint}/secrets/new", to: "Add client secret", press: anotherSecret},
		{mode: mode, name: "blueprint as the client, for other resource", form: []string{"app_id", "{seed.app}", "client_secret", "{seed.secret}", "scope", "{echo}"}, at: "TR", code: "82001", says: "The App ID is that of the blueprint Invoice helper.", fix: "/tokens?mode=autonomous&blueprint={seed.app}&scope={echo}", to: "Token lab"},
		{mode: mode, name: "no secret", form: []string{"client_secret", ""}, at: "client_secret", says: "Type a client secret of the application"},
		{mode: mode, name: "single scope", form: []string{"scope", "User.Read"}, at: "TR", code: "1002012", says: "Without a user, single scopes cannot be asked for", fix: "/tokens?mode=client-credentials&app={client}&scope={graph}", to: "Token lab"},
		{mode: mode, name: "federated token without a credential for it", form: []string{"client_secret", "", "assertion", "{ci.issuer}"}, at: "TR", code: "70025", says: "The application has no federated credential at all", fix: "#f-assertion"},
		{mode: mode, name: "certificate that was never added", form: []string{"client_secret", "", "certificate", "{certificate}"}, at: "TR", code: "700027", says: "is not one that the application has", fix: "#f-certificate"},
		{mode: mode, name: "name in place of the App ID", form: []string{"app_id", "Sample client"}, at: "app_id", says: "Write the application's App ID: a GUID"},
		{mode: mode, name: "503", bend: fault("503", "client"), at: "TR", code: "90033", says: "a passing fault", fix: "/sandbox", to: "Sandbox", press: "Try again"},
	}
}
