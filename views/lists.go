package views

import (
	"time"
)

// ObjectList is a list of directory objects of one kind.
type ObjectList struct {
	Kind  string // of graph.Kind, the mark of its rows
	Thing string // "blueprint"
	// Path is the address without a query.
	Path   string
	Query  string
	Search string // label of the search field
	// Secret is what was typed as the search and is not searched: "token" or "secret".
	Secret  string
	Filters []ListFilter
	// Hidden goes along with the filters: Label is the name.
	Hidden []Option
	// Chips are the filters that are on; Total counts what is left.
	Chips    []Chip
	ClearAll string
	Total    string
	Columns  []ColumnChoice
	Heads    []Column
	Rows     []ListRow
	Paging   Paging
	Snapshot SnapshotOf
	// Found counts what the filters leave, Whole all there are.
	Found, Whole int
	MayCreate    bool
	// Export takes the whole filtered list as a file.
	Export string
	Drafts []DraftRow // of the person alone

	// Tickable says that rows can be ticked for Acts. Kept is the address as
	// hidden fields, ticks of other pages among them, which TickedElsewhere counts.
	Tickable, AllTicked bool
	Acts                []BulkAct
	Kept                []Option
	TickedElsewhere     int
	// TickAll is empty where the filters leave more than MostTicked rows.
	TickAll, TickNone string
	MostTicked        int
}

// ListFilter is a choice above a list.
type ListFilter struct {
	Label, Name, Value string
	Options            []Option
}

// ColumnChoice is a column that can be shown.
type ColumnChoice struct {
	Key, Title string
	On         bool
}

// ListRow is an object of a list. Tick is its id as the address names it.
type ListRow struct {
	ID, Name, Href, Tick string
	Ticked               bool
	Cells                []ListCell
}

// ListCell is a cell of a list: a text, which may be a link, a state, a figure,
// an id or a day.
type ListCell struct {
	Label, Text, Href string
	Tone              Tone
	Muted, ID, Number bool
	Day               time.Time
	IsDay             bool
}

// BulkAct is what can be done to the ticked rows.
type BulkAct struct {
	Word, Label string
	Danger      bool
}

// SnapshotOf is what a page says of the snapshot it is made from.
type SnapshotOf struct {
	ReadAt time.Time
	ReadBy string
	Calls  int
	Took   time.Duration
	Unread []string // what could not be read
	// Fault says why it could not be read again; Reading that it is just now.
	Fault   string
	Reading bool
	Again   string
}

// Reading is how far a first reading of the tenant is.
type Reading struct {
	By                                    string
	Started                               time.Time
	Blueprints, Principals, Agents, Users int
}

// Home is the tenant that the blueprint of a principal lives in.
type Home struct {
	TenantID, Publisher string
	Elsewhere           bool
}

// heads are the heads of the table, with one over the boxes.
func (l ObjectList) heads() []Column {
	if !l.Tickable {
		return l.Heads
	}
	return append([]Column{{Title: "Select", Silent: true}}, l.Heads...)
}

// label names the table: the kind in the plural.
func (l ObjectList) label() string {
	switch l.Kind {
	case "blueprint":
		return "Blueprints"
	case "blueprintPrincipal":
		return "Blueprint principals"
	case "agentUser":
		return "Agent users"
	}
	return "Agent identities"
}

// tickedWords counts what is ticked, as far as the server knows.
func (l ObjectList) tickedWords() string {
	n := l.TickedElsewhere
	for _, r := range l.Rows {
		if r.Ticked {
			n++
		}
	}
	return selectedWords(n, l.Found, l.AllTicked)
}

func selectedWords(n, found int, all bool) string {
	switch {
	case all:
		return "All " + Count(found) + " selected"
	case n > 0:
		return Count(n) + " selected"
	}
	return "With the ticked:"
}

// maxReturn is the longest address that a form may lead back to.
const maxReturn = 500

// again is where reading again leads back to.
func (s SnapshotOf) again() string {
	if len(s.Again) > maxReturn {
		for i, r := range s.Again {
			if r == '?' {
				return s.Again[:i]
			}
		}
	}
	return s.Again
}

func orNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}
