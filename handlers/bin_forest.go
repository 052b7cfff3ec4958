package handlers

import (
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/provision"
)

// forest gathers deleted objects by the blueprint they belong to, so that each
// tree is restored from its root.
type forest struct {
	bin   *bin
	order []string // App IDs as they came
	trees map[string]*binTree
	notes map[string]string // why an object is restored, by its id
}

type binTree struct {
	blueprint, principal *graph.DeletedObject
	agents               []*graph.DeletedObject // nil where only a user is restored
	users                map[string][]*graph.DeletedObject
	parents              []string // of users, as they came
}

func newForest(b *bin) *forest {
	return &forest{bin: b, trees: map[string]*binTree{}, notes: map[string]string{}}
}

// appOf is the App ID of the blueprint that a deleted object belongs to; that of a
// user whose agent identity is not in the bin is not known, and needs none.
func (f *forest) appOf(d *graph.DeletedObject) string {
	switch d.Kind {
	case graph.KindAgentIdentity:
		return strings.ToLower(d.BlueprintAppID)
	case graph.KindAgentUser:
		if parent := f.bin.item(d.ParentID); parent != nil {
			return strings.ToLower(parent.BlueprintAppID)
		}
		return ""
	}
	return strings.ToLower(d.AppID)
}

// add puts an object into its tree, once.
func (f *forest) add(d *graph.DeletedObject, why string) {
	if _, there := f.notes[d.ID]; there {
		return
	}
	f.notes[d.ID] = why
	app := f.appOf(d)
	t := f.trees[app]
	if t == nil {
		t = &binTree{users: map[string][]*graph.DeletedObject{}}
		f.trees[app], f.order = t, append(f.order, app)
	}
	switch d.Kind {
	case graph.KindBlueprint:
		t.blueprint = d
	case graph.KindBlueprintPrincipal:
		t.principal = d
	case graph.KindAgentIdentity:
		t.agents = append(t.agents, d)
	case graph.KindAgentUser:
		parent := strings.ToLower(d.ParentID)
		if len(t.users[parent]) == 0 {
			t.parents = append(t.parents, parent)
		}
		t.users[parent] = append(t.users[parent], d)
	}
}

// above adds what an object cannot be restored without, as far as it is deleted.
func (f *forest) above(d *graph.DeletedObject) {
	app := f.appOf(d)
	if d.Kind == graph.KindAgentUser {
		parent := f.bin.item(d.ParentID)
		if parent == nil {
			return
		}
		f.add(parent, "Is restored too: the agent user cannot be without it")
	}
	if d.Kind == graph.KindAgentIdentity || d.Kind == graph.KindAgentUser {
		if p := f.bin.principal(app); p != nil {
			f.add(p, "Is restored too: agent identities cannot be without their principal")
		}
	}
	if d.Kind != graph.KindBlueprint {
		if b := f.bin.blueprint(app); b != nil {
			f.add(b, "Is restored too: its principal cannot be without it")
		}
	}
}

// below counts what was deleted below an object and is not chosen itself, and adds
// it when it is wanted.
func (f *forest) below(d *graph.DeletedObject, wanted bool) int {
	n, app := 0, f.appOf(d)
	add := func(child *graph.DeletedObject, why string) {
		if _, there := f.notes[child.ID]; there {
			return
		}
		n++
		if wanted {
			f.add(child, why)
		}
	}
	agents := []*graph.DeletedObject{}
	switch d.Kind {
	case graph.KindBlueprint:
		if p := f.bin.principal(app); p != nil {
			add(p, "Is restored with its blueprint")
		}
		agents = f.bin.agents(app)
	case graph.KindBlueprintPrincipal:
		agents = f.bin.agents(app)
	case graph.KindAgentIdentity:
		agents = append(agents, d)
	}
	for _, agent := range agents {
		if agent != d {
			add(agent, "Is restored with its blueprint")
		}
		for _, u := range f.bin.users(agent.ID) {
			add(u, "Is restored with its agent identity")
		}
	}
	return n
}

// acts are the changes that restore the trees.
func (f *forest) acts() []provision.Act {
	var acts []provision.Act
	for _, app := range f.order {
		offset := len(acts)
		for _, act := range provision.RestoreActs(f.trees[app].tree()) {
			for i := range act.Needs {
				act.Needs[i] += offset
			}
			acts = append(acts, act)
		}
	}
	return acts
}

func (t *binTree) tree() provision.Tree {
	var tree provision.Tree
	if t.blueprint != nil {
		tree.Blueprint = new(binTarget(t.blueprint))
	}
	if t.principal != nil {
		tree.Principal = new(binTarget(t.principal))
	}
	for _, a := range t.agents {
		agent := provision.TreeAgent{Target: binTarget(a)}
		for _, u := range t.users[strings.ToLower(a.ID)] {
			agent.Users = append(agent.Users, binTarget(u))
		}
		delete(t.users, strings.ToLower(a.ID))
		tree.Agents = append(tree.Agents, agent)
	}
	for _, parent := range t.parents {
		agent := provision.TreeAgent{}
		for _, u := range t.users[parent] {
			agent.Users = append(agent.Users, binTarget(u))
		}
		if len(agent.Users) > 0 {
			tree.Agents = append(tree.Agents, agent)
		}
	}
	return tree
}
