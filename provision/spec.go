package provision

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"agentidportal/entra/graph"
)

// Limits of the directory.
const (
	maxName        = 256
	maxDescription = 1024
	maxReason      = 500
	// MaxAgents is the quota of agent identities a blueprint may have.
	// https://learn.microsoft.com/entra/agent-id/identity-platform/preview-known-issues
	MaxAgents = 250
)

// DefaultNamePattern names agents after their blueprint: "Invoice helper 01".
const DefaultNamePattern = "{name} {nn}"

// RunAs says whose token creates the agent identities. The blueprint, its
// principal and its secret are always made as the person.
type RunAs string

// The two ways.
const (
	AsMe        RunAs = "me"
	AsBlueprint RunAs = "blueprint"
)

// DefaultSecretDays is the life the form begins with: six months.
const DefaultSecretDays = 180

// SecretLives returns the lives of a client secret on offer, in days, the
// shortest first. 0 makes no secret.
func SecretLives() []int { return []int{90, DefaultSecretDays, 365, 0} }

// SecretEnd returns when a client secret of a life on offer ends: half a year
// and a year end on the same day of a later month, as people read them.
func SecretEnd(days int, start time.Time) time.Time {
	switch days {
	case DefaultSecretDays:
		return start.AddDate(0, 6, 0)
	case 365:
		return start.AddDate(1, 0, 0)
	}
	return start.AddDate(0, 0, days)
}

// Capability is one of the ways in which agents act.
type Capability string

// The ways, in the order of the documents: with the agent's own rights, with those of a person who is signed in, and
// as a user account of its own. https://learn.microsoft.com/entra/agent-id/agent-users
const (
	ActsAlone    Capability = "alone"
	ActsForUsers Capability = "users"
	ActsAsUser   Capability = "account"
)

// BlueprintSpec is what a person asks for in the wizard New blueprint.
type BlueprintSpec struct {
	// Into is the blueprint that the agent identities are added to; nil makes a
	// new one. What a spec says of the blueprint itself then counts for nothing,
	// but for its name.
	Into        *IntoSpec `json:"into,omitempty"`
	DisplayName string    `json:"displayName"`
	Description string    `json:"description,omitempty"`
	// Audience is graph.AudienceOneTenant or graph.AudienceManyTenants; empty
	// leaves it to Graph, as specs of before it could be chosen do.
	Audience string `json:"signInAudience,omitempty"`
	// Owners is nil when nobody was asked: then the person who starts the run
	// is the owner. An empty list is the wish for none.
	Owners     []Principal `json:"owners"`
	Sponsors   []Principal `json:"sponsors"`
	SecretDays int         `json:"secretDays"` // 0: no client secret
	KeepSecret bool        `json:"keepSecret"` // keep the secret sealed for the token lab
	// Does is what the agents will do; nil where nobody was asked.
	Does        []Capability     `json:"does,omitempty"`
	Credential  CredentialKind   `json:"credential,omitempty"`
	Federated   *FederatedSpec   `json:"federated,omitempty"`
	Certificate *CertificateSpec `json:"certificate,omitempty"`
	Expose      *ExposeSpec      `json:"expose,omitempty"`
	Inherit     []InheritSpec    `json:"inherit,omitempty"`
	Roles       []RoleSpec       `json:"roles,omitempty"` // of every agent identity
	// Users asks for an agent user for every agent identity.
	Users *UsersSpec `json:"users,omitempty"`
	// UsersRole is what lets the blueprint look after agent users, with the ids of this tenant: see Engine.Resolve.
	UsersRole *RoleSpec `json:"usersRole,omitempty"`
	// Rows are agent identities from a table; Names, Count and NamePattern hold without.
	Rows []AgentRow `json:"rows,omitempty"`
	// Names are agent identities by name; Count and NamePattern hold without.
	Names       []string `json:"names,omitempty"`
	Count       int      `json:"count"`                 // agent identities, 0 to MaxAgents
	NamePattern string   `json:"namePattern"`           // {name}, {n}, {nn}
	First       int      `json:"firstNumber,omitempty"` // that {n} and {nn} begin with; 0: 1
	// AgentSponsors answer for the agent identities; nil means the blueprint's.
	AgentSponsors []Principal `json:"agentSponsors,omitempty"`
	RunAs         RunAs       `json:"runAs"`
	Reason        string      `json:"reason,omitempty"`
}

// UnmarshalJSON reads specs of older runs too, which knew sponsors by their
// user ids alone: a run that is left over goes on after an update.
func (b *BlueprintSpec) UnmarshalJSON(data []byte) error {
	type fields BlueprintSpec
	old := struct {
		*fields
		SponsorIDs   []string `json:"sponsorIds"`
		SponsorNames []string `json:"sponsorNames"`
	}{fields: (*fields)(b)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	for i, id := range old.SponsorIDs {
		p := Principal{ID: id, Kind: graph.KindUser}
		if i < len(old.SponsorNames) {
			p.Username = old.SponsorNames[i]
		}
		b.Sponsors = append(b.Sponsors, p)
	}
	return nil
}

// SponsorsOfAgents returns who answers for the agent identities.
func (b BlueprintSpec) SponsorsOfAgents() []Principal {
	if b.AgentSponsors == nil {
		return b.Sponsors
	}
	return b.AgentSponsors
}

// SecretEnds returns when a secret made by a run started at start expires, to
// the second as Graph takes it; zero without a secret.
func (b BlueprintSpec) SecretEnds(start time.Time) time.Time {
	if !b.HasSecret() {
		return time.Time{}
	}
	return SecretEnd(b.SecretDays, start.UTC()).Truncate(time.Second)
}

// Validate returns what is wrong with each field, keyed by the field's name in
// JSON; an empty map when the spec can be run.
func (b BlueprintSpec) Validate() map[string]string {
	found := b.newFaults()
	if b.Into != nil {
		found = b.intoFaults()
	}
	maps.Copy(found, b.usersFaults())
	if field := b.rowsField(); found[field] == "" {
		found[field] = b.stepsFault()
	}
	maps.DeleteFunc(found, func(_, fault string) bool { return fault == "" })
	return found
}

// newFaults are the faults of a spec that makes a blueprint.
func (b BlueprintSpec) newFaults() map[string]string {
	faults := map[string]string{
		"displayName": nameFault(b.DisplayName), "does": b.doesFault(), "description": lengthFault(b.Description, maxDescription), "reason": lengthFault(b.Reason, maxReason),
		"signInAudience": b.audienceFault(), "owners": ownersFault(b.Owners), "sponsors": sponsorsFault(b.Sponsors, "blueprint"),
		"secret": b.secretFault(), "keepSecret": b.keepFault(), "runAs": b.runAsFault(),
		"count": b.countFault(), "namePattern": b.patternFault(), "names": b.namesFault(), "agentSponsors": b.agentSponsorsFault(), "rows": b.rowsFault(),
		"inherit": b.inheritFault(), "roles": b.rolesFault(),
	}
	maps.Copy(faults, b.credentialFaults())
	if b.Expose != nil {
		maps.Copy(faults, b.Expose.Faults())
	}
	return faults
}

// maxSteps bounds the calls of a run: its page, and each look for what is to be
// done next, reads all of them.
const maxSteps = 5000

// stepsFault refuses a run of more steps than a page can show.
func (b BlueprintSpec) stepsFault() string {
	n := 0
	for _, row := range b.AgentRows() {
		n += 1 + len(b.Roles)
		if row.User != nil {
			n += 3 + len(row.User.Sponsors)
		}
	}
	if n <= maxSteps {
		return ""
	}
	return fmt.Sprintf("These agents with their permissions and agent users would take about %d calls, and one run has at most %d. "+
		"Make fewer agents at once, or give them fewer permissions and sponsors.", n, maxSteps)
}

// rowsField is the field that says how many agent identities there are to be.
func (b BlueprintSpec) rowsField() string {
	switch {
	case len(b.Rows) > 0:
		return "rows"
	case len(b.Names) > 0:
		return "names"
	}
	return "count"
}

func lengthFault(text string, most int) string {
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Sprintf("Write at most %d characters. This has %d.", most, n)
	}
	return ""
}

func (b BlueprintSpec) audienceFault() string {
	switch b.Audience {
	case "", graph.AudienceOneTenant, graph.AudienceManyTenants:
		return ""
	}
	return "Choose whether one tenant or many may use the blueprint."
}

func (b BlueprintSpec) keepFault() string {
	if b.KeepSecret && !b.HasSecret() {
		return "There is no secret to keep. Choose a life for the client secret, or take the tick away."
	}
	return ""
}

func (b BlueprintSpec) agentSponsorsFault() string {
	if b.AgentSponsors == nil || b.agents() == 0 {
		return ""
	}
	return sponsorsFault(b.AgentSponsors, "agent identity")
}

// nameFault is the rule for a display name of Graph: 1 to 256 characters.
func nameFault(name string) string {
	n := utf8.RuneCountInString(name)
	switch {
	case strings.TrimSpace(name) == "":
		return "Write a name of 1 to 256 characters."
	case n > maxName:
		return fmt.Sprintf("Write a name of 1 to %d characters. This one has %d.", maxName, n)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "Write the name on one line, without control characters."
	}
	if at := strings.IndexFunc(name, misleads); at >= 0 {
		r, _ := utf8.DecodeRuneInString(name[at:])
		return fmt.Sprintf("Write the name without %U. One cannot see that character: it turns or hides the words around it.", r)
	}
	return ""
}

// misleads says whether a character has no place in a new name. The two
// joiners of Persian, Hindi and emoji are hidden as well, and are needed.
func misleads(r rune) bool { return graph.Hidden(r) && r != '\u200c' && r != '\u200d' }
