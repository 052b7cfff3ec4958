package handlers

import (
	"strconv"
	"strings"

	"agentidportal/provision"
)

func number(n int) string { return strconv.Itoa(n) }

// doesWords says in words what agents will do.
func doesWords(does []provision.Capability) string {
	var words []string
	for _, way := range does {
		switch way {
		case provision.ActsAlone:
			words = append(words, "on their own")
		case provision.ActsForUsers:
			words = append(words, "on behalf of users")
		case provision.ActsAsUser:
			words = append(words, "with their own user account")
		}
	}
	return strings.Join(words, ", ")
}

// certificateWords tells one certificate from another.
func (f blueprintForm) certificateWords() string {
	if f.Certificate == nil {
		return ""
	}
	return f.Certificate.Name + ", " + f.Certificate.Thumbprint
}
