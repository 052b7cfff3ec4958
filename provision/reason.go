package provision

import "strings"

// ReasonFault says what is wrong with the reason for a run; empty when nothing
// is. required is Options.RequireReason.
func ReasonFault(reason string, required bool) string {
	if required && strings.TrimSpace(reason) == "" {
		return "Write why you do this. This portal is set up to demand a reason for every change; a ticket number is enough."
	}
	return lengthFault(reason, maxReason)
}
