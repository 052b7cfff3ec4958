package views

import (
	"time"

	"agentidportal/entra"
)

// Inspection is the page of the inspector: the form and, once a token was
// pasted, what it is.
type Inspection struct {
	// Pasted goes back into the form when it could not be read. A private key
	// or a client secret never does.
	Pasted string
	// Fault says why it could not be read, Fix how to mend that.
	Fault, Fix string
	// Exposed is true for a private key or a client secret.
	Exposed bool
	Token   *InspectedToken
}

// InspectedToken is a token that was read.
type InspectedToken struct {
	JWT            *entra.JWT
	Kind, Who      string
	Verdict        entra.Verdict
	Header, Claims []entra.ClaimNote
	Times          []entra.TimeNote
	Live           bool
	// Acts and Through are the agent and its blueprint; empty when there is none.
	Acts, Through Party
	// Person says for whom it acts; "No" for nobody.
	Person string
	Ends   time.Time
}

// Party is an object of the directory a token names.
type Party struct{ ID, Name, Mark, Href string }

func (i Inspection) input() Input {
	in := Input{
		Label: "Token", Name: "token", Value: i.Pasted, Mono: true, Rows: 6, ID: "f-token",
		Hint: "Raw, with “Bearer ”, a header line, a cURL command or a JSON answer: the token is found in it.",
	}
	if i.Fault != "" && !i.Exposed {
		in.Error = i.Fault + " " + i.Fix
	}
	return in
}

func (i Inspection) errors() []FieldError {
	if i.Fault == "" || i.Exposed {
		return nil
	}
	return []FieldError{{Field: "f-token", Text: "Token: " + i.Fault + " " + i.Fix}}
}

// life says how much of a token's life has passed, in minutes.
func (t InspectedToken) life(now time.Time) (passed, all int) {
	all = int(t.JWT.Lifetime().Minutes())
	passed = all - int(t.Ends.Sub(now).Minutes())
	return min(max(passed, 0), all), all
}
