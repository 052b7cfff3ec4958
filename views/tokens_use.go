package views

import (
	"time"

	"agentidportal/entra"
)

// TokenScript is a trace as a program.
type TokenScript struct{ Title, Says, Text string }

// TokenUse is a call with the token and what the API answered.
type TokenUse struct {
	Call entra.ResourceCall
	Done *entra.Used
	// Seen is whom the API saw.
	Seen []SeenFact
	// Fault says why there was no answer.
	Fault string
	// Opens says which permission opens the call; Fix is where it is granted.
	Opens, FixHref, FixText string
}

// statusWords says what a status means to who tries a token.
func (u TokenUse) statusWords() string {
	switch s := u.Done.Status; {
	case s < 300:
		return "The API took the token"
	case s == 401:
		return "The API did not take the token: its body says why"
	case s == 403:
		return "The API took the token, and it does not open this: a permission or a role is missing"
	case s == 404:
		return "There is nothing there for this caller"
	case s == 429:
		return "Too many calls: wait and try again"
	case s >= 500:
		return "The API has a fault of its own"
	}
	return ""
}

// DeviceWait is a device code that waits for its approval.
type DeviceWait struct {
	ID, UserCode, VerifyAt, AppID, Scope, Note string
	BackHref                                   string
	Until                                      time.Time
}

// SeenFact is one thing an API said of its caller.
type SeenFact struct{ Label, Text, ID, Note string }

func (r TokenResult) callInput() Input {
	in := Input{Name: "call", Label: "Call", Hint: "The token goes to the API it was made for, and nowhere else.", Error: r.Faults["call"]}
	if in.Value = r.Call; r.Used != nil {
		in.Value = r.Used.Call.Key
	}
	return in
}
