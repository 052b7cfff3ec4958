package views

import "time"

// Overview is the first page after sign-in: how much there is, what needs
// somebody, what happened last.
type Overview struct {
	MayCreate, MayTest bool
	// NoRole leaves everything out but what anybody may do.
	NoRole  bool
	Figures []FigureOf
	// ReadAt is when the directory was read.
	ReadAt time.Time
	// GraphFault says why the figures of the directory are missing; empty when
	// they are not.
	GraphFault string
	Findings   []Finding
	// FirstSteps is empty once the portal has been used for what it is for.
	FirstSteps []FirstStep
	Acts       []ActRow
	// ActsNote says whose acts these are.
	ActsNote string
	Tenant   TenantFacts
	// Chain is nil for people who may not see the audit.
	Chain *ChainFacts
}

// FigureOf is a big number with a name and a note.
type FigureOf struct{ Icon, Label, Number, Note, Href string }

// Finding is something that needs somebody, with the next act beside it.
type Finding struct {
	Tone                Tone
	Title, Href, Detail string
	Act, ActHref        string
}

// FirstStep is one of the things to do in a new portal.
type FirstStep struct {
	Title, Text, Act, Href string
	Done                   bool
}

// ActRow is a record of the audit in one line.
type ActRow struct {
	Seq        int64
	At         time.Time
	Who, What  string
	Target     string // name or id of the object, empty for none
	TargetHref string
	Result     string
	Tone       Tone
}

// TenantFacts say which tenant this is and who the reader is in it.
type TenantFacts struct {
	Sandbox          bool
	ID, Name, Domain string
	Roles            string
	SignedInAs       string
}

// ChainFacts are the size and the end of the audit.
type ChainFacts struct {
	Records int64
	Last    time.Time
}
