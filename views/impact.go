package views

// Impact is what stops when an object goes, for its page and for the question
// before it is deleted.
type Impact struct {
	Note string // beside the title
	Rows []ImpactRow
}

// ImpactRow is one sort of thing that depends on the object.
type ImpactRow struct {
	Label string
	// Text is a whole sentence; Fault says instead why it is not known.
	Text, Fault string
	// Some says that there is such a thing; a line without one is set back. None
	// has a colour: what would be is no state.
	Some  bool
	Names []ImpactName
	// More counts those that are not named, MoreHref lists them all.
	More, MoreHref string
}

// ImpactName is one thing by name. Mark and Href are empty where it has none.
type ImpactName struct{ Mark, Text, Href string }
