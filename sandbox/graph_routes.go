package sandbox

import (
	"net/http"
	"slices"
	"sync"
)

// route answers one method on one path pattern: by read, by write inside a transaction, or by whole.
type route struct {
	method  string
	pattern string
	read    func(*graphCall, *state) (*reply, *graphError)
	write   func(*graphCall, *txn) (*reply, *graphError)
	whole   func(*graphCall) (*reply, error) // takes care of transactions itself
	bare    bool                             // a write without a body; one that is sent is ignored
}

// graphRoutes is the emulated part of Microsoft Graph. Casts are not in the patterns: they may stand
// before or after the key, and the handlers look at target.cast.
func graphRoutes() []route {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return slices.Concat(navigationRoutes(), []route{
		// The signed-in person, the tenant, people and groups.
		{method: get, pattern: "me", read: readMe},
		{method: get, pattern: "me/transitivememberof", read: listMyMemberships},
		{method: get, pattern: "me/memberof", read: listMyMemberships},
		{method: get, pattern: "organization", read: listOrganization},
		{method: get, pattern: "organization/{id}", read: readOrganization},
		{method: get, pattern: "users", read: listUsers},
		{method: get, pattern: "users/{id}", read: readUser},
		{method: post, pattern: "users", write: createUser},
		{method: patch, pattern: "users/{id}", write: updateUser},
		{method: del, pattern: "users/{id}", write: deleteUser},
		{method: get, pattern: "users/{id}/sponsors", read: listUserSponsors},
		{method: post, pattern: "users/{id}/sponsors/$ref", write: addUserSponsor},
		{method: del, pattern: "users/{id}/sponsors/{ref}/$ref", write: removeUserSponsor},
		{method: get, pattern: "users/{id}/manager", read: readManager},
		{method: put, pattern: "users/{id}/manager/$ref", write: setManager},
		{method: del, pattern: "users/{id}/manager/$ref", write: removeManager},
		{method: get, pattern: "me/manager", read: readManager},
		{method: post, pattern: "users/{id}/assignlicense", write: assignLicense},
		{method: get, pattern: "groups", read: listGroups},
		{method: get, pattern: "groups/{id}", read: readGroup},
		{method: get, pattern: "groups/{id}/members", read: listGroupMembers},
		{method: get, pattern: "groups/{id}/owners", read: listGroupOwners},
		{method: post, pattern: "groups/{id}/members/$ref", write: addMember},
		{method: del, pattern: "groups/{id}/members/{ref}/$ref", write: removeMember},
		{method: get, pattern: "domains", read: listDomains},
		{method: get, pattern: "domains/{id}", read: readDomain},
		{method: get, pattern: "subscribedskus", read: listSKUs},
		{method: get, pattern: "subscribedskus/{id}", read: readSKU},
		{method: get, pattern: "directoryroles", read: listRoles},
		{method: get, pattern: "directoryroles/{id}", read: readRole},
		{method: get, pattern: "directoryobjects/{id}", read: readDirectoryObject},
		{method: post, pattern: "directoryobjects/getbyids", read: readByIDs},
		{method: post, pattern: "$batch", whole: runBatch},

		// Applications and blueprints.
		{method: get, pattern: "applications", read: listApplications},
		{method: post, pattern: "applications", write: createBlueprint},
		{method: get, pattern: "applications/{id}", read: readApplication},
		{method: patch, pattern: "applications/{id}", write: updateBlueprint},
		{method: del, pattern: "applications/{id}", write: deleteBlueprint},
		{method: post, pattern: "applications/{id}/addpassword", write: addPassword},
		{method: post, pattern: "applications/{id}/removepassword", write: removePassword},
		{method: post, pattern: "applications/{id}/addkey", write: addKey},
		{method: post, pattern: "applications/{id}/removekey", write: removeKey},
		{method: post, pattern: "applications/{id}/setverifiedpublisher", write: setPublisher},
		{method: post, pattern: "applications/{id}/unsetverifiedpublisher", write: unsetPublisher, bare: true},
		{method: get, pattern: "applications/{id}/federatedidentitycredentials", read: listFederated},
		{method: post, pattern: "applications/{id}/federatedidentitycredentials", write: createFederated},
		{method: get, pattern: "applications/{id}/federatedidentitycredentials/{ref}", read: readFederated},
		{method: patch, pattern: "applications/{id}/federatedidentitycredentials/{ref}", write: updateFederated},
		{method: del, pattern: "applications/{id}/federatedidentitycredentials/{ref}", write: deleteFederated},
		{method: get, pattern: "applications/{id}/inheritablepermissions", read: listInheritable},
		{method: post, pattern: "applications/{id}/inheritablepermissions", write: createInheritable},
		{method: get, pattern: "applications/{id}/inheritablepermissions/{ref}", read: readInheritable},
		{method: patch, pattern: "applications/{id}/inheritablepermissions/{ref}", write: updateInheritable},
		{method: del, pattern: "applications/{id}/inheritablepermissions/{ref}", write: deleteInheritable},

		// Service principals, blueprint principals and agent identities.
		{method: get, pattern: "serviceprincipals", read: listPrincipals},
		{method: post, pattern: "serviceprincipals", write: createPrincipal},
		{method: get, pattern: "serviceprincipals/{id}", read: readPrincipal},
		{method: patch, pattern: "serviceprincipals/{id}", write: updatePrincipal},
		{method: del, pattern: "serviceprincipals/{id}", write: deletePrincipal},
		{method: post, pattern: "serviceprincipals/{id}/addpassword", write: refusePassword},
		{method: post, pattern: "serviceprincipals/{id}/addkey", write: refusePassword},
		{method: get, pattern: "serviceprincipals/{id}/approleassignments", read: listAssignments},
		{method: get, pattern: "serviceprincipals/{id}/approleassignedto", read: listAssignments},
		{method: get, pattern: "serviceprincipals/{id}/oauth2permissiongrants", read: listGrants},
		{method: get, pattern: "serviceprincipals/{id}/inheritedapproleassignments", read: listInherited},
		{method: get, pattern: "serviceprincipals/{id}/inheritedoauth2permissiongrants", read: listInherited},

		// What was granted.
		{method: post, pattern: "serviceprincipals/{id}/approleassignments", write: createAssignment},
		{method: get, pattern: "serviceprincipals/{id}/approleassignments/{ref}", read: readAssignment},
		{method: del, pattern: "serviceprincipals/{id}/approleassignments/{ref}", write: deleteAssignment},
		{method: post, pattern: "serviceprincipals/{id}/approleassignedto", write: createAssignment},
		{method: get, pattern: "serviceprincipals/{id}/approleassignedto/{ref}", read: readAssignment},
		{method: del, pattern: "serviceprincipals/{id}/approleassignedto/{ref}", write: deleteAssignment},
		{method: get, pattern: "users/{id}/approleassignments", read: listAssignments},
		{method: post, pattern: "users/{id}/approleassignments", write: createAssignment},
		{method: get, pattern: "users/{id}/approleassignments/{ref}", read: readAssignment},
		{method: del, pattern: "users/{id}/approleassignments/{ref}", write: deleteAssignment},
		{method: get, pattern: "oauth2permissiongrants", read: listGrants},
		{method: post, pattern: "oauth2permissiongrants", write: createGrant},
		{method: get, pattern: "oauth2permissiongrants/{id}", read: readGrant},
		{method: patch, pattern: "oauth2permissiongrants/{id}", write: updateGrant},
		{method: del, pattern: "oauth2permissiongrants/{id}", write: deleteGrant},

		// The recycle bin.
		{method: get, pattern: "directory/deleteditems", read: listDeleted},
		{method: get, pattern: "directory/deleteditems/{ref}", read: readDeleted},
		{method: post, pattern: "directory/deleteditems/{ref}/restore", write: restoreDeleted, bare: true},
		{method: del, pattern: "directory/deleteditems/{ref}", write: purgeDeleted},

		// Who answers for them.
		{method: get, pattern: "applications/{id}/owners", read: listRelation},
		{method: post, pattern: "applications/{id}/owners/$ref", write: addRelation},
		{method: del, pattern: "applications/{id}/owners/{ref}/$ref", write: removeRelation},
		{method: get, pattern: "applications/{id}/sponsors", read: listRelation},
		{method: post, pattern: "applications/{id}/sponsors/$ref", write: addRelation},
		{method: del, pattern: "applications/{id}/sponsors/{ref}/$ref", write: removeRelation},
		{method: get, pattern: "serviceprincipals/{id}/owners", read: listRelation},
		{method: post, pattern: "serviceprincipals/{id}/owners/$ref", write: addRelation},
		{method: del, pattern: "serviceprincipals/{id}/owners/{ref}/$ref", write: removeRelation},
		{method: get, pattern: "serviceprincipals/{id}/sponsors", read: listRelation},
		{method: post, pattern: "serviceprincipals/{id}/sponsors/$ref", write: addRelation},
		{method: del, pattern: "serviceprincipals/{id}/sponsors/{ref}/$ref", write: removeRelation},
	})
}

// navigationRoutes are the relations that can only be read.
func navigationRoutes() []route {
	var out []route
	for root, navs := range map[string][]string{
		"users/{id}":             {"memberof", "transitivememberof", "ownedobjects", "createdobjects", "directreports", "licensedetails", "oauth2permissiongrants"},
		"me":                     {"ownedobjects", "createdobjects", "directreports", "licensedetails", "oauth2permissiongrants"},
		"serviceprincipals/{id}": {"memberof", "transitivememberof", "ownedobjects", "createdobjects"},
		"groups/{id}":            {"memberof", "transitivememberof"},
	} {
		for _, nav := range navs {
			out = append(out, route{method: http.MethodGet, pattern: root + "/" + nav, read: listNavigation})
		}
	}
	return out
}

// routeTable is graphRoutes by pattern, made at the first request: the routes know the handlers and a
// handler, that of batches, looks routes up, so no variable can be initialized with it.
type routeTable struct {
	once      sync.Once
	byPattern map[string][]route
}

var graphTable routeTable

func (t *routeTable) of(pattern string) []route {
	t.once.Do(func() {
		t.byPattern = map[string][]route{}
		for _, r := range graphRoutes() {
			t.byPattern[r.pattern] = append(t.byPattern[r.pattern], r)
		}
	})
	return t.byPattern[pattern]
}

// findRoute looks a pattern up; a known pattern with another method is 405.
func findRoute(method, pattern string) (route, *graphError) {
	routes := graphTable.of(pattern)
	for _, r := range routes {
		if r.method == method {
			return r, nil
		}
	}
	if len(routes) > 0 {
		return route{}, &graphError{http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."}
	}
	return route{}, noSuchPath(pattern)
}
