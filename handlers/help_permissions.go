package handlers

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// Who an act is open to. Microsoft's pages name roles and ownership apart.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
const (
	adminOrOwner     = "Agent ID Administrator, or an owner of the object"
	adminOrDeveloper = "Agent ID Administrator; Agent ID Developer, who becomes its owner"
)

// permissionActs says what each act needs. Where the portal has the call, its
// own permission is named, so that this page and the runs cannot disagree.
// https://learn.microsoft.com/graph/permissions-reference
func permissionActs() []views.PermissionAct {
	blueprint, principal := graph.CreateBlueprintCall("", graph.NewBlueprint{}), graph.CreateBlueprintPrincipalCall("")
	secret, agent := graph.AddPasswordCall(graph.LaterBlueprintID, "", time.Time{}), graph.CreateAgentIdentityCall("", graph.NewAgentIdentity{})
	role, consent := graph.AssignRoleCall("", "", ""), graph.GrantCall("", "", nil)
	inherit := graph.InheritCall(graph.LaterBlueprintID, "", nil)
	federated, certificate := graph.AddFederatedCall(graph.LaterBlueprintID, graph.FederatedCredential{}), graph.SetCertificatesCall(graph.LaterBlueprintID, nil, graph.NewCertificate{})
	expose, user := graph.ExposeCall(graph.LaterBlueprintID, graph.ExposedAPI{}), graph.CreateAgentUserCall(graph.NewAgentUser{})
	userCall := user.Method + " " + user.Path
	return []views.PermissionAct{
		{Act: "Create a blueprint", Call: blueprint.Method + " " + blueprint.Path, Delegated: blueprint.Needs, Application: blueprint.Needs, Who: adminOrDeveloper},
		{Act: "Create its principal", Call: principal.Method + " " + principal.Path, Delegated: principal.Needs, Application: principal.Needs, Who: adminOrDeveloper},
		{
			Act: "Add or remove a client secret", Call: secret.Method + " " + secret.Path, Delegated: secret.Needs, Application: secret.Needs, Who: adminOrOwner,
			Note: "Microsoft’s pages disagree whether an Agent ID Developer may do it on a blueprint of their own. Graph decides.",
		},
		{Act: "Add a federated credential", Call: federated.Method + " " + federated.Path, Delegated: federated.Needs, Application: federated.Needs, Who: adminOrOwner},
		{
			Act: "Add a certificate", Call: certificate.Method + " " + certificate.Path, Delegated: certificate.Needs, Application: certificate.Needs, Who: adminOrOwner,
			Note: "The portal takes the certificate alone; its key stays where it was made.",
		},
		{
			Act: "Change what a blueprint offers: identifier URI, scope, pre-authorized clients, redirect URIs", Call: expose.Method + " " + expose.Path,
			Delegated: expose.Needs, Application: expose.Needs, Who: adminOrOwner,
		},
		{
			Act: "Create an agent identity as a person", Call: agent.Method + " " + agent.Path, Delegated: agent.Needs,
			Who: "Agent ID Administrator, or an owner of the blueprint or of its principal, also without an Agent ID role", Note: "Not every tenant lets people do it.",
		},
		{
			Act: "Create an agent identity as its blueprint", Call: agent.Method + " " + agent.Path, Application: agent.By(graph.AsBlueprint).Needs,
			Who: "The blueprint itself, for its own agent identities", Note: "Every blueprint’s principal has this permission. Nobody’s role is asked.",
		},
		{
			Act: "Create an agent user as a person", Call: userCall, Delegated: user.Needs,
			Who: "Agent ID Administrator, or an owner of the agent identity or its blueprint", Note: "An agent identity has one at most.",
		},
		{
			Act: "Create an agent user as the blueprint", Call: userCall, Application: user.By(graph.AsBlueprint).Needs,
			Who: "The blueprint itself, for its own agent identities", Note: "Its principal has to be granted this permission first, by a Privileged Role Administrator or Global Administrator.",
		},
		{
			Act: "Name manager or sponsors of an agent user", Call: "PUT /v1.0/users/{id}/manager/$ref, POST /v1.0/users/{id}/sponsors/$ref", Delegated: user.Needs, Application: user.Needs,
			Who: "Agent ID Administrator, or an owner of the agent identity or its blueprint",
		},
		{
			Act: "Assign a licence to an agent user", Call: "POST /v1.0/users/{id}/assignLicense", Delegated: graph.AssignLicenseCall("", "").Needs, Application: graph.AssignLicenseCall("", "").Needs,
			Who: "License Administrator, User Administrator or Global Administrator", Note: "The user needs a usage location before.",
		},
		{
			Act: "Change name or description of a blueprint", Call: "PATCH /v1.0/applications/{id}/microsoft.graph.agentIdentityBlueprint",
			Delegated: "AgentIdentityBlueprint.UpdateBranding.All", Application: "AgentIdentityBlueprint.UpdateBranding.All", Who: adminOrOwner,
		},
		{
			Act: "Change owners or sponsors of a blueprint", Call: "POST /v1.0/applications/{id}/microsoft.graph.agentIdentityBlueprint/sponsors/$ref",
			Delegated: "AgentIdentityBlueprint.ReadWrite.All", Application: "AgentIdentityBlueprint.ReadWrite.All", Who: adminOrOwner,
		},
		{
			Act: "Change owners or sponsors of an agent identity", Call: "POST /v1.0/servicePrincipals/{id}/microsoft.graph.agentIdentity/sponsors/$ref",
			Delegated: "AgentIdentity.ReadWrite.All", Application: "AgentIdentity.ReadWrite.All", Who: adminOrOwner,
		},
		{
			Act: "Disable or enable an agent identity", Call: "PATCH /v1.0/servicePrincipals/{id}/microsoft.graph.agentIdentity",
			Delegated: "AgentIdentity.EnableDisable.All", Application: "AgentIdentity.EnableDisable.All", Who: adminOrOwner + ", or a sponsor",
			Note: "Microsoft’s pages disagree whether a sponsor may enable again what they disabled.",
		},
		{
			Act: "Delete or restore a blueprint", Call: "DELETE /v1.0/applications/{id}",
			Delegated: "AgentIdentityBlueprint.DeleteRestore.All", Application: "AgentIdentityBlueprint.DeleteRestore.All", Who: adminOrOwner,
		},
		{
			Act: "Grant or take an application permission of Graph", Call: "POST /v1.0/servicePrincipals/{id}/appRoleAssignments", Delegated: role.Needs, Application: role.Needs,
			Who: "Privileged Role Administrator", Note: "Needs Application.Read.All as well. For other APIs Cloud Application Administrator or Application Administrator is enough.",
		},
		{
			Act: "Grant or take delegated permissions, for everybody", Call: consent.Method + " " + consent.Path, Delegated: consent.Needs, Application: consent.Needs,
			Who: "Cloud Application Administrator, Application Administrator or Privileged Role Administrator",
		},
		{
			Act: "Let agent identities inherit permissions of their blueprint", Call: inherit.Method + " " + inherit.Path, Delegated: inherit.Needs, Application: inherit.Needs,
			Who: adminOrOwner, Note: "It takes effect for what the blueprint’s principal was granted.",
		},
	}
}

// showPermissions explains who may do what, and why Graph refuses a person and
// not an application.
func (h *Handlers) showPermissions(c echo.Context) error {
	v := views.PermissionsHelp{Acts: permissionActs()}
	for i := range v.Acts {
		v.Acts[i].Asked = slices.Contains(h.Scopes, v.Acts[i].Delegated)
	}
	if u := web.CurrentUser(c); u != nil {
		v.Roles = roleWords(u)
	}
	p := h.page(c, "Who may do what", "help")
	p.Lead = "Which permission, role or ownership each act needs, and why a call in your name can be refused where the blueprint’s own succeeds."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Help", Href: "/help"}, {Text: "Who may do what"}}
	return web.Render(c, http.StatusOK, views.PermissionsHelpPage(p, v))
}
