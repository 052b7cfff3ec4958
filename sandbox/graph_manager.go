package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// readManager answers GET /users/{id}/manager; nobody is a 404.
// https://learn.microsoft.com/graph/api/user-list-manager
func readManager(g *graphCall, st *state) (*reply, *graphError) {
	o, fault := g.subject(st)
	if fault != nil {
		return nil, fault
	}
	managers := st.related(o, "manager")
	if len(managers) == 0 || !g.seen(managers[0]) {
		return nil, &graphError{http.StatusNotFound, "Request_ResourceNotFound", "Resource 'manager' does not exist or one of its queried reference-property objects are not present."}
	}
	e := g.shape(st, managers[0], "directoryObject", g.query.selected)
	e["@odata.context"] = g.url("$metadata#directoryObjects/$entity")
	return &reply{status: http.StatusOK, body: e}, nil
}

// setManager answers PUT .../manager/$ref; a manager is a person, and nobody is his own.
// https://learn.microsoft.com/graph/api/user-post-manager
func setManager(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableUser(tx.state)
	if fault != nil {
		return nil, fault
	}
	o, fault := g.reference(tx.state)
	if fault != nil {
		return nil, fault
	}
	manager, ok := o.(*user)
	if !ok || manager.isAgentUser() || manager.ID == old.ID {
		return nil, badRequest("The reference target '" + o.head().ID + "' of type '" + typeName(o) + "' is invalid for the 'manager' reference.")
	}
	u := clone(old)
	u.ManagerID = manager.ID
	tx.put(u)
	return changed(u.ID), nil
}

// removeManager answers DELETE .../manager/$ref. https://learn.microsoft.com/graph/api/user-delete-manager
func removeManager(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableUser(tx.state)
	if fault != nil {
		return nil, fault
	}
	if old.ManagerID == "" {
		return nil, notFound("manager")
	}
	u := clone(old)
	u.ManagerID = ""
	tx.put(u)
	return changed(u.ID), nil
}

// writableUser is the user of the path for a caller who may change it.
func (g *graphCall) writableUser(st *state) (*user, *graphError) {
	u, fault := g.person(st)
	if fault != nil {
		return nil, fault
	}
	return u, g.mayWriteUser(st, u)
}

// reference is the object that the body of a $ref names.
func (g *graphCall) reference(st *state) (object, *graphError) {
	var link string
	if fault := g.body.decode("@odata.id", "DirectoryObject", &link); fault != nil {
		return nil, fault
	}
	if link == "" {
		return nil, badRequest("The required property '@odata.id' is not present in the payload.")
	}
	return g.linked(st, link)
}

// addUserSponsor answers POST /users/{id}/sponsors/$ref. https://learn.microsoft.com/graph/api/agentuser-post-sponsors
func addUserSponsor(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableUser(tx.state)
	if fault != nil {
		return nil, fault
	}
	o, fault := g.reference(tx.state)
	if fault != nil {
		return nil, fault
	}
	if slices.Contains(old.SponsorIDs, o.head().ID) {
		return nil, alreadyReferenced("sponsors")
	}
	if fault := checkRelated(tx.state, "sponsors", old.SponsorIDs, o); fault != nil {
		return nil, fault
	}
	u := clone(old)
	u.SponsorIDs = withID(old.SponsorIDs, o.head().ID)
	tx.put(u)
	return changed(u.ID), nil
}

// removeUserSponsor answers DELETE /users/{id}/sponsors/{id}/$ref.
func removeUserSponsor(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableUser(tx.state)
	if fault != nil {
		return nil, fault
	}
	u := clone(old)
	u.SponsorIDs = slices.DeleteFunc(slices.Clone(old.SponsorIDs), func(id string) bool { return strings.EqualFold(id, g.at.ref) })
	if len(u.SponsorIDs) == len(old.SponsorIDs) {
		return nil, notFound(g.at.ref)
	}
	tx.put(u)
	return changed(u.ID), nil
}
