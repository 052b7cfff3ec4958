package views

import (
	"strconv"

	"agentidportal/provision"
)

// What the steps of the wizard New blueprint show beside their plain fields.

// CredentialFields is the step Credential. Shown is what follows from the
// fields of the federated credential; nil until they are good.
type CredentialFields struct {
	Kind        string
	Federated   provision.FederatedSpec
	Shown       *FederatedShown
	Certificate *CertificateShown // nil: none was uploaded
}

// FederatedShown is a federated credential as Entra will compare it.
type FederatedShown struct{ Issuer, Subject, Audience string }

// CertificateShown is a certificate that was uploaded.
type CertificateShown struct{ Name, Thumbprint, Validity, Warning string }

// AccessFields is the step User access.
type AccessFields struct {
	Scope, Consent, Clients, Redirects string
	Portal, ConsentPage                bool
	ConsentPageURI                     string
}

// PermissionFields is the step Permissions; a picker without a list is not
// asked for.
type PermissionFields struct {
	API            string
	NoConsent      bool
	Inherit, Roles PermissionPicker
}

// PermissionPicker chooses permissions of APIs. Its buttons are those of
// Picker, with the permission in the place of the id.
type PermissionPicker struct {
	List, Label, Hint, Error, FindLabel, None string
	Chosen                                    []PickedPermission
	Words                                     string
	Asked                                     bool
	Found                                     []PickedPermission
	Fault                                     string
	More                                      bool
	Focus                                     bool
}

// PickedPermission is a permission of an API. Refusal is why agents cannot have
// it; empty when they can.
type PickedPermission struct {
	ID, Value, API, What, Refusal string
	Chosen                        bool
}

func (p PermissionPicker) input() Input {
	return Input{Label: p.Label, Name: "find_" + p.List, ID: "f-" + p.List, Hint: p.Hint, Error: p.Error, Value: p.Words}
}

func (p PermissionPicker) foundTitle() string {
	return foundTitle(len(p.Found), p.More, p.Words)
}

// AgentTable is a table of agent identities that was uploaded, after its dry
// run.
type AgentTable struct {
	File    string
	Good    int // rows that can be made
	Users   int // of them with an agent user of their own
	Total   int
	Bad     []RowFault
	More    int  // faults beyond those that are shown
	Offer   bool // to go on with the good rows
	Settled bool // that was chosen
}

// RowFault is what is wrong with one field of a row.
type RowFault struct {
	Row                 int
	Field, Problem, Fix string
}

func (t AgentTable) summary() string {
	bad := t.Total - t.Good
	text := plural(t.Good, "agent identity")
	if t.Users > 0 {
		text += ", " + strconv.Itoa(t.Users) + " with a row for the agent user"
	}
	switch {
	case bad > 0 && t.Settled:
		return text + "; " + plural(bad, "row") + " with faults left out."
	case bad > 0:
		return strconv.Itoa(t.Good) + " of " + plural(t.Total, "row") + " can be made, " + strconv.Itoa(bad) + " cannot."
	}
	return text + "."
}

func (t AgentTable) goOn() string { return "Go on with the " + plural(t.Good, "good row") }

// UserFields is the step Agent users. Without Domains or Licenses the tenant
// did not tell them; Fault says why.
type UserFields struct {
	UPNPattern, Domain, UsageLocation, License string
	Domains, Licenses                          []Option
	Plans                                      []LicensePlan // of the chosen licence
	Fault                                      string
	Manager, Sponsors                          Picker
	Given                                      []string // sign-in names that follow
}

// LicensePlan is a service of a licence and its state.
type LicensePlan struct {
	Name, State string
	Tone        Tone
}

func doesOptions() []Option {
	return []Option{
		{Value: string(provision.ActsAlone), Label: "Act on their own", Hint: "With application permissions of their own, nobody signed in."},
		{Value: string(provision.ActsForUsers), Label: "Act on behalf of users", Hint: "With delegated permissions, for a person who is signed in to a client."},
		{Value: string(provision.ActsAsUser), Label: "Act with their own user account", Hint: "With an agent user each: a mailbox, a calendar, a place in Teams."},
	}
}

// CredentialOptions are the kinds of credential on offer, the best first.
func CredentialOptions() []Option {
	return []Option{
		{Value: string(provision.CredentialFederated), Label: "Federated credential (recommended)", Hint: "The platform that the agents run on proves who they are. There is nothing to keep secret, to renew or to lose."},
		{Value: string(provision.CredentialCertificate), Label: "Certificate", Hint: "You upload the public part. The private key stays where the agents run."},
		{Value: string(provision.CredentialSecret), Label: "Client secret", Hint: "Easy, and weak: it can be copied, and lives on in files and chats. Yet this portal can act as the blueprint and test its tokens with a client secret only."},
		{Value: string(provision.CredentialNone), Label: "None for now", Hint: "Nothing can sign in as the blueprint until you add one."},
	}
}

func scenarioOptions() []Option {
	return []Option{
		{Value: provision.FederatedManagedIdentity, Label: "Azure, with a managed identity"},
		{Value: provision.FederatedGitHub, Label: "GitHub Actions"},
		{Value: provision.FederatedKubernetes, Label: "Kubernetes"},
		{Value: provision.FederatedOther, Label: "Another issuer"},
	}
}

func entityOptions() []Option {
	return []Option{
		{Value: "environment", Label: "Those of an environment"},
		{Value: "branch", Label: "Those of a branch"},
		{Value: "tag", Label: "Those of a tag"},
		{Value: "pull_request", Label: "Those of pull requests"},
	}
}

func consentOptions() []Option {
	return []Option{
		{Value: "all", Label: "People and admins", Hint: "Each person may let a client use the agents for them."},
		{Value: "admins", Label: "Admins only", Hint: "For everybody in the tenant."},
	}
}

func (w BlueprintWizard) tableFile() Input {
	return w.file("Table of agents", "table", "A CSV file with a row for each agent identity and, if wanted, its agent user. At most 1,000 rows and 2 MiB. Every row is checked before anything is made.")
}
