package sandbox

import (
	"net/http"
	"slices"
)

// createAgent makes an agent identity. https://learn.microsoft.com/graph/api/agentidentity-post
func createAgent(g *graphCall, tx *txn) (*reply, *graphError) {
	if fault := g.wantsType(string(agentIdentity)); fault != nil {
		return nil, fault
	}
	var blueprintID string
	if fault := g.body.text("agentIdentityBlueprintId", "ServicePrincipal", 64, &blueprintID); fault != nil {
		return nil, fault
	}
	if fault := g.mayCreateAgent(tx.state, blueprintID); fault != nil {
		return nil, fault
	}
	if fault := g.maySetAttributes(tx.state); fault != nil {
		return nil, fault
	}
	if blueprintID == "" {
		return nil, missingValue("agentIdentityBlueprintId", "ServicePrincipal")
	}
	blueprint, fault := g.parent(tx.state, blueprintID)
	if fault != nil {
		return nil, fault
	}
	p := &servicePrincipal{
		meta: meta{ID: newID(), VisibleAt: tx.visibleAt(tx.knobs.LagMs.AgentIdentity)}, Type: agentIdentity, BlueprintAppID: blueprint.AppID,
		AccountEnabled: true, CreatedByAppID: g.caller.AppID,
	}
	if fault := applyAgent(p, without(g.body, "agentIdentityBlueprintId")); fault != nil {
		return nil, fault
	}
	if fault := g.body.name("ServicePrincipal", &p.DisplayName); fault != nil {
		return nil, fault
	}
	if fault := g.answerable(tx.state, &p.OwnerIDs, &p.SponsorIDs); fault != nil {
		return nil, fault
	}
	if len(tx.agentsByBlueprint.of(blueprint.AppID))+len(tx.deletedByBlueprint.of(blueprint.AppID)) >= maxAgents {
		return nil, &graphError{
			http.StatusForbidden, "AgentIdentity_LimitExceeded",
			"The limit of agent identities of the agent identity blueprint has been reached.",
		}
	}
	tx.put(p)
	return g.created(tx.state, p, "servicePrincipals/microsoft.graph.agentIdentity", "ServicePrincipal"), nil
}

// without copies the body less one property, which only a create may set.
func without(body jsonObject, name string) jsonObject {
	out := jsonObject{}
	for key, value := range body {
		if key != name {
			out[key] = value
		}
	}
	return out
}

// mayCreateAgent checks who asks: a blueprint for itself, another app with Create.All, or a person.
func (g *graphCall) mayCreateAgent(st *state, blueprintID string) *graphError {
	if g.callingAgent(st) {
		return &graphError{http.StatusForbidden, "Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed", "Agent identities cannot create agent identities."}
	}
	if g.caller.App {
		return g.mayCreateAgentAsApp(st, blueprintID)
	}
	if !st.knobs.DelegatedCreate {
		return deniedCaller()
	}
	var owners []string
	if a := st.app(blueprintID); a != nil {
		owners = slices.Clone(a.OwnerIDs)
	}
	if p := st.principal(blueprintID); p != nil {
		owners = append(owners, p.OwnerIDs...)
	}
	return g.mayChange(st, owners, "AgentIdentity.Create.All", "AgentIdentity.ReadWrite.All")
}

// mayCreateAgentAsApp tells the wide permission, good for every blueprint, from the one each blueprint
// principal has for its own. https://learn.microsoft.com/graph/permissions-reference
func (g *graphCall) mayCreateAgentAsApp(st *state, blueprintID string) *graphError {
	if g.caller.has("AgentIdentity.Create.All", "AgentIdentity.ReadWrite.All") {
		return nil
	}
	if !g.caller.has(createAsManager) {
		return denied()
	}
	own := g.callingBlueprint(st)
	if own == nil {
		return &graphError{http.StatusForbidden, "Error_AgentIdentitySelfCreateRequired", "Only the agent identity blueprint itself can create its agent identities with this permission."}
	}
	if blueprintID != "" && st.app(blueprintID) != own {
		return &graphError{http.StatusForbidden, "Error_AgentBlueprintCannotCreateAssociatedIdentity", "An agent identity blueprint cannot create an agent identity of another one."}
	}
	return nil
}

// parent finds the blueprint of a new identity; its principal has to exist and to have replicated.
func (g *graphCall) parent(st *state, appID string) (*application, *graphError) {
	p := st.principal(appID)
	if p != nil && !g.seen(p) {
		return nil, notReplicated(p.ID)
	}
	a := st.app(appID)
	switch {
	case a != nil && !g.seen(a):
		return nil, notReplicated(a.ID)
	case a != nil && !a.Blueprint, a == nil && p != nil && p.Type != blueprintPrincipal:
		return nil, agentFault("AgentIdentity_IncompatibleParentType", "The parent '"+appID+"' is not an agent identity blueprint.")
	case a == nil || p == nil:
		return nil, agentFault("AgentIdentity_AgentBlueprintPrincipalDoesNotExist", "The agent identity blueprint principal of '"+clip(appID)+"' does not exist in the tenant.")
	}
	return a, nil
}

// applyAgent reads the properties of a POST or PATCH into an agent identity.
func applyAgent(p *servicePrincipal, body jsonObject) *graphError {
	const resource = "ServicePrincipal"
	for _, name := range body.names() {
		var fault *graphError
		switch name {
		case "@odata.type", "sponsors@odata.bind", "owners@odata.bind":
		case "displayName":
			fault = body.name(resource, &p.DisplayName)
		case "accountEnabled":
			fault = body.decode(name, resource, &p.AccountEnabled)
		case "tags":
			fault = body.list(name, resource, &p.Tags)
		case "keyCredentials", "passwordCredentials":
			fault = credentialsNotSupported()
		case "customSecurityAttributes":
			fault = applyExtra(graphModel()["agentidentity"], &p.Extra, body, name, resource)
		case "id", "appId", "agentIdentityBlueprintId", "createdDateTime", "createdByAppId", "servicePrincipalType", "disabledByMicrosoftStatus":
			fault = badRequest("Property '" + name + "' is read-only and cannot be set.")
		default:
			fault = badRequest("Invalid property '" + clip(name) + "'.")
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// credentialsNotSupported is the same refusal for PATCH and addPassword: agents sign in with what
// their blueprint gets for them.
func credentialsNotSupported() *graphError {
	return agentFault("AgentIdentity_CredentialsNotSupported", "Agent identities do not support credentials.")
}
