package views

// Settings is the form about how the portal looks in one browser.
type Settings struct {
	Theme     string // light, dark, "" for the system's
	Zone      string // as typed
	ZoneError string
	Saved     bool
	// Components links to the components page, in development builds.
	Components bool
}

func (s Settings) errors() []FieldError {
	if s.ZoneError == "" {
		return nil
	}
	return []FieldError{{Field: "f-zone", Text: "Time zone: " + s.ZoneError}}
}

// themes are the choices in the order of the form.
func themes() []Option {
	return []Option{
		{Value: "", Label: "System", Hint: "What your system or browser prefers."},
		{Value: "light", Label: "Light"},
		{Value: "dark", Label: "Dark"},
	}
}

// zoneName is the zone in use, not the one just typed.
func (p Page) zoneName() string {
	if p.Zone == nil {
		return "UTC"
	}
	return p.Zone.String()
}
