package sandbox

import (
	"slices"
	"strings"
)

// listPrincipals lists service principals or, cast, one of the agent types. The plain list is the way of
// Global Readers, whom the typed ones refuse. https://learn.microsoft.com/graph/api/agentidentity-list
func listPrincipals(g *graphCall, st *state) (*reply, *graphError) {
	e := g.entity()
	if fault := g.listsTyped(st, e); fault != nil {
		return nil, fault
	}
	all := st.principals.all()
	if id := g.query.blueprintID(); id != "" {
		// The usual question about agents: answered from the index, then filtered like any other.
		all = slices.Values(st.agentsByBlueprint.of(id))
	}
	return list(g, st, all, pageSize, func(p *servicePrincipal) bool { return !e.agent || string(p.Type) == e.name })
}

// blueprintID is the blueprint that a filter which is one comparison asks for, or "".
func (q *query) blueprintID() string {
	for _, o := range q.options {
		if systemOption(o.name) != "$filter" {
			continue
		}
		words := strings.Fields(o.value)
		if len(words) != 3 || !strings.EqualFold(words[0], "agentIdentityBlueprintId") || !strings.EqualFold(words[1], "eq") {
			continue
		}
		if id := strings.Trim(words[2], "'"); guidLike(id) {
			return id
		}
	}
	return ""
}

// principal finds the service principal of the path, by object id or appId; a cast narrows it.
func (g *graphCall) principal(st *state) (*servicePrincipal, *graphError) {
	var p *servicePrincipal
	switch g.at.keyName {
	case "appid":
		p = st.principal(g.at.key)
	case "id":
		if !guidLike(g.at.key) {
			return nil, badID(g.at.key)
		}
		p = st.principals.get(g.at.key)
	default:
		return nil, badRequest("Resource not found for the segment 'servicePrincipals'.")
	}
	if p == nil || !g.seen(p) || g.at.cast != nil && g.at.cast.agent && g.at.cast.name != string(p.Type) {
		return nil, notFound(g.at.key)
	}
	return p, nil
}

// readPrincipal needs the permission of what it finds, as readApplication does.
// https://learn.microsoft.com/graph/api/agentidentity-get
func readPrincipal(g *graphCall, st *state) (*reply, *graphError) {
	if !slices.ContainsFunc([]string{"servicePrincipal", "agentIdentity", "agentIdentityBlueprintPrincipal"}, g.canRead) {
		return nil, denied()
	}
	p, fault := g.principal(st)
	if fault != nil {
		return nil, fault
	}
	if fault := g.reads(typeName(p)); fault != nil {
		return nil, fault
	}
	return g.item(st, p), nil
}

// createPrincipal answers POST to /servicePrincipals: the cast or @odata.type says what it makes.
func createPrincipal(g *graphCall, tx *txn) (*reply, *graphError) {
	named, fault := g.body.odataType(g.model)
	if fault != nil {
		return nil, fault
	}
	if g.at.cast != nil && named == "" {
		named = g.at.cast.name
	}
	if named == string(agentIdentity) {
		return createAgent(g, tx)
	}
	return createBlueprintPrincipal(g, tx)
}

// createBlueprintPrincipal instantiates a blueprint in the tenant; it takes only the appId.
// https://learn.microsoft.com/graph/api/agentidentityblueprintprincipal-post
func createBlueprintPrincipal(g *graphCall, tx *txn) (*reply, *graphError) {
	if fault := g.wantsType(string(blueprintPrincipal)); fault != nil {
		return nil, fault
	}
	var appID string
	if fault := g.body.text("appId", "ServicePrincipal", 64, &appID); fault != nil {
		return nil, fault
	}
	if fault := g.mayInstantiate(tx.state, appID); fault != nil {
		return nil, fault
	}
	if appID == "" {
		return nil, missingValue("appId", "ServicePrincipal")
	}
	a, fault := g.blueprintToInstantiate(tx.state, appID)
	if fault != nil {
		return nil, fault
	}
	p := &servicePrincipal{
		meta: meta{ID: newID(), VisibleAt: tx.visibleAt(tx.knobs.LagMs.Principal)}, Type: blueprintPrincipal, AppID: a.AppID, AccountEnabled: true,
		DisplayName: a.DisplayName, Description: a.Description, SignInAudience: a.SignInAudience, Tags: a.Tags, CreatedByAppID: g.caller.AppID,
		ServicePrincipalNames: append([]string{a.AppID}, a.IdentifierURIs...), Scopes: a.API.Scopes, AppRoles: a.AppRoles,
	}
	if fault := applyPrincipal(p, g.body); fault != nil {
		return nil, fault
	}
	if fault := g.bind(tx.state, "owners", &p.OwnerIDs); fault != nil {
		return nil, fault
	}
	if fault := g.bind(tx.state, "sponsors", &p.SponsorIDs); fault != nil {
		return nil, fault
	}
	if g.hasRole(tx.state, roleAgentIDDeveloper) && !g.isAdmin(tx.state) {
		p.OwnerIDs = withID(p.OwnerIDs, g.caller.ObjectID)
	}
	tx.put(p)
	return g.created(tx.state, p, "servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal", "ServicePrincipal"), nil
}

// mayInstantiate checks a create of a principal; an owner of the blueprint needs no role.
func (g *graphCall) mayInstantiate(st *state, appID string) *graphError {
	permissions := []string{"AgentIdentityBlueprintPrincipal.Create", "AgentIdentityBlueprintPrincipal.ReadWrite.All"}
	if a := st.app(appID); a != nil && !g.caller.App && slices.Contains(a.OwnerIDs, g.caller.ObjectID) {
		return g.holdsPermission(permissions...)
	}
	return g.mayCreate(st, permissions...)
}

// blueprintToInstantiate finds the blueprint and says no when it has a principal already.
func (g *graphCall) blueprintToInstantiate(st *state, appID string) (*application, *graphError) {
	a := st.app(appID)
	if a == nil || !g.seen(a) {
		return nil, notReplicated(appID)
	}
	if !a.Blueprint {
		return nil, agentFault("AgentBlueprintPrincipal_RequireAgentBlueprint", "The application '"+appID+"' is not an agent identity blueprint.")
	}
	if st.principal(appID) != nil {
		return nil, conflict("The service principal cannot be created, updated, or restored because the service principal name " + a.AppID + " is already in use.")
	}
	return a, nil
}

// applyPrincipal reads the properties of a POST or PATCH into a blueprint principal.
func applyPrincipal(p *servicePrincipal, body jsonObject) *graphError {
	const resource = "ServicePrincipal"
	for _, name := range body.names() {
		var fault *graphError
		switch name {
		case "@odata.type", "appId", "sponsors@odata.bind", "owners@odata.bind":
		case "accountEnabled":
			fault = body.decode(name, resource, &p.AccountEnabled)
		case "appRoleAssignmentRequired":
			fault = body.decode(name, resource, &p.AppRoleAssignmentRequired)
		case "tags":
			fault = body.list(name, resource, &p.Tags)
		case "displayName":
			fault = body.name(resource, &p.DisplayName)
		case "description":
			fault = body.text(name, resource, 1024, &p.Description)
		case "keyCredentials", "passwordCredentials", "appRoles", "publishedPermissionScopes", "replyUrls", "loginUrl":
			fault = agentFault("AgentBlueprintPrincipal_IncompatibleProperty", "The property '"+name+"' cannot be set on an agent identity blueprint principal.")
		case "agentIdentityBlueprintId":
			fault = agentFault("AgentBlueprintPrincipal_AgentIdentity_IncompatibleProperty", "The property '"+name+"' belongs to agent identities.")
		case "id", "createdDateTime", "createdByAppId", "servicePrincipalType", "signInAudience":
			fault = badRequest("Property '" + name + "' is read-only and cannot be set.")
		default:
			fault = applyExtra(graphModel()["agentidentityblueprintprincipal"], &p.Extra, body, name, resource)
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// updatePrincipal answers PATCH of a blueprint principal or an agent identity.
func updatePrincipal(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.principal(tx.state)
	if fault != nil {
		return nil, fault
	}
	if fault := g.mayUpdatePrincipal(tx.state, old); fault != nil {
		return nil, fault
	}
	if fault := g.maySetAttributes(tx.state); fault != nil {
		return nil, fault
	}
	p := clone(old)
	switch p.Type {
	case agentIdentity:
		fault = applyAgent(p, g.body)
	case blueprintPrincipal:
		if fault = applyPrincipal(p, g.body); fault == nil && g.body.has("appId") {
			fault = badRequest("Property 'appId' is read-only and cannot be set.")
		}
	}
	if fault != nil {
		return nil, fault
	}
	tx.put(p)
	return changed(p.ID), nil
}

// mayUpdatePrincipal: enabling and disabling has a permission of its own, and sponsors may do it.
func (g *graphCall) mayUpdatePrincipal(st *state, p *servicePrincipal) *graphError {
	if p.Type == ordinaryPrincipal {
		return denied()
	}
	family, owners := permissionFamily(p), p.OwnerIDs
	permissions := []string{family + ".ReadWrite.All"}
	names := slices.DeleteFunc(g.body.names(), func(n string) bool { return n == "@odata.type" })
	if len(names) == 1 && names[0] == "accountEnabled" {
		permissions = append(permissions, family+".EnableDisable.All")
		owners = slices.Concat(owners, p.SponsorIDs)
	}
	return g.mayChange(st, owners, permissions...)
}

// maySetAttributes: custom security attributes have an administrator of their own, whom nobody else
// stands in for. https://learn.microsoft.com/graph/api/agentidentity-update
func (g *graphCall) maySetAttributes(st *state) *graphError {
	if _, sent := g.body["customSecurityAttributes"]; !sent {
		return nil
	}
	if !g.caller.has("CustomSecAttributeAssignment.ReadWrite.All") || !g.caller.App && !g.hasRole(st, roleAttributeAssignment) {
		return denied()
	}
	return nil
}

// roleAttributeAssignment is Attribute Assignment Administrator; the seed gives it to nobody.
const roleAttributeAssignment = "58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d"

// permissionFamily is the first part of the names of permissions for the type.
func permissionFamily(p *servicePrincipal) string {
	if p.Type == agentIdentity {
		return "AgentIdentity"
	}
	return "AgentIdentityBlueprintPrincipal"
}

// deletePrincipal answers DELETE; an agent user of the identity stays behind.
// https://learn.microsoft.com/graph/api/serviceprincipal-delete
func deletePrincipal(g *graphCall, tx *txn) (*reply, *graphError) {
	p, fault := g.principal(tx.state)
	if fault != nil {
		return nil, fault
	}
	if p.Type == ordinaryPrincipal {
		return nil, denied()
	}
	family := permissionFamily(p)
	permissions := []string{family + ".DeleteRestore.All", family + ".ReadWrite.All"}
	if own := g.callingBlueprint(tx.state); own != nil && own.AppID == p.BlueprintAppID {
		permissions = append(permissions, createAsManager) // what a blueprint made, it may delete
	}
	if fault := g.mayChange(tx.state, p.OwnerIDs, permissions...); fault != nil {
		return nil, fault
	}
	if fault := softDelete(tx, p); fault != nil {
		return nil, fault
	}
	return changed(p.ID), nil
}
