package views

import (
	"time"

	"agentidportal/entra/graph"
)

// ListPage is what the lists of directory objects have in common.
type ListPage struct {
	// Path is the address without a query, Again the address as it is.
	Path, Again string
	Query       string
	// Secret is what was typed as the search and is not searched: "token" or "secret".
	Secret  string
	Filters []ListFilter
	// Hidden goes along with the filters: Label is the name.
	Hidden []Option
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
	// Fault says that Graph does not take these filters, in its words.
	Fault string
	// ExportAction takes the whole filtered list as a file.
	ExportAction, ExportNote string
	Calls                    []graph.Sent
}

// ListFilter is a choice above a list.
type ListFilter struct {
	Label, Name, Value string
	Options            []Option
}

// Home is the tenant that the blueprint of a principal lives in.
type Home struct {
	TenantID, Publisher string
	Elsewhere           bool
}

// PrincipalList is the page "/principals".
type PrincipalList struct {
	ListPage
	Rows []PrincipalRow
}

// PrincipalRow is a blueprint principal in the list.
type PrincipalRow struct {
	ID, AppID, Name string
	Enabled         bool
	Created         time.Time
	Home            Home
}
