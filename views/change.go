package views

import "slices"

// ChangeView asks before objects that are there are changed: what happens to
// which of them, and what has to be typed and given as the reason.
type ChangeView struct {
	Action  string // where the form goes
	Request string // id of this form: the same one is carried out once
	Hidden  []HiddenField
	Errors  []FieldError
	// Shown stands for the objects that the page names: a form that was made for
	// others is asked again.
	Shown string

	// Refused says why nothing can be done, in place of the form; empty otherwise.
	Refused string

	// Findings stand above all else: what came between, or why nothing can be done.
	Findings []Finding

	// Consequences are what the change means, each a sentence; Grave sets them in
	// a warning. Milder is a way that does less, empty where there is none.
	Consequences       []string
	Grave              bool
	Milder, MilderHref string

	// Objects are what is changed; More counts those that are not named. Left are
	// those that stay as they are, and why.
	Objects []ChangeObject
	More    int
	Left    []ChangeObject
	// LeftMore counts those that stay and are not named.
	LeftMore int

	// Typed has to be typed, TypeWhat asks for it; empty: nothing. Value is what was
	// typed, TypedFault what is wrong with it.
	Typed, TypeWhat, Value, TypedFault string

	Reason, ReasonFault string
	ReasonRequired      bool

	// Act is the last button, Keep the way out. Without Act there is nothing to do:
	// the page has no form, and Keep leads on. Back is a button instead of Keep that
	// sends Hidden, and the field back, to the same address.
	Act, Keep, KeepHref, Busy string
	Back                      string
	Destroys                  bool

	// Calls are the first that are sent, CallsMore counts the others. Needs are the
	// permissions of them all; empty: those of Calls.
	Calls     []ReviewCall
	CallsMore int
	Needs     []string
}

// ChangeObject is an object in a question, with what is said of it alone.
type ChangeObject struct {
	Mark, Name, Href, ID, Note string
	Indent                     bool // it belongs to the one before that is not
}

// typedInput is the field that a name or a count is typed into.
func (v ChangeView) typedInput() Input { return Input{Name: "typed", Error: v.TypedFault} }

// needs are the permissions of all calls, each once, in the order of the calls.
func (v ChangeView) needs() []string {
	if len(v.Needs) > 0 {
		return v.Needs
	}
	var needs []string
	for _, call := range v.Calls {
		if call.Needs != "" && !slices.Contains(needs, call.Needs) {
			needs = append(needs, call.Needs)
		}
	}
	return needs
}

// asks says whether the page has a form: not where nothing can be done, or
// nothing is to do.
func (v ChangeView) asks() bool { return v.Refused == "" && v.Act != "" }
