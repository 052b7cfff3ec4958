package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"agentidportal/provision"
	"agentidportal/views"
)

// wizardStep is a page of the wizard that is filled in.
type wizardStep struct {
	key, name string
	fields    []wizardField
	lists     []string // what is searched for and added: people, permissions
	read      func(*blueprintForm, url.Values)
	needed    func(blueprintForm) bool // nil: always
	file      string                   // the field that a file is chosen in; empty for none
	shows     bool                     // it has a button that saves and shows what follows from what is typed
}

// wizardField is what a step asks for: the name of the field, the name its
// faults come under in the spec, the label people see, and what it holds.
type wizardField struct {
	name, spec, label string
	held              func(blueprintForm) string
}

// posted is the name of the field as web.Form takes it.
func (f wizardField) posted() string {
	if f.name == "does" {
		return f.name + "[]" // a tick for each way
	}
	return f.name
}

const reviewStep = "review"

// wizardSteps are the steps before the review, in their order. Which of them a
// form needs says blueprintForm.steps.
func wizardSteps() []wizardStep {
	return []wizardStep{
		basicsStep(), targetStep(), peopleStep(), credentialStep(), accessStep(), permissionsStep(), agentsStep(), usersStep(),
	}
}

func basicsStep() wizardStep {
	return wizardStep{key: "basics", name: "Basics", read: (*blueprintForm).readBasics, needed: blueprintForm.makesBlueprint, fields: []wizardField{
		{"display_name", "displayName", "Display name", func(f blueprintForm) string { return f.DisplayName }},
		{"description", "description", "Description", func(f blueprintForm) string { return f.Description }},
		{"does", "does", "What the agents will do", func(f blueprintForm) string { return doesWords(f.Does) }},
		{"audience", "signInAudience", "Who may use it", func(f blueprintForm) string { return f.Audience }},
		{"reason", "reason", "Reason", func(f blueprintForm) string { return f.Reason }},
	}}
}

func peopleStep() wizardStep {
	return wizardStep{key: "people", name: "Owners & sponsors", read: func(*blueprintForm, url.Values) {}, needed: blueprintForm.makesBlueprint, lists: []string{"owners", "sponsors"}, fields: []wizardField{
		{"owners", "owners", "Owners", func(f blueprintForm) string { return wordsOf(f.Owners) }},
		{"sponsors", "sponsors", "Sponsors", func(f blueprintForm) string { return wordsOf(f.Sponsors) }},
	}}
}

func credentialStep() wizardStep {
	return wizardStep{key: "credential", name: "Credential", read: (*blueprintForm).readCredential, needed: blueprintForm.makesBlueprint, shows: true, file: "certificate", fields: append([]wizardField{
		{"credential", "credential", "What the blueprint signs in with", func(f blueprintForm) string {
			return cmp.Or(optionLabel(views.CredentialOptions(), f.Credential), f.Credential)
		}},
	}, append(federatedFields(),
		wizardField{"certificate", "certificate", "Certificate", func(f blueprintForm) string { return f.certificateWords() }},
		wizardField{"life", "secret", "Life of the client secret", func(f blueprintForm) string { return f.Life }},
		wizardField{"keep_for_lab", "keepSecret", "Keep the secret for the token lab", func(f blueprintForm) string { return tickWords(f.KeepForLab) }},
	)...)}
}

// federatedFields are those of all scenarios; each scenario asks for some.
func federatedFields() []wizardField {
	held := func(part func(*provision.FederatedSpec) *string) func(blueprintForm) string {
		return func(f blueprintForm) string { return *part(&f.Federated) }
	}
	var fields []wizardField
	for _, p := range federatedParts() {
		fields = append(fields, wizardField{p.name, "federated." + p.spec, p.label, held(p.of)})
	}
	return fields
}

// federatedPart is one field of a federated credential.
type federatedPart struct {
	name, spec, label string
	of                func(*provision.FederatedSpec) *string
}

func federatedParts() []federatedPart {
	return []federatedPart{
		{"fed_scenario", "scenario", "Where the agents run", func(f *provision.FederatedSpec) *string { return &f.Scenario }},
		{"fed_identity", "managedIdentityId", "Managed identity", func(f *provision.FederatedSpec) *string { return &f.ManagedIdentityID }},
		{"fed_org", "organization", "Organization", func(f *provision.FederatedSpec) *string { return &f.Organization }},
		{"fed_repo", "repository", "Repository", func(f *provision.FederatedSpec) *string { return &f.Repository }},
		{"fed_entity", "entity", "Which workflows", func(f *provision.FederatedSpec) *string { return &f.Entity }},
		{"fed_entity_name", "entityName", "Name of the environment, branch or tag", func(f *provision.FederatedSpec) *string { return &f.EntityName }},
		{"fed_issuer", "issuer", "Issuer", func(f *provision.FederatedSpec) *string { return &f.Issuer }},
		{"fed_namespace", "namespace", "Namespace", func(f *provision.FederatedSpec) *string { return &f.Namespace }},
		{"fed_account", "serviceAccount", "Service account", func(f *provision.FederatedSpec) *string { return &f.ServiceAccount }},
		{"fed_subject", "subject", "Subject", func(f *provision.FederatedSpec) *string { return &f.Subject }},
		{"fed_audience", "audience", "Audience", func(f *provision.FederatedSpec) *string { return &f.Audience }},
		{"fed_name", "name", "Name of the credential", func(f *provision.FederatedSpec) *string { return &f.Name }},
	}
}

func accessStep() wizardStep {
	return wizardStep{
		key: "access", name: "User access", read: (*blueprintForm).readAccess,
		needed: func(f blueprintForm) bool { return f.makesBlueprint() && f.will(provision.ActsForUsers) },
		fields: []wizardField{
			{"scope", "expose.scope", "Scope", func(f blueprintForm) string { return f.Access.Scope }},
			{"consent", "expose.adminOnly", "Who may consent", func(f blueprintForm) string { return f.Access.Consent }},
			{"portal_client", "", "This portal", func(f blueprintForm) string { return tickWords(f.Access.Portal) }},
			{"clients", "expose.preauthorized", "Other pre-authorized clients", func(f blueprintForm) string { return f.Access.Clients }},
			{"consent_page", "", "The consent page of the Entra admin center", func(f blueprintForm) string { return tickWords(f.Access.ConsentPage) }},
			{"redirects", "expose.redirectUris", "Other web redirect URIs", func(f blueprintForm) string { return f.Access.Redirects }},
		},
	}
}

func permissionsStep() wizardStep {
	return wizardStep{
		key: "permissions", name: "Permissions", read: (*blueprintForm).readPermissions, lists: []string{"inherit", "roles"},
		needed: func(f blueprintForm) bool { return f.makesBlueprint() || f.will(provision.ActsAlone) },
		fields: []wizardField{
			{"api", "", "API", func(f blueprintForm) string { return f.API }},
			{"inherit", "inherit", "Delegated permissions", func(f blueprintForm) string { return strings.Join(inheritWords(f.Inherit), ", ") }},
			{"no_consent", "", "Consent", func(f blueprintForm) string { return tickWords(f.NoConsent) }},
			{"roles", "roles", "Application permissions", func(f blueprintForm) string { return strings.Join(roleSpecWords(f.Roles), ", ") }},
		},
	}
}

func agentsStep() wizardStep {
	needed := func(f blueprintForm) bool { return f.Agent == nil }
	return wizardStep{key: "agents", name: "Agent identities", read: (*blueprintForm).readAgents, needed: needed, lists: []string{"agent_sponsors"}, shows: true, file: "table", fields: []wizardField{
		{"count", "count", "How many", func(f blueprintForm) string { return f.Count }},
		{"first", "", "First number", func(f blueprintForm) string { return f.First }},
		{"pattern", "namePattern", "Name pattern", func(f blueprintForm) string { return f.Pattern }},
		{"names", "names", "Names", func(f blueprintForm) string { return f.Names }},
		{"table", "rows", "Table", func(f blueprintForm) string { return f.Table.words() }},
		{"sponsored_by", "", "Who sponsors them", func(f blueprintForm) string { return f.SponsoredBy }},
		{"agent_sponsors", "agentSponsors", "Sponsors of the agent identities", func(f blueprintForm) string { return wordsOf(f.AgentSponsors) }},
		{"run_as", "runAs", "Create agent identities as", func(f blueprintForm) string { return f.RunAs }},
	}}
}

func usersStep() wizardStep {
	return wizardStep{
		key: "users", name: "Agent users", read: (*blueprintForm).readUsers, lists: []string{"manager", "user_sponsors"}, shows: true,
		needed: func(f blueprintForm) bool { return f.will(provision.ActsAsUser) },
		fields: []wizardField{
			{"upn_pattern", "users.upnPattern", "Sign-in name", func(f blueprintForm) string { return f.Users.UPNPattern }},
			{"domain", "users.domain", "Domain", func(f blueprintForm) string { return f.Users.Domain }},
			{"usage_location", "users.usageLocation", "Usage location", func(f blueprintForm) string { return f.Users.UsageLocation }},
			{"license", "users.license", "Licence", func(f blueprintForm) string { return f.Users.License }},
			{"manager", "users.manager", "Manager", func(f blueprintForm) string { return wordsOf(f.Users.Manager) }},
			{"user_sponsors", "users.sponsors", "Sponsors of the agent users", func(f blueprintForm) string { return wordsOf(f.Users.Sponsors) }},
		},
	}
}

// will says whether the agents are to act in a way.
func (f blueprintForm) will(c provision.Capability) bool { return slices.Contains(f.Does, c) }
