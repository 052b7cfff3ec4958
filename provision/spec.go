package provision

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
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

// BlueprintSpec is what a person asks for on the New blueprint page.
type BlueprintSpec struct {
	DisplayName  string   `json:"displayName"`
	Description  string   `json:"description,omitempty"`
	SponsorIDs   []string `json:"sponsorIds"`   // user object ids
	SponsorNames []string `json:"sponsorNames"` // for the review only
	SecretDays   int      `json:"secretDays"`   // 0: no client secret
	Count        int      `json:"count"`        // agent identities, 0 to MaxAgents
	NamePattern  string   `json:"namePattern"`  // {name}, {n}, {nn}
	RunAs        RunAs    `json:"runAs"`
	KeepSecret   bool     `json:"keepSecret"` // keep the secret sealed for the token lab
	Reason       string   `json:"reason,omitempty"`
}

// HasSecret reports whether the run makes a client secret.
func (b BlueprintSpec) HasSecret() bool { return b.SecretDays > 0 }

// SecretEnds returns when a secret made by a run started at start expires, to
// the second as Graph takes it; zero without a secret.
func (b BlueprintSpec) SecretEnds(start time.Time) time.Time {
	if !b.HasSecret() {
		return time.Time{}
	}
	return SecretEnd(b.SecretDays, start.UTC()).Truncate(time.Second)
}

// Validate returns what is wrong with each field, keyed by the field's name in
// the form; an empty map when the spec can be run.
func (b BlueprintSpec) Validate() map[string]string {
	faults := map[string]string{}
	if m := nameFault(b.DisplayName); m != "" {
		faults["displayName"] = m
	}
	if n := utf8.RuneCountInString(b.Description); n > maxDescription {
		faults["description"] = fmt.Sprintf("Write at most %d characters. This has %d.", maxDescription, n)
	}
	if n := utf8.RuneCountInString(b.Reason); n > maxReason {
		faults["reason"] = fmt.Sprintf("Write at most %d characters. This has %d.", maxReason, n)
	}
	if len(b.SponsorIDs) == 0 {
		faults["sponsors"] = "Name at least one sponsor. Graph refuses a blueprint without one."
	}
	if !slices.Contains(SecretLives(), b.SecretDays) {
		faults["secret"] = "Choose how long the client secret lives: 90 days, 6 months or 1 year, or choose none."
	}
	if m := b.runAsFault(); m != "" {
		faults["runAs"] = m
	}
	if b.KeepSecret && !b.HasSecret() {
		faults["keepSecret"] = "There is no secret to keep. Choose a life for the client secret, or take the tick away."
	}
	if m := b.countFault(); m != "" {
		faults["count"] = m
	} else if m := b.patternFault(); m != "" {
		faults["namePattern"] = m
	}
	return faults
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

func (b BlueprintSpec) countFault() string {
	switch {
	case b.Count < 0:
		return "Write a number from 0 to 250. 0 makes the blueprint alone."
	case b.Count > MaxAgents:
		return fmt.Sprintf("Write a number from 0 to %d. A blueprint may have %d agent identities, and Graph refuses the next one; make a second blueprint for more.", MaxAgents, MaxAgents)
	}
	return ""
}

func (b BlueprintSpec) runAsFault() string {
	switch b.RunAs {
	case AsMe:
		return ""
	case AsBlueprint:
		if b.Count > 0 && !b.HasSecret() {
			return "The blueprint needs a client secret to create agent identities itself. Choose a life for the secret, or create them as yourself."
		}
		return ""
	}
	return "Choose who creates the agent identities."
}

// patternFault refuses patterns that give two agents one name: a person could
// not tell them apart, and the run finds lost answers by name as a last resort.
func (b BlueprintSpec) patternFault() string {
	if b.Count == 0 {
		return ""
	}
	if strings.TrimSpace(b.NamePattern) == "" {
		return "Write a pattern, for example " + DefaultNamePattern + "."
	}
	if unknown := unknownPlaceholder(b.NamePattern); unknown != "" {
		return fmt.Sprintf("%s stands for nothing. The pattern knows {name}, {n} and {nn}.", unknown)
	}
	if b.Count > 1 && !strings.Contains(b.NamePattern, "{n}") && !strings.Contains(b.NamePattern, "{nn}") {
		return fmt.Sprintf("Put {nn} where the number goes. Without it all %d agents would have the same name.", b.Count)
	}
	for _, name := range b.AgentNames() {
		if nameFault(name) == "" {
			continue
		}
		if n := utf8.RuneCountInString(name); n > maxName {
			return fmt.Sprintf("The pattern gives names of up to %d characters; Graph takes %d. Shorten the pattern or the display name.", n, maxName)
		}
		if strings.ContainsFunc(name, misleads) {
			return nameFault(name)
		}
		return "Write a pattern that gives names on one line."
	}
	return ""
}

// placeholder is what looks like a part of a pattern that is filled in.
var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// unknownPlaceholder is the first word in braces that the pattern does not
// know, empty when there is none.
func unknownPlaceholder(pattern string) string {
	for _, found := range placeholder.FindAllString(pattern, -1) {
		if !slices.Contains([]string{"{name}", "{n}", "{nn}"}, found) {
			return found
		}
	}
	return ""
}

// AgentNames returns the names of the agent identities in order. {name} is the
// display name of the blueprint, {n} the number, {nn} the number with leading
// zeros: two digits, three from 100 agents.
func (b BlueprintSpec) AgentNames() []string {
	if b.Count <= 0 || b.Count > MaxAgents {
		return nil
	}
	width := 2
	if b.Count > 99 {
		width = 3
	}
	names := make([]string, b.Count)
	for i := range names {
		n := strconv.Itoa(i + 1)
		// One pass, so that a display name that holds "{n}" stays as it was typed.
		names[i] = strings.TrimSpace(strings.NewReplacer(
			"{name}", strings.TrimSpace(b.DisplayName),
			"{nn}", fmt.Sprintf("%0*d", width, i+1),
			"{n}", n,
		).Replace(b.NamePattern))
	}
	return names
}
