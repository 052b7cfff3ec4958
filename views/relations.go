package views

import "agentidportal/entra/graph"

// RelationPick looks for somebody, or a group, to add to a list of an object. The
// search is a GET of Action, Add a POST to it with Field.
type RelationPick struct {
	Action, Field string
	Label, Hint   string
	Takes         string // who can be added
	Now           string // who is there already, as a sentence
	Words         string // as they were searched
	Fault         string // what is wrong with what was searched or chosen
	Asked         bool   // the search has an answer
	Found         []Found
	More          bool
	SearchFault   string // why the search has no whole answer
	Back          string
	BackText      string
	Calls         []graph.Sent
}

func (v RelationPick) input() Input {
	return Input{Label: v.Label, Name: "q", Hint: v.Hint, Error: v.Fault, Value: v.Words}
}

func (v RelationPick) errors() []FieldError {
	if v.Fault == "" {
		return nil
	}
	return []FieldError{{Field: "f-q", Text: v.Fault}}
}

// RelationStays says why somebody is not taken from a list.
type RelationStays struct {
	Tone           Tone
	Notice         string
	Text           []string
	Add            *ButtonView
	Back, BackText string
}
