package provision

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"agentidportal/entra/graph"
)

// maxTag is how long a tag may be.
const maxTag = 256

// fieldRules are the rules for properties that are texts, those that creating
// holds them to and the limits of a user.
// https://learn.microsoft.com/graph/api/resources/agentuser
func fieldRules() map[string]func(string) string {
	return map[string]func(string) string{
		"displayName": nameFault, "userPrincipalName": upnFault, "mailNickname": nicknameFault, "usageLocation": locationFault,
		"description": func(s string) string { return lengthFault(s, maxDescription) },
		"jobTitle":    lineRule(128), "department": lineRule(64), "companyName": lineRule(64), "officeLocation": lineRule(128),
	}
}

// fieldFaults holds properties to their rules.
func (act Act) fieldFaults(faults map[string]string) {
	if len(act.Set) == 0 {
		faults["fields"] = "Nothing is changed."
	}
	rules := fieldRules()
	for name, value := range act.Set {
		fault := ""
		switch value := value.(type) {
		case string:
			if rule := rules[name]; rule != nil {
				fault = rule(value)
			}
		case []string:
			if name == "tags" {
				fault = tagsFault(value)
			}
		}
		if fault != "" {
			faults[name] = fault
		}
	}
}

// nicknameFault is the rule for a mail nickname, which stands before the @ of an
// address.
// https://learn.microsoft.com/graph/api/agentuser-post
func nicknameFault(name string) string {
	if name == "" {
		return "Write a mail nickname of 1 to 64 characters."
	}
	return localPartFault(name)
}

// lineRule is the rule for a text on one line.
func lineRule(most int) func(string) string {
	return func(text string) string {
		if fault := lengthFault(text, most); fault != "" {
			return fault
		}
		return lineFault(text)
	}
}

func lineFault(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return "Write it on one line, without control characters."
	}
	if at := strings.IndexFunc(text, misleads); at >= 0 {
		return fmt.Sprintf("Write it without %s. One cannot see that character: it turns or hides the words around it.", showRune(text[at:]))
	}
	return ""
}

// tagsFault names the first tag that is none.
func tagsFault(tags []string) string {
	for i, tag := range tags {
		switch n := utf8.RuneCountInString(tag); {
		case tag == "":
			return fmt.Sprintf("Tag %d is empty.", i+1)
		case n > maxTag:
			return fmt.Sprintf("Write tags of at most %d characters. Tag %d has %d.", maxTag, i+1, n)
		case slices.Contains(tags[:i], tag):
			return fmt.Sprintf("“%s” is there twice. Write each tag once.", tag)
		case lineFault(tag) != "":
			return fmt.Sprintf("Tag %d: %s", i+1, lineFault(tag))
		}
	}
	return ""
}

// OwnTags are the tags by which the portal finds again what it made; they stay.
func OwnTags(tags []string) (fixed, others []string) {
	for _, tag := range tags {
		if strings.HasPrefix(tag, graph.OpTag("")) {
			fixed = append(fixed, tag)
		} else {
			others = append(others, tag)
		}
	}
	return fixed, others
}
