package views

import (
	"strings"
	"time"

	"agentidportal/entra/graph"
)

// ObjectHead is what the pages of one directory object have in common.
type ObjectHead struct {
	Mark, Badge string
	BadgeTone   Tone
	Actions     []ButtonView
	Tabs        []Tab
	ReadAt      time.Time
	Again       string // address of the page, to read it again
	Calls       []graph.Sent
	Done        string // the run that a form has just led back from, by its number; empty for none
	// Impact is what depends on the object; nil on the tabs beside Overview.
	Impact *Impact
}

// ButtonView is a link that looks like a button; Style is that of LinkButton.
type ButtonView struct{ Href, Icon, Text, Style string }

// ObjectPeople is the tab Owners & sponsors of an object.
type ObjectPeople struct {
	ObjectHead
	Owners, Sponsors People
	// OwnersMay says what owners of this kind may do.
	OwnersMay string
	// AddOwner and AddSponsor are the calls that add one, as "POST /v1.0/...".
	AddOwner, AddSponsor string
}

// ObjectAgents is the tab Identities of a blueprint or a principal.
type ObjectAgents struct {
	ObjectHead
	Agents  AgentsOf
	Total   string
	Paging  Paging
	ListOf  string // the same in the list, with its filters
	AddHref string // where agent identities are added; empty for those who may not
	// AddAgent is the call that makes one more, as "POST /v1.0/...".
	AddAgent string
}

// ObjectAudit is the tab Audit of an object: the newest of its records.
type ObjectAudit struct {
	ObjectHead
	Rows []AuditRow
	// All is the audit with the object as its filter; Own says that the reader
	// sees only what he did himself.
	All  string
	Own  bool
	More bool
}

// ObjectJSON is the tab JSON of an object.
type ObjectJSON struct {
	ObjectHead
	Action                  string
	Version, Select, Expand string
	Errors                  []FieldError
	// Call is the address that was asked for, without the host.
	Call string
	// Body is the object as Graph gave it, with line breaks; Cut says that it
	// is only the beginning of a very long one.
	Body string
	Cut  bool
	// Refused is what Graph said instead.
	Refused *GraphRefusal
}

// GraphRefusal is a refusal by Graph in the place of the part it concerns.
type GraphRefusal struct {
	Status              int
	Code, Message, Next string
	RequestID           string
}

func (j ObjectJSON) input(label, name, value, hint string) Input {
	in := Input{Label: label, Name: name, Value: value, Hint: hint, Optional: true, Mono: true}
	for _, e := range j.Errors {
		if e.Field == in.id() {
			in.Error = strings.TrimPrefix(e.Text, label+": ")
		}
	}
	return in
}

func jsonVersions() []Option {
	return []Option{{Value: "v1.0", Label: "v1.0"}, {Value: "beta", Label: "beta, may change without notice"}}
}

// agentsTotal is the count of a blueprint's agent identities in words.
func (a AgentsOf) agentsTotal() string {
	switch {
	case a.Fault != "":
		return ""
	case a.Total != nil:
		return Count(*a.Total)
	case a.More && len(a.Rows) == 0:
		return "not counted"
	case a.More:
		return "more than " + Count(len(a.Rows))
	}
	return Count(len(a.Rows))
}
