package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// agentUserFamily are the permissions that write agent users; the last one is of people in general.
func agentUserFamily() []string { return []string{"AgentIdUser.ReadWrite.All", "User.ReadWrite.All"} }

// identityParentedBy is the permission of a blueprint over the users of its own identities. It has to be
// granted, unlike the one that creates identities.
const identityParentedBy = "AgentIdUser.ReadWrite.IdentityParentedBy"

// createUser answers POST to /users and to its cast collection: agent users alone are made here.
// https://learn.microsoft.com/graph/api/agentuser-post
func createUser(g *graphCall, tx *txn) (*reply, *graphError) {
	if fault := g.wantsType("agentUser"); fault != nil {
		return nil, fault
	}
	var parentID string
	if fault := g.body.text("identityParentId", "User", 64, &parentID); fault != nil {
		return nil, fault
	}
	if fault := g.mayWriteAgentUser(tx.state, parentID); fault != nil {
		return nil, fault
	}
	parent, fault := g.identityParent(tx.state, parentID)
	if fault != nil {
		return nil, fault
	}
	u := &user{
		meta: meta{ID: newID(), VisibleAt: tx.visibleAt(tx.knobs.LagMs.AgentUser)}, IdentityParentID: parent.ID,
		UserType: "Member", CreatedByAppID: g.caller.AppID,
	}
	if fault := g.applyUser(tx.state, u, without(g.body, "identityParentId")); fault != nil {
		return nil, fault
	}
	if fault := g.completeAgentUser(tx.state, u); fault != nil {
		return nil, fault
	}
	// No mailbox is made, but the address is set at once, so that people find the user by it.
	u.Mail = u.UserPrincipalName
	tx.put(u)
	return g.created(tx.state, u, "users", "User"), nil
}

// completeAgentUser checks what a create must bring, in the order of the documented list.
func (g *graphCall) completeAgentUser(st *state, u *user) *graphError {
	if fault := g.bind(st, "sponsors", &u.SponsorIDs); fault != nil {
		return fault
	}
	switch {
	case !g.body.has("accountEnabled"):
		return missingValue("accountEnabled", "User")
	case strings.TrimSpace(u.DisplayName) == "":
		return missingValue("displayName", "User")
	case u.MailNickname == "":
		return missingValue("mailNickname", "User")
	case u.UserPrincipalName == "":
		return missingValue("userPrincipalName", "User")
	}
	return nil
}

// identityParent finds the agent identity of a new agent user: each has one at most. One in the recycle
// bin does not count, but cannot come back while there is another.
func (g *graphCall) identityParent(st *state, id string) (*servicePrincipal, *graphError) {
	if id == "" {
		return nil, missingValue("identityParentId", "User")
	}
	if !guidLike(id) {
		return nil, invalidValue("identityParentId", "User")
	}
	p := st.principals.get(id)
	switch {
	case p == nil, !g.seen(p):
		return nil, notReplicated(id)
	case p.Type != agentIdentity:
		return nil, invalidValue("identityParentId", "User")
	case len(st.usersByParent.of(p.ID)) > 0:
		return nil, badRequest("Another object with the same value for property identityParentId already exists.")
	}
	return p, nil
}

// mayWriteAgentUser checks who asks: with IdentityParentedBy, only the blueprint of the parent itself;
// people need Agent ID Administrator, or to own the parent or its blueprint.
// https://learn.microsoft.com/graph/permissions-reference
func (g *graphCall) mayWriteAgentUser(st *state, parentID string) *graphError {
	if g.callingAgent(st) {
		return deniedCaller()
	}
	permissions := agentUserFamily()
	if parentID == "" || strings.EqualFold(st.blueprintOf(parentID), g.caller.AppID) {
		permissions = append(permissions, identityParentedBy)
	}
	return g.mayChange(st, st.ownersOfAgent(st.principals.get(parentID)), permissions...)
}

// blueprintOf is the appId of the blueprint of an agent identity, also of one in the recycle bin.
func (st *state) blueprintOf(agentID string) string {
	if p := st.principals.get(agentID); p != nil {
		return p.BlueprintAppID
	}
	if d := st.deleted.get(agentID); d != nil {
		return d.BlueprintAppID
	}
	return ""
}

// ownersOfAgent are the owners of an agent identity and of its blueprint.
func (st *state) ownersOfAgent(p *servicePrincipal) []string {
	if p == nil {
		return nil
	}
	owners := slices.Clone(p.OwnerIDs)
	if a := st.app(p.BlueprintAppID); a != nil {
		owners = append(owners, a.OwnerIDs...)
	}
	return owners
}

// mayWriteUser checks a change of an existing user: agent users as above, people by an administrator
// of users.
func (g *graphCall) mayWriteUser(st *state, u *user, permissions ...string) *graphError {
	if u.isAgentUser() {
		return g.mayWriteAgentUser(st, u.IdentityParentID)
	}
	if !g.caller.has(append([]string{"User.ReadWrite.All", "Directory.ReadWrite.All"}, permissions...)...) {
		return denied()
	}
	if !g.caller.App && !g.hasRole(st, roleGlobalAdministrator, roleUserAdministrator) {
		return denied()
	}
	return nil
}

// updateUser answers PATCH: 204 as for every user, 200 with the agent user at its cast address, as the
// page of agentUser documents. https://learn.microsoft.com/graph/api/agentuser-update
func updateUser(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.person(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.mayWriteUser(tx.state, old); fault != nil {
		return nil, fault
	}
	named, fault := g.body.odataType(g.model)
	if fault != nil {
		return nil, fault
	}
	if named != "" && named != typeName(old) && named != "user" {
		return nil, badRequest("The type '" + named + "' in the body is not the type of the user.")
	}
	u := clone(old)
	if fault := g.applyUser(tx.state, u, g.body); fault != nil {
		return nil, fault
	}
	tx.put(u)
	if g.at.cast != nil && g.at.cast.name == "agentUser" {
		e := g.shape(tx.state, u, "user", nil)
		e["@odata.context"] = g.url("$metadata#users/$entity")
		return &reply{status: http.StatusOK, body: e, ids: []string{u.ID}}, nil
	}
	return changed(u.ID), nil
}

// deleteUser moves a user to the recycle bin. https://learn.microsoft.com/graph/api/user-delete
func deleteUser(g *graphCall, tx *txn) (*reply, *graphError) {
	u, fault := g.person(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.mayWriteUser(tx.state, u, "User.DeleteRestore.All"); fault != nil {
		return nil, fault
	}
	// Nobody deletes the account he works with.
	if u.ID == g.caller.ObjectID {
		return nil, denied()
	}
	if fault := softDelete(tx, u); fault != nil {
		return nil, fault
	}
	return changed(u.ID), nil
}

// extra reads a text that nothing here interprets.
func (u *user) extra(name string) string {
	var text string
	_ = json.Unmarshal(u.Extra[name], &text) // what is no text reads as empty
	return text
}
