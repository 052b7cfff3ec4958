package views

import (
	"time"

	"agentidportal/entra"
)

// TokenForm is the form of the token lab. A secret that was typed is never
// among its values.
type TokenForm struct {
	// Mode decides which fields there are.
	Mode TokenMode
	// Agents and Blueprints are those the person may test.
	Agents, Blueprints []Option
	// Kept are client secrets the person may use; none hides the field.
	Kept                                     []KeptRow
	Agent, Blueprint, Scope, Chosen          string
	AppID, Username, OtherTenant, OtherAppID string
	// Scopes are scopes worth a click.
	Scopes []Option
	// From is the result whose refresh token is traded; empty for a pasted one.
	From string
	// User is the user token that is held for on behalf of.
	User HeldToken
	// Checks say what the mode lacks, before it is tried.
	Checks []LabCheck
	// Reuse takes hops from the cache; Keep asks to keep a typed secret.
	Reuse, Keep bool
	// Faults are sentences by field name.
	Faults map[string]string
	// NotShown counts agents that the list leaves out because there are too
	// many, Foreign those of blueprints the person does not own.
	NotShown, Foreign int
	// MayCreate offers a new blueprint when there is no agent.
	MayCreate bool
	// AddSecretHref is where the agent's blueprint gets another client secret,
	// named when none that was typed or chosen could be used.
	AddSecretHref string
	// AddUserHref is where the agent gets an agent user, when it has none.
	AddUserHref string
	Sandbox     bool
	// Profile is the one whose settings fill the form.
	Profile LabProfile
}

// HeldToken is the user token (Tc) that the lab holds for a session.
type HeldToken struct {
	Held bool
	// Fits says that it is for the chosen agent's blueprint.
	Fits          bool
	Who           string
	Until         time.Time
	BlueprintName string
	// GetHref starts the sign-in; empty where no agent is chosen. SetupHref is
	// in its place where the blueprint offers no scope to sign in for.
	GetHref, SetupHref string
	// Fault says why the last sign-in brought none.
	Fault string
}

// LabCheck is one thing a mode needs.
type LabCheck struct {
	Holds bool
	// Warns: the token comes all the same.
	Warns       bool
	Text, Fails string // what is said when it holds, and when not
	Href, Words string // where it is mended
}

// KeptRow is a kept client secret.
type KeptRow struct {
	ID, Blueprint, BlueprintID, Hint string
	Ends, Kept                       time.Time // Ends is zero when nobody knows it
	Expired                          bool
}

// forget is the address of the question before it is forgotten.
func (k KeptRow) forget() string { return "/tokens/kept/" + k.ID + "/forget" }

// profilesWords names the profiles that a forgotten secret leaves without one.
func profilesWords(names []string) string {
	if len(names) == 0 {
		return "None of those you see"
	}
	return listed(names) + ": asked for a client secret at each run from then on"
}

// Label names a kept secret: its blueprint, the hint Graph lists it with, its
// end.
func (k KeptRow) Label() string {
	label := k.Blueprint
	if k.Hint != "" {
		label += ", hint " + k.Hint
	}
	switch {
	case k.Expired:
		label += ", expired " + Day(k.Ends)
	case !k.Ends.IsZero():
		label += ", ends " + Day(k.Ends)
	}
	return label
}

// tokenFields are the fields of the form in their order, with their labels.
var tokenFields = [][2]string{
	{"mode", "Mode"},
	{"agent", "Agent identity"},
	{"blueprint", "Blueprint"},
	{"app_id", "App ID"},
	{"user_token", "User token"},
	{"username", "User name"},
	{"password", "Password"},
	{"refresh_token", "Refresh token"},
	{"other_tenant", "Tenant ID of the other tenant"},
	{"other_app_id", "App ID of the application there"},
	{"scope", "Scope"},
	{"client_secret", "Client secret"},
	{"kept", "Kept secret"},
	{"certificate", "Certificate and private key"},
	{"assertion", "Federated assertion"},
}

func (f TokenForm) errors() []FieldError {
	var list []FieldError
	for _, field := range tokenFields {
		if fault := f.Faults[field[0]]; fault != "" {
			list = append(list, FieldError{Field: "f-" + field[0], Text: field[1] + ": " + fault})
		}
	}
	return list
}

func (f TokenForm) input(name, value, hint string) Input {
	in := Input{Name: name, Value: value, Hint: hint, Error: f.Faults[name]}
	for _, field := range tokenFields {
		if field[0] == name {
			in.Label = field[1]
		}
	}
	return in
}

func (f TokenForm) agentHint() string {
	hint := "Whose token it will be."
	if f.NotShown > 0 {
		hint += " " + plural(f.NotShown, "more agent") + " " + isAre(f.NotShown) + " not listed: open the lab from the agent's own page."
	}
	if f.Foreign > 0 {
		hint += " " + plural(f.Foreign, "agent") + " of blueprints you do not own " + isAre(f.Foreign) + " not listed: only their owners and Admins may test them."
	}
	return hint
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (f TokenForm) secretHint() string {
	hint := "Of the agent's blueprint: an agent has none of its own. It goes along with this one request."
	switch {
	case f.Mode.Blueprint:
		hint = "Of the blueprint. It goes along with this one request."
	case f.Mode.Optional:
		hint = "Of the application; leave it empty for a public client. It goes along with this one request."
	case f.Mode.App:
		hint = "Of the application. It goes along with this one request."
	}
	if f.showsKept() {
		hint += " Leave it empty to use the kept one chosen below."
	}
	return hint
}

// showsKept says whether kept secrets are of use: they are blueprints' own.
func (f TokenForm) showsKept() bool { return len(f.Kept) > 0 && (f.Mode.Agent || f.Mode.Blueprint) }

func (f TokenForm) monoInput(name, value, hint string) Input {
	in := f.input(name, value, hint)
	in.Mono = true
	return in
}

// modeValue is the mode of the select; one that was made up chooses the first.
func (f TokenForm) modeValue() string { return string(f.Mode.Name) }

// submitWords name the button by what comes next.
func (f TokenForm) submitWords() string {
	switch f.Mode.Name {
	case entra.ModeDeviceCode:
		return "Get device code"
	case entra.ModeInteractive:
		return "Continue to sign-in"
	}
	return "Get token"
}

func (t HeldToken) tone() Tone {
	switch {
	case t.Fault != "":
		return ToneDanger
	case t.Held && !t.Fits:
		return ToneWarn
	case t.Held:
		return ToneOK
	}
	return ToneInfo
}

func (t HeldToken) title() string {
	if t.Fits {
		return "A user token of " + t.Who + " is held"
	}
	return "The user token that is held is for another blueprint"
}

func (t HeldToken) words() string {
	if t.Fits {
		return "It is for the blueprint " + t.BlueprintName + ", and is used when the field below is empty. It is held in memory until " + UTC(t.Until) + "."
	}
	return "It is of " + t.Who + ". The agent may trade only a token for its own blueprint, " + t.BlueprintName + ": get one."
}

func (f TokenForm) usernameInput() Input {
	if f.Mode.Person {
		return f.input("username", f.Username, "Of the person who signs in, such as user@example.com.")
	}
	in := f.input("username", f.Username, "Of the agent user. Leave it empty for the agent's own: nobody else's is given.")
	in.Optional = true
	return in
}

// longSecret is a field for a secret of several lines: what was typed is never
// sent back.
func (f TokenForm) longSecret(name, hint string, optional bool) Input {
	in := f.input(name, "", hint)
	in.Optional, in.Mono, in.Rows = optional, true, 4
	return in
}

// foldedCredentials says whether the rarer credentials stay folded.
func (f TokenForm) foldedCredentials() bool {
	return f.Faults["certificate"] == "" && f.Faults["assertion"] == ""
}

// lacking counts the checks that do not hold.
func (f TokenForm) lacking() int {
	n := 0
	for _, c := range f.Checks {
		if !c.Holds {
			n++
		}
	}
	return n
}

func (f TokenForm) checksNote() string {
	if n := f.lacking(); n > 0 {
		return plural(n, "thing") + " missing"
	}
	return "nothing is missing"
}

// tone is the tone of a check that does not hold.
func (c LabCheck) tone() Tone {
	if c.Warns {
		return ToneWarn
	}
	return ToneDanger
}

func (f TokenForm) scopeInput() Input {
	hint := "One resource and /.default: all that was granted there."
	if !f.Mode.AppOnly {
		hint = "Of one resource: /.default for all that was consented, or single scopes. With offline_access a refresh token comes too."
	}
	in := f.input("scope", f.Scope, hint)
	in.Mono, in.List = true, "scopes"
	return in
}

func (f TokenForm) keptOptions() []Option {
	options := []Option{{Value: "", Label: "None: the one typed above"}}
	for _, kept := range f.Kept {
		options = append(options, Option{Value: kept.ID, Label: kept.Label()})
	}
	return options
}
