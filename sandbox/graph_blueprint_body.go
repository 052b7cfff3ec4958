package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// applyBlueprint reads the properties of a POST or PATCH into the blueprint.
func applyBlueprint(st *state, a *application, body jsonObject) *graphError {
	for _, name := range body.names() {
		if fault := applyBlueprintProperty(st, a, body, name); fault != nil {
			return fault
		}
	}
	return nil
}

// applyBlueprintProperty is the table of properties: interpreted, read-only, not for blueprints
// (error-codes page), and the rest of the model, which is kept as sent.
// https://learn.microsoft.com/graph/api/resources/agentidentityblueprint
func applyBlueprintProperty(st *state, a *application, body jsonObject, name string) *graphError {
	const resource = "Application"
	switch name {
	case "":
		return agentFault("AgentBlueprint_IncompatibleProperty_NullPropertyName", "A property name is null or empty.")
	case "@odata.type", "displayName", "sponsors@odata.bind", "owners@odata.bind":
		return nil
	case "description":
		return body.text(name, resource, 1024, &a.Description)
	case "serviceManagementReference":
		return body.text(name, resource, 256, &a.ServiceManagementRef)
	case "tags":
		return body.list(name, resource, &a.Tags)
	case "identifierUris":
		return applyURIs(st, a, body)
	case "signInAudience":
		return applyAudience(a, body)
	case "appRoles":
		return applyAppRoles(a, body)
	case "requiredResourceAccess":
		return applyRequiredAccess(a, body)
	case "api":
		return applyAPI(a, body)
	case "web":
		return applyWeb(a, body)
	case "uniqueName":
		return applyUniqueName(st, a, body)
	case "id", "appId", "createdDateTime", "createdByAppId", "publisherDomain", "verifiedPublisher", "certification", "disabledByMicrosoftStatus", "deletedDateTime":
		return badRequest("Property '" + name + "' is read-only and cannot be set.")
	case "keyCredentials":
		return applyKeys(a, body)
	case "passwordCredentials":
		return badRequest("Property 'passwordCredentials' cannot be set directly: use addPassword.")
	case "spa", "publicClient", "parentalControlSettings", "isFallbackPublicClient", "isDeviceOnlyAuthSupported", "defaultRedirectUri",
		"addIns", "nativeAuthenticationApisEnabled", "samlMetadataUrl", "windows", "onPremisesPublishing":
		return agentFault("AgentBlueprint_IncompatibleProperty", "The property '"+name+"' cannot be set on an agent identity blueprint.")
	}
	return applyExtra(graphModel()["agentidentityblueprint"], &a.Extra, body, name, resource)
}

// applyExtra keeps a property of the model that nothing here interprets; unknown names are refused.
func applyExtra(e *entityType, extra *map[string]json.RawMessage, body jsonObject, name, resource string) *graphError {
	p, known := e.property(name)
	if !known || strings.HasPrefix(name, "@") {
		return badRequest("Invalid property '" + clip(name) + "'.")
	}
	next := map[string]json.RawMessage{p.name: body[name]}
	for key, value := range *extra {
		if key != p.name {
			next[key] = value
		}
	}
	*extra = next
	return nil
}

// applyAudience takes the four audiences of an application; the default is one tenant.
func applyAudience(a *application, body jsonObject) *graphError {
	if fault := body.text("signInAudience", "Application", 64, &a.SignInAudience); fault != nil {
		return fault
	}
	known := []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}
	if !slices.Contains(known, a.SignInAudience) {
		return invalidValue("signInAudience", "Application")
	}
	return nil
}

// applyURIs takes addresses with a scheme, each in one application only: tokens name a resource by them.
func applyURIs(st *state, a *application, body jsonObject) *graphError {
	var uris []string
	if fault := body.list("identifierUris", "Application", &uris); fault != nil {
		return fault
	}
	for _, uri := range uris {
		if !strings.Contains(uri, ":") {
			return invalidValue("identifierUris", "Application")
		}
		if other := st.appByURI[strings.ToLower(uri)]; other != nil && other.ID != a.ID {
			return badRequest("Another object with the same value for property identifierUris already exists.")
		}
	}
	a.IdentifierURIs = uris
	return nil
}

// applyUniqueName sets the alternate key once; later it cannot change.
// https://learn.microsoft.com/graph/api/application-upsert
func applyUniqueName(st *state, a *application, body jsonObject) *graphError {
	name := a.UniqueName
	if fault := body.text("uniqueName", "Application", 256, &name); fault != nil {
		return fault
	}
	if a.UniqueName != "" && name != a.UniqueName {
		return badRequest("Property 'uniqueName' is read-only and cannot be set.")
	}
	if other := st.appNamed(name); name != "" && other != nil && other.ID != a.ID {
		return conflict("Another object with the same value for property uniqueName already exists.")
	}
	a.UniqueName = name
	return nil
}

// applyAPI replaces the lists that the body names and keeps the others.
func applyAPI(a *application, body jsonObject) *graphError {
	var sent struct {
		Version *int               `json:"requestedAccessTokenVersion"`
		Scopes  *[]permissionScope `json:"oauth2PermissionScopes"`
		Apps    *[]preAuthorized   `json:"preAuthorizedApplications"`
	}
	if fault := body.decode("api", "Application", &sent); fault != nil {
		return fault
	}
	if sent.Version != nil {
		a.API.RequestedAccessTokenVersion = *sent.Version
	}
	if sent.Scopes != nil {
		for _, s := range *sent.Scopes {
			if !guidLike(s.ID) {
				return invalidValue("api.oauth2PermissionScopes", "Application")
			}
		}
		kept := func(old permissionScope) bool {
			return !old.IsEnabled || slices.ContainsFunc(*sent.Scopes, func(s permissionScope) bool { return strings.EqualFold(s.ID, old.ID) })
		}
		if slices.ContainsFunc(a.API.Scopes, func(old permissionScope) bool { return !kept(old) }) {
			return entitlementEnabled()
		}
		a.API.Scopes = *sent.Scopes
	}
	if sent.Apps != nil {
		a.API.PreAuthorized = *sent.Apps
	}
	return nil
}

// entitlementEnabled: a permission that is in use must be switched off before it is taken away.
func entitlementEnabled() *graphError {
	return &graphError{http.StatusBadRequest, "CannotDeleteOrUpdateEnabledEntitlement", "Permission (scope or role) cannot be deleted or updated unless disabled first."}
}

func applyAppRoles(a *application, body jsonObject) *graphError {
	var sent []appRole
	if fault := body.decode("appRoles", "Application", &sent); fault != nil {
		return fault
	}
	for _, r := range sent {
		if !guidLike(r.ID) {
			return invalidValue("appRoles", "Application")
		}
	}
	for _, old := range a.AppRoles {
		if old.IsEnabled && !slices.ContainsFunc(sent, func(r appRole) bool { return strings.EqualFold(r.ID, old.ID) }) {
			return entitlementEnabled()
		}
	}
	a.AppRoles = sent
	return nil
}

// https://learn.microsoft.com/graph/api/resources/agentidentityblueprint
const (
	maxRequiredResources   = 50
	maxRequiredPermissions = 400
)

func applyRequiredAccess(a *application, body jsonObject) *graphError {
	const resource = "Application"
	var sent []struct {
		ResourceAppID string `json:"resourceAppId"`
		Access        []struct {
			ID   string `json:"id"`
			Type string `json:"type"`
		} `json:"resourceAccess"`
	}
	if fault := body.decode("requiredResourceAccess", resource, &sent); fault != nil {
		return fault
	}
	permissions := 0
	for _, r := range sent {
		if !guidLike(r.ResourceAppID) {
			return invalidValue("requiredResourceAccess", resource)
		}
		for _, p := range r.Access {
			if permissions++; !guidLike(p.ID) || p.Type != "Scope" && p.Type != "Role" {
				return invalidValue("requiredResourceAccess", resource)
			}
		}
	}
	if len(sent) > maxRequiredResources || permissions > maxRequiredPermissions {
		return badRequest("The number of required resources or permissions exceeds the limit of 50 resources and 400 permissions.")
	}
	if !body.has("requiredResourceAccess") {
		return invalidValue("requiredResourceAccess", resource)
	}
	return applyExtra(graphModel()["agentidentityblueprint"], &a.Extra, body, "requiredResourceAccess", resource)
}

// applyWeb takes reply addresses: a blueprint has some for the consent page alone.
func applyWeb(a *application, body jsonObject) *graphError {
	var sent struct {
		RedirectURIs *[]string `json:"redirectUris"`
	}
	if fault := body.decode("web", "Application", &sent); fault != nil {
		return fault
	}
	if sent.RedirectURIs != nil {
		a.WebRedirectURIs = *sent.RedirectURIs
	}
	return nil
}
