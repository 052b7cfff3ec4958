package views

import (
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"
)

// BlueprintForm is the form of the page New blueprint, as typed.
type BlueprintForm struct {
	DraftID string // empty until the first save
	SavedAt time.Time
	Sponsor string // user principal name: the person himself
	Lives   []Option

	DisplayName, Description, Life, Count, Pattern, RunAs, Reason string

	KeepForLab bool
	Faults     map[string]string // by field name
	Errors     []FieldError      // the same, in the order of the page
	Drafts     []DraftRow        // forms of this person that were saved and not carried out
}

// DraftRow is a saved form in the list of one's own.
type DraftRow struct {
	ID, Name string
	SavedAt  time.Time
}

// secretHint says when the portal shows a secret, wherever one is asked for.
const secretHint = "What the blueprint signs in with. When the run has made it, you can look at it for 24 hours, or until you say that you have saved it."

func (f BlueprintForm) input(label, name, value, hint string) Input {
	return Input{Label: label, Name: name, Value: value, Hint: hint, Error: f.Faults[name]}
}

func (f BlueprintForm) optional(label, name, value, hint string) Input {
	in := f.input(label, name, value, hint)
	in.Optional = true
	return in
}

func (f BlueprintForm) count() Input {
	in := f.input("How many", "count", f.Count, "Agent identities to create, 0 to 250. 0 makes the blueprint alone.")
	in.InputMode = "numeric"
	return in
}

func (f BlueprintForm) pattern() Input {
	return f.input("Name pattern", "pattern", f.Pattern,
		"{name} is the display name, {nn} the number with leading zeros, {n} the number alone.")
}

func runAsOptions() []Option {
	return []Option{
		{Value: "me", Label: "Me", Hint: "With your own rights. Entra’s logs name you."},
		{Value: "blueprint", Label: "The blueprint", Hint: "With its own token, got with the new client secret. Needed where a tenant does not let people do it."},
	}
}

// BlueprintReview is the page that shows a plan before anything is written.
type BlueprintReview struct {
	DraftID     string
	Version     string    // of what is shown: Create carries out nothing else
	ChangedAt   time.Time // set when Create was pressed for another version
	DisplayName string
	Description string
	Owner       string
	Sponsor     string
	Credential  string
	Kept        string // whether the token lab keeps the secret
	Agents      string
	RunsAs      string
	Reason      string
	Checks      []ReviewCheck
	Calls       []ReviewCall
	CallCount   int
	Tabs        []Tab
	CodeTitle   string
	Code        string
}

// ReviewCheck is something that was looked at before the run.
type ReviewCheck struct {
	Tone Tone
	Text string
}

// ReviewCall is a line of the plan: one call, or neighbours that differ in a
// name only.
type ReviewCall struct {
	Number, Method, Path, What, RunsAs, Needs string
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
