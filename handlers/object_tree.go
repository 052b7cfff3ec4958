package handlers

import (
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// childUsers are agent users by the object id of their agent identity.
type childUsers map[string]graph.AgentUser

func byParent(list []graph.AgentUser) childUsers {
	all := childUsers{}
	for _, u := range list {
		all[u.IdentityParentID] = u
	}
	return all
}

// boxes is the agent user of an agent identity, if it has one.
func (all childUsers) boxes(own *object, agentID string) []views.TreeBox {
	u, ok := all[agentID]
	if !ok {
		return nil
	}
	box := views.TreeBox{
		Mark: "agentUser", Name: views.Named(u.DisplayName, u.ID), Second: u.UserPrincipalName, Href: "/agent-users/" + u.ID,
		Own: own.kind == graph.KindAgentUser && u.ID == own.id,
	}
	if !u.AccountEnabled {
		box.Second, box.Dashed = "disabled", true
	}
	return []views.TreeBox{box}
}

// familyTree draws a blueprint, its principal, its agent identities and those
// agent users that are known; own is the object the page is about.
func familyTree(c echo.Context, own *object, f views.Family, agents views.AgentsOf, known childUsers) views.Tree {
	root, principal := blueprintBox(own, f), principalBox(own, f)
	principal.Children = agentBoxes(own, agents, known)
	root.Children = []views.TreeBox{principal}
	t := views.Tree{
		Summary: "The blueprint, its principal in this tenant and its agent identities",
		Heads:   []string{"Blueprint", "Principal in this tenant", agentsHead(agents)},
		Root:    root,
	}
	if len(known) > 0 {
		t.Summary = "The blueprint, its principal in this tenant, its agent identities and their agent users"
		t.Heads = append(t.Heads, usersHead(own, known))
	}
	return t.Switchable(own.path(), c.QueryParam("tree") == "list")
}

// usersHead counts the agent users where all of them were read.
func usersHead(own *object, known childUsers) string {
	if own.kind == graph.KindBlueprint || own.kind == graph.KindBlueprintPrincipal {
		return "Agent users, " + views.Count(len(known))
	}
	return "Agent user"
}

func blueprintBox(own *object, f views.Family) views.TreeBox {
	box := views.TreeBox{Mark: "blueprint", Second: "app " + own.blueprint, Own: own.kind == graph.KindBlueprint}
	switch {
	case f.Blueprint != nil:
		box.Name, box.Href = views.Named(f.Blueprint.DisplayName, f.Blueprint.ID), "/blueprints/"+f.Blueprint.ID
	case f.Home.Elsewhere:
		box.Name, box.Dashed = "In another tenant", true
	case f.BlueprintFault != "":
		box.Name, box.Dashed = "Not readable", true
	default:
		box.Name, box.Dashed = "Not there any more", true
	}
	return box
}

func principalBox(own *object, f views.Family) views.TreeBox {
	box := views.TreeBox{Mark: "blueprintPrincipal", Own: own.kind == graph.KindBlueprintPrincipal}
	switch {
	case f.Principal != nil:
		box.Name, box.Href = views.Named(f.Principal.DisplayName, f.Principal.ID), "/principals/"+f.Principal.ID
		box.Second = f.Principal.ID
		if !f.Principal.AccountEnabled {
			box.Second, box.Dashed = "disabled", true
		}
	case f.PrincipalFault != "":
		box.Name, box.Dashed = "Not readable", true
	default:
		box.Name, box.Dashed = "Missing", true
	}
	return box
}

// agentBoxes are the first agents, and one box for those that are not drawn.
func agentBoxes(own *object, agents views.AgentsOf, known childUsers) []views.TreeBox {
	if agents.Fault != "" {
		return []views.TreeBox{{Name: "Not readable", Dashed: true}}
	}
	var boxes []views.TreeBox
	for _, a := range agents.Rows {
		if len(boxes) == views.TreeMost {
			break
		}
		box := views.TreeBox{
			Mark: "agentIdentity", Name: views.Named(a.Name, a.ID), Second: a.ID, Href: "/agents/" + a.ID,
			Own: own.kind == graph.KindAgentIdentity && a.ID == own.id, Children: known.boxes(own, a.ID),
		}
		if !a.Enabled {
			box.Second, box.Dashed = "disabled", true
		}
		boxes = append(boxes, box)
	}
	more, why := "", ""
	switch {
	case agents.Total == nil:
		more, why = "Graph did not let you count", "others are in the list"
	case *agents.Total > len(boxes):
		more = views.Plural(*agents.Total-len(boxes), "more agent identity")
	default:
		return boxes
	}
	return append(boxes, views.TreeBox{Name: more, Second: why, Dashed: true, Href: "/agents?blueprint=" + own.blueprint})
}

func agentsHead(agents views.AgentsOf) string {
	switch {
	case agents.Fault != "" || agents.Total == nil:
		return "Agent identities"
	case *agents.Total == 0:
		return "Agent identities, none"
	}
	return "Agent identities, " + views.Count(*agents.Total)
}
