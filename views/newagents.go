package views

// ChooseBlueprint is the question which blueprint to add agent identities to.
type ChooseBlueprint struct {
	Words, Fault string
	Found        []ChosenBlueprint
	More         bool // there are others
}

// ChosenBlueprint is one that can be chosen.
type ChosenBlueprint struct{ ID, Name, Description string }
