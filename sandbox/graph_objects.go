package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// maxByIDs is how many ids one getByIds takes.
const maxByIDs = 1000

// readDirectoryObject finds an object of any type. https://learn.microsoft.com/graph/api/directoryobject-get
func readDirectoryObject(g *graphCall, st *state) (*reply, *graphError) {
	if !guidLike(g.at.key) {
		return nil, badID(g.at.key)
	}
	o := st.directoryObject(g.at.key)
	if o == nil || !g.seen(o) {
		return nil, notFound(g.at.key)
	}
	if fault := g.reads(typeName(o)); fault != nil {
		return nil, fault
	}
	return g.item(st, o), nil
}

// readByIDs answers POST /directoryObjects/getByIds; unknown ids, and objects the token does not
// open, are left out. https://learn.microsoft.com/graph/api/directoryobject-getbyids
func readByIDs(g *graphCall, st *state) (*reply, *graphError) {
	var ids, types []string
	if fault := g.body.list("ids", "DirectoryObject", &ids); fault != nil {
		return nil, fault
	}
	if fault := g.body.list("types", "DirectoryObject", &types); fault != nil {
		return nil, fault
	}
	if ids == nil {
		return nil, badRequest("Expected property 'ids' is not present on resource of type 'GetByIdsOperation'.")
	}
	if len(ids) > maxByIDs {
		return nil, badRequest("The number of ids must not exceed 1000.")
	}
	if !slices.ContainsFunc([]string{"user", "group", "directoryRole", "servicePrincipal"}, g.canRead) {
		return nil, denied()
	}
	values, seen := []entity{}, map[string]bool{}
	for _, id := range ids {
		if !guidLike(id) {
			return nil, badID(id)
		}
		o := st.directoryObject(id)
		if o == nil || seen[o.head().ID] || !g.seen(o) || !isOneOf(o, types) || !g.canRead(typeName(o)) {
			continue
		}
		seen[o.head().ID] = true
		values = append(values, g.shape(st, o, "directoryObject", g.query.selected))
	}
	return &reply{status: http.StatusOK, body: entity{"@odata.context": g.url("$metadata#directoryObjects"), "value": values}}, nil
}

// isOneOf tells whether the object is of one of the types, a base type counting too; no types, any.
func isOneOf(o object, types []string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool {
		return strings.EqualFold(t, "directoryObject") || strings.EqualFold(t, typeName(o)) || strings.EqualFold(t, string(o.kind()))
	})
}

// listGrants answers GET /oauth2PermissionGrants and the same under a service principal.
func listGrants(g *graphCall, st *state) (*reply, *graphError) {
	if !mayReadGrants(g.caller) {
		return nil, denied()
	}
	if g.at.key == "" || g.at.root == "oauth2permissiongrants" {
		return list(g, st, st.grants.all(), pageSize, func(o *permissionGrant) bool { return st.principals.get(o.ClientID) != nil })
	}
	p, fault := g.principal(st)
	if fault != nil {
		return nil, fault
	}
	return list(g, st, slices.Values(st.grantsByClient.of(p.ID)), pageSize, func(*permissionGrant) bool { return true })
}

// listAssignments answers GET .../appRoleAssignments and .../appRoleAssignedTo.
func listAssignments(g *graphCall, st *state) (*reply, *graphError) {
	if !g.caller.has(append([]string{"AppRoleAssignment.ReadWrite.All"}, readsApplications()...)...) {
		return nil, denied()
	}
	holder, fault := g.assignmentHolder(st)
	if fault != nil {
		return nil, fault
	}
	rows := st.assignedByPrincipal.of(holder.head().ID)
	if g.assignedTo() {
		rows = st.assignedByResource.of(holder.head().ID)
	}
	return list(g, st, slices.Values(rows), pageSize, func(*appRoleAssignment) bool { return true })
}
