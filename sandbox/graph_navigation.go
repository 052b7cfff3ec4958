package sandbox

import (
	"iter"
	"slices"
	"strings"
)

// principalNavs and userNavs are the relations that $expand may name.
// https://learn.microsoft.com/graph/api/resources/serviceprincipal
func principalNavs() []string {
	return []string{
		"owners", "memberOf", "transitiveMemberOf", "ownedObjects", "createdObjects", "appRoleAssignments", "appRoleAssignedTo", "oauth2PermissionGrants",
	}
}

func userNavs() []string {
	return []string{
		"sponsors", "manager", "directReports", "memberOf", "transitiveMemberOf", "ownedObjects", "createdObjects", "appRoleAssignments",
		"oauth2PermissionGrants", "licenseDetails",
	}
}

// related gives the objects behind a navigation property, in no special order; names are taken in any
// case, as they come from paths too.
func (st *state) related(o object, nav string) []object {
	id, nav := o.head().ID, strings.ToLower(nav)
	switch nav {
	case "memberof":
		return slices.Concat(objects(st.rolesByMember.of(id)), objects(st.groupsByMember.of(id)))
	case "transitivememberof":
		return slices.Concat(objects(st.rolesOf(id)), objects(st.groupsOf(id)))
	case "ownedobjects":
		return st.ownedBy(id)
	case "createdobjects":
		return st.createdBy(o)
	case "directreports":
		return pick(st.users.all(), func(u *user) bool { return u.ManagerID == id })
	case "approleassignments":
		return objects(st.assignedByPrincipal.of(id))
	case "approleassignedto":
		return objects(st.assignedByResource.of(id))
	case "oauth2permissiongrants":
		if _, person := o.(*user); person {
			return pick(st.grants.all(), func(g *permissionGrant) bool { return g.PrincipalID == id })
		}
		return objects(st.grantsByClient.of(id))
	}
	if a, ok := o.(*application); ok {
		switch nav {
		case "federatedidentitycredentials":
			return objects(a.Federated)
		case "inheritablepermissions":
			return objects(a.Inheritable)
		}
	}
	if u, ok := o.(*user); ok && nav == "licensedetails" {
		return objects(licenseDetails(u))
	}
	return st.behind(relationOf(o, nav))
}

// behind finds the objects of ids; those in the recycle bin are left out.
func (st *state) behind(ids []string) []object {
	var all []object
	for _, id := range ids {
		if o := st.directoryObject(id); o != nil {
			all = append(all, o)
		}
	}
	return all
}

// relationOf gives the ids that an object keeps behind a navigation property.
func relationOf(o object, nav string) []string {
	switch o := o.(type) {
	case *application:
		return pickRelation(nav, o.OwnerIDs, o.SponsorIDs)
	case *servicePrincipal:
		return pickRelation(nav, o.OwnerIDs, o.SponsorIDs)
	case *user:
		if nav == "manager" {
			return withID(nil, o.ManagerID)
		}
		return pickRelation(nav, nil, o.SponsorIDs)
	case *group:
		if nav == "members" {
			return o.MemberIDs
		}
		return pickRelation(nav, o.OwnerIDs, nil)
	case *directoryRole:
		return o.MemberIDs
	}
	return nil
}

// pickRelation tells the two relations apart that most objects have.
func pickRelation(nav string, owners, sponsors []string) []string {
	if nav == "owners" {
		return owners
	}
	return sponsors
}

// ownedBy goes through everything that has owners: rare enough a question for no index.
func (st *state) ownedBy(id string) []object {
	return slices.Concat(
		pick(st.apps.all(), func(a *application) bool { return slices.Contains(a.OwnerIDs, id) }),
		pick(st.principals.all(), func(p *servicePrincipal) bool { return slices.Contains(p.OwnerIDs, id) }),
		pick(st.groups.all(), func(g *group) bool { return slices.Contains(g.OwnerIDs, id) }),
	)
}

// createdBy lists what a service principal created; people leave no such trace on the objects.
func (st *state) createdBy(o object) []object {
	p, ok := o.(*servicePrincipal)
	if !ok {
		return nil
	}
	id := p.clientID()
	return slices.Concat(
		pick(st.apps.all(), func(a *application) bool { return a.CreatedByAppID == id }),
		pick(st.principals.all(), func(c *servicePrincipal) bool { return c.CreatedByAppID == id }),
		pick(st.users.all(), func(u *user) bool { return u.CreatedByAppID == id }),
	)
}

// objects exists because a slice of one kind is no slice of objects.
func objects[T object](list []T) []object {
	out := make([]object, len(list))
	for i, o := range list {
		out[i] = o
	}
	return out
}

// pick lists the objects that fit.
func pick[T object](all iter.Seq[T], fits func(T) bool) []object {
	var out []object
	for o := range all {
		if fits(o) {
			out = append(out, o)
		}
	}
	return out
}

// subject is the object whose relation the path asks for, for a caller who may read it. Everybody with
// User.Read may ask about himself.
func (g *graphCall) subject(st *state) (object, *graphError) {
	switch g.at.root {
	case "serviceprincipals":
		p, fault := g.principal(st)
		if fault != nil {
			return nil, fault
		}
		return p, g.reads(typeName(p))
	case "groups":
		found, fault := g.group(st)
		if fault != nil {
			return nil, fault
		}
		return found, nil
	}
	u, fault := g.person(st)
	if fault != nil {
		return nil, fault
	}
	if u.ID == g.caller.ObjectID && g.caller.has("User.Read", "User.ReadWrite") {
		return u, nil
	}
	return u, g.reads(typeName(u))
}

// person is the user of the path, or the caller under /me.
func (g *graphCall) person(st *state) (*user, *graphError) {
	if g.at.root == "me" {
		return g.me(st)
	}
	u := st.userNamed(g.at.key)
	if u == nil || !g.seen(u) || g.at.cast != nil && g.at.cast.name == "agentUser" && !u.isAgentUser() {
		return nil, notFound(g.at.key)
	}
	return u, nil
}

// listNavigation answers GET of a relation whose name ends the path, cast or not.
// https://learn.microsoft.com/graph/api/serviceprincipal-list-transitivememberof
func listNavigation(g *graphCall, st *state) (*reply, *graphError) {
	o, fault := g.subject(st)
	if fault != nil {
		return nil, fault
	}
	nav := strings.TrimSuffix(g.at.pattern, "/$count")
	nav = nav[strings.LastIndexByte(nav, '/')+1:]
	return list(g, st, bySeq(st.related(o, nav)), pageSize, g.fitsNavCast)
}
