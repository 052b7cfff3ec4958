package views

import (
	"strconv"
	"strings"
	"time"
)

// RunList is the page of runs.
type RunList struct {
	Tabs     []Tab
	Rows     []ListedRun
	Filtered bool
	// MayCreate says whether the reader may begin what starts a run.
	MayCreate bool
	Paging    Paging
}

// ListedRun is a run in the list of runs.
type ListedRun struct {
	ID      int64
	Title   string
	Tone    Tone
	State   string
	Owner   string
	Started time.Time
	Took    string
}

// RunData is a run as its page shows it.
type RunData struct {
	ID        int64
	Badge     string
	Tone      Tone
	Finished  bool // nothing moves by itself any more
	EventsURL string

	StepCount, Done, Failed, Waiting, Planned, Calls int

	Elapsed   string
	AuditHref string
	// SimilarHref begins a new blueprint as this run did; empty where that is not for this run or person.
	SimilarHref string
	Steps       []RunStep
	Groups      []StepGroup // of a long run, in place of Steps
	Filter      string      // which steps of a long run are listed, in words
	GroupsHref  string      // back to the groups
	AllHref     string      // all steps, where Filter leaves some out
	Result      *RunResult
	Paging      Paging // of all steps of a long run; empty where they fit
	Quota       string // of its blueprint, in words; empty where it makes no agents
	QuotaUsed   int    // agent identities of the blueprint, those of this run counted
	Cancelled   string // who cancelled it
	MayRetry    bool
	MayResume   bool
	MayCancel   bool
	MayTake     bool
	FailedHref  string // the failed rows as a file
	// The object that a failed change of one is about.
	ObjectHref, ObjectText string

	Owner string
}

// RunResult is what a finished run has made.
type RunResult struct {
	Title, Text    string
	BlueprintHref  string
	FirstAgentHref string
	AddSecretHref  string
	// What a run has changed: an object, or the permissions of one.
	HolderHref, HolderText string
}

// StepGroup are the steps of one kind in a long run.
type StepGroup struct {
	Title       string
	Done, Total int
	Counts      []StepCount
	Steps       []RunStep // those that somebody may want to read
	Left        int       // how many are not listed
	AllHref     string
}

// StepCount is how many steps of a group are in a state.
type StepCount struct {
	N          int
	Word, Href string
}

// StepDetails are what a step sent, what was answered, and what it waits for.
type StepDetails struct {
	Number               int
	Attempt, MaxAttempts int
	Began, Ended         time.Time
	Took                 string
	WaitsFor             string
	NextAt, GivesUp      time.Time
	Answer               string // "403 Authorization_RequestDenied"
	RequestID, OpID      string
	Needs                []StepLink
	Call                 string // method, path and body
	Sent                 bool
}

// StepLink leads to another step of the run.
type StepLink struct {
	Number int
	Href   string
}

func (d StepDetails) tries() string {
	switch {
	case d.Attempt == 0:
		return "None yet"
	case d.MaxAttempts > 0 && d.WaitsFor != "":
		return strconv.Itoa(d.Attempt) + " of at most " + strconv.Itoa(max(d.MaxAttempts, d.Attempt))
	}
	return strconv.Itoa(d.Attempt)
}

// waits says what a step waits for, and until when.
func (d StepDetails) waits() string {
	words := d.WaitsFor
	if words == "" {
		words = "The answer"
	}
	words = strings.ToUpper(words[:1]) + words[1:]
	if !d.NextAt.IsZero() {
		words += "; next try at " + Clock(d.NextAt) + " UTC"
	}
	if !d.GivesUp.IsZero() {
		words += "; gives up at " + Clock(d.GivesUp) + " UTC"
	}
	return words
}

func (d StepDetails) callTitle() string {
	if d.Sent {
		return "The call as it was sent"
	}
	return "The call as it will be sent"
}

// RunStep is a step with what it has to say.
type RunStep struct {
	StepView
	Notice *RunNotice
	Secret *RunSecret

	KeptBack    string       // why it is not sent, empty when nothing keeps it
	Details     *StepDetails // nil where only a link leads to them
	DetailsHref string

	RanAs                  string // "as ann@example.com", empty before the first call
	ObjectHref, ObjectText string // what it made
	AuditHref              string
	Earlier                []EarlierRefusal
}

// EarlierRefusal is how a step ended before it was taken up again, and what
// somebody did about it.
type EarlierRefusal struct {
	At          time.Time
	What, RanAs string // "Refused with 403 Authorization_RequestDenied", "as ann@example.com"
	Act, ActBy  string // "sent it again"
	ActAt       time.Time
	AuditHref   string
}

func (e EarlierRefusal) sentence() string {
	sent := ""
	if e.RanAs != "" {
		sent = ", sent " + e.RanAs
	}
	return e.What + " at " + Clock(e.At) + " UTC" + sent + ". Then " + e.ActBy + " " + e.Act + ", " + Clock(e.ActAt) + " UTC."
}

// RunNotice is what is the matter with a step, and what one can do.
type RunNotice struct {
	Tone    Tone
	Title   string
	Text    string
	Said    string // "403 Authorization_RequestDenied"
	Message string // Graph's own words
	Request string // Graph's request-id
	At      time.Time
	NextAt  time.Time // of a waiting step
	GiveUp  time.Time
	Buttons []RunButton
	Support string // facts to copy

	AddSecretHref string // where the blueprint gets another client secret; empty: that does not help
	SwitchOff     string // the sandbox's switch that makes this refusal, by its label
	GiveUpHref    string // asks before a lost call is given up, for those who may
}

// RunButton is an act on a run: a form of one button.
type RunButton struct {
	Action, Text, ID string
	Primary          bool
}

// RunSecret is the secret a step has minted, without its value.
type RunSecret struct {
	Held, Mine, MayRemove bool
	Removed               bool
	ShowURL, RemoveURL    string
	Owner                 string
	Until                 time.Time
	KeyID, Hint           string
	Kept                  bool   // a copy is kept for the token lab
	AddHref               string // where another one is made, for those who may
}

// SecretRemoval is the question before a client secret is removed. A count of
// -1 could not be read.
type SecretRemoval struct {
	RunID                  int64
	BlueprintID, Blueprint string
	KeyID, Hint            string
	Agents, Others         int // agents of the blueprint, and its other valid credentials
	MoreAgents             bool
	Kept, Gone             bool
	Reason                 ReasonField
}

// GiveUpQuestion is the question before a call is given up of which nobody
// knows whether it was carried out.
type GiveUpQuestion struct {
	RunID          int64
	Step, Call     string
	Operation      string
	Sent           time.Time
	Said, Message  string // what Graph answered to the last read
	MayBeLeft      string // what the call may have left in the tenant
	WaitsForSignIn bool
	Owner          string
}

// CancelQuestion is the question before a run is cancelled.
type CancelQuestion struct {
	RunID               int64
	Done, Waiting, Left int // steps: done, under way or waiting, not begun
}

// SecretForm is the form of the page Add client secret.
type SecretForm struct {
	BlueprintID, Blueprint string
	Request                string // keeps a double click to one secret
	Life, Reason           string
	KeepForLab             bool
	Lives                  []Option
	Call, Needs            string
	ReasonRequired         bool
	Faults                 map[string]string
	Errors                 []FieldError
}

// ReasonField is the field for the reason of an act.
type ReasonField struct {
	Value, Fault string
	Required     bool // by setting
}

func (f ReasonField) input() Input {
	return Input{
		Label: "Reason", Name: "reason", Value: f.Value, Error: f.Fault, Optional: !f.Required,
		Hint: "Goes into the audit record. A ticket number is enough.",
	}
}

// Errors is the fault of the field for a summary; nil without one.
func (f ReasonField) Errors() []FieldError {
	if f.Fault == "" {
		return nil
	}
	return []FieldError{{Field: "f-reason", Text: "Reason: " + f.Fault}}
}

func (f SecretForm) reason() ReasonField {
	return ReasonField{Value: f.Reason, Fault: f.Faults["reason"], Required: f.ReasonRequired}
}

func (f SecretForm) input(label, name, value, hint string) Input {
	return Input{Label: label, Name: name, Value: value, Hint: hint, Error: f.Faults[name]}
}

// SecretPage is the one page with the value of a client secret on it.
type SecretPage struct {
	RunID          int64
	Value          string
	BlueprintAppID string
	KeyID          string
	EndsAt         time.Time
	DeletedAt      time.Time
}

// stepsNote counts the steps in words, for the head of their list.
func (d RunData) stepsNote() string {
	note := Count(d.StepCount)
	sep := ", of which "
	for _, part := range []struct {
		n    int
		word string
	}{{d.Done, "done"}, {d.Failed, "failed"}, {d.Waiting, "waiting"}, {d.Planned, "planned"}} {
		if part.n > 0 {
			note += sep + Count(part.n) + " " + part.word
			sep = ", "
		}
	}
	return note
}

func (b RunButton) style() string {
	if b.Primary {
		return "primary small"
	}
	return "small"
}

func failedTone(n int) Tone {
	if n > 0 {
		return ToneDanger
	}
	return ""
}
