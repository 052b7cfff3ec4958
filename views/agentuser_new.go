package views

// AgentUserForm are the fields of the page Add agent user, as typed.
type AgentUserForm struct {
	DisplayName, UserName, Domain, UsageLocation string

	// Domains are the tenant's verified ones; without any the domain is typed, and
	// DomainsFault says why they are not known.
	Domains      []Option
	DomainsFault string
	Faults       map[string]string // by the names of the fields

	// WizardHref is where a licence, a manager and sponsors are asked for as well;
	// empty where that has no use.
	WizardHref string
}

func (f AgentUserForm) input(label, name, value, hint string) Input {
	return Input{Label: label, Name: name, Value: value, Hint: hint, Error: f.Faults[name]}
}

func (f AgentUserForm) domain() Input {
	in := f.input("Domain", "domain", f.Domain, "A verified domain of the tenant.")
	if f.DomainsFault != "" {
		in.Hint = "A verified domain of the tenant. They could not be read: " + f.DomainsFault + "."
	}
	return in
}

func (f AgentUserForm) usageLocation() Input {
	in := f.input("Usage location", "usageLocation", f.UsageLocation, "Two letters of ISO 3166, such as DE or US. Needed before a licence.")
	in.Optional, in.Autocomplete = true, "country"
	return in
}
