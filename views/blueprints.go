package views

import (
	"time"

	"agentidportal/entra/graph"
	"agentidportal/provision"
)

// CredentialState is when the next credential ends, in words. A Tone is set
// when that needs somebody.
type CredentialState struct {
	Text string
	Tone Tone
}

// BlueprintDetail is the tab Overview of "/blueprints/{id}".
type BlueprintDetail struct {
	ObjectHead
	Blueprint  graph.Blueprint
	TenantID   string
	Credential CredentialState
	Findings   []Finding
	Tree       Tree
	// Principal is nil when there is none, or when PrincipalFault says why it
	// is not known.
	Principal      *graph.BlueprintPrincipal
	PrincipalFault string
	Owners         People
	Sponsors       People
	Agents         AgentsOf
	Origin         Origin
	Runs           []ObjectRun
}

// AgentsOf are the first agent identities of a blueprint.
type AgentsOf struct {
	Rows  []AgentRow
	Fault string
	// Total counts all of them; nil when Graph gave no count. More says that
	// there may be more than Rows.
	Total *int
	More  bool
	// Deleted ones count against the quota until they are purged; nil when they
	// could not be counted.
	Deleted *int
}

// quotaWords is the quota of a blueprint in words, with how much of it is used.
func (a AgentsOf) quotaWords() (words string, used int) {
	used = *a.Total
	switch {
	case a.Deleted == nil:
		return Count(used) + " of " + Count(agentQuota) + ", deleted ones not counted: they could not be read", used
	case *a.Deleted > 0:
		used += *a.Deleted
		return Count(used) + " of " + Count(agentQuota) + ", " + Count(*a.Deleted) + " of them deleted and not purged", used
	}
	return Count(used) + " of " + Count(agentQuota), used
}

// BlueprintCredentials is the tab Credentials of a blueprint.
type BlueprintCredentials struct {
	ObjectHead
	Rows []CredentialRow
	// The ways to add one are empty for those who may not.
	AddHref, AddCertificateHref, AddFederatedHref string
}

// CredentialRow is a secret or a certificate of a blueprint.
type CredentialRow struct {
	Kind, Name, Hint, KeyID string
	// RunID is the run that made it, whose mark Name is then; empty for others.
	RunID        string
	Starts, Ends time.Time
	State        CredentialState
	// RotateHref is empty for what is no client secret, RemoveHref where the portal
	// has no way to remove it, and both for those who may not.
	RotateHref, RemoveHref string
}

// People are owners or sponsors, or the reason why they are not known.
type People struct {
	Refs  []graph.PrincipalRef
	Fault string
	// Add is where one is added, in words with an ellipsis; nil for who may not.
	Add *ButtonView
	// Remove is where one is removed, by object id; empty for who may not.
	Remove map[string]string
}

func (p People) columns() []Column {
	return withRemove(p.Remove, Column{Title: "Name"}, Column{Title: "Kind"}, Column{Title: "User name"})
}

// Origin is what the portal knows of who made an object.
type Origin struct {
	// Who is empty when the object was not made through this portal, or when
	// the reader may not see the record.
	Who   string
	Seq   int64
	RunID string
	// AppID made it according to the directory; App is its name, if known.
	AppID, App string
}

// ObjectRun is a run that made or changed an object.
type ObjectRun struct {
	ID     int64
	Title  string
	Owner  string
	State  string
	Tone   Tone
	Start  time.Time
	Number string
}

// title is what a credential is called: its kind, and who made it or the name
// somebody gave it.
func (r CredentialRow) title() string {
	switch {
	case r.RunID != "":
		return r.Kind + ", made by run " + r.RunID
	case r.Name == "" || r.marked():
		return r.Kind
	}
	return r.Kind + ": " + Visible(r.Name)
}

// marked says that the name is no word of a person but a program's mark.
func (r CredentialRow) marked() bool {
	_, ours := provision.SecretOp(r.Name)
	return ours || r.RunID != ""
}

// agentQuota is how many agent identities a blueprint may have.
// https://learn.microsoft.com/entra/agent-id/preview-known-issues
const agentQuota = 250

// namedPeople is how many owners or sponsors are named on one line.
const namedPeople = 3

// personName is what an owner or a sponsor is called on one line.
func personName(ref graph.PrincipalRef) string {
	if ref.UPN != "" {
		return ref.UPN
	}
	return Named(ref.DisplayName, ref.ID)
}

// audienceWords says who may use a blueprint. The name Graph has for it stays.
// https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation
func audienceWords(audience string) string {
	switch audience {
	case "AzureADMyOrg":
		return "This tenant only (AzureADMyOrg)"
	case "AzureADMultipleOrgs":
		return "Any tenant (AzureADMultipleOrgs)"
	}
	return audience
}
