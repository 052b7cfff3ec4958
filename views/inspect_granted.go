package views

import (
	"strconv"

	"agentidportal/entra"
)

// Granted is what an agent identity was granted, beside what a token of it
// carries.
type Granted struct {
	AgentID, AgentName string
	Href               string // its permissions; empty for those who may not open them
	// Fault says why nothing could be read, Faults which parts could not.
	Fault  string
	Faults []PermissionFault
	// Gone is true when the directory does not know the agent any more.
	Gone bool
	// Rows are the permissions that such a token may carry, Never the others.
	Rows, Never []GrantedRow
}

// GrantedRow is one permission.
type GrantedRow struct {
	entra.GrantRow
	Name, API string
	Sources   []string // how it was granted
}

// note counts in words what stands in the token.
func (g Granted) note() string {
	if g.Fault != "" || g.Gone {
		return ""
	}
	granted, inToken := 0, 0
	for _, r := range g.Rows {
		if !r.Granted() {
			continue
		}
		granted++
		if r.InToken() {
			inToken++
		}
	}
	if granted == 0 {
		return ""
	}
	return strconv.Itoa(inToken) + " of " + plural(granted, "granted permission") + " in the token"
}

// verdict is the state of a row in a few words.
func (r GrantedRow) verdict() (Tone, string) {
	switch r.State {
	case entra.GrantCounts:
		return ToneOK, "It counts"
	case entra.GrantFree:
		return ToneMuted, "It counts"
	case entra.GrantFresh:
		return ToneWarn, "Not in the token"
	case entra.GrantLeft:
		return ToneWarn, "Not granted any more"
	case entra.GrantUnknown:
		return ToneMuted, "Not known"
	}
	return ToneMuted, "Not for such a token"
}

func inTokenWords(r GrantedRow) string {
	if r.InToken() {
		return "Yes"
	}
	return "No"
}

// kind is the sort of a permission and the API it is of.
func (r GrantedRow) kind() string {
	if r.API == "" {
		return PermissionKind(r.Application)
	}
	return PermissionKind(r.Application) + ", " + r.API
}

// neverWords sums up what such a token never carries.
func neverWords(n int) string {
	if n == 1 {
		return "1 more permission, which a token like this never carries"
	}
	return plural(n, "more permission") + ", which a token like this never carries"
}
