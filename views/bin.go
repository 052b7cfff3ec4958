package views

import (
	"time"

	"agentidportal/entra/graph"
)

// Bin is the page "/recycle-bin".
type Bin struct {
	Query, Kind string
	Kinds       []Option
	Chips       []Chip
	Total       string
	Rows        []BinRow
	Paging      Paging
	MayChange   bool
	Filtered    bool
	ClearAll    string
	// RowsAPage is the size of the page where it is not the usual one.
	RowsAPage string
	// Kept is the address as hidden fields, ticks of other pages among them, which
	// TickedElsewhere counts. Found counts what the filters leave.
	Kept              []Option
	TickedElsewhere   int
	AllTicked         bool
	Found             int
	TickAll, TickNone string
	ReadAt            time.Time
	Again             string
	Calls             []graph.Sent
}

// BinRow is a deleted object.
type BinRow struct {
	ID, Tick, Mark, Name, Kind string
	UPN                        string // of agent users
	Deleted                    time.Time
	Left                       string
	LeftTone                   Tone
	// Belongs is the deleted object that is restored with it; empty for none.
	Belongs string
	// Lost says why it can never be restored; empty where it can.
	Lost string
	// Unpurgeable says why it cannot be deleted for good; empty where it can.
	Unpurgeable string
	Ticked      bool
}

// tickedWords counts what is ticked, as far as the server knows.
func (b Bin) tickedWords() string {
	n := b.TickedElsewhere
	for _, r := range b.Rows {
		if r.Ticked {
			n++
		}
	}
	return selectedWords(n, b.Found, b.AllTicked)
}
