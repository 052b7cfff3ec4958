package handlers

import (
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// bulkSteps fills in the changes of acts that touch each object alone.
func (h *Handlers) bulkSteps(b *bulk, ch *change) {
	for _, item := range b.items {
		row := views.ChangeObject{Mark: item.Kind, Name: views.Named(item.Name, item.ID), Href: b.spec.path + "/" + item.ID, ID: item.ID, Note: b.act.does}
		acts, why := b.act.acts(h, b, item)
		if why != "" {
			row.Note = why
			ch.view.Left = append(ch.view.Left, row)
			continue
		}
		ch.spec.Acts = append(ch.spec.Acts, acts...)
		ch.view.Objects = append(ch.view.Objects, row)
	}
}

func targetOf(item *provision.Item) provision.Target {
	return provision.Target{Kind: graph.Kind(item.Kind), ID: item.ID, Name: views.Named(item.Name, item.ID)}
}

// switching enables or disables. A blueprint has the state of its principal.
func switching(enabled bool) func(*Handlers, *bulk, *provision.Item) ([]provision.Act, string) {
	kind := provision.KindDisable
	if enabled {
		kind = provision.KindEnable
	}
	return func(_ *Handlers, b *bulk, item *provision.Item) ([]provision.Act, string) {
		of := item
		if graph.Kind(item.Kind) == graph.KindBlueprint {
			if of = b.of.Principal(item.AppID); of == nil {
				return nil, "Has no principal in this tenant, so nothing to switch"
			}
		}
		if now, known := b.of.Enabled(of); known && now == enabled {
			return nil, "Is " + strings.ToLower(enabledText(enabled)) + " already"
		}
		return []provision.Act{{Kind: kind, Of: targetOf(of)}}, ""
	}
}

// relating adds one more sponsor or owner.
func relating(_ *Handlers, b *bulk, item *provision.Item) ([]provision.Act, string) {
	have, kind := item.Sponsors, provision.KindSponsor
	if b.act.person == ownerList {
		have, kind = item.Owners, provision.KindOwner
	}
	if b.person.ID != "" && slices.ContainsFunc(have, func(id string) bool { return strings.EqualFold(id, b.person.ID) }) {
		return nil, "Has this " + b.act.person + " already"
	}
	return []provision.Act{{Kind: kind, Of: targetOf(item), Person: b.person}}, ""
}

// bulkDeletion fills in what goes with the objects, from the leaves to the root.
func (h *Handlers) bulkDeletion(b *bulk, ch *change) {
	var acts []provision.Act
	add := func(tree provision.Tree) {
		offset := len(acts)
		for _, act := range provision.TreeActs(tree) {
			for i := range act.Needs {
				act.Needs[i] += offset
			}
			acts = append(acts, act)
		}
	}
	switch b.spec.kind {
	case graph.KindBlueprint:
		for _, item := range b.items {
			tree := provision.Tree{Blueprint: new(targetOf(item))}
			if p := b.of.Principal(item.AppID); p != nil {
				tree.Principal = new(targetOf(p))
			}
			for _, a := range b.of.Agents(item.AppID) {
				tree.Agents = append(tree.Agents, treeAgent(b.of, a))
			}
			add(tree)
		}
	case graph.KindAgentIdentity:
		tree := provision.Tree{}
		for _, item := range b.items {
			tree.Agents = append(tree.Agents, treeAgent(b.of, item))
		}
		add(tree)
	default:
		tree := provision.Tree{}
		for _, item := range b.items {
			tree.Agents = append(tree.Agents, provision.TreeAgent{Users: []provision.Target{targetOf(item)}})
		}
		add(tree)
	}
	ch.spec.Acts = acts
	for _, act := range acts {
		folder, _, thing := folderOf(act.Of.Kind)
		ch.view.Objects = append(ch.view.Objects, views.ChangeObject{
			Mark: string(act.Of.Kind), Name: act.Of.Name, Href: folder + "/" + act.Of.ID, ID: act.Of.ID, Note: strings.ToUpper(thing[:1]) + thing[1:] + ": goes to the recycle bin",
		})
	}
	if more := len(acts) - len(b.items); more > 0 {
		ch.view.Consequences = append([]string{fmt.Sprintf("%s, and %s that belong to them.", b.counted(), views.Plural(more, "object"))}, ch.view.Consequences...)
	}
}

func treeAgent(s *provision.Snapshot, agent *provision.Item) provision.TreeAgent {
	t := provision.TreeAgent{Target: targetOf(agent)}
	for _, u := range s.Users(agent.ID) {
		t.Users = append(t.Users, targetOf(u))
	}
	return t
}
