package handlers

import (
	"fmt"
	"strconv"

	"agentidportal/provision"
	"agentidportal/views"
)

// planTree draws what a run will make.
func planTree(spec provision.BlueprintSpec) views.Tree {
	names := spec.AgentNames()
	principal := views.TreeBox{Mark: "blueprintPrincipal", Name: spec.DisplayName, Second: "its principal", Dashed: true}
	for i, name := range names {
		if i == views.TreeMost && len(names) > views.TreeMost {
			principal.Children = append(principal.Children, views.TreeBox{Name: fmt.Sprintf("%d more agent identities", len(names)-i), Dashed: true})
			break
		}
		principal.Children = append(principal.Children, views.TreeBox{Mark: "agentIdentity", Name: name, Second: "made as " + madeAs(spec), Dashed: true})
	}
	heads := []string{"Blueprint", "Principal in this tenant"}
	if len(names) > 0 {
		heads = append(heads, "Agent identities, "+strconv.Itoa(len(names)))
	}
	return views.Tree{
		Summary: fmt.Sprintf("Planned: a blueprint, its principal and %s", views.Plural(len(names), "agent identity")), Heads: heads,
		Root: views.TreeBox{Mark: "blueprint", Name: spec.DisplayName, Second: audienceWords(spec), Dashed: true, Own: true, Children: []views.TreeBox{principal}},
	}
}

func madeAs(spec provision.BlueprintSpec) string {
	if spec.RunAs == provision.AsBlueprint {
		return "the blueprint"
	}
	return "you"
}
