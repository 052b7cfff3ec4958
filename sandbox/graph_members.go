package sandbox

import (
	"slices"
	"strings"
)

// addMember answers POST /groups/{id}/members/$ref. https://learn.microsoft.com/graph/api/group-post-members
func addMember(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableGroup(tx.state)
	if fault != nil {
		return nil, fault
	}
	o, fault := g.reference(tx.state)
	if fault != nil {
		return nil, fault
	}
	if slices.Contains(old.MemberIDs, o.head().ID) {
		return nil, alreadyReferenced("members")
	}
	if fault := checkMember(old, o); fault != nil {
		return nil, fault
	}
	next := clone(old)
	next.MemberIDs = withID(old.MemberIDs, o.head().ID)
	tx.put(next)
	return changed(next.ID), nil
}

// checkMember: agents stay out of role-assignable groups, and only people are members of a Microsoft
// 365 group. https://learn.microsoft.com/entra/agent-id/agent-users
func checkMember(into *group, o object) *graphError {
	invalid := badRequest("The reference target '" + o.head().ID + "' of type '" + typeName(o) + "' is invalid for the 'members' reference.")
	unified := slices.Contains(into.GroupTypes, "Unified")
	switch o := o.(type) {
	case *user:
		if o.isAgentUser() && into.IsAssignableToRole {
			return invalid
		}
		return nil
	case *servicePrincipal:
		if unified || o.Type != ordinaryPrincipal && into.IsAssignableToRole {
			return invalid
		}
		return nil
	case *group:
		if unified || into.IsAssignableToRole || o.ID == into.ID {
			return invalid
		}
		return nil
	}
	return invalid
}

// removeMember answers DELETE /groups/{id}/members/{id}/$ref, also for a member in the recycle bin.
// https://learn.microsoft.com/graph/api/group-delete-members
func removeMember(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableGroup(tx.state)
	if fault != nil {
		return nil, fault
	}
	next := clone(old)
	next.MemberIDs = slices.DeleteFunc(slices.Clone(old.MemberIDs), func(id string) bool { return strings.EqualFold(id, g.at.ref) })
	if len(next.MemberIDs) == len(old.MemberIDs) {
		return nil, notFound(g.at.ref)
	}
	tx.put(next)
	return changed(next.ID), nil
}

// writableGroup is the group of the path for a caller who may change its members. Those of a dynamic
// group follow from its rule.
func (g *graphCall) writableGroup(st *state) (*group, *graphError) {
	if !guidLike(g.at.key) {
		return nil, badID(g.at.key)
	}
	found := st.groups.get(g.at.key)
	if found == nil || !g.seen(found) {
		return nil, notFound(g.at.key)
	}
	// A role-assignable group hands out directory roles, so its members are a matter of role management.
	// https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
	permissions := []string{"GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"}
	if found.IsAssignableToRole {
		permissions = []string{"RoleManagement.ReadWrite.Directory"}
	}
	if !g.caller.has(permissions...) {
		return nil, denied()
	}
	if !g.caller.App && !g.hasRole(st, roleGlobalAdministrator, roleUserAdministrator) && !slices.Contains(found.OwnerIDs, g.caller.ObjectID) {
		return nil, denied()
	}
	if slices.Contains(found.GroupTypes, "DynamicMembership") {
		return nil, badRequest("The members of a group with dynamic membership cannot be changed: its membership rule decides.")
	}
	return found, nil
}
