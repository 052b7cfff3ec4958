package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

const (
	maxSponsors      = 100
	maxSponsorGroups = 5
	maxOwners        = 100
)

// noSponsor is what Graph says when a create names nobody.
const noSponsor = "No sponsor specified. Please provide at least one sponsor."

// answerable reads owners and sponsors of a new blueprint or identity, and adds the caller where
// Entra does: a developer becomes owner; a caller without an Agent ID admin role
// becomes sponsor when nobody is named.
func (g *graphCall) answerable(st *state, owners, sponsors *[]string) *graphError {
	if fault := g.bind(st, "owners", owners); fault != nil {
		return fault
	}
	if fault := g.bind(st, "sponsors", sponsors); fault != nil {
		return fault
	}
	admin := g.isAdmin(st)
	if g.hasRole(st, roleAgentIDDeveloper) && !admin {
		*owners = withID(*owners, g.caller.ObjectID)
	}
	if len(*sponsors) == 0 && !g.caller.App && !admin {
		*sponsors = []string{g.caller.ObjectID}
	}
	if len(*sponsors) == 0 {
		return badRequest(noSponsor)
	}
	return nil
}

func withID(ids []string, id string) []string {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(slices.Clone(ids), id)
}

// bind reads owners@odata.bind or sponsors@odata.bind.
func (g *graphCall) bind(st *state, relation string, ids *[]string) *graphError {
	var links []string
	if fault := g.body.list(relation+"@odata.bind", "DirectoryObject", &links); fault != nil {
		return fault
	}
	for _, link := range links {
		o, fault := g.linked(st, link)
		if fault != nil {
			return fault
		}
		if slices.Contains(*ids, o.head().ID) {
			return alreadyReferenced(relation)
		}
		if fault := checkRelated(st, relation, *ids, o); fault != nil {
			return fault
		}
		*ids = append(*ids, o.head().ID)
	}
	return nil
}

// linked finds the object behind an @odata.id or @odata.bind address.
func (g *graphCall) linked(st *state, link string) (object, *graphError) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, badLink(link)
	}
	if u.Host != "" && !g.ownHost(u.Host) {
		return nil, badLink(link)
	}
	path := strings.Trim(u.EscapedPath(), "/")
	if first, rest, _ := strings.Cut(path, "/"); first == "v1.0" || first == "beta" {
		path = rest
	}
	at, fault := parseTarget(g.model, path)
	if fault != nil || at.key == "" || !strings.HasSuffix(at.pattern, "{id}") {
		return nil, badLink(link)
	}
	var o object
	if at.root == "users" {
		if named := st.userNamed(at.key); named != nil {
			o = named
		}
	} else {
		o = st.directoryObject(at.key)
	}
	if o == nil || !g.seen(o) || !fitsRoot(o, at.root) {
		return nil, notFound(at.key)
	}
	return o, nil
}

func badLink(link string) *graphError {
	return badRequest("Invalid entity reference '" + clip(link) + "'.")
}

// ownHost tells whether an address leads to this Graph, under any name it has.
func (g *graphCall) ownHost(host string) bool {
	return host == "graph.microsoft.com" || host == g.r.Host || g.s.hosts[hostname(host)]
}

// fitsRoot keeps /users/{id of a group} from being taken for a group.
func fitsRoot(o object, root string) bool {
	return root == "directoryobjects" || strings.EqualFold(string(o.kind())+"s", root)
}

// checkRelated refuses who cannot be an owner or sponsor.
func checkRelated(st *state, relation string, have []string, o object) *graphError {
	if relation == "owners" {
		return checkOwner(have, o)
	}
	if len(have) >= maxSponsors {
		return badRequest("The number of sponsors exceeds the limit of 100.")
	}
	switch o := o.(type) {
	case *user:
		if !o.isAgentUser() {
			return nil
		}
	case *group:
		if o.IsAssignableToRole || !slices.Contains(o.GroupTypes, "Unified") && !slices.Contains(o.GroupTypes, "DynamicMembership") {
			break
		}
		groups := 0
		for _, id := range have {
			if st.groups.get(id) != nil {
				groups++
			}
		}
		if groups >= maxSponsorGroups {
			return badRequest("The number of groups among the sponsors exceeds the limit of 5.")
		}
		return nil
	}
	return badRequest("The object '" + o.head().ID + "' cannot be a sponsor: sponsors are users, Microsoft 365 groups or groups with dynamic membership.")
}

// checkOwner: owners are people and service principals, never groups.
// https://learn.microsoft.com/graph/api/application-post-owners
func checkOwner(have []string, o object) *graphError {
	if len(have) >= maxOwners {
		return badRequest("The number of owners exceeds the limit of 100.")
	}
	switch o := o.(type) {
	case *user:
		if !o.isAgentUser() {
			return nil
		}
	case *servicePrincipal:
		return nil
	}
	return badRequest("The reference target '" + o.head().ID + "' of type '" + typeName(o) + "' is invalid for the 'owners' reference.")
}

// relation names the navigation property of the path.
func (g *graphCall) relation() string {
	if strings.Contains(g.at.pattern, "/sponsors") {
		return "sponsors"
	}
	return "owners"
}

// holder is the application or service principal of the path.
func (g *graphCall) holder(st *state) (object, *graphError) {
	if g.at.root == "applications" {
		a, fault := g.application(st)
		if fault != nil {
			return nil, fault
		}
		return a, nil
	}
	p, fault := g.principal(st)
	if fault != nil {
		return nil, fault
	}
	return p, nil
}

// listRelation answers GET .../owners and .../sponsors. Ordinary applications have no sponsors.
// https://learn.microsoft.com/graph/api/agentidentity-list-sponsors
func listRelation(g *graphCall, st *state) (*reply, *graphError) {
	o, fault := g.holder(st)
	if fault != nil {
		return nil, fault
	}
	if fault := g.reads(typeName(o)); fault != nil {
		return nil, fault
	}
	if g.relation() == "sponsors" && !isAgentObject(o) {
		return nil, noSuchPath("sponsors")
	}
	return g.related(st, relationOf(o, g.relation()))
}

func isAgentObject(o object) bool {
	name := typeName(o)
	return strings.HasPrefix(name, "agent")
}

// addRelation answers POST .../owners/$ref and .../sponsors/$ref.
func addRelation(g *graphCall, tx *txn) (*reply, *graphError) {
	return g.changeRelation(tx, func(ids []string) ([]string, *graphError) {
		o, fault := g.reference(tx.state)
		if fault != nil {
			return nil, fault
		}
		if slices.Contains(ids, o.head().ID) {
			return nil, alreadyReferenced(g.relation())
		}
		if fault := checkRelated(tx.state, g.relation(), ids, o); fault != nil {
			return nil, fault
		}
		return withID(ids, o.head().ID), nil
	})
}

// removeRelation answers DELETE .../owners/{id}/$ref and .../sponsors/{id}/$ref.
func removeRelation(g *graphCall, tx *txn) (*reply, *graphError) {
	return g.changeRelation(tx, func(ids []string) ([]string, *graphError) {
		rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return strings.EqualFold(id, g.at.ref) })
		if len(rest) == len(ids) {
			return nil, notFound(g.at.ref)
		}
		return rest, nil
	})
}

// changeRelation is what adding and removing share: who may, and that ids are replaced, never changed in
// place, because readers may hold the old list.
func (g *graphCall) changeRelation(tx *txn, change func([]string) ([]string, *graphError)) (*reply, *graphError) {
	o, fault := g.holder(tx.state)
	if fault != nil {
		return nil, fault
	}
	if !isAgentObject(o) {
		return nil, denied()
	}
	if fault := g.mayChange(tx.state, relationOf(o, "owners"), relationPermissions(o)...); fault != nil {
		return nil, fault
	}
	ids, fault := change(relationOf(o, g.relation()))
	if fault != nil {
		return nil, fault
	}
	tx.put(withRelation(o, g.relation(), ids))
	return changed(o.head().ID), nil
}

// relationPermissions: the narrower UpdateSponsors permissions are on paper only.
func relationPermissions(o object) []string {
	if p, ok := o.(*servicePrincipal); ok {
		return []string{permissionFamily(p) + ".ReadWrite.All"}
	}
	return []string{"AgentIdentityBlueprint.ReadWrite.All"}
}

// withRelation copies the object with other owners or sponsors.
func withRelation(o object, relation string, ids []string) object {
	switch o := o.(type) {
	case *application:
		a := clone(o)
		if relation == "owners" {
			a.OwnerIDs = ids
		} else {
			a.SponsorIDs = ids
		}
		return a
	case *servicePrincipal:
		p := clone(o)
		if relation == "owners" {
			p.OwnerIDs = ids
		} else {
			p.SponsorIDs = ids
		}
		return p
	}
	return o
}
