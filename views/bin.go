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
	ReadAt      time.Time
	Again       string
	Calls       []graph.Sent
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
	// Unpurgeable says why it cannot be deleted for good; empty where it can.
	Unpurgeable string
	Ticked      bool
}
