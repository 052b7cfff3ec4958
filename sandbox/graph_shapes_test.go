package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphShapes compares status, context, type and property names of each reply with what the
// reference pages show.
func TestGraphShapes(t *testing.T) {
	f := newGraph(t)
	admin, own := f.personToken("global-admin", append(allScopes(), "Organization.Read.All", "DelegatedPermissionGrant.ReadWrite.All")...), seedID("app invoice-helper")
	blueprintID, agentID, principalID := seedID("application invoice-helper"), seedID("agent invoice-helper-01"), seedID("principal invoice-helper")
	for _, tt := range []struct {
		method, path, body string
		status             int
		context, kind      string
	}{
		{"POST", blueprints, bodyWith("s", "sponsors", userLink("sponsor")), 201, "applications/microsoft.graph.agentIdentityBlueprint/$entity", "agentIdentityBlueprint"},
		{"GET", blueprints, "", 200, "applications/microsoft.graph.agentIdentityBlueprint", ""},
		{"GET", blueprints + "?$select=id,displayName", "", 200, "applications/microsoft.graph.agentIdentityBlueprint(id,displayName)", ""},
		{"GET", blueprints + "/" + blueprintID, "", 200, "applications/microsoft.graph.agentIdentityBlueprint/$entity", "agentIdentityBlueprint"},
		{"GET", "/v1.0/applications/" + blueprintID, "", 200, "applications/$entity", "agentIdentityBlueprint"},
		{"GET", "/v1.0/applications/" + seedID("application client"), "", 200, "applications/$entity", ""},
		{"GET", blueprints + "/" + blueprintID + "/owners", "", 200, "directoryObjects", ""},
		{"POST", "/v1.0/applications/" + blueprintID + "/addPassword", `{}`, 200, "microsoft.graph.passwordCredential", ""},
		{"GET", principals, "", 200, "servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal", ""},
		{"GET", principals + "/" + principalID, "", 200, "servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal/$entity", "agentIdentityBlueprintPrincipal"},
		{"POST", agents, agentBody("a", own), 201, "servicePrincipals/microsoft.graph.agentIdentity/$entity", "agentIdentity"},
		{"GET", agents, "", 200, "servicePrincipals/microsoft.graph.agentIdentity", ""},
		{"GET", agents + "/" + agentID, "", 200, "servicePrincipals/microsoft.graph.agentIdentity/$entity", "agentIdentity"},
		{"GET", "/v1.0/servicePrincipals/" + agentID, "", 200, "servicePrincipals/$entity", "agentIdentity"},
		{"GET", agents + "/" + agentID + "/sponsors", "", 200, "directoryObjects", ""},
		{"GET", "/v1.0/servicePrincipals/" + agentID + "/appRoleAssignments", "", 200, "appRoleAssignments", ""},
		{"GET", "/v1.0/servicePrincipals/" + principalID + "/oauth2PermissionGrants", "", 200, "oauth2PermissionGrants", ""},
		{"GET", "/v1.0/me", "", 200, "users/$entity", ""},
		{"GET", "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole", "", 200, "directoryRoles", ""},
		{"GET", "/v1.0/users", "", 200, "users", ""},
		{"GET", "/v1.0/users/microsoft.graph.agentUser", "", 200, "users", ""},
		{"GET", "/v1.0/users/user@" + tenantDomain, "", 200, "users/$entity", ""},
		{"GET", "/v1.0/groups", "", 200, "groups", ""},
		{"GET", "/v1.0/groups/" + seedID("group dynamic"), "", 200, "groups/$entity", ""},
		{"GET", "/v1.0/organization", "", 200, "organization", ""},
		{"GET", "/v1.0/organization/" + tenantID, "", 200, "organization/$entity", ""},
		{"GET", "/v1.0/directoryRoles", "", 200, "directoryRoles", ""},
		{"GET", "/v1.0/directoryRoles(roleTemplateId='" + roleGlobalReader + "')", "", 200, "directoryRoles/$entity", ""},
		{"POST", "/v1.0/directoryObjects/getByIds", `{"ids":["` + agentID + `"]}`, 200, "directoryObjects", ""},
		{"PATCH", agents + "/" + agentID, `{"tags":["a"]}`, 204, "", ""},
		{"PATCH", "/v1.0/applications/" + blueprintID + "/microsoft.graph.agentIdentityBlueprint", `{"description":"d"}`, 204, "", ""},
		{"PATCH", "/v1.0/servicePrincipals/" + principalID, `{"accountEnabled":true}`, 204, "", ""},
		{"DELETE", agents + "/" + agentID, "", 204, "", ""},
		{"DELETE", "/v1.0/servicePrincipals/" + principalID, "", 204, "", ""},
		{"DELETE", "/v1.0/applications/" + blueprintID, "", 204, "", ""},
	} {
		a := f.must(tt.status, tt.method, tt.path, admin, tt.body)
		context, kind := tt.context, tt.kind
		if context != "" {
			context = f.url + "/v1.0/$metadata#" + context
		}
		if kind != "" {
			kind = "#microsoft.graph." + kind
		}
		if a.text("@odata.context") != context || a.text("@odata.type") != kind {
			t.Errorf("%s %s: context %q type %q, want %q %q", tt.method, tt.path, a.text("@odata.context"), a.text("@odata.type"), context, kind)
		}
		if got := a.header.Get("Location") != ""; got != (tt.status == http.StatusCreated) {
			t.Errorf("%s %s: Location %q", tt.method, tt.path, a.header.Get("Location"))
		}
		if a.header.Get("OData-Version") != "4.0" || a.header.Get("request-id") == "" || a.header.Get("client-request-id") == "" {
			t.Errorf("%s %s: headers %v", tt.method, tt.path, a.header)
		}
		if tt.status == http.StatusNoContent && (a.raw != "" || a.header.Get("Content-Type") != "") {
			t.Errorf("%s %s: 204 with %q %q", tt.method, tt.path, a.header.Get("Content-Type"), a.raw)
		}
	}
}

// TestGraphPropertyNames: every property that is written is one of the type in Graph's own metadata,
// so a slip in a name cannot pass here and fail there.
func TestGraphPropertyNames(t *testing.T) {
	f := newGraph(t)
	_ = f.s.tenant.read(func(st *state) error {
		seen := map[string]bool{}
		check := func(o object) {
			name := typeName(o)
			seen[name] = true
			entity := graphModel()[strings.ToLower(name)]
			for property := range render(st, o) {
				if p, known := entity.property(property); !strings.HasPrefix(property, "@") && (!known || p.name != property) {
					t.Errorf("%s has no property %s", name, property)
				}
			}
		}
		for u := range st.users.all() {
			check(u)
		}
		for g := range st.groups.all() {
			check(g)
		}
		for r := range st.roles.all() {
			check(r)
		}
		for a := range st.apps.all() {
			check(a)
		}
		for p := range st.principals.all() {
			check(p)
		}
		for g := range st.grants.all() {
			check(g)
		}
		want := []string{"agentIdentity", "agentIdentityBlueprint", "agentIdentityBlueprintPrincipal", "agentUser", "application", "directoryRole", "group", "oAuth2PermissionGrant", "servicePrincipal", "user"}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(seen))); diff != "" {
			t.Errorf("types in the seed (-want +got):\n%s", diff)
		}
		return nil
	})
}

// TestGraphUpdates: what PATCH wrote is what GET gives; what was not named stays.
func TestGraphUpdates(t *testing.T) {
	f := newGraph(t)
	admin, own := f.admin(), seedID("app invoice-helper")
	scope := map[string]any{
		"id": newID(), "value": "other", "type": "Admin", "isEnabled": true,
		"adminConsentDisplayName": "a", "adminConsentDescription": "b", "userConsentDisplayName": "c", "userConsentDescription": "d",
	}
	role := map[string]any{"id": newID(), "value": "Task.Run", "displayName": "r", "description": "d", "allowedMemberTypes": []any{"Application"}, "isEnabled": true}
	for _, tt := range []struct {
		path     string
		property string
		value    any
	}{
		{"/v1.0/applications/" + seedID("application invoice-helper"), "displayName", "Renamed"},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "description", "Other"},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "tags", []any{"a", "b"}},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "identifierUris", []any{"api://" + own, "api://other"}},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "signInAudience", "AzureADMultipleOrgs"},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "serviceManagementReference", "svc"},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "appRoles", []any{role}},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "groupMembershipClaims", "SecurityGroup"},
		{"/v1.0/applications/" + seedID("application invoice-helper"), "requiredResourceAccess", []any{map[string]any{"resourceAppId": graphAppID, "resourceAccess": []any{}}}},
		{principals + "/" + seedID("principal invoice-helper"), "accountEnabled", false},
		{principals + "/" + seedID("principal invoice-helper"), "tags", []any{"x"}},
		{principals + "/" + seedID("principal invoice-helper"), "appRoleAssignmentRequired", true},
		{principals + "/" + seedID("principal invoice-helper"), "notes", "n"},
		{agents + "/" + seedID("agent invoice-helper-01"), "displayName", "Agent 1"},
		{agents + "/" + seedID("agent invoice-helper-01"), "accountEnabled", false},
		{agents + "/" + seedID("agent invoice-helper-01"), "tags", []any{"own", "a", "b"}}, // the blueprint has a and b
	} {
		before := f.must(200, "GET", tt.path, admin, "").body
		f.must(204, "PATCH", tt.path, admin, quoted(map[string]any{tt.property: tt.value}))
		after := f.must(200, "GET", tt.path, admin, "").body
		if diff := cmp.Diff(tt.value, after[tt.property]); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", tt.property, tt.path, diff)
		}
		delete(before, tt.property)
		delete(after, tt.property)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s of %s changed other properties (-before +after):\n%s", tt.property, tt.path, diff)
		}
	}
	path := "/v1.0/applications/" + seedID("application invoice-helper")
	// A scope that is on cannot be taken away: switched off first, it can.
	next := quoted(map[string]any{"api": map[string]any{"oauth2PermissionScopes": []any{scope}}})
	if a := f.must(400, "PATCH", path, admin, next); a.code() != "CannotDeleteOrUpdateEnabledEntitlement" {
		t.Errorf("a scope that is on was taken away: %s", a.raw)
	}
	off := map[string]any{"id": seedID("scope invoice-helper"), "value": blueprintAPI, "isEnabled": false}
	f.must(204, "PATCH", path, admin, quoted(map[string]any{"api": map[string]any{"oauth2PermissionScopes": []any{off}}}))
	f.must(204, "PATCH", path, admin, next)
	api := f.must(200, "GET", path, admin, "").body["api"].(map[string]any)
	if diff := cmp.Diff([]any{scope}, api["oauth2PermissionScopes"]); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if api["requestedAccessTokenVersion"] != 2.0 || len(api["preAuthorizedApplications"].([]any)) != 1 {
		t.Errorf("a PATCH of scopes changed the rest of api: %v", api)
	}
	f.must(204, "PATCH", path, admin, `{"web":{"redirectUris":["https://entra.microsoft.com/TokenAuthorize"]}}`)
	web := f.must(200, "GET", path, admin, "").body["web"].(map[string]any)
	if diff := cmp.Diff([]any{"https://entra.microsoft.com/TokenAuthorize"}, web["redirectUris"]); diff != "" {
		t.Errorf("redirectUris (-want +got):\n%s", diff)
	}
	f.must(204, "PATCH", path, admin, `{"uniqueName":"invoices"}`)
	if got := f.must(200, "GET", "/v1.0/applications(uniqueName='invoices')", admin, "").text("appId"); got != own {
		t.Errorf("by uniqueName: %s", got)
	}
	f.must(400, "PATCH", path, admin, `{"uniqueName":"other"}`)
	f.must(409, "POST", blueprints, admin, strings.Replace(bodyWith("x", "sponsors", userLink("sponsor")), "{", `{"uniqueName":"invoices",`, 1))
	f.must(400, "POST", blueprints, admin, strings.Replace(bodyWith("x", "sponsors", userLink("sponsor")), "{", `{"identifierUris":["api://`+own+`"],`, 1))
}
