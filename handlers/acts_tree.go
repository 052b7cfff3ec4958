package handlers

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// felling is an object that is to be deleted, with what goes and what stays.
type felling struct {
	o         *object
	i         impact
	keepUsers bool // its agent users stay behind
	made      []provision.Act
}

// fellingOf reads what hangs on the object of an address, at this moment.
// Without one the request is answered, or failed.
func (h *Handlers) fellingOf(c echo.Context, kind graph.Kind, keepUsers bool) (*felling, error) {
	o, err := h.openObject(c, kind)
	if o == nil {
		return nil, err
	}
	t := &felling{o: o, keepUsers: keepUsers}
	if t.i, err = h.impactOf(c, o); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *felling) folder() string {
	folder, _, _ := folderOf(t.o.kind)
	return folder
}

// asksUsers says whether a person chooses what becomes of agent users. Graph's
// documents disagree on whether they go with their agent identity: the portal
// looks, and deletes them by name.
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
func (t *felling) asksUsers() bool {
	return len(t.i.users) > 0 && (t.o.kind == graph.KindBlueprint || t.o.kind == graph.KindAgentIdentity)
}

// mayDisable says whether there is something left to disable.
func (t *felling) mayDisable() bool {
	if t.o.kind == graph.KindBlueprint {
		return t.i.principal != nil && t.i.principal.AccountEnabled
	}
	return t.o.enabled
}

// acts are the deletions, from the leaves. A principal goes alone: its blueprint
// stays, and its agent identities are Graph's to clean up.
func (t *felling) acts() []provision.Act {
	if t.made == nil {
		t.made = provision.TreeActs(t.tree())
	}
	return t.made
}

func (t *felling) tree() provision.Tree {
	self, users := t.o.target(), map[string][]provision.Target{}
	if !t.keepUsers {
		for _, u := range t.i.users {
			parent := strings.ToLower(u.IdentityParentID)
			users[parent] = append(users[parent], userTarget(u))
		}
	}
	var tree provision.Tree
	switch t.o.kind {
	case graph.KindBlueprint:
		tree.Blueprint = &self
		if p := t.i.principal; p != nil {
			tree.Principal = &provision.Target{Kind: graph.KindBlueprintPrincipal, ID: p.ID, Name: views.Named(p.DisplayName, p.ID)}
		}
		for _, a := range t.i.agents.list {
			tree.Agents = append(tree.Agents, provision.TreeAgent{Target: agentTarget(a), Users: users[strings.ToLower(a.ID)]})
		}
	case graph.KindBlueprintPrincipal:
		tree.Principal = &self
	case graph.KindAgentIdentity:
		tree.Agents = []provision.TreeAgent{{Target: self, Users: users[strings.ToLower(t.o.id)]}}
	case graph.KindAgentUser:
		tree.Agents = []provision.TreeAgent{{Users: []provision.Target{self}}}
	}
	return tree
}

func agentTarget(a graph.AgentIdentity) provision.Target {
	return provision.Target{Kind: graph.KindAgentIdentity, ID: a.ID, Name: views.Named(a.DisplayName, a.ID)}
}

func userTarget(u graph.AgentUser) provision.Target {
	return provision.Target{Kind: graph.KindAgentUser, ID: u.ID, Name: views.Named(u.DisplayName, u.ID)}
}

// going are the objects that are deleted, in the order in which that happens.
func (t *felling) going() []views.ChangeObject {
	upn := map[string]string{t.o.id: t.o.upn}
	for _, u := range t.i.users {
		upn[u.ID] = u.UserPrincipalName
	}
	var rows []views.ChangeObject
	for _, act := range t.acts() {
		row := targetRow(act.Of, "Moves to the recycle bin")
		if name := upn[act.Of.ID]; name != "" {
			row.Note = name + ". Moves to the recycle bin"
		}
		rows = append(rows, row)
	}
	return rows
}

func targetRow(of provision.Target, note string) views.ChangeObject {
	folder, _, _ := folderOf(of.Kind)
	return views.ChangeObject{Mark: string(of.Kind), Name: of.Name, Href: folder + "/" + of.ID, ID: of.ID, Note: note}
}

// staying are the objects that are not deleted here, with what becomes of them.
func (t *felling) staying() []views.ChangeObject {
	var rows []views.ChangeObject
	alone := t.o.kind == graph.KindBlueprintPrincipal
	if alone {
		for _, a := range t.i.agents.list {
			rows = append(rows, targetRow(agentTarget(a), "Gets no tokens. Graph moves it to the recycle bin about a day later"))
		}
	}
	if alone || t.keepUsers {
		for _, u := range t.i.users {
			rows = append(rows, targetRow(userTarget(u), u.UserPrincipalName+". Stays behind, "+enabledIn(u.AccountEnabled)+", and nobody can sign in as it"))
		}
	}
	return rows
}

// ids are those of all objects that are shown.
func (t *felling) ids() []string {
	var ids []string
	for _, row := range slices.Concat(t.going(), t.staying()) {
		ids = append(ids, row.ID)
	}
	return ids
}

// fingerprint tells two trees apart, and what goes from what stays.
func (t *felling) fingerprint() string {
	var lines []string
	for _, row := range t.going() {
		lines = append(lines, "goes "+strings.ToLower(row.ID))
	}
	for _, row := range t.staying() {
		lines = append(lines, "stays "+strings.ToLower(row.ID))
	}
	return standsFor(lines)
}

// since are the names of what is new in the tree, and the ids of what is not
// there any more.
func (t *felling) since(shown []string) (came, went []string) {
	known := map[string]bool{}
	for _, id := range shown {
		if id, err := graph.ParseGUID(id); err == nil {
			known[strings.ToLower(id)] = true
		}
	}
	for _, row := range slices.Concat(t.going(), t.staying()) {
		if id := strings.ToLower(row.ID); known[id] {
			delete(known, id)
		} else {
			came = append(came, "“"+row.Name+"”")
		}
	}
	return came, sortedKeys(known)
}
