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
	// Secret is what was typed that should not have been, as "token"; it is not
	// repeated.
	Secret string
	Groups []SearchGroup
	// AuditHref is the audit of an id nobody has; empty for those who may not look.
	AuditHref string
}

// SearchGroup is what was found of one kind.
type SearchGroup struct {
	Title string
	Rows  []SearchRow
	// MoreText is set when there are more, MoreHref is the list that has them.
	MoreHref, MoreText string
	// Fault says why this kind was not searched.
	Fault string
}

// SearchRow is one object. Href is empty while it has no page of its own.
type SearchRow struct {
	Mark, Kind, Name, Href string
	Label, Value           string // what else it is known by, as a UPN or an App ID
	ID                     string
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

// idLabel is what the portal calls the id in a row.
func (r SearchRow) idLabel() string {
	switch r.Kind {
	case "Run":
		return "Run"
	case "Draft":
		return "Draft"
	}
	return "Object ID"
}

// searchLabel is the head of the second cell where a row is a block.
func searchLabel(r SearchRow) string {
	if r.Label == "" {
		return "Known by"
	}
	return r.Label
}
