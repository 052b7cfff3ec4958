package sandbox

import "slices"

// Permissions by what they open. Each list is "any of"; broad ones come last.
func readsApplications() []string {
	return []string{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
}

func readsUsers() []string {
	return []string{"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
}

func readsGroups() []string {
	return []string{"Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
}

// readersOf are the permissions that let a caller read an object of the type.
func readersOf(typeName string) []string {
	switch typeName {
	case "agentIdentityBlueprint":
		return append([]string{"AgentIdentityBlueprint.Read.All", "AgentIdentityBlueprint.ReadWrite.All"}, readsApplications()...)
	case "agentIdentityBlueprintPrincipal":
		return append([]string{"AgentIdentityBlueprintPrincipal.Read.All", "AgentIdentityBlueprintPrincipal.ReadWrite.All"}, readsApplications()...)
	case "agentIdentity":
		return append([]string{"AgentIdentity.Read.All", "AgentIdentity.ReadWrite.All"}, readsApplications()...)
	case "user":
		return readsUsers()
	case "agentUser":
		return append([]string{"AgentIdUser.ReadWrite.All", identityParentedBy}, readsUsers()...)
	case "group":
		return readsGroups()
	case "directoryRole":
		return []string{"RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All"}
	}
	return readsApplications()
}

// canRead tells whether the token opens the type.
func (g *graphCall) canRead(typeName string) bool { return g.caller.has(readersOf(typeName)...) }

// reads refuses a caller whose token does not open the type.
func (g *graphCall) reads(typeName string) *graphError {
	if !g.canRead(typeName) {
		return denied()
	}
	return nil
}

// listsTyped refuses who may not list a collection cast to an agent type: people need a role of Agent
// ID there, and Global Reader is none of them.
func (g *graphCall) listsTyped(st *state, e *entityType) *graphError {
	if fault := g.reads(e.name); fault != nil {
		return fault
	}
	if e.agent && !g.caller.App && !g.hasRole(st, roleGlobalAdministrator, roleAgentIDAdministrator, roleAgentIDDeveloper) {
		return denied()
	}
	return nil
}

// hasRole tells whether the calling user holds one of the directory roles now, directly or by a group.
func (g *graphCall) hasRole(st *state, templates ...string) bool {
	return !g.caller.App && slices.ContainsFunc(st.rolesOf(g.caller.ObjectID), func(r *directoryRole) bool {
		return slices.Contains(templates, r.RoleTemplateID)
	})
}

// isAdmin tells whether the calling user may change every agent object.
func (g *graphCall) isAdmin(st *state) bool {
	return g.hasRole(st, roleGlobalAdministrator, roleAgentIDAdministrator)
}

// holdsPermission checks the token for a write: a client with one of the two broad scopes loses its
// agent permissions.
func (g *graphCall) holdsPermission(permissions ...string) *graphError {
	if !g.caller.has(permissions...) {
		return denied()
	}
	if !g.caller.App && g.caller.has("Directory.AccessAsUser.All", "Directory.ReadWrite.All") {
		return denied()
	}
	return nil
}

// mayChange checks a write on an existing agent object: the permission, and for people a role or
// ownership as well.
func (g *graphCall) mayChange(st *state, owners []string, permissions ...string) *graphError {
	if fault := g.holdsPermission(permissions...); fault != nil {
		return fault
	}
	if g.caller.App || g.isAdmin(st) || slices.Contains(owners, g.caller.ObjectID) {
		return nil
	}
	return denied()
}

// callingAgent tells whether the caller is an agent identity; agents create nothing.
func (g *graphCall) callingAgent(st *state) bool {
	p := st.principals.get(g.caller.ObjectID)
	return g.caller.App && p != nil && p.Type == agentIdentity
}

// callingBlueprint is the blueprint that calls with its own token, or nil.
func (g *graphCall) callingBlueprint(st *state) *application {
	if a := st.app(g.caller.AppID); g.caller.App && a != nil && a.Blueprint {
		return a
	}
	return nil
}
