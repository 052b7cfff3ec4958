package views

import (
	"strconv"
	"strings"
	"time"

	"agentidportal/entra"
)

// TokenCheckRow is a saved check in lists, and on the page of a result.
type TokenCheckRow struct {
	ID, Name    string
	Mode, Scope string
	Target      TokenCheckTarget
	Status      string // what the last run found, in words
	Tone        Tone
	RanAt       time.Time // zero: never with these settings
}

// Href is the check's own page.
func (r TokenCheckRow) Href() string { return tokenChecksPath + "/" + r.ID }

// tokenChecksPath is the list of saved checks.
const tokenChecksPath = "/tokens/checks"

// TokenCheckTarget is whose tokens a check is about: one agent identity, or all
// of a blueprint.
type TokenCheckTarget struct {
	AgentID, AgentName         string // empty: all of the blueprint
	BlueprintID, BlueprintName string // an empty id leaves the link out
}

func (t TokenCheckTarget) mark() string {
	if t.AgentID != "" {
		return "agentIdentity"
	}
	return "blueprint"
}

func (t TokenCheckTarget) href() string {
	switch {
	case t.AgentID != "":
		return "/agents/" + t.AgentID
	case t.BlueprintID != "":
		return "/blueprints/" + t.BlueprintID + "/identities"
	}
	return ""
}

// Words name the target.
func (t TokenCheckTarget) Words() string {
	if t.AgentID != "" {
		return t.AgentName
	}
	return "All agents of " + t.BlueprintName
}

// TokenCheckList is the page "/tokens/checks".
type TokenCheckList struct {
	Rows      []TokenCheckRow
	Query     string
	Chips     []Chip
	Total     string
	Name      Column // sorts by name
	Paging    Paging
	ExportURL string
	Found     int
}

// TokenCheckForm is the form of a check.
type TokenCheckForm struct {
	Action, BackHref          string
	Name, Mode, Scope, Target string
	Version                   string // of the check that is changed; empty for a new one
	Targets                   []Option
	Rows                      []AssertionRow
	MayAdd                    bool
	// Faults are sentences by field name.
	Faults map[string]string
	// NotShown counts agents that the list leaves out, Foreign those of
	// blueprints that the person does not own.
	NotShown, Foreign int
	// Changed says that somebody saved the check since the form was opened.
	Changed bool
}

// AssertionRow is one row of the form, counted from 1.
type AssertionRow struct {
	Number      int
	Kind, Value string
}

func (r AssertionRow) kindField() string  { return "kind_" + strconv.Itoa(r.Number) }
func (r AssertionRow) valueField() string { return "value_" + strconv.Itoa(r.Number) }

var tokenCheckFields = [][2]string{{"name", "Name"}, {"target", "Whose tokens"}, {"mode", "Mode"}, {"scope", "Scope"}}

func (f TokenCheckForm) errors() []FieldError {
	var list []FieldError
	add := func(field, label string) {
		if fault := f.Faults[field]; fault != "" {
			list = append(list, FieldError{Field: "f-" + field, Text: label + ": " + fault})
		}
	}
	for _, field := range tokenCheckFields {
		add(field[0], field[1])
	}
	for _, r := range f.Rows {
		add(r.kindField(), "What must hold, "+strconv.Itoa(r.Number))
		add(r.valueField(), "Value "+strconv.Itoa(r.Number))
	}
	return list
}

func (f TokenCheckForm) input(name, label, value, hint string) Input {
	return Input{Name: name, Label: label, Value: value, Hint: hint, Error: f.Faults[name]}
}

func (f TokenCheckForm) scopeInput() Input {
	in := f.input("scope", "Scope", f.Scope, "One resource and /.default, or, as an agent user, single scopes of one resource.")
	in.Mono = true
	return in
}

func (f TokenCheckForm) kindInput(r AssertionRow) Input {
	return f.input(r.kindField(), "What must hold, "+strconv.Itoa(r.Number), r.Kind, "")
}

func (f TokenCheckForm) valueInput(r AssertionRow) Input {
	in := f.input(r.valueField(), "Value "+strconv.Itoa(r.Number), r.Value, "")
	in.Mono = true
	return in
}

func (f TokenCheckForm) targetHint() string {
	rest := strings.TrimPrefix(TokenForm{NotShown: f.NotShown, Foreign: f.Foreign}.agentHint(), TokenForm{}.agentHint())
	return "The agent whose token is held against the checks, or all agents of a blueprint." + rest
}

// checkModes are the modes that need nobody to sign in.
func checkModes() []Option {
	var options []Option
	for _, name := range []entra.ModeName{entra.ModeAutonomous, entra.ModeAgentUser} {
		mode, _ := TokenModeOf(name)
		options = append(options, Option{Value: string(name), Label: mode.Label})
	}
	return options
}

// assertionKinds are the kinds of assertions as the options of a select.
func assertionKinds() []Option {
	words := map[entra.AssertionKind]string{
		entra.AssertRole: "Has the role", entra.AssertNoRole: "Does not have the role", entra.AssertScope: "Has the scope",
		entra.AssertBlueprint: "Comes from the blueprint (App ID)", entra.AssertAudience: "Is for the resource",
		entra.AssertLifetime: "Lives at least so many more minutes", entra.AssertAgentUser: "Acts as an agent user (no value)",
	}
	options := []Option{{Value: "", Label: "Choose…"}}
	for _, kind := range entra.AssertionKinds() {
		options = append(options, Option{Value: string(kind), Label: words[kind]})
	}
	return options
}

// TokenCheckPage is the page of one check.
type TokenCheckPage struct {
	Row              TokenCheckRow
	Created, Changed time.Time
	Assertions       []string
	// Kept are the client secrets of the blueprint that the person may use.
	Kept          []KeptRow
	Chosen        string
	AddSecretHref string
	// Faults are of the form that runs it, by field; "run" is about no field.
	Faults map[string]string
	// Busy is another check of the person that has not ended.
	Busy, BusyHref string
	Sweep          *TokenSweep
}

// running says that a run of this check goes on.
func (d TokenCheckPage) running() bool { return d.Sweep != nil && d.Sweep.Running }

func (d TokenCheckPage) badge() (string, Tone) {
	if d.running() {
		return "Running", ToneInfo
	}
	return d.Row.Status, d.Row.Tone
}

func (d TokenCheckPage) errors() []FieldError {
	var list []FieldError
	if fault := d.Faults["run"]; fault != "" {
		list = append(list, FieldError{Field: "run", Text: fault})
	}
	for _, field := range [][2]string{{"client_secret", "Client secret"}, {"kept", "Kept secret"}} {
		if fault := d.Faults[field[0]]; fault != "" {
			list = append(list, FieldError{Field: "f-" + field[0], Text: field[1] + ": " + fault})
		}
	}
	return list
}

func (d TokenCheckPage) secretInput() Input {
	hint := "Of the blueprint. It is held in memory for this run alone."
	if len(d.Kept) > 0 {
		hint += " Leave it empty to use the kept one chosen below."
	}
	return Input{Name: "client_secret", Label: "Client secret", Hint: hint, Error: d.Faults["client_secret"]}
}

func (d TokenCheckPage) keptInput() Input {
	return Input{Name: "kept", Label: "Kept secret", Value: d.Chosen, Hint: "Kept sealed by the portal. Every use is written to the audit.", Error: d.Faults["kept"]}
}

func (d TokenCheckPage) keptOptions() []Option { return TokenForm{Kept: d.Kept}.keptOptions() }

// TokenSweep is what a run has brought so far.
type TokenSweep struct {
	Running       bool
	Done, Total   int
	Counts        string // in words
	Started       time.Time
	Ended         time.Time
	Tone          Tone
	Title, Text   string // how it ended, or what it waits for; an empty title says nothing
	Rows          []SweptRow
	Paging        Paging
	OtherSettings bool // the check was changed since
}

// SweptRow is what came of one agent.
type SweptRow struct {
	ID, Name string
	State    string
	Tone     Tone
	Checks   []entra.Checked
	Unproven bool
	// Hop and Err are a refusal; Fault is a sentence in its place.
	Hop     string
	Err     *entra.Error
	Fault   string
	LabHref string // the same try in the lab
	Ways    []SweptWay
}

// SweptWay leads to where what a check misses is given.
type SweptWay struct{ Text, Href string }

func (r SweptRow) code() string { return refusalCode(r.Err) }

// codeAnchor is the row of a refusal's code in the help.
func (r SweptRow) codeHref() string { return CodeHref(refusalCodeShort(r.Err)) }

// ResultChecks are the saved checks that fit the token of a result.
type ResultChecks struct {
	// SaveHref makes a new check of the try; empty where none can be saved.
	SaveHref string
	// NoToken: there is nothing to hold against the checks.
	NoToken bool
	Checks  []ResultCheck
}

// ResultCheck is one saved check, held against a token.
type ResultCheck struct {
	Name, Href string
	Checks     []entra.Checked
	Unproven   bool
}

func (r ResultCheck) passed() bool {
	for _, c := range r.Checks {
		if !c.Pass {
			return false
		}
	}
	return !r.Unproven
}

func (r ResultChecks) note() string {
	passed := 0
	for _, c := range r.Checks {
		if c.passed() {
			passed++
		}
	}
	switch {
	case len(r.Checks) == 0:
		return "none is saved for this agent, mode and scope"
	case r.NoToken:
		return "no token to hold against " + Plural(len(r.Checks), "saved check")
	}
	return strconv.Itoa(passed) + " of " + plural(len(r.Checks), "saved check") + " passed"
}

// provedWords is said beside an assertion where the signature is invalid.
func provedWords(c entra.Checked, unproven bool) string {
	if unproven && c.Pass {
		return strings.TrimSuffix(c.Found, ".") + ", and the signature is invalid."
	}
	return c.Found
}
