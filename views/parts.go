package views

import "time"

// Title is the first row of a page's content; the h1 is Page.Title.
type Title struct {
	// Mark is the kind of the object the page is about, empty for none.
	Mark string
	// Badge is the state beside the title, empty for none. One badge a title.
	Badge     string
	BadgeTone Tone
	// BadgeID is the id of the badge, for pages that renew it in place.
	BadgeID string
	// Read is when the page's facts were read; it stands behind the lead.
	Read time.Time
}

// Input is a form field: label, hint, error and the control between them.
type Input struct {
	Label, Name, Value, Hint, Error string
	// ID is the control's id; empty means "f-" and the name.
	ID string
	// Type is that of an input element; empty is "text".
	Type     string
	Optional bool
	Mono     bool
	Focus    bool // the page opens with the cursor in it
	// Autocomplete is "off" unless set.
	Autocomplete string
	Placeholder  string
	InputMode    string
	Rows         int
	Min, Max     string
	// List is the id of a datalist with values worth choosing.
	List string
}

func (in Input) id() string {
	if in.ID != "" {
		return in.ID
	}
	return "f-" + in.Name
}

// describedBy names hint and error, in the order they are read.
func (in Input) describedBy() string {
	switch {
	case in.Hint != "" && in.Error != "":
		return in.id() + "-hint " + in.id() + "-error"
	case in.Hint != "":
		return in.id() + "-hint"
	case in.Error != "":
		return in.id() + "-error"
	}
	return ""
}

func (in Input) typ() string {
	if in.Type == "" {
		return "text"
	}
	return in.Type
}

func (in Input) autocomplete() string {
	if in.Autocomplete == "" {
		return "off"
	}
	return in.Autocomplete
}

func (in Input) rows() int {
	if in.Rows == 0 {
		return 5
	}
	return in.Rows
}

// Option is one choice of a select or a group of radio buttons.
type Option struct {
	Value, Label, Hint string
	// Group puts the option under a heading, in selects only.
	Group string
}

// optionGroups keeps the order of the options and joins neighbours of a group.
func optionGroups(options []Option) [][]Option {
	var groups [][]Option
	for _, o := range options {
		if n := len(groups); n > 0 && groups[n-1][0].Group == o.Group {
			groups[n-1] = append(groups[n-1], o)
			continue
		}
		groups = append(groups, []Option{o})
	}
	return groups
}

// FieldError is a fault of one field, as the summary above a form lists it.
// Field is the id of its control ("f-" and the field's name).
type FieldError struct{ Field, Text string }

// TableOf describes a table. Label names it for those who do not see it.
type TableOf struct {
	Label   string
	Columns []Column
	// Stacks makes a block of label and value of each row on small screens;
	// otherwise the table scrolls sideways in a region of its own.
	Stacks bool
	// Compact is for tables inside cards.
	Compact bool
	// Wide tables scroll sideways in their region on every screen; the heads of
	// others stay in view instead.
	Wide bool
}

// Column is a head of a table.
type Column struct {
	Title string
	// Number right-aligns the head over figures.
	Number bool
	// SortHref makes the head a link; Sorted is "ascending" or "descending".
	SortHref, Sorted string
	// Silent hides the words: a column of buttons still has a name.
	Silent bool
}

// Chip is a filter that is on; the link takes it off.
type Chip struct{ Name, Value, RemoveHref string }

// Paging is the foot of a list. An empty Href shows the way as disabled.
type Paging struct {
	Text                     string
	PreviousHref, NextHref   string
	PreviousLabel, NextLabel string
	// PreviousPage and NextPage are the numbers of pages of a list whose ticks go
	// along; 0 shows the way as disabled.
	PreviousPage, NextPage int
	// Rows are the sizes of a page to choose from; empty for lists with one.
	Rows []RowChoice
}

// RowChoice is how many rows a page may have, and the address that says so.
type RowChoice struct {
	Rows    int
	Href    string
	Current bool
}

func (p Paging) previous() string {
	if p.PreviousLabel == "" {
		return "Previous"
	}
	return p.PreviousLabel
}

func (p Paging) next() string {
	if p.NextLabel == "" {
		return "Next"
	}
	return p.NextLabel
}

// Tab is a link among tabs.
type Tab struct {
	Text, Href, Count string
	Current           bool
}

// RailStep is a step of a form of several pages.
type RailStep struct {
	Name, Note, Href string
	// State is "done", "current", "open" for one that can be filled in,
	// "locked"; "error" is a current one with faults, "fault" another with.
	State string
}

// StepView is a step of a run. State is one of planned, started, waiting,
// unknown, done, failed.
type StepView struct {
	Number     int
	State      string
	Name, Call string
	Status     string
	Tone       Tone
	Right      string
	Anchor     string
}

// HopView is the head of a hop card. State is one of answered, refused,
// unreached, failed.
type HopView struct {
	Name, Sentence, State string
	// Status is "200" or "401 invalid_client"; Right is the duration.
	Status, Duration string
	// Signature is the verdict in words; empty leaves it out.
	Signature     string
	SignatureTone Tone
	// Note stands instead of the facts of a hop that was not reached.
	Note string
	// Warning is one more finding: "1 claim missing".
	Warning string
	// Folded hides the body behind Summary until it is asked for.
	Folded  bool
	Summary string
}

// ClaimRow is a claim of a token with what it says.
type ClaimRow struct {
	Name, Value, Says string
	// Href is the claim's place in the dictionary; empty when it has none.
	Href string
	// For is "Expected", "Present", "Missing", "Unexpected" or "Unproven"; empty
	// for none.
	For string
	// Unjudged leaves the cell of For out: no mode is known to judge by.
	Unjudged bool
}

// DialogView is a question before a destructive act.
type DialogView struct {
	// Question names the object: "Delete Invoice helper?".
	Question string
	// Consequence says with counts what stops, and whether it comes back.
	Consequence      string
	Action, KeepHref string
	// Typed is what has to be typed, Verb what it leads to ("delete"); without
	// them the button is enough.
	Typed, Verb string
	// Value is what was typed, Error what is wrong with it.
	Value, Error string
	// Act is the last button, with its count: "Delete 16 objects".
	Act, Busy string
}

func (d DialogView) input() Input { return Input{Name: "typed", Error: d.Error} }

// Badge and status icons by tone.
func toneIcon(t Tone) string {
	switch t {
	case ToneOK:
		return "check-circle-fill"
	case ToneWarn:
		return "exclamation-triangle-fill"
	case ToneDanger:
		return "x-octagon-fill"
	case ToneSandbox:
		return "sliders"
	case ToneWait:
		return "hourglass-split"
	case ToneSecret:
		return "key"
	case ToneMuted:
		return "dash-circle"
	case ToneOpen:
		return "dashed-circle"
	}
	return "info-circle-fill"
}
