package views

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"agentidportal/entra/graph"
	"agentidportal/provision"
)

// BlueprintWizard is one step of the wizard New blueprint, as typed.
type BlueprintWizard struct {
	DraftID string // empty until the first Continue
	At      string // where the form goes, on pages beside the wizard that have fields of it
	Step    string // basics, people, credential, access, permissions, agents, users
	Version string // of the step's fields, to tell when another window changed them
	Asked   string // the search that the page answers: list and words
	Rail    []RailStep
	Lives   []Option
	SoFar   []SoFar

	DisplayName, Description, Audience, Reason      string
	Life, Count, Pattern, Names, SponsoredBy, RunAs string
	KeepForLab                                      bool
	Owners, Sponsors, AgentSponsors                 Picker
	Does                                            []string
	ReasonRequired                                  bool
	Like                                            string // what the first step begins from: a run, or a blueprint
	LikeName                                        string
	FileFault                                       string // of the file to begin from
	Credential                                      CredentialFields
	Access                                          AccessFields
	Permissions                                     PermissionFields
	Table                                           *AgentTable // nil: no table was uploaded
	IntoID                                          string      // object id of the blueprint that is added to; empty: a new one
	IntoQuota                                       string      // how much of its quota is used, in words
	IntoUsed                                        int
	AgentID, AgentName                              string // the agent identity that gets its agent user
	First                                           string // number that names begin with, for a blueprint that exists
	Users                                           UserFields

	Faults   map[string]string // by field name
	Errors   []FieldError      // the same, in the order of the page
	Conflict *DraftConflict
	Given    []string   // the names that count, pattern and names give the agents
	Examples []string   // two names that the first pattern gives
	Drafts   []DraftRow // forms of this person that were saved and not carried out

	DraftsLeft int // how many more there are
}

// SoFar is a line of what a draft says by now; Fault marks it as not good.
type SoFar struct {
	Label, Value string
	Fault        bool
}

// DraftConflict is what another window made of the fields of a step since the
// page was opened.
type DraftConflict struct {
	ChangedAt time.Time
	Fields    []ChangedField
	TakeHref  string // the step as the draft has it
}

// ChangedField is a field that was changed elsewhere.
type ChangedField struct{ Label, There, Here string }

// DraftRow is a saved form in the list of one's own.
type DraftRow struct {
	ID, Name, Step string
	SavedAt        time.Time
}

// secretHint says when the portal shows a secret, wherever one is asked for.
const secretHint = "What the blueprint signs in with. When the run has made it, you can look at it for 24 hours, or until you say that you have saved it."

// does says whether a way of acting is ticked.
func (w BlueprintWizard) does(way string) bool { return slices.Contains(w.Does, way) }

func (w BlueprintWizard) action() string {
	if w.At != "" {
		return w.At
	}
	if w.DraftID == "" && w.IntoID != "" {
		return "/agents/new"
	}
	if w.DraftID == "" {
		return "/blueprints/new"
	}
	return "/blueprints/new/" + w.DraftID + "/" + w.Step
}

func (w BlueprintWizard) input(label, name, value, hint string) Input {
	return Input{Label: label, Name: name, Value: value, Hint: hint, Error: w.Faults[name]}
}

func (w BlueprintWizard) optional(label, name, value, hint string) Input {
	in := w.input(label, name, value, hint)
	in.Optional = true
	return in
}

// treeNote says what of the tree is there only after the run.
func (r BlueprintReview) treeNote() string {
	if r.Adds {
		return "with what the run makes"
	}
	return "all of it is made by the run"
}

func (w BlueprintWizard) count() Input {
	hint := "Agent identities to create, 0 to 250. 0 makes the blueprint alone."
	if w.IntoID != "" {
		hint = "Agent identities to create. A blueprint can have 250, with those that are there."
	}
	in := w.input("How many", "count", w.Count, hint)
	in.InputMode = "numeric"
	return in
}

func (w BlueprintWizard) names() Input {
	return w.lines("Names", "names", w.Names, "One name a line, at most 250; blank lines are left out. Names written here are used instead of number and pattern.")
}

// lines is a field of several lines.
func (w BlueprintWizard) lines(label, name, value, hint string) Input {
	in := w.optional(label, name, value, hint)
	in.Rows = 4
	return in
}

func (w BlueprintWizard) reason() Input {
	in := w.input("Reason", "reason", w.Reason, "Goes into the audit record of every call. A ticket number is enough.")
	in.Optional = !w.ReasonRequired
	return in
}

// file is a field that a file is chosen in, and the address its button sends
// the form to.
func (w BlueprintWizard) file(label, name, hint string) Input {
	in := w.optional(label, name, "", hint)
	in.Type = "file"
	return in
}

func (w BlueprintWizard) fileAction() string { return w.action() + "/file" }

// back names the way back: before the first step are the blueprints.
func (w BlueprintWizard) back() string {
	switch w.Step {
	case "basics":
		return "Back to blueprints"
	case "target":
		return "Back to the " + w.beforeWord()
	}
	return "Back"
}

// sponsorsOpen says whether the sponsors of the agents are to be seen: they
// were chosen, or are being chosen.
func (w BlueprintWizard) sponsorsOpen() bool {
	p := w.AgentSponsors
	return w.SponsoredBy == "chosen" || len(p.Chosen) > 0 || p.Words != "" || p.Error != "" || p.Focus
}

// givenNames are the names as a list of a few: the first three and the last.
func givenNames(names []string) []string {
	if len(names) <= 4 {
		return names
	}
	return append(slices.Clone(names[:3]), names[len(names)-1])
}

// draftsShown is how many drafts stand above the form before the rest is folded.
const draftsShown = 3

// AudienceOptions are the audiences of a blueprint on offer.
func AudienceOptions() []Option {
	return []Option{
		{Value: graph.AudienceOneTenant, Label: "This tenant only", Hint: "Agents of the blueprint live in this tenant. Entra calls it AzureADMyOrg."},
		{Value: graph.AudienceManyTenants, Label: "Any tenant", Hint: "Admins of other tenants may add its principal there and make agents of it. Entra calls it AzureADMultipleOrgs."},
	}
}

func sponsoredByOptions() []Option {
	return []Option{
		{Value: "same", Label: "The sponsors of the blueprint"},
		{Value: "chosen", Label: "Others, chosen below"},
	}
}

func runAsOptions() []Option {
	return []Option{
		{Value: "me", Label: "Me", Hint: "With your own rights. Entra’s logs name you."},
		{Value: "blueprint", Label: "The blueprint", Hint: "With its own token, got with the new client secret. Needed where a tenant does not let people do it."},
	}
}

// BlueprintReview is the page that shows a plan before anything is written.
type BlueprintReview struct {
	DraftID   string
	Version   string    // of what is shown: Create carries out nothing else
	ChangedAt time.Time // set when Create was pressed for another version
	Back      string    // the step before
	Adds      bool      // to a blueprint that exists
	Rail      []RailStep
	Facts     []ReviewFact
	Tree      Tree
	Checks    []ReviewCheck
	Calls     []ReviewCall
	CallCount int
	Tabs      []Tab
	CodeTitle string
	Code      string
	CodeNote  string // what the variables of the program are
	CodeOpen  bool   // a language was chosen
}

// ReviewFact is a line of what will exist; Step is where it is changed. Used is
// how much of the quota of agent identities the line is about; 0 for others.
type ReviewFact struct {
	Label, Value, Step string
	Used               int
}

// ReviewCheck is something that was looked at before the run.
type ReviewCheck struct {
	Tone       Tone
	Text       string
	Href, Link string // where it is mended or explained
}

// ReviewCall is a line of the plan: one call, or neighbours that differ in a
// name only. Names are those that What holds.
type ReviewCall struct {
	Number, Method, Path, What, RunsAs, Needs string
	Names                                     []string
	// Has says whether the caller has what the call needs; empty says nothing.
	HasTone Tone
	Has     string
}

// sentence is a text with names in it, each set on its own, so that one
// written from right to left moves nothing beside it.
// https://www.w3.org/International/articles/inline-bidi-markup/
func sentence(text string, names []string) templ.Component {
	var html strings.Builder
	for _, name := range names {
		before, after, ok := strings.Cut(text, name)
		if name == "" || !ok {
			continue
		}
		html.WriteString(templ.EscapeString(before) + "<bdi>" + templ.EscapeString(name) + "</bdi>")
		text = after
	}
	html.WriteString(templ.EscapeString(text))
	return templ.Raw(html.String())
}

// callCode is a call or a permission in a narrow column: it may break after
// each slash and dot and, in long names, before a capital letter.
func callCode(text string) templ.Component {
	var html strings.Builder
	previous := ' '
	for _, r := range text {
		if previous == '/' || previous == '.' || unicode.IsUpper(r) && unicode.IsLower(previous) {
			html.WriteString("<wbr>")
		}
		html.WriteString(templ.EscapeString(string(r)))
		previous = r
	}
	return templ.Raw(`<code class="path">` + html.String() + `</code>`)
}

// before is the page that the wizard was opened from.
func (w BlueprintWizard) before() string {
	switch {
	case w.AgentID != "":
		return "/agents/" + w.AgentID
	case w.IntoID != "":
		return "/blueprints/" + w.IntoID + "/identities"
	}
	return "/blueprints"
}

func (w BlueprintWizard) beforeWord() string {
	if w.AgentID != "" {
		return "agent identity"
	}
	return "blueprint"
}

// doesOptions are the ways to act that can be chosen here: whether agents can
// act on behalf of users is a matter of their blueprint.
func (w BlueprintWizard) doesOptions() []Option {
	options := doesOptions()
	if w.IntoID != "" {
		options = slices.DeleteFunc(options, func(o Option) bool { return o.Value == string(provision.ActsForUsers) })
	}
	return options
}

func (w BlueprintWizard) first() Input {
	in := w.input("First number", "first", w.First, "What {nn} and {n} begin with: after the agent identities that are there.")
	in.InputMode = "numeric"
	return in
}
