package sandbox

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// maxGrantScope is how many characters a scope may have.
// https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
const maxGrantScope = 3850

// mayReadGrants: permissions to read applications do not open grants, which are the directory's.
func mayReadGrants(c caller) bool {
	return c.has("Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
}

// grantID makes the id of a delegated grant from what it is about: the same in every answer, opaque,
// and no GUID.
func grantID(clientID, resourceID, principalID string) string {
	var id []byte
	for _, part := range []string{clientID, resourceID, principalID} {
		if u, err := uuid.Parse(part); err == nil {
			id = append(id, u[:]...)
		}
	}
	return base64.RawURLEncoding.EncodeToString(id)
}

// createGrant answers POST /oauth2PermissionGrants; there is one grant for each client, resource and
// person. https://learn.microsoft.com/graph/api/oauth2permissiongrant-post
func createGrant(g *graphCall, tx *txn) (*reply, *graphError) {
	const resource = "OAuth2PermissionGrant"
	sent := &permissionGrant{}
	// The times are of old beta bodies, where they had to be there; the service ignores them.
	for _, name := range g.body.names() {
		if !slices.Contains([]string{"@odata.type", "clientId", "consentType", "principalId", "resourceId", "scope", "startTime", "expiryTime"}, name) {
			return nil, badRequest("Invalid property '" + clip(name) + "'.")
		}
	}
	if fault := g.body.guid("clientId", resource, &sent.ClientID); fault != nil {
		return nil, fault
	}
	if fault := g.body.guid("resourceId", resource, &sent.ResourceID); fault != nil {
		return nil, fault
	}
	if fault := g.readConsentType(sent); fault != nil {
		return nil, fault
	}
	if fault := g.readGrantScope(sent); fault != nil {
		return nil, fault
	}
	if fault := g.mayGrant(tx.state); fault != nil {
		return nil, fault
	}
	if fault := g.grantable(tx.state, sent); fault != nil {
		return nil, fault
	}
	sent.meta = meta{ID: grantID(sent.ClientID, sent.ResourceID, sent.PrincipalID), VisibleAt: tx.visibleAt(tx.knobs.LagMs.Grant)}
	tx.put(sent)
	e := g.shape(tx.state, sent, "oAuth2PermissionGrant", nil)
	e["@odata.context"] = g.url("$metadata#oauth2PermissionGrants/$entity")
	return &reply{status: http.StatusCreated, body: e, ids: []string{sent.ID}, location: g.url("oauth2PermissionGrants/" + sent.ID)}, nil
}

// readConsentType: a grant for one person names the person, one for all names nobody.
func (g *graphCall) readConsentType(sent *permissionGrant) *graphError {
	const resource = "OAuth2PermissionGrant"
	if fault := g.body.decode("consentType", resource, &sent.ConsentType); fault != nil {
		return fault
	}
	switch sent.ConsentType {
	case "AllPrincipals":
		if g.body.has("principalId") {
			return invalidValue("principalId", resource)
		}
		return nil
	case "Principal":
		return g.body.guid("principalId", resource, &sent.PrincipalID)
	case "":
		return missingValue("consentType", resource)
	}
	return invalidValue("consentType", resource)
}

// readGrantScope reads names divided by spaces. None at all is no grant: that is what DELETE is for.
func (g *graphCall) readGrantScope(grant *permissionGrant) *graphError {
	if fault := g.body.text("scope", "OAuth2PermissionGrant", maxGrantScope, &grant.Scope); fault != nil {
		return fault
	}
	scopes := strings.Fields(grant.Scope)
	if len(scopes) == 0 {
		return missingValue("scope", "OAuth2PermissionGrant")
	}
	grant.Scope = strings.Join(scopes, " ")
	return nil
}

// grantable checks the three ends, that there is no such grant yet, and that agents get nothing that
// is blocked for them.
func (g *graphCall) grantable(st *state, sent *permissionGrant) *graphError {
	client, resource := st.principals.get(sent.ClientID), st.principals.get(sent.ResourceID)
	switch {
	case client == nil || !g.seen(client):
		return notFound(sent.ClientID)
	case resource == nil || !g.seen(resource):
		return notFound(sent.ResourceID)
	case resource.Type == agentIdentity:
		return invalidValue("resourceId", "OAuth2PermissionGrant")
	case sent.PrincipalID != "" && st.users.get(sent.PrincipalID) == nil:
		return notFound(sent.PrincipalID)
	}
	// Compared by tuple and not by id: seeded grants and those of the consent page have other ids.
	for _, have := range st.grantsByClient.of(client.ID) {
		if have.ResourceID == resource.ID && have.PrincipalID == sent.PrincipalID {
			return conflict("Permission entry already exists.")
		}
	}
	return st.grantAllowed(sent)
}

// grantAllowed refuses scopes that agents may not hold.
func (st *state) grantAllowed(grant *permissionGrant) *graphError {
	client, resource := st.principals.get(grant.ClientID), st.principals.get(grant.ResourceID)
	if client == nil || resource == nil || client.Type == ordinaryPrincipal {
		return nil
	}
	for _, scope := range strings.Fields(grant.Scope) {
		if isBlocked(resource.AppID, "delegated", scope) {
			return blockedPermission(scope)
		}
	}
	return nil
}

// mayGrant: consent for others is a matter of administrators of applications.
func (g *graphCall) mayGrant(st *state) *graphError {
	if !g.caller.has("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All") {
		return denied()
	}
	if !g.caller.App && !g.hasRole(st, roleGlobalAdministrator, rolePrivilegedRoleAdmin, roleCloudAppAdmin, roleApplicationAdmin) {
		return denied()
	}
	return nil
}

// grant is the grant of the path.
func (g *graphCall) grant(st *state) (*permissionGrant, *graphError) {
	if found := st.grants.byID[g.at.key]; found != nil && g.seen(found) {
		return found, nil
	}
	return nil, notFound(g.at.key)
}

// readGrant answers GET by the opaque id. https://learn.microsoft.com/graph/api/oauth2permissiongrant-get
func readGrant(g *graphCall, st *state) (*reply, *graphError) {
	if !mayReadGrants(g.caller) {
		return nil, denied()
	}
	found, fault := g.grant(st)
	if fault != nil {
		return nil, fault
	}
	return g.item(st, found), nil
}

// updateGrant answers PATCH of the scope, the one thing that can change.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-update
func updateGrant(g *graphCall, tx *txn) (*reply, *graphError) {
	if fault := g.mayGrant(tx.state); fault != nil {
		return nil, fault
	}
	old, fault := g.grant(tx.state)
	if fault != nil {
		return nil, fault
	}
	for _, name := range g.body.names() {
		if !slices.Contains([]string{"@odata.type", "scope"}, name) {
			return nil, badRequest("Property '" + clip(name) + "' is read-only and cannot be set.")
		}
	}
	next := clone(old)
	if fault := g.readGrantScope(next); fault != nil {
		return nil, fault
	}
	if fault := tx.grantAllowed(next); fault != nil {
		return nil, fault
	}
	tx.put(next)
	return changed(next.ID), nil
}

// deleteGrant takes consent back; tokens that were issued keep their scopes until they expire.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-delete
func deleteGrant(g *graphCall, tx *txn) (*reply, *graphError) {
	if fault := g.mayGrant(tx.state); fault != nil {
		return nil, fault
	}
	found, fault := g.grant(tx.state)
	if fault != nil {
		return nil, fault
	}
	tx.remove(found)
	return changed(found.ID), nil
}
