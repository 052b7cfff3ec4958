package views

// Picker chooses people and groups: those chosen, a search, and what it found.
// It lives inside a form, which its buttons send: their field is "act", with
// "find:", "add:" or "remove:", the list, and the id of whom it is about.
type Picker struct {
	// List is the name of what is chosen: "sponsors". The field of the search
	// is "find_" and that, and its id "f-" and that.
	List, Label, Hint, Error string
	Optional                 bool
	// FindLabel names the search field: "Find a sponsor".
	FindLabel string
	Chosen    []Picked
	// None is said while nobody is chosen.
	None string

	Words string // as they were searched
	Asked bool   // the search has an answer
	Found []Found
	// Fault says why the search has no whole answer.
	Fault string
	// More says that there may be others: the answer is at most so long.
	More bool
	// Focus puts the cursor into the search: the page answers one of its buttons.
	Focus bool
}

// Picked is somebody who is chosen. Mark is the kind of the object.
type Picked struct{ ID, Mark, Name, Second, Kind string }

// Found is somebody a search found. Refusal is why he cannot be chosen; empty
// when he can.
type Found struct {
	Picked
	Refusal string
	Chosen  bool
}

func (p Picker) input() Input {
	return Input{Label: p.Label, Name: "find_" + p.List, ID: "f-" + p.List, Hint: p.Hint, Error: p.Error, Value: p.Words}
}

func (p Picker) foundTitle() string {
	return foundTitle(len(p.Found), p.More, p.Words)
}

// foundTitle counts what was found; more says that there may be others.
func foundTitle(n int, more bool, words string) string {
	if more {
		return "The first " + Count(n) + " for “" + words + "”"
	}
	return Count(n) + " found for “" + words + "”"
}
