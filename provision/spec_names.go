package provision

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The names of the agent identities of a spec: typed ones, or a pattern.

// agents is how many agent identities are asked for.
func (b BlueprintSpec) agents() int {
	if len(b.Rows) > 0 {
		return len(b.Rows)
	}
	if len(b.Names) > 0 {
		return len(b.Names)
	}
	return max(b.Count, 0)
}

// named says that the agent identities have names of their own, so that count
// and pattern do not matter.
func (b BlueprintSpec) named() bool { return len(b.Rows) > 0 || len(b.Names) > 0 }

// ParseNames reads names as they are typed, one a line. Blank lines and blanks
// around a name say nothing.
func ParseNames(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// namesFault holds typed names to the rule for names, names the line, and
// refuses two of one name: a person could not tell the agents apart, and the
// run finds lost answers by name as a last resort.
func (b BlueprintSpec) namesFault() string {
	if n := len(b.Names); n > MaxAgents {
		return fmt.Sprintf("Write at most %d names. These are %d. A blueprint may have %d agent identities, and Graph refuses the next one; make a second blueprint for more.", MaxAgents, n, MaxAgents)
	}
	first := map[string]int{}
	for i, name := range b.Names {
		if fault := nameFault(name); fault != "" {
			return fmt.Sprintf("Name %d: %s", i+1, fault)
		}
		key := strings.ToLower(name)
		if at, twice := first[key]; twice {
			return fmt.Sprintf("Names %d and %d are the same, “%s”. Change one, so that the agents can be told apart.", at, i+1, name)
		}
		first[key] = i + 1
	}
	return ""
}

func (b BlueprintSpec) countFault() string {
	switch {
	case b.named():
		return ""
	case b.Count < 0 && b.Into != nil:
		return fmt.Sprintf("Write a number from 1 to %d.", MaxAgents)
	case b.Count < 0:
		return "Write a number from 0 to 250. 0 makes the blueprint alone."
	case b.Count > MaxAgents:
		return fmt.Sprintf("Write a number up to %d. A blueprint may have %d agent identities, and Graph refuses the next one; make a second blueprint for more.", MaxAgents, MaxAgents)
	}
	return ""
}

// patternFault refuses patterns that give two agents one name. It is silent
// while there is no good number of names to try.
func (b BlueprintSpec) patternFault() string {
	if b.named() || b.Count == 0 || b.countFault() != "" {
		return ""
	}
	if strings.TrimSpace(b.NamePattern) == "" {
		return "Write a pattern, for example " + DefaultNamePattern + "."
	}
	if unknown := unknownPlaceholder(b.NamePattern); unknown != "" {
		return fmt.Sprintf("%s is not known. A pattern takes {name}, {n} and {nn}.", unknown)
	}
	if b.Count > 1 && !strings.Contains(b.NamePattern, "{n}") && !strings.Contains(b.NamePattern, "{nn}") {
		return fmt.Sprintf("Put {nn} where the number goes. Without it all %d agents would have the same name.", b.Count)
	}
	for _, name := range b.AgentNames() {
		if fault := patternNameFault(name); fault != "" {
			return fault
		}
	}
	return ""
}

// patternNameFault is what is wrong with a name that a pattern gave.
func patternNameFault(name string) string {
	fault := nameFault(name)
	switch n := utf8.RuneCountInString(name); {
	case fault == "":
		return ""
	case n > maxName:
		return fmt.Sprintf("The pattern gives names of up to %d characters; Graph takes %d. Shorten the pattern or the display name.", n, maxName)
	case strings.ContainsFunc(name, misleads):
		return fault
	}
	return "Write a pattern that gives names on one line."
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

// AgentNames returns the names of the agent identities in order: those of the
// table, the typed ones, or those of the pattern. In a pattern {name} is the display name of the
// blueprint, {n} the number, {nn} the number with leading zeros: two digits,
// three from 100 agents.
func (b BlueprintSpec) AgentNames() []string {
	if n := b.agents(); n == 0 || n > MaxAgents {
		return nil
	}
	if len(b.Rows) > 0 {
		names := make([]string, len(b.Rows))
		for i, row := range b.Rows {
			names[i] = strings.TrimSpace(row.Name)
		}
		return names
	}
	if len(b.Names) > 0 {
		return slices.Clone(b.Names)
	}
	first := b.firstNumber()
	width := numberWidth(first + b.Count - 1)
	names := make([]string, b.Count)
	for i := range names {
		n := strconv.Itoa(i + first)
		// One pass, so that a display name that holds "{n}" stays as it was typed.
		names[i] = strings.TrimSpace(strings.NewReplacer(
			"{name}", strings.TrimSpace(b.DisplayName),
			"{nn}", fmt.Sprintf("%0*d", width, i+first),
			"{n}", n,
		).Replace(b.NamePattern))
	}
	return names
}

// firstNumber is the number that patterns begin with.
func (b BlueprintSpec) firstNumber() int { return max(b.First, 1) }

// numberWidth is how many digits numbers with leading zeros have.
func numberWidth(last int) int {
	if last > 99 {
		return 3
	}
	return 2
}
