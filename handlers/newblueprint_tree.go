package handlers

import (
	"fmt"

	"agentidportal/provision"
	"agentidportal/views"
)

// planTree draws what a run will make.
func planTree(spec provision.BlueprintSpec) views.Tree {
	rows := spec.AgentRows()
	principal := views.TreeBox{Mark: "blueprintPrincipal", Name: spec.DisplayName, Second: "its principal", Dashed: true}
	for i, row := range rows {
		if i == views.TreeMost && len(rows) > views.TreeMost {
			principal.Children = append(principal.Children, views.TreeBox{Name: fmt.Sprintf("%d more agent identities", len(rows)-i), Dashed: true})
			break
		}
		principal.Children = append(principal.Children, agentBox(row, spec))
	}
	users := len(upnsOf(spec))
	t := views.Tree{
		Summary: fmt.Sprintf("Planned: a blueprint, its principal and %s", views.Plural(len(rows), "agent identity")), Heads: []string{"Blueprint", "Principal in this tenant"},
		Root: views.TreeBox{Mark: "blueprint", Name: spec.DisplayName, Second: audienceWords(spec), Dashed: true, Own: true, Children: []views.TreeBox{principal}},
	}
	if len(rows) > 0 {
		t.Heads = append(t.Heads, "Agent identities, "+number(len(rows)))
	}
	if users > 0 {
		t.Summary += ", with " + views.Plural(users, "agent user")
		t.Heads = append(t.Heads, "Agent users, "+number(users))
	}
	return t
}

func agentBox(row provision.AgentRow, spec provision.BlueprintSpec) views.TreeBox {
	box := views.TreeBox{Mark: "agentIdentity", Name: row.Name, Second: "made as " + madeAs(spec), Dashed: true}
	if row.User != nil {
		box.Children = []views.TreeBox{{Mark: "agentUser", Name: row.User.DisplayName, Second: row.User.UPN, Dashed: true}}
	}
	return box
}

func madeAs(spec provision.BlueprintSpec) string {
	if spec.RunAs == provision.AsBlueprint {
		return "the blueprint"
	}
	return "you"
}
