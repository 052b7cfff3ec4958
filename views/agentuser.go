package views

import "agentidportal/entra/graph"

// AgentUserDetail is the tab Overview of "/agent-users/{id}".
type AgentUserDetail struct {
	ObjectHead
	User graph.AgentUser
	// Parent is its agent identity; nil when there is none any more (Orphan), or
	// when ParentFault says why it could not be read.
	Parent      *graph.AgentIdentity
	ParentFault string
	Orphan      bool
	Family      Family
	Findings    []Finding
	Tree        Tree
	Manager     People // one at most
	Sponsors    People
	Licences    []graph.LicenseDetail
	// LicencesFault says why the licences are not known.
	LicencesFault string
	Origin        Origin
	TenantID      string
}

// AgentUserLicences is the tab Licences of an agent user.
type AgentUserLicences struct {
	ObjectHead
	Licences      []graph.LicenseDetail
	Fault         string
	UsageLocation string // two letters; empty when none is set
	// Add is where one is assigned, Remove where one is taken away, by SKU id; nil
	// for who may not.
	Add    *ButtonView
	Remove map[string]string
	// Assign is the call that gives a licence, as "POST /v1.0/...".
	Assign string
}

// AgentUserGroups is the tab Groups of an agent user.
type AgentUserGroups struct {
	ObjectHead
	Rows  []GroupRow
	Fault string
	// AddTo is where it is made a member, Remove where it is taken out, by object
	// id of the group; nil for who may not.
	AddTo  *ButtonView
	Remove map[string]string
	// Add is the call that makes it a member, as "POST /v1.0/...".
	Add string
}

// withRemove adds the column of removeCell.
func withRemove(remove map[string]string, columns ...Column) []Column {
	if len(remove) > 0 {
		columns = append(columns, Column{Title: "Remove", Silent: true})
	}
	return columns
}

// GroupRow is a group that somebody is a member of.
type GroupRow struct{ ID, Name, Kind string }

// AgentUserPeople is the tab Manager & sponsors of an agent user.
type AgentUserPeople struct {
	ObjectHead
	Manager, Sponsors People
	// SetManager and AddSponsor are the calls that change them, as "PUT /v1.0/...".
	SetManager, AddSponsor string
}

// planWords names a service with its state, where that is not the ordinary one.
func planWords(p graph.ServicePlan) string {
	if p.State == "" || p.State == "Success" {
		return p.Name
	}
	return p.Name + " (" + p.State + ")"
}
