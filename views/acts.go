package views

// EditForm is the form of what may be written of an object.
type EditForm struct {
	Action, KeepHref string
	Hidden           []HiddenField // what the form was made from
	Errors           []FieldError
	Findings         []Finding
	Fields           []EditInput
	Fixed            []string // tags that stay
	Note             string   // beside the buttons
	Elsewhere        []string // what is not written here, and where it is
}

// EditInput is a field of it, Area one of several lines.
type EditInput struct {
	Input
	Area bool
}

func alsoUsersLabel(n int) string {
	if n == 1 {
		return "Also delete its agent user"
	}
	return "Also delete its " + Count(n) + " agent users"
}
