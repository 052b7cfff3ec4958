package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// defaultRole is the id of an assignment to a resource that has no app roles.
const defaultRole = "00000000-0000-0000-0000-000000000000"

// createAssignment answers POST .../appRoleAssignments under the one who gets the role, and
// .../appRoleAssignedTo under the resource.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments
func createAssignment(g *graphCall, tx *txn) (*reply, *graphError) {
	holder, fault := g.assignmentHolder(tx.state)
	if fault != nil {
		return nil, fault
	}
	a := &appRoleAssignment{meta: meta{ID: newID(), VisibleAt: tx.visibleAt(tx.knobs.LagMs.Grant)}}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"principalId", &a.PrincipalID}, {"resourceId", &a.ResourceID}, {"appRoleId", &a.AppRoleID}} {
		if fault := g.body.guid(p.name, "AppRoleAssignment", p.dst); fault != nil {
			return nil, fault
		}
	}
	if own := a.PrincipalID; g.assignedTo() && a.ResourceID != holder.head().ID || !g.assignedTo() && own != holder.head().ID {
		return nil, badRequest("The id in the request address and in the body of the appRoleAssignment do not match.")
	}
	if fault := g.mayAssign(tx.state, a.ResourceID); fault != nil {
		return nil, fault
	}
	role, fault := g.assignable(tx.state, a)
	if fault != nil {
		return nil, fault
	}
	// What a principal holds its identities may inherit, so the list binds both.
	if p := tx.principals.get(a.PrincipalID); p != nil && p.Type != ordinaryPrincipal && isBlocked(tx.principals.get(a.ResourceID).AppID, "application", role.Value) {
		return nil, blockedPermission(role.Value)
	}
	tx.put(a)
	e := g.shape(tx.state, a, "appRoleAssignment", nil)
	e["@odata.context"] = g.url("$metadata#appRoleAssignments/$entity")
	return &reply{status: http.StatusCreated, body: e, ids: []string{a.ID}, location: g.url(g.at.root + "/" + holder.head().ID + "/appRoleAssignments/" + a.ID)}, nil
}

// guid reads a required GUID.
func (b jsonObject) guid(name, resource string, dst *string) *graphError {
	if fault := b.decode(name, resource, dst); fault != nil {
		return fault
	}
	if *dst == "" {
		return missingValue(name, resource)
	}
	if !guidLike(*dst) {
		return invalidValue(name, resource)
	}
	*dst = strings.ToLower(*dst)
	return nil
}

// assignedTo tells whether the path is the resource's side.
func (g *graphCall) assignedTo() bool { return strings.Contains(g.at.pattern, "approleassignedto") }

// assignmentHolder is the service principal, user or group of the path.
func (g *graphCall) assignmentHolder(st *state) (object, *graphError) {
	switch g.at.root {
	case "users", "me":
		u, fault := g.person(st)
		if fault != nil {
			return nil, fault
		}
		return u, nil
	case "groups":
		if o := st.groups.get(g.at.key); o != nil {
			return o, nil
		}
		return nil, notFound(g.at.key)
	}
	p, fault := g.principal(st)
	if fault != nil {
		return nil, fault
	}
	return p, nil
}

// assignable checks both ends and the role, and sets the type of the principal.
func (g *graphCall) assignable(st *state, a *appRoleAssignment) (appRole, *graphError) {
	resource := st.principals.get(a.ResourceID)
	if resource == nil || !g.seen(resource) {
		return appRole{}, notFound(a.ResourceID)
	}
	// An agent identity has no application behind it that could define roles; its blueprint's principal has.
	if resource.Type == agentIdentity {
		return appRole{}, badRequest("An agent identity cannot be the resource of an app role assignment.")
	}
	to, types := st.directoryObject(a.PrincipalID), map[kind][2]string{
		kindServicePrincipal: {"ServicePrincipal", "Application"}, kindUser: {"User", "User"}, kindGroup: {"Group", "User"},
	}
	if to == nil || !g.seen(to) || types[to.kind()][0] == "" {
		return appRole{}, notFound(a.PrincipalID)
	}
	a.PrincipalType = types[to.kind()][0]
	// The default role stands for plain access to a resource that defines none.
	role, known := resource.role(a.AppRoleID)
	if a.AppRoleID == defaultRole && len(resource.AppRoles) == 0 {
		role, known = appRole{IsEnabled: true, AllowedMemberTypes: []string{types[to.kind()][1]}}, true
	}
	if !known || !role.IsEnabled || !slices.Contains(role.AllowedMemberTypes, types[to.kind()][1]) {
		return appRole{}, badRequest("Permission being assigned was not found on application")
	}
	for _, have := range st.assignedByPrincipal.of(a.PrincipalID) {
		if have.ResourceID == resource.ID && have.AppRoleID == a.AppRoleID {
			return appRole{}, badRequest("Permission being assigned already exists on the object")
		}
	}
	return role, nil
}

// mayAssign: app roles of Graph take the administrator of privileged roles, others one of applications
// as well. The permission alone does not open the objects: applications must be readable too.
func (g *graphCall) mayAssign(st *state, resourceID string) *graphError {
	if !g.caller.has("AppRoleAssignment.ReadWrite.All") || !g.caller.has(readsApplications()...) {
		return denied()
	}
	roles := []string{roleGlobalAdministrator, rolePrivilegedRoleAdmin}
	if p := st.principals.get(resourceID); p != nil && p.AppID != graphAppID {
		roles = append(roles, roleCloudAppAdmin, roleApplicationAdmin)
	}
	if !g.caller.App && !g.hasRole(st, roles...) {
		return denied()
	}
	return nil
}

// deleteAssignment answers DELETE on either side. https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignments
func deleteAssignment(g *graphCall, tx *txn) (*reply, *graphError) {
	holder, fault := g.assignmentHolder(tx.state)
	if fault != nil {
		return nil, fault
	}
	a, fault := g.assignment(tx.state, holder)
	if fault != nil {
		return nil, fault
	}
	if fault := g.mayAssign(tx.state, a.ResourceID); fault != nil {
		return nil, fault
	}
	tx.remove(a)
	return changed(a.ID), nil
}

// assignment is the one of the path, on the side the path asks from.
func (g *graphCall) assignment(st *state, holder object) (*appRoleAssignment, *graphError) {
	a := st.assignments.get(g.at.ref)
	if a == nil || g.assignedTo() && a.ResourceID != holder.head().ID || !g.assignedTo() && a.PrincipalID != holder.head().ID {
		return nil, notFound(g.at.ref)
	}
	return a, nil
}

// readAssignment answers GET of one. https://learn.microsoft.com/graph/api/serviceprincipal-get-approleassignments
func readAssignment(g *graphCall, st *state) (*reply, *graphError) {
	if !g.caller.has(append([]string{"AppRoleAssignment.ReadWrite.All"}, readsApplications()...)...) {
		return nil, denied()
	}
	holder, fault := g.assignmentHolder(st)
	if fault != nil {
		return nil, fault
	}
	a, fault := g.assignment(st, holder)
	if fault != nil {
		return nil, fault
	}
	return g.item(st, a), nil
}

// listInherited answers GET of inheritedAppRoleAssignments and inheritedOauth2PermissionGrants, which
// only the beta version has: what an identity gets by way of its blueprint.
// https://learn.microsoft.com/graph/api/resources/agentidentity
func listInherited(g *graphCall, st *state) (*reply, *graphError) {
	name := g.at.pattern[strings.LastIndexByte(g.at.pattern, '/')+1:]
	if g.version != "beta" {
		return nil, noSuchPath(name)
	}
	if fault := g.reads("servicePrincipal"); fault != nil {
		return nil, fault
	}
	p, fault := g.principal(st)
	if fault != nil {
		return nil, fault
	}
	if p.Type != agentIdentity {
		return nil, noSuchPath(name)
	}
	roles, grants := st.inherited(p, g.now)
	if name == "inheritedapproleassignments" {
		return list(g, st, slices.Values(roles), pageSize, func(*appRoleAssignment) bool { return true })
	}
	return list(g, st, slices.Values(grants), pageSize, func(*permissionGrant) bool { return true })
}
