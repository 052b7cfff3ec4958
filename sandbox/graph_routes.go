package sandbox

import "net/http"

// route answers one method on one path pattern: by read, by write inside a transaction, or by whole.
type route struct {
	method  string
	pattern string
	read    func(*graphCall, *state) (*reply, *graphError)
	write   func(*graphCall, *txn) (*reply, *graphError)
	whole   func(*graphCall) (*reply, error) // takes care of transactions itself
}

// graphRoutes is the emulated part of Microsoft Graph. Casts are not in the patterns: they may stand
// before or after the key, and the handlers look at target.cast.
func graphRoutes() []route {
	get, post, patch, del := http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	return []route{
		// The signed-in person, the tenant, people and groups.
		{method: get, pattern: "me", read: readMe},
		{method: get, pattern: "me/transitivememberof", read: listMyMemberships},
		{method: get, pattern: "me/memberof", read: listMyMemberships},
		{method: get, pattern: "organization", read: listOrganization},
		{method: get, pattern: "organization/{id}", read: readOrganization},
		{method: get, pattern: "users", read: listUsers},
		{method: get, pattern: "users/{id}", read: readUser},
		{method: get, pattern: "users/{id}/sponsors", read: listUserSponsors},
		{method: get, pattern: "groups", read: listGroups},
		{method: get, pattern: "groups/{id}", read: readGroup},
		{method: get, pattern: "groups/{id}/members", read: listGroupMembers},
		{method: get, pattern: "groups/{id}/owners", read: listGroupOwners},
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

		// Service principals, blueprint principals and agent identities.
		{method: get, pattern: "serviceprincipals", read: listPrincipals},
		{method: post, pattern: "serviceprincipals", write: createPrincipal},
		{method: get, pattern: "serviceprincipals/{id}", read: readPrincipal},
		{method: patch, pattern: "serviceprincipals/{id}", write: updatePrincipal},
		{method: del, pattern: "serviceprincipals/{id}", write: deletePrincipal},
		{method: post, pattern: "serviceprincipals/{id}/addpassword", write: refusePassword},
		{method: get, pattern: "serviceprincipals/{id}/approleassignments", read: listAssignments},
		{method: get, pattern: "serviceprincipals/{id}/approleassignedto", read: listAssignments},
		{method: get, pattern: "serviceprincipals/{id}/oauth2permissiongrants", read: listGrants},
		{method: get, pattern: "oauth2permissiongrants", read: listGrants},

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
	}
}

// findRoute looks a pattern up; a known pattern with another method is 405.
func findRoute(method, pattern string) (route, *graphError) {
	known := false
	for _, r := range graphRoutes() {
		if r.pattern != pattern {
			continue
		}
		if r.method == method {
			return r, nil
		}
		known = true
	}
	if known {
		return route{}, &graphError{http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."}
	}
	return route{}, noSuchPath(pattern)
}
