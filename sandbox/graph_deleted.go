package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// softDelete moves an application, service principal or user to the recycle bin. Outside the bin
// nothing knows it any more: no list, no look-up, no sign-in.
func softDelete(tx *txn, o object) *graphError {
	o = binned(tx, o)
	text, err := json.Marshal(o)
	if err != nil {
		return &graphError{http.StatusInternalServerError, "InternalServerError", "The object could not be moved to the recycle bin."}
	}
	d := &deletedItem{meta: meta{ID: o.head().ID}, Kind: o.kind(), Object: text}
	switch o := o.(type) {
	case *application:
		d.AppOnly = o.CreatedAppOnly
	case *servicePrincipal:
		d.BlueprintAppID = o.BlueprintAppID
		if o.Type == blueprintPrincipal {
			d.CleanUp = o.AppID
		}
	}
	// Grants, memberships and references stay where they are: they mean nothing while the object is in the
	// bin, and are right again when it comes back.
	tx.remove(tx.lookup(o))
	tx.put(d)
	if p, ok := o.(*servicePrincipal); ok && p.Type == agentIdentity && tx.knobs.CascadeAgentUsers {
		for _, u := range slices.Clone(tx.usersByParent.of(p.ID)) {
			if fault := softDelete(tx, u); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// binned copies the object with the time of its deletion: readers may hold the old one.
func binned(tx *txn, o object) object {
	switch o := o.(type) {
	case *application:
		c := clone(o)
		c.DeletedAt = tx.now
		return c
	case *servicePrincipal:
		c := clone(o)
		c.DeletedAt = tx.now
		return c
	case *user:
		c := clone(o)
		c.DeletedAt = tx.now
		return c
	}
	return o
}

// thaw reads the object back as it was, its time of deletion set; it keeps its place in the order of
// creation for the day it is restored.
func (d *deletedItem) thaw() object {
	o := d.Kind.empty()
	if o == nil || json.Unmarshal(d.Object, o) != nil {
		return nil
	}
	if o.head().DeletedAt.IsZero() {
		o.head().DeletedAt = d.CreatedAt // rows of a version that kept no time in the object
	}
	return o
}

// listDeleted answers GET /directory/deletedItems/<type>, oldest first; without a type there is no list.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func listDeleted(g *graphCall, st *state) (*reply, *graphError) {
	if g.at.navCast == nil {
		return nil, badRequest("The type of the deleted items must be specified: /directory/deletedItems/microsoft.graph.application, for one.")
	}
	if !g.readsDeleted(g.at.navCast.name) {
		return nil, denied()
	}
	// Items are read one by one as the page fills: a bin of ten thousand costs a page no more than one of
	// a hundred.
	kept := func(yield func(object) bool) {
		for d := range st.deleted.all() {
			o := d.thaw()
			if o == nil {
				continue
			}
			o.head().Seq = d.Seq // lists go by the order of deletion here
			if !yield(o) {
				return
			}
		}
	}
	return list(g, st, kept, pageSize, g.fitsNavCast)
}

// readsDeleted: who may read the type, or restore it, sees it in the bin.
func (g *graphCall) readsDeleted(typeName string) bool {
	return g.canRead(typeName) || g.caller.has(restorersOf(typeName)...)
}

// restorersOf are the permissions that delete, restore and purge objects of the type.
func restorersOf(typeName string) []string {
	switch typeName {
	case "agentIdentityBlueprint":
		return []string{"AgentIdentityBlueprint.DeleteRestore.All", "AgentIdentityBlueprint.ReadWrite.All", "Application.ReadWrite.All"}
	case "agentIdentityBlueprintPrincipal":
		return []string{"AgentIdentityBlueprintPrincipal.DeleteRestore.All", "AgentIdentityBlueprintPrincipal.ReadWrite.All", "Application.ReadWrite.All"}
	case "agentIdentity":
		return []string{"AgentIdentity.DeleteRestore.All", "AgentIdentity.ReadWrite.All", "Application.ReadWrite.All"}
	case "agentUser":
		// There is no DeleteRestore for agent users alone.
		return agentUserFamily()
	case "user":
		return []string{"User.DeleteRestore.All", "User.ReadWrite.All"}
	}
	return []string{"Application.ReadWrite.All"}
}

// deletedObject is the item of the path and what it holds.
func (g *graphCall) deletedObject(st *state) (*deletedItem, object, *graphError) {
	if !guidLike(g.at.ref) {
		return nil, nil, badID(g.at.ref)
	}
	d := st.deleted.get(g.at.ref)
	if d == nil {
		return nil, nil, notFound(g.at.ref)
	}
	o := d.thaw()
	if o == nil || !g.fitsNavCast(o) {
		return nil, nil, notFound(g.at.ref)
	}
	return d, o, nil
}

// readDeleted answers GET of one item; its type decides who may.
// https://learn.microsoft.com/graph/api/directory-deleteditems-get
func readDeleted(g *graphCall, st *state) (*reply, *graphError) {
	_, o, fault := g.deletedObject(st)
	if fault != nil {
		return nil, fault
	}
	if !g.readsDeleted(typeName(o)) {
		return nil, denied()
	}
	return g.item(st, o), nil
}

// mayRestore checks who asks: owners may, beside the administrators.
func (g *graphCall) mayRestore(st *state, o object) *graphError {
	permissions := restorersOf(typeName(o))
	switch o := o.(type) {
	case *servicePrincipal:
		return g.mayChange(st, append(slices.Clone(o.OwnerIDs), st.ownersOfAgent(o)...), permissions...)
	case *application:
		return g.mayChange(st, o.OwnerIDs, permissions...)
	case *user:
		return g.mayWriteUser(st, o, permissions...)
	}
	return denied()
}

// restoreDeleted answers POST .../restore; a restored blueprint brings its principal only when that is
// asked for by its own id. https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func restoreDeleted(g *graphCall, tx *txn) (*reply, *graphError) {
	d, o, fault := g.deletedObject(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.mayRestore(tx.state, o); fault != nil {
		return nil, fault
	}
	if fault := restorable(tx.state, o); fault != nil {
		return nil, fault
	}
	o.head().DeletedAt = time.Time{}
	tx.remove(d)
	tx.put(o)
	e := g.shape(tx.state, o, "directoryObject", nil)
	e["@odata.context"] = g.url("$metadata#directoryObjects/$entity")
	return &reply{status: http.StatusOK, body: e, ids: []string{o.head().ID}}, nil
}

// restorable refuses an object whose names somebody else has by now, or whose parent is gone.
func restorable(st *state, o object) *graphError {
	taken := func(property string) *graphError {
		return conflict("Another object with the same value for property " + property + " already exists.")
	}
	switch o := o.(type) {
	case *application:
		for _, uri := range o.IdentifierURIs {
			if st.appByURI[strings.ToLower(uri)] != nil {
				return taken("identifierUris")
			}
		}
		if o.UniqueName != "" && st.appNamed(o.UniqueName) != nil {
			return taken("uniqueName")
		}
	case *servicePrincipal:
		if o.Type == blueprintPrincipal && st.app(o.AppID) == nil {
			return badRequest("The application '" + o.AppID + "' of the service principal is deleted. Restore it first.")
		}
		if o.Type == blueprintPrincipal && st.principal(o.AppID) != nil {
			return taken("servicePrincipalNames")
		}
		if o.Type == agentIdentity && st.principal(o.BlueprintAppID) == nil {
			return agentFault("AgentIdentity_AgentBlueprintPrincipalDoesNotExist", "The agent identity blueprint principal of '"+o.BlueprintAppID+"' does not exist in the tenant.")
		}
	case *user:
		if st.userNamed(o.UserPrincipalName) != nil {
			return taken("userPrincipalName")
		}
		if o.isAgentUser() && len(st.usersByParent.of(o.IdentityParentID)) > 0 {
			return taken("identityParentId")
		}
	}
	return nil
}

// purgeDeleted answers DELETE /directory/deletedItems/{id}, for ever. A blueprint principal leaves the
// bin only by time. https://learn.microsoft.com/graph/api/directory-deleteditems-delete
func purgeDeleted(g *graphCall, tx *txn) (*reply, *graphError) {
	d, o, fault := g.deletedObject(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.mayRestore(tx.state, o); fault != nil {
		return nil, fault
	}
	// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
	if p, ok := o.(*servicePrincipal); ok && p.Type == blueprintPrincipal {
		return nil, deniedBecause("An agent identity blueprint principal cannot be deleted permanently.")
	}
	purge(tx, d)
	return changed(d.ID), nil
}

// purge removes the item, and what was granted to the object or by it.
func purge(tx *txn, d *deletedItem) {
	for _, a := range slices.Concat(tx.assignedByPrincipal.of(d.ID), tx.assignedByResource.of(d.ID)) {
		if tx.assignments.get(a.ID) != nil {
			tx.remove(a)
		}
	}
	grants := objects(tx.grantsByClient.of(d.ID))
	if d.BlueprintAppID == "" { // an agent identity is neither the resource nor the person of a grant
		grants = pick(tx.grants.all(), func(g *permissionGrant) bool {
			return g.ClientID == d.ID || g.ResourceID == d.ID || g.PrincipalID == d.ID
		})
	}
	for _, g := range grants {
		tx.remove(g)
	}
	for _, m := range slices.Clone(tx.groupsByMember.of(d.ID)) {
		c := clone(m)
		c.MemberIDs = slices.DeleteFunc(slices.Clone(m.MemberIDs), func(id string) bool { return id == d.ID })
		tx.put(c)
	}
	for _, r := range slices.Clone(tx.rolesByMember.of(d.ID)) {
		c := clone(r)
		c.MemberIDs = slices.DeleteFunc(slices.Clone(r.MemberIDs), func(id string) bool { return id == d.ID })
		tx.put(c)
	}
	tx.remove(d)
}
