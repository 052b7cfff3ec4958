package views

import (
	"strings"
	"time"
)

// LabProfile ties a form or a result of the lab to a profile.
type LabProfile struct {
	// ID and Name are of the profile; empty for none.
	ID, Name string
	// Asked is what is left to type, Credential what a run would be made with.
	Asked      []string
	Credential ProfileCredential
	// SaveHref makes a profile of a result; empty where none can be made.
	SaveHref string
}

// asks is the sentence about what is left to type.
func (l LabProfile) asks() string {
	if len(l.Asked) == 0 {
		return "Nothing has to be typed."
	}
	return "Its settings are filled in. Give " + listed(l.Asked) + ", then press the button."
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// OtherTenant is what the application of another tenant has to trust.
type OtherTenant struct {
	TenantID, AppID           string
	Issuer, Subject, Audience string
	// Lacks is what a refusal says is missing there; empty for none.
	Lacks string
}

// ProfileList is the page "/tokens/profiles".
type ProfileList struct {
	Query      string
	Descending bool
	SortHref   string
	Chips      []Chip
	Total      string
	Rows       []ProfileRow
	Paging     Paging
	Filtered   bool
}

func (l ProfileList) columns() []Column {
	name := Column{Title: "Name", SortHref: l.SortHref, Sorted: "ascending"}
	if l.Descending {
		name.Sorted = "descending"
	}
	return []Column{name, {Title: "Mode"}, {Title: "For whom"}, {Title: "Scope"}, {Title: "Credential"}, {Title: "Last run (UTC)"}, {Title: "Run", Silent: true}}
}

// needing counts the profiles on the page whose kept secret needs somebody.
func (l ProfileList) needing() int {
	n := 0
	for _, r := range l.Rows {
		if r.Credential.Href != "" {
			n++
		}
	}
	return n
}

// ProfileRow is a profile as one person sees it.
type ProfileRow struct {
	ID, Name                string
	Mode                    TokenMode
	Scope, AppID, Username  string
	OtherTenant, OtherAppID string
	Reuse, Shared, Own      bool
	Owner                   string // of one that somebody else shares
	For                     ProfileParty
	Credential              ProfileCredential
	Created, Changed        time.Time
	LastRun                 time.Time // zero: never
	Failed                  bool      // the last run was refused
	// Asks: something has to be typed before a run.
	Asks bool
	// NotOwned: the person may not test agents of this blueprint.
	NotOwned, MayRun, MayDelete bool
}

// path is the address of the profile, or of something about it.
func (r ProfileRow) path(more ...string) string {
	return strings.Join(append([]string{"/tokens/profiles/" + r.ID}, more...), "/")
}

// whose says whose a profile is, where that needs saying.
func (r ProfileRow) whose() string {
	switch {
	case !r.Own:
		return "Shared by " + r.Owner
	case r.Shared:
		return "Shared by you"
	}
	return ""
}

// runWords name the button; dots where something is asked first.
func (r ProfileRow) runWords() string {
	if r.Asks {
		return "Run…"
	}
	return "Run"
}

func (r ProfileRow) lastTone() (Tone, string) {
	if r.Failed {
		return ToneDanger, "Refused"
	}
	return ToneOK, "Succeeded"
}

// cached says whether the cache is of use to the mode.
func (f ProfileForm) cached() bool {
	return f.Mode.Agent || f.Mode.Blueprint || f.Mode.Name == "client-credentials"
}

// ProfileParty is whose token a profile gets.
type ProfileParty struct {
	Mark, Name, Href              string
	BlueprintName, BlueprintAppID string
	// Gone says that the directory has it no more; GoneID is what to look for.
	Gone, GoneID string
}

// binHref is where what is gone may still be found.
func (p ProfileParty) binHref() string { return "/recycle-bin?" + Query("q", p.GoneID) }

// ProfileCredential is with what a run would be made.
type ProfileCredential struct {
	Text, Note string
	Tone       Tone
	// Href adds another client secret, where the kept one ends.
	Href string
}

// ProfileData is the page of one profile.
type ProfileData struct {
	Row   ProfileRow
	Asked []string
	There *OtherTenant
}

// ProfileForm is the form of a profile: the lab's own fields and a name.
type ProfileForm struct {
	TokenForm
	ID     string // empty for a new one
	Name   string
	Shared bool
	// Version is the state of the profile that is changed; Changed says that it is
	// another one than the form was made from.
	Version string
	Changed bool
	// Lost: the result it was to be made of is not held any more.
	Lost    bool
	Partner *SandboxPartner
}

// SandboxPartner is the other tenant that the sandbox plays.
type SandboxPartner struct{ Name, TenantID, AppName, AppID, AgentID string }

func (f ProfileForm) action() string {
	if f.ID == "" {
		return "/tokens/profiles/new"
	}
	return "/tokens/profiles/" + f.ID + "/edit"
}

// back is where one goes without saving.
func (f ProfileForm) back() string {
	return strings.TrimSuffix(strings.TrimSuffix(f.action(), "/new"), "/edit")
}

func (f ProfileForm) faults() []FieldError {
	var list []FieldError
	if fault := f.Faults["name"]; fault != "" {
		list = append(list, FieldError{Field: "f-name", Text: "Name: " + fault})
	}
	for _, e := range f.errors() {
		e.Text = strings.Replace(e.Text, "Kept secret: ", "Credential: ", 1)
		list = append(list, e)
	}
	return list
}

func (f ProfileForm) nameInput() Input {
	return Input{Label: "Name", Name: "name", Value: f.Name, Hint: "At most 80 characters. It is written to the audit.", Error: f.Faults["name"]}
}

func (f ProfileForm) keptInput() Input {
	in := f.input("kept", f.Chosen, "A kept secret is sealed in the portal and used by you and Admins alone; every use is written to the audit. Others are asked for one.")
	in.Label = "Credential"
	return in
}

// credentials are what a run can be made with.
func (f ProfileForm) credentials() []Option {
	options := []Option{{Label: "Asked each time"}}
	for _, kept := range f.Kept {
		options = append(options, Option{Value: kept.ID, Label: kept.Label()})
	}
	return options
}

// everyTime says what a run asks for in any case; empty for nothing.
func (f ProfileForm) everyTime() string {
	switch m := f.Mode; {
	case m.Person:
		return "The user name and the password are asked at every run: a profile keeps no person."
	case m.Refresh:
		return "The refresh token is asked at every run."
	case m.UserToken:
		return "The user token is asked at every run, or the held one is used: a profile keeps no person."
	case m.App && m.Credential:
		return "The application's credential is asked at every run: the portal keeps secrets of blueprints alone."
	case !m.Credential && !m.App:
		return "Who signs in is asked at every run: a profile keeps no person."
	}
	return ""
}

// capital begins a text with a capital letter.
func capital(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}
