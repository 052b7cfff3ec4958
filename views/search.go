package views

// searchPath is where the box in the header leads.
const searchPath = "/search"

// SearchPage is the page "/search".
type SearchPage struct {
	Query string
	// Cut is how many characters were searched when there were too many; 0 for
	// all of them.
	Cut int
	// ByID says that an id was looked up, which names are not searched for.
	ByID bool
	// ByStart says that the start of an id was typed.
	ByStart bool
	// Secret is what was typed that should not have been, as "token"; it is not
	// repeated.
	Secret string
	Groups []SearchGroup
	// AuditHref is the audit, of an id nobody has when one was typed; empty for
	// those who may not look.
	AuditHref string
}

// SearchGroup is what was found of one kind.
type SearchGroup struct {
	Title string
	Rows  []SearchRow
	// Mixed says that the rows may be of any kind, so each names its own.
	Mixed bool
	// MoreText is set when there are more, MoreHref is the list that has them.
	MoreHref, MoreText string
	// Fault says why this kind was not searched.
	Fault string
}

// SearchRow is one object, or a run or a draft of the portal's own. Href is
// empty while it has no page.
type SearchRow struct {
	Mark, Kind, Name, Href string
	// Label and Value are what else it is known by, as a UPN or an App ID.
	Label, Value string
	AsID         bool
	ID           string // empty for what is no object of the directory
}

// label is the head of the second column; a group's rows share it.
func (g SearchGroup) label() string { return g.Rows[0].Label }

// local says that the group is the portal's own, without Object IDs.
func (g SearchGroup) local() bool { return g.Rows[0].ID == "" }

func (g SearchGroup) columns() []Column {
	columns := []Column{{Title: "Name"}}
	if label := g.label(); label != "" {
		columns = append(columns, Column{Title: label})
	}
	if !g.local() {
		columns = append(columns, Column{Title: "Object ID"})
	}
	return columns
}

func (s SearchPage) found() int {
	n := 0
	for _, g := range s.Groups {
		n += len(g.Rows)
	}
	return n
}

func (s SearchPage) faults() []SearchGroup {
	var faults []SearchGroup
	for _, g := range s.Groups {
		if g.Fault != "" {
			faults = append(faults, g)
		}
	}
	return faults
}
