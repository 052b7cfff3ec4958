package views

// SandboxData is what the sandbox page shows.
type SandboxData struct {
	Addresses []SupportFact
	Clients   []SandboxClient
	Personas  []SandboxPersona
	// Knobs are the form's fields; MayTurn says that the person may send it.
	Knobs []Input
	// Delegated is the switch: may people create agent identities as themselves.
	Delegated bool
	KnobsOn   []string // what is on, in words; empty when all is off
	// KnobsFault says why the knobs could not be read; empty when they were.
	KnobsFault string
	MayTurn    bool
	Errors     []FieldError
}

// SandboxPersona is one of the people one can sign in as.
type SandboxPersona struct{ UPN, Name, Roles, Does string }

// SandboxClient is an application of the sandbox, for other programs.
type SandboxClient struct{ Name, ClientID, RedirectURI string }
