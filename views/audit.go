package views

import (
	"strconv"
	"strings"
	"time"
)

// AuditList is a page of the audit.
type AuditList struct {
	Errors       []FieldError
	Fields       AuditFields
	Chips        []Chip
	ClearAll     string
	Total        string
	Rows         []AuditRow
	Newer, Older string
	// MayVerify shows how to check the chain, AskWho the field Who.
	MayVerify, AskWho bool
	// Runs are those that the records of an object belong to.
	Runs []string
}

// AuditRow is a record in the list.
type AuditRow struct {
	ActRow
	Action    string
	RequestID string // of Graph; empty when there is none
	// NoRequestID says why there is none.
	NoRequestID string
}

// AuditFields are the controls above the list.
type AuditFields struct {
	Who, From, To, Zone          string
	Action, Result, Kind, Target string
	Actions, Results, Kinds      []Option
	Hidden                       []Option // Label is the name
}

// day is a field for a day. One that was refused is a field for any text:
// a date field would drop what it cannot read, and what was typed stays.
func (l AuditList) day(label, name, value string) Input {
	in := l.input(label, name, value)
	if in.Error == "" {
		in.Type = "date"
	}
	return in
}

// input is a field with what is wrong with its value.
func (l AuditList) input(label, name, value string) Input {
	in := Input{Label: label, Name: name, Value: value}
	for _, e := range l.Errors {
		if e.Field == in.id() {
			in.Error = strings.TrimPrefix(e.Text, label+": ")
		}
	}
	return in
}

// runHref lists every record of a run, its intents too.
func runHref(run string) string { return "/audit?" + Query("run", run, "kind", "all") }

func (l AuditList) paging() Paging {
	return Paging{
		Text:         "Newest first. An act and the intent before it are one row.",
		PreviousHref: l.Newer, NextHref: l.Older, PreviousLabel: "Newer", NextLabel: "Older",
	}
}

// AuditDetail is one record with all it holds.
type AuditDetail struct {
	Record   AuditRow
	Number   int64
	Kind     string
	Previous string // address, empty for none
	Next     string
	RunID    string
	// History is the address of the object's other records.
	History, HistoryName, TargetID string
	// Named is the person or the agent user that the record is about, from the
	// part of it that can be erased.
	Named string
	Diff  []DiffRow
	Call  *AuditCall
	// Facts are the rest of what the record holds.
	Facts []SupportFact
	Who   AuditWho
	Chain AuditChain
}

// DiffRow is a field before and after a change.
type DiffRow struct {
	Field, Before, After string
}

func (d DiffRow) same() bool { return d.Before == d.After }

// AuditCall is an operation: its intent, what was sent, how it ended.
type AuditCall struct {
	Intent, Outcome     int64 // seq; 0: there is none
	IntentAt, OutcomeAt time.Time
	Method, Path, Body  string
	Roles, RunsAs       string
	Answer              string
	Result              string
	Tone                Tone
	GraphRequestID      string
	ClientRequestID     string
	Reason              string
}

// AuditWho is who acted, from where.
type AuditWho struct {
	Account, Name, ObjectID, History string
	Roles                            string
	SignIn                           string
	IP, Browser                      string
	TenantID                         string
	// InRun is the run whose engine acted for the person; empty when the record
	// has an address of its own.
	InRun string
	// Erased says that the personal words were erased.
	Erased bool
}

// AuditChain is the place of a record in the chain.
type AuditChain struct {
	Holds                  bool
	Faults                 []string
	Prev, Hash, Recomputed string
}

func (c AuditChain) tone() Tone {
	if c.Holds {
		return ToneOK
	}
	return ToneDanger
}

func (c AuditChain) words() string {
	if c.Holds {
		return "Holds"
	}
	return "Does not hold"
}

func recordHref(seq int64) string { return "/audit/" + strconv.FormatInt(seq, 10) }

func recordName(seq int64) string { return "Record " + Count(seq) }

// shortID is a request id in a narrow column; the record has it whole.
func shortID(id string) string {
	if len(id) <= 8 {
		return id
	}
	return id[:8] + "…"
}

// hexGroups sets blanks into a hash, so that two can be compared by eye.
func hexGroups(hash string) []string {
	var groups []string
	for len(hash) > 16 {
		groups, hash = append(groups, hash[:16]), hash[16:]
	}
	return append(groups, hash)
}

func diffNote(rows []DiffRow) string {
	n := 0
	for _, r := range rows {
		if !r.same() {
			n++
		}
	}
	return strconv.Itoa(n) + " of " + Plural(len(rows), "recorded field") + " differ"
}
