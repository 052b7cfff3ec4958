package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
)

const (
	maxAppOnlyBlueprints = 250 // a tenant
	maxAgents            = 250 // a blueprint, whoever creates them
)

// listApplications lists applications or, cast, blueprints. The plain list has blueprints as well, told
// apart by @odata.type. https://learn.microsoft.com/graph/api/agentidentityblueprint-list
func listApplications(g *graphCall, st *state) (*reply, *graphError) {
	e := g.entity()
	if fault := g.listsTyped(st, e); fault != nil {
		return nil, fault
	}
	return list(g, st, st.apps.all(), pageSize, func(a *application) bool { return !e.agent || a.Blueprint })
}

// application finds the application of the path, by object id or appId; a cast narrows it.
func (g *graphCall) application(st *state) (*application, *graphError) {
	a, fault := g.anyApplication(st)
	if fault != nil {
		return nil, fault
	}
	if !g.seen(a) {
		return nil, notFound(g.at.key)
	}
	return a, nil
}

// anyApplication is application without regard to replication.
func (g *graphCall) anyApplication(st *state) (*application, *graphError) {
	var a *application
	switch g.at.keyName {
	case "appid":
		a = st.app(g.at.key)
	case "uniquename":
		a = st.appNamed(g.at.key)
	case "id":
		if !guidLike(g.at.key) {
			return nil, badID(g.at.key)
		}
		a = st.apps.get(g.at.key)
	default:
		return nil, badRequest("Resource not found for the segment 'applications'.")
	}
	if a == nil || g.at.cast != nil && g.at.cast.agent && !a.Blueprint {
		return nil, notFound(g.at.key)
	}
	return a, nil
}

// readApplication needs the permission of what it finds: one for agents does not open other
// applications. https://learn.microsoft.com/graph/api/agentidentityblueprint-get
func readApplication(g *graphCall, st *state) (*reply, *graphError) {
	if !g.canRead("application") && !g.canRead("agentIdentityBlueprint") {
		return nil, denied()
	}
	a, fault := g.application(st)
	if fault != nil {
		return nil, fault
	}
	if fault := g.reads(typeName(a)); fault != nil {
		return nil, fault
	}
	return g.item(st, a), nil
}

// createBlueprint answers POST to the cast collection, and to /applications with @odata.type.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post
func createBlueprint(g *graphCall, tx *txn) (*reply, *graphError) {
	if fault := g.wantsType("agentIdentityBlueprint"); fault != nil {
		return nil, fault
	}
	if fault := g.mayCreate(tx.state, "AgentIdentityBlueprint.Create", "AgentIdentityBlueprint.ReadWrite.All"); fault != nil {
		return nil, fault
	}
	a := &application{
		meta: meta{ID: newID(), VisibleAt: tx.visibleAt(tx.knobs.LagMs.Blueprint)}, AppID: newID(), Blueprint: true,
		SignInAudience: "AzureADMyOrg", CreatedByAppID: g.caller.AppID, CreatedAppOnly: g.caller.App,
	}
	if fault := applyBlueprint(tx.state, a, g.body); fault != nil {
		return nil, fault
	}
	if fault := g.body.name("Application", &a.DisplayName); fault != nil {
		return nil, fault
	}
	if fault := g.answerable(tx.state, &a.OwnerIDs, &a.SponsorIDs); fault != nil {
		return nil, fault
	}
	if g.caller.App && appOnlyBlueprints(tx.state) >= maxAppOnlyBlueprints {
		return nil, &graphError{
			http.StatusForbidden, "AgentBlueprint_LimitExceeded",
			"The limit of agent identity blueprints that this kind of caller can create in the tenant has been reached.",
		}
	}
	tx.put(a)
	return g.created(tx.state, a, "applications/microsoft.graph.agentIdentityBlueprint", "Application"), nil
}

// wantsType refuses a create that names no agent type, by cast or @odata.type, or two different ones.
func (g *graphCall) wantsType(want string) *graphError {
	named, fault := g.body.odataType(g.model)
	if fault != nil {
		return fault
	}
	if g.at.cast != nil && named != "" && named != g.at.cast.name {
		return badRequest("The type '" + named + "' in the body is not the type '" + g.at.cast.name + "' of the request address.")
	}
	if g.at.cast != nil {
		named = g.at.cast.name
	}
	if named != want {
		return denied()
	}
	return nil
}

// mayCreate checks a create of a blueprint or its principal: people need the permission and a role.
func (g *graphCall) mayCreate(st *state, permissions ...string) *graphError {
	if g.callingAgent(st) || g.callingBlueprint(st) != nil {
		return deniedCaller()
	}
	if fault := g.holdsPermission(permissions...); fault != nil {
		return fault
	}
	if g.caller.App || g.isAdmin(st) || g.hasRole(st, roleAgentIDDeveloper) {
		return nil
	}
	return denied()
}

// appOnlyBlueprints counts towards the limit of callers without a person, the recycle bin included.
func appOnlyBlueprints(st *state) int {
	n := 0
	for a := range st.apps.all() {
		if a.Blueprint && a.CreatedAppOnly {
			n++
		}
	}
	for d := range st.deleted.all() {
		if d.AppOnly {
			n++
		}
	}
	return n
}

// updateBlueprint answers PATCH; which permission it takes depends on what changes.
func updateBlueprint(g *graphCall, tx *txn) (*reply, *graphError) {
	if g.at.keyName == "uniquename" && tx.appNamed(g.at.key) == nil && g.createsMissing() {
		return g.createNamed(tx)
	}
	old, fault := g.application(tx.state)
	if fault != nil {
		return nil, fault
	}
	if !old.Blueprint {
		return nil, denied()
	}
	if fault := g.mayChange(tx.state, old.OwnerIDs, blueprintPermissions(g.body)...); fault != nil {
		return nil, fault
	}
	a := clone(old)
	if fault := applyBlueprint(tx.state, a, g.body); fault != nil {
		return nil, fault
	}
	if fault := g.body.name("Application", &a.DisplayName); fault != nil {
		return nil, fault
	}
	tx.put(a)
	if p := tx.principal(a.AppID); p != nil && g.touchesPrincipal() {
		tx.put(mirrored(p, a))
	}
	return changed(a.ID), nil
}

// createNamed is the other half of an upsert: PATCH by a uniqueName that nobody has makes the
// blueprint, with that name. https://learn.microsoft.com/graph/api/application-upsert
func (g *graphCall) createNamed(tx *txn) (*reply, *graphError) {
	var sent string
	if fault := g.body.text("uniqueName", "Application", 256, &sent); fault != nil {
		return nil, fault
	}
	if sent != "" && sent != g.at.key {
		return nil, badRequest("The uniqueName in the request address and in the body do not match.")
	}
	name, err := json.Marshal(g.at.key)
	if err != nil {
		return nil, invalidValue("uniqueName", "Application")
	}
	g.body = without(g.body, "uniqueName")
	g.body["uniqueName"] = name
	return createBlueprint(g, tx)
}

// touchesPrincipal tells whether the body changes what the principal shows of its application.
func (g *graphCall) touchesPrincipal() bool {
	return slices.ContainsFunc(g.body.names(), func(name string) bool {
		return slices.Contains([]string{"displayName", "description", "identifierUris", "signInAudience", "appRoles", "api"}, name)
	})
}

// mirrored copies to the principal what it has from its application in the home tenant.
func mirrored(p *servicePrincipal, a *application) *servicePrincipal {
	c := clone(p)
	c.DisplayName, c.Description, c.SignInAudience = a.DisplayName, a.Description, a.SignInAudience
	c.ServicePrincipalNames, c.Scopes, c.AppRoles = append([]string{a.AppID}, a.IdentifierURIs...), a.API.Scopes, a.AppRoles
	return c
}

// blueprintPermissions are those that cover every property the body changes.
func blueprintPermissions(body jsonObject) []string {
	groups := map[string]bool{}
	for name := range body {
		switch name {
		case "@odata.type":
		case "displayName", "description", "info", "tags", "notes":
			groups["AgentIdentityBlueprint.UpdateBranding.All"] = true
		case "keyCredentials", "passwordCredentials":
			groups["AgentIdentityBlueprint.AddRemoveCreds.All"] = true
		default:
			groups["AgentIdentityBlueprint.UpdateAuthProperties.All"] = true
		}
	}
	permissions := []string{"AgentIdentityBlueprint.ReadWrite.All"}
	if len(groups) == 1 {
		for name := range groups {
			permissions = append(permissions, name)
		}
	}
	return permissions
}

// deleteBlueprint takes the blueprint and its principal away; the identities follow later in Entra.
func deleteBlueprint(g *graphCall, tx *txn) (*reply, *graphError) {
	a, fault := g.application(tx.state)
	if fault != nil {
		return nil, fault
	}
	if !a.Blueprint {
		return nil, denied()
	}
	if fault := g.mayChange(tx.state, a.OwnerIDs, "AgentIdentityBlueprint.DeleteRestore.All", "AgentIdentityBlueprint.ReadWrite.All"); fault != nil {
		return nil, fault
	}
	ids := []string{a.ID}
	if fault := softDelete(tx, a); fault != nil {
		return nil, fault
	}
	if p := tx.principal(a.AppID); p != nil {
		if fault := softDelete(tx, p); fault != nil {
			return nil, fault
		}
		ids = append(ids, p.ID)
	}
	return changed(ids...), nil
}
