package views

import (
	"time"

	"agentidportal/entra/graph"
	"agentidportal/provision"
)

// ListPage is what the lists of directory objects have in common.
type ListPage struct {
	Query string
	// Chips are the filters that are on; Total counts what is left.
	Chips    []Chip
	ClearAll string
	Total    string
	Sort     []Column
	Paging   Paging
	ReadAt   time.Time
	// Filtered says that an empty list is the filters' doing.
	Filtered  bool
	MayCreate bool
}

// BlueprintList is the page "/blueprints".
type BlueprintList struct {
	ListPage
	Rows []BlueprintRow
}

// BlueprintRow is a blueprint in the list.
type BlueprintRow struct {
	ID, AppID, Name string
	Created         time.Time
	Credential      CredentialState
}

// CredentialState is when the next credential ends, in words. A Tone is set
// when that needs somebody.
type CredentialState struct {
	Text string
	Tone Tone
}

// BlueprintDetail is the page "/blueprints/{id}".
type BlueprintDetail struct {
	Blueprint          graph.Blueprint
	TenantID           string
	ReadAt             time.Time
	MayCreate, MayTest bool
	Credential         CredentialState
	Findings           []Finding
	Credentials        []CredentialRow
	// Principal is nil when there is none, or when PrincipalFault says why it
	// is not known.
	Principal      *graph.BlueprintPrincipal
	PrincipalFault string
	Owners         People
	Sponsors       People
	Agents         []AgentRow
	AgentsFault    string
	// AgentsMore says that the blueprint has more agents than are listed.
	AgentsMore bool
	Origin     Origin
	Runs       []ObjectRun
	// AddSecretHref is empty for those who may not add a client secret.
	AddSecretHref string
}

// CredentialRow is a secret or a certificate of a blueprint.
type CredentialRow struct {
	Kind, Name, Hint, KeyID string
	// RunID is the run that made it, whose mark Name is then; empty for others.
	RunID        string
	Starts, Ends time.Time
	State        CredentialState
}

// People are owners or sponsors, or the reason why they are not known.
type People struct {
	Refs  []graph.PrincipalRef
	Fault string
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
