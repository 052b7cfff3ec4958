package views

import "time"

// SandboxData is what the sandbox page shows.
type SandboxData struct {
	Addresses []SupportFact
	Clients   []SandboxClient
	Personas  []SandboxPersona
	Seed      SandboxSeed
	// Knobs are the delays and Ticks the switches; MayTurn says that the person
	// may send the forms.
	Knobs     []Input
	Ticks     []SandboxTick
	Faults    []FaultRow
	FaultForm FaultForm
	Clock     ClockForm
	KnobsOn   []string // what is on, in words; empty when all is off
	// KnobsFault says why the knobs could not be read; empty when they were.
	KnobsFault string
	MayTurn    bool
	// MayShow says that the person may see the seeded secret.
	MayShow           bool
	Domain, ExportURL string
	Import            Input
	Reset             ResetForm
	Errors            []FieldError
}

// SandboxPersona is one of the people one can sign in as.
type SandboxPersona struct{ UPN, Name, Roles, Does, SignIn string }

// SandboxClient is an application of the sandbox, for other programs.
type SandboxClient struct{ Name, ClientID, RedirectURI string }

// SandboxSeed is what the tenant started with; what is gone is empty.
type SandboxSeed struct {
	Name, BlueprintID, AppID, PrincipalID, Scope, AgentID, AgentUserID, AgentUserUPN string
}

// SandboxTick is a switch.
type SandboxTick struct {
	Input

	On bool
}

// FaultRow is a fault that was ordered; Place and Key find it again.
type FaultRow struct{ Place, Key, What, Method, Path, Caller, Hits string }

func (f FaultRow) method() string {
	if f.Method == "" {
		return "any"
	}
	return f.Method
}

func (f FaultRow) caller() string {
	if f.Caller == "" {
		return "everybody"
	}
	return f.Caller
}

// FaultForm adds a fault.
type FaultForm struct {
	Kind, Method, Path, Caller, Count, Retry Input
	Kinds, Methods, Paths                    []Option
}

// ClockForm shows the tenant's two clocks and moves them.
type ClockForm struct {
	Directory, Tokens time.Time
	Moved, WithTokens bool
	Amount, Unit      Input
	Units             []Option
}

// ResetForm starts the tenant again.
type ResetForm struct {
	Seed, Domain Input
	Seeds        []Option
}
