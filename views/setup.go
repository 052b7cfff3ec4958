package views

// Setup is the tab Set-up of a blueprint: what its agents need of it, and the
// calls that mend what is missing.
type Setup struct {
	ObjectHead
	BlueprintID string
	Request     string // one id a page, so that a double click makes one run
	Checks      []SetupCheck
	MayMend     bool   // the person may press the buttons
	Unread      string // why nothing can be said of a part
	Done        string // number of the run that has just mended something
	Reason      ReasonField
	Errors      []FieldError
	Sponsor     Picker
	Asked       string
}

// SetupCheck is one thing that was looked at.
type SetupCheck struct {
	Title, Why string
	Lack       string // word of the lack; empty when nothing lacks
	Optional   bool   // not every blueprint needs it
	State      string
	Tone       Tone
	Button     string
	Call       string // that mends it
	Needs      string // permission of the call
}

// lacking are the checks that something is missing of which every blueprint needs.
func (s Setup) lacking() int {
	n := 0
	for _, c := range s.Checks {
		if c.Lack != "" && !c.Optional {
			n++
		}
	}
	return n
}

func (s Setup) action() string { return "/blueprints/" + s.BlueprintID + "/setup" }

// summary says how things stand, in one sentence.
func (s Setup) summary() string {
	switch n := s.lacking(); {
	case n == 0 && s.Unread != "":
		return "not everything could be read"
	case n == 0:
		return "nothing is missing"
	default:
		return Plural(n, "thing") + " to mend"
	}
}

func (s Setup) lacks(word string) bool {
	for _, c := range s.Checks {
		if c.Lack == word {
			return true
		}
	}
	return false
}

// mendable says whether there is a button that mends something.
func (s Setup) mendable() bool {
	for _, c := range s.Checks {
		if c.Lack != "" {
			return true
		}
	}
	return false
}
