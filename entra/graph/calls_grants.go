package graph

import (
	"net/http"
	"strings"
)

const (
	needsRoles       = "AppRoleAssignment.ReadWrite.All"
	needsGrants      = "DelegatedPermissionGrant.ReadWrite.All"
	needsInheritable = "AgentIdentityBlueprint.UpdateAuthProperties.All"
)

type roleBody struct {
	PrincipalID string `json:"principalId"`
	ResourceID  string `json:"resourceId"`
	RoleID      string `json:"appRoleId"`
}

// AssignRoleCall gives a service principal an application permission; the answer is a RoleAssignment. It needs
// Application.Read.All as well.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments
func AssignRoleCall(principalID, resourceID, roleID string) Call {
	return Call{
		Method: http.MethodPost, Path: servicePrincipalsPath + "/" + idSegment(principalID) + "/appRoleAssignments",
		Needs: needsRoles, Body: roleBody{PrincipalID: principalID, ResourceID: resourceID, RoleID: roleID},
	}
}

// RemoveRoleCall takes an application permission away; there is no answer.
// https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignments
func RemoveRoleCall(principalID, assignmentID string) Call {
	return Call{
		Method: http.MethodDelete, Needs: needsRoles,
		Path: servicePrincipalsPath + "/" + idSegment(principalID) + "/appRoleAssignments/" + PathSegment(assignmentID),
	}
}

type grantBody struct {
	ClientID    string `json:"clientId"`
	ConsentType string `json:"consentType"`
	ResourceID  string `json:"resourceId"`
	Scope       string `json:"scope"`
}

// GrantCall consents to delegated permissions of an API for everybody; the answer is a DelegatedGrant. There is one grant
// for a client and an API: where it exists, Graph answers 409, and ChangeGrantCall is the way.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-post
func GrantCall(clientID, resourceID string, scopes []string) Call {
	return Call{
		Method: http.MethodPost, Path: grantsPath, Needs: needsGrants,
		Body: grantBody{ClientID: clientID, ConsentType: ConsentEverybody, ResourceID: resourceID, Scope: strings.Join(scopes, " ")},
	}
}

type scopeBody struct {
	Scope string `json:"scope"`
}

// ChangeGrantCall replaces all scopes of a grant, so it names those that stay as well; there is no answer. A grant without
// scopes is none: see RemoveGrantCall.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-update
func ChangeGrantCall(grantID string, scopes []string) Call {
	return Call{
		Method: http.MethodPatch, Path: grantsPath + "/" + PathSegment(grantID), Needs: needsGrants,
		Body: scopeBody{Scope: strings.Join(scopes, " ")},
	}
}

// RemoveGrantCall takes a grant away with all its scopes; there is no answer.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-delete
func RemoveGrantCall(grantID string) Call {
	return Call{Method: http.MethodDelete, Path: grantsPath + "/" + PathSegment(grantID), Needs: needsGrants}
}

type inheritanceBody struct {
	Type   string   `json:"@odata.type"`
	Kind   string   `json:"kind"`
	Scopes []string `json:"scopes,omitempty"`
}

type inheritableBody struct {
	ResourceAppID string          `json:"resourceAppId,omitempty"`
	Scopes        inheritanceBody `json:"inheritableScopes"`
}

// scopesBody is the inheritance of these scopes; of every scope where there are none.
func scopesBody(scopes []string) inheritanceBody {
	if len(scopes) == 0 {
		return inheritanceBody{Type: "#microsoft.graph.allAllowedScopes", Kind: InheritAll}
	}
	return inheritanceBody{Type: "#microsoft.graph.enumeratedScopes", Kind: InheritSome, Scopes: scopes}
}

// InheritCall lets the agent identities of a blueprint inherit delegated permissions of an API: these scopes, or every one
// that its principal was granted. The answer is an InheritablePermission, 409 where the API is named already. Application
// permissions are left out, which passes none on.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-inheritablepermissions
func InheritCall(blueprintID, resourceAppID string, scopes []string) Call {
	return Call{
		Method: http.MethodPost, Path: inheritablePath(blueprintID), Needs: needsInheritable,
		Body: inheritableBody{ResourceAppID: resourceAppID, Scopes: scopesBody(scopes)},
	}
}

// ChangeInheritCall replaces the scopes that are inherited of an API, with the same answer; application permissions stay
// as they are.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
func ChangeInheritCall(blueprintID, resourceAppID string, scopes []string) Call {
	return Call{
		Method: http.MethodPatch, Path: inheritablePath(blueprintID) + "/" + PathSegment(resourceAppID), Needs: needsInheritable,
		Body: inheritableBody{Scopes: scopesBody(scopes)},
	}
}

// RemoveInheritCall ends the inheritance of an API's permissions; there is no answer.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
func RemoveInheritCall(blueprintID, resourceAppID string) Call {
	return Call{
		Method: http.MethodDelete, Path: inheritablePath(blueprintID) + "/" + PathSegment(resourceAppID), Needs: needsInheritable,
	}
}
