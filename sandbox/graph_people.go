package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// readMe answers GET /me. https://learn.microsoft.com/graph/api/user-get
func readMe(g *graphCall, st *state) (*reply, *graphError) {
	u, fault := g.me(st)
	if fault != nil {
		return nil, fault
	}
	if !g.caller.has(append([]string{"User.Read", "User.ReadWrite"}, readsUsers()...)...) {
		return nil, denied()
	}
	return g.item(st, u), nil
}

// me is the calling user; an app-only token has none.
func (g *graphCall) me(st *state) (*user, *graphError) {
	if g.caller.App {
		return nil, &graphError{http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow."}
	}
	u := st.users.get(g.caller.ObjectID)
	if u == nil {
		return nil, notFound(g.caller.ObjectID)
	}
	return u, nil
}

// listMyMemberships answers GET /me/memberOf and /me/transitiveMemberOf, with or without a cast to
// directoryRole or group.
func listMyMemberships(g *graphCall, st *state) (*reply, *graphError) {
	u, fault := g.me(st)
	if fault != nil {
		return nil, fault
	}
	if !g.caller.has("User.Read", "User.ReadWrite", "GroupMember.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory") {
		return nil, denied()
	}
	groups, roles := st.groupsOf(u.ID), st.rolesOf(u.ID)
	if !strings.Contains(g.at.pattern, "transitive") {
		groups, roles = st.groupsByMember.of(u.ID), st.rolesByMember.of(u.ID)
	}
	var all []object
	for _, r := range roles {
		all = append(all, r)
	}
	for _, m := range groups {
		all = append(all, m)
	}
	return list(g, st, bySeq(all), pageSize, func(o object) bool {
		return g.fitsNavCast(o)
	})
}

// bySeq puts objects of several kinds into the order of creation, which paging relies on.
func bySeq(all []object) func(func(object) bool) {
	slices.SortFunc(all, func(a, b object) int { return int(a.head().Seq - b.head().Seq) })
	return slices.Values(all)
}

// listOrganization answers GET /organization: always one.
func listOrganization(g *graphCall, st *state) (*reply, *graphError) {
	if !g.readsOrganization() {
		return nil, denied()
	}
	return &reply{status: http.StatusOK, body: entity{"@odata.context": g.context(), "value": []entity{g.organization(st)}}}, nil
}

// readOrganization knows one tenant. https://learn.microsoft.com/graph/api/organization-get
func readOrganization(g *graphCall, st *state) (*reply, *graphError) {
	if !g.readsOrganization() {
		return nil, denied()
	}
	if !strings.EqualFold(g.at.key, tenantID) {
		return nil, notFound(g.at.key)
	}
	e := g.organization(st)
	e["@odata.context"] = g.context() + "/$entity"
	return &reply{status: http.StatusOK, body: e}, nil
}

// readsOrganization: User.Read is enough for the basic facts of one's own tenant.
func (g *graphCall) readsOrganization() bool {
	return g.caller.has("User.Read", "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
}

func (g *graphCall) organization(st *state) entity {
	e := entity{
		"id": tenantID, "displayName": tenantName, "tenantType": "AAD", "createdDateTime": jsonTime(tenantBorn()), "deletedDateTime": nil,
		"city": nil, "country": nil, "countryLetterCode": nil, "preferredLanguage": "en", "technicalNotificationMails": []string{},
		"assignedPlans": []any{}, "provisionedPlans": []any{}, "businessPhones": []string{}, "onPremisesSyncEnabled": nil,
		"verifiedDomains": []entity{{
			"name": tenantDomain, "isDefault": true, "isInitial": true, "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline",
		}},
	}
	if g.query.selected != nil {
		e = e.pick(g.query.selected)
		delete(e, "@odata.type")
	}
	return e
}

// listUsers lists people and agent users; the cast to agentUser lists the latter alone.
// https://learn.microsoft.com/graph/api/user-list
func listUsers(g *graphCall, st *state) (*reply, *graphError) {
	if fault := g.reads(g.entity().name); fault != nil {
		return nil, fault
	}
	return list(g, st, st.users.all(), pageSize, func(u *user) bool { return g.entity().name == "user" || u.isAgentUser() })
}

// readUser finds by object id or UPN; everybody may read himself. https://learn.microsoft.com/graph/api/user-get
func readUser(g *graphCall, st *state) (*reply, *graphError) {
	u := st.userNamed(g.at.key)
	own := u != nil && u.ID == g.caller.ObjectID && g.caller.has("User.Read", "User.ReadWrite")
	if !own && !g.canRead("user") && (u == nil || !g.canRead(typeName(u))) {
		return nil, denied()
	}
	if u == nil || !g.seen(u) || g.entity().name == "agentUser" && !u.isAgentUser() {
		return nil, notFound(g.at.key)
	}
	return g.item(st, u), nil
}

func listUserSponsors(g *graphCall, st *state) (*reply, *graphError) {
	u := st.userNamed(g.at.key)
	if !g.canRead("user") && (u == nil || !g.canRead(typeName(u))) {
		return nil, denied()
	}
	if u == nil || !g.seen(u) {
		return nil, notFound(g.at.key)
	}
	return g.related(st, u.SponsorIDs)
}

// listGroups answers GET /groups. https://learn.microsoft.com/graph/api/group-list
func listGroups(g *graphCall, st *state) (*reply, *graphError) {
	if fault := g.reads("group"); fault != nil {
		return nil, fault
	}
	return list(g, st, st.groups.all(), pageSize, func(*group) bool { return true })
}

// group finds the group of the path for a caller who may read groups.
func (g *graphCall) group(st *state) (*group, *graphError) {
	if fault := g.reads("group"); fault != nil {
		return nil, fault
	}
	if !guidLike(g.at.key) {
		return nil, badID(g.at.key)
	}
	if found := st.groups.get(g.at.key); found != nil && g.seen(found) {
		return found, nil
	}
	return nil, notFound(g.at.key)
}

func readGroup(g *graphCall, st *state) (*reply, *graphError) {
	found, fault := g.group(st)
	if fault != nil {
		return nil, fault
	}
	return g.item(st, found), nil
}

// listGroupMembers gives direct members: only those have a sponsor group's rights.
func listGroupMembers(g *graphCall, st *state) (*reply, *graphError) {
	found, fault := g.group(st)
	if fault != nil {
		return nil, fault
	}
	return g.related(st, found.MemberIDs)
}

func listGroupOwners(g *graphCall, st *state) (*reply, *graphError) {
	found, fault := g.group(st)
	if fault != nil {
		return nil, fault
	}
	return g.related(st, found.OwnerIDs)
}

// listRoles lists activated roles, whoever holds them. https://learn.microsoft.com/graph/api/directoryrole-list
func listRoles(g *graphCall, st *state) (*reply, *graphError) {
	if fault := g.reads("directoryRole"); fault != nil {
		return nil, fault
	}
	return list(g, st, st.roles.all(), pageSize, func(*directoryRole) bool { return true })
}

// readRole finds by object id or by template id, the alternate key that is the same in every tenant.
func readRole(g *graphCall, st *state) (*reply, *graphError) {
	if fault := g.reads("directoryRole"); fault != nil {
		return nil, fault
	}
	for r := range st.roles.all() {
		if strings.EqualFold(r.ID, g.at.key) || g.at.keyName == "roletemplateid" && strings.EqualFold(r.RoleTemplateID, g.at.key) {
			return g.item(st, r), nil
		}
	}
	return nil, notFound(g.at.key)
}

// related answers GET of a relation: the visible objects behind the ids, each with its type.
func (g *graphCall) related(st *state, ids []string) (*reply, *graphError) {
	var all []object
	for _, id := range ids {
		if o := st.directoryObject(id); o != nil {
			all = append(all, o)
		}
	}
	return list(g, st, bySeq(all), pageSize, func(o object) bool {
		return g.fitsNavCast(o)
	})
}

// fitsNavCast tells whether the object is of the type the relation is cast to; a base type takes its
// derived ones.
func (g *graphCall) fitsNavCast(o object) bool {
	return g.at.navCast == nil || isOneOf(o, []string{g.at.navCast.name})
}
