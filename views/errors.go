package views

import (
	"time"

	"github.com/a-h/templ"
)

// ErrorFragment is a failure as a page's script swaps it in, above what is
// there: the notice takes the focus, and the status region says it.
func ErrorFragment(p Page, e Problem) templ.Component { return seen(errorFragment(p, e)) }

// Problem is a page that says what went wrong: what happened, why, what to do.
type Problem struct {
	Status int
	// Tone colours the notice; Cause is its title, Text its sentences.
	Tone  Tone
	Cause string
	Text  []string
	// Causes are what it may be when nobody can say, the likeliest first.
	Causes []string
	// Details are what was found out about this failure, under Heading.
	Heading string
	Details []SupportFact
	// Conditions are the four things a refusal by Graph can come from.
	Conditions []Condition
	Ways       []Way
	// Support is what to quote when asking for help.
	Support []SupportFact
	At      time.Time
	// Again offers a form whose session was over, to be sent again.
	Again *SendAgain
}

// Condition is one of the things an act needs.
type Condition struct {
	Name, Needed, Have string
	// Result is "Met", "Missing", "Not asked" or "Unknown".
	Result string
}

func (c Condition) tone() Tone {
	switch c.Result {
	case "Met":
		return ToneOK
	case "Missing":
		return ToneDanger
	default:
		return ToneMuted
	}
}

// Way is something one can do now. Href is a link, Post an address to post to.
type Way struct {
	Icon, Title, Text, Button string
	Href, Post                string
	// Back is posted along as the path to come back to.
	Back    string
	Primary bool
	// Request is a text to send to somebody who can help.
	Request string
}

func (w Way) style() string {
	if w.Primary {
		return "primary small"
	}
	return "small"
}

// SupportFact is a line of the facts for support; ids can be copied.
type SupportFact struct {
	Label, Value string
	ID           bool
	Call         bool // a method and a path, which breaks after slashes
	// Href makes the value a link.
	Href string
}

// SendAgain is a posted form that can be sent once more.
type SendAgain struct {
	Action string
	Fields []HiddenField
	// Left names the fields that were left out because they are secret.
	Left   []string
	SignIn string
}

// HiddenField is a field of a form to be sent again.
type HiddenField struct{ Name, Value string }
