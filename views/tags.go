package views

import (
	"slices"
	"strings"

	"agentidportal/entra/graph"
)

// tagsNote says what the tags are that the portal sets itself; empty where
// there is none.
// https://learn.microsoft.com/graph/api/resources/agentidentity
func tagsNote(tags []string) string {
	ours := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return !strings.HasPrefix(tag, graph.OpTag("")) })
	if len(ours) == 0 {
		return ""
	}
	note := "portal-op names the operation by which a run of the portal made this. The run finds it again by that if an answer is lost."
	if len(ours) > 1 {
		note += " An agent identity shows the tags of its blueprint beside its own: one of these is the blueprint's."
	}
	return note
}
