package sandbox

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// objectScopes open every write of this table, so that the role alone decides.
func objectScopes() []string {
	return append(allScopes(), "AgentIdUser.ReadWrite.All", "User.ReadWrite.All", "User.Read.All", "GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All",
		"AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All")
}

// TestGraphObjectRoles is the table of who may write agent users, grants and what hangs on blueprints:
// rows are operations, columns personas. The seed makes agent-dev owner of the blueprint. A body that is
// wrong shows who comes past the check without changing anything.
func TestGraphObjectRoles(t *testing.T) {
	f := newGraph(t)
	blueprint, agent, agentUser := "/v1.0/applications/"+seedID("application invoice-helper"), seedID("agent invoice-helper-01"), "/v1.0/users/"+seedID("agent user invoice-helper-01")
	nothing := newID()
	assignment := quoted(map[string]any{"principalId": agent, "resourceId": seedID("resource " + graphAppID), "appRoleId": nothing})
	grant := quoted(map[string]any{"clientId": nothing, "consentType": "AllPrincipals", "resourceId": nothing, "scope": "x"})
	columns := []string{"global-admin", "agent-admin", "agent-dev", "auditor", "sponsor", "user"}
	for _, tt := range []struct {
		name, method, path, body string
		want                     [6]int
	}{
		{"create an agent user", "POST", "/v1.0/users", userBody(agent, "x", nil), [6]int{400, 400, 400, 403, 403, 403}},
		{"change an agent user", "PATCH", agentUser, `{"jobTitle":"x"}`, [6]int{204, 204, 204, 403, 403, 403}},
		{"no manager of an agent user", "DELETE", agentUser + "/manager/$ref", "", [6]int{404, 404, 404, 403, 403, 403}},
		{"change a person", "PATCH", "/v1.0/users/" + seedID("user user"), `{"jobTitle":"x"}`, [6]int{204, 403, 403, 403, 403, 403}},
		{"license an agent user", "POST", agentUser + "/assignLicense", `{}`, [6]int{400, 403, 403, 403, 403, 403}},
		{"federate an owned blueprint", "POST", blueprint + "/federatedIdentityCredentials", `{}`, [6]int{400, 400, 400, 403, 403, 403}},
		{"let an owned blueprint's grants be inherited", "POST", blueprint + "/inheritablePermissions", `{}`, [6]int{400, 400, 400, 403, 403, 403}},
		{"assign an app role of Graph", "POST", "/v1.0/servicePrincipals/" + agent + "/appRoleAssignments", assignment, [6]int{400, 403, 403, 403, 403, 403}},
		{"grant a scope", "POST", "/v1.0/oauth2PermissionGrants", grant, [6]int{404, 403, 403, 403, 403, 403}},
		{"add a member", "POST", "/v1.0/groups/" + seedID("group security") + "/members/$ref", `{}`, [6]int{400, 403, 403, 403, 403, 403}},
		{"see deleted agents", "GET", bin + "microsoft.graph.servicePrincipal", "", [6]int{200, 200, 200, 200, 200, 200}},
	} {
		for i, persona := range columns {
			if a := f.do(tt.method, tt.path, f.personToken(persona, objectScopes()...), tt.body); a.status != tt.want[i] {
				t.Errorf("%s as %s = %d, want %d: %s", tt.name, persona, a.status, tt.want[i], a.raw)
			}
		}
	}
}

// TestGraphObjectScopes: each operation works with its least permission and not with a neighbour's; a
// client with one of the two broad scopes loses those of agents.
func TestGraphObjectScopes(t *testing.T) {
	f := newGraph(t)
	agent, agentUser := seedID("agent invoice-helper-01"), "/v1.0/users/"+seedID("agent user invoice-helper-01")
	blueprint := "/v1.0/applications/" + seedID("application invoice-helper")
	for _, tt := range []struct {
		method, path, body, least, other string
		want                             int
	}{
		{"PATCH", agentUser, `{"jobTitle":"x"}`, "AgentIdUser.ReadWrite.All", "AgentIdentity.ReadWrite.All", 204},
		{"PATCH", agentUser, `{"jobTitle":"x"}`, "User.ReadWrite.All", "User.Read.All", 204},
		{"GET", agentUser, "", "AgentIdUser.ReadWrite.All", "User.Read", 200},
		{"GET", "/v1.0/users/microsoft.graph.agentUser", "", "AgentIdUser.ReadWrite.All", "User.Read", 200},
		{"GET", agentUser + "/sponsors", "", "AgentIdUser.ReadWrite.All", "User.Read", 200},
		{"GET", agentUser + "/memberOf", "", "User.Read.All", "User.Read", 200},
		{"POST", blueprint + "/federatedIdentityCredentials", `{}`, "AgentIdentityBlueprint.AddRemoveCreds.All", "AgentIdentityBlueprint.UpdateBranding.All", 400},
		{"GET", blueprint + "/federatedIdentityCredentials", "", "AgentIdentityBlueprint.AddRemoveCreds.All", "AgentIdentity.Read.All", 200},
		{"POST", blueprint + "/inheritablePermissions", `{}`, "AgentIdentityBlueprint.UpdateAuthProperties.All", "AgentIdentityBlueprint.UpdateBranding.All", 400},
		{"GET", "/beta/servicePrincipals/" + agent + "/inheritedAppRoleAssignments", "", "Application.Read.All", "AgentIdentity.Read.All", 200},
		{"GET", "/v1.0/oauth2PermissionGrants", "", "Directory.Read.All", "Application.Read.All", 200},
		{"GET", bin + "microsoft.graph.agentIdentity", "", "AgentIdentity.DeleteRestore.All", "User.Read", 200},
		{"POST", bin + newID() + "/restore", "", "AgentIdentity.DeleteRestore.All", "", 404},
		{"GET", "/v1.0/subscribedSkus", "", "LicenseAssignment.Read.All", "User.Read", 200},
	} {
		if a := f.do(tt.method, tt.path, f.personToken("global-admin", tt.least), tt.body); a.status != tt.want {
			t.Errorf("%s %s with %s = %d, want %d: %s", tt.method, tt.path, tt.least, a.status, tt.want, a.raw)
		}
		if tt.other == "" {
			continue
		}
		if a := f.do(tt.method, tt.path, f.personToken("global-admin", tt.other), tt.body); a.status != 403 {
			t.Errorf("%s %s with %s = %d, want 403: %s", tt.method, tt.path, tt.other, a.status, a.raw)
		}
	}
	f.must(403, "PATCH", agentUser, f.personToken("global-admin", "AgentIdUser.ReadWrite.All", "Directory.AccessAsUser.All"), `{"jobTitle":"x"}`)
	own := f.appToken(seedID("principal invoice-helper"), seedID("app invoice-helper"), createAsManager)
	f.must(204, "DELETE", agents+"/"+agent, own, "") // what a blueprint made, it may delete
	_, _, foreign := f.newAgent("Foreign")
	f.must(403, "DELETE", agents+"/"+foreign, own, "")
}

// TestGraphPeopleDeleted: a person goes and comes back with groups, roles and licences; a purge takes the
// places away for good. Nobody deletes himself.
func TestGraphPeopleDeleted(t *testing.T) {
	f := newGraph(t)
	token, person := f.personToken("global-admin", objectScopes()...), seedID("user agent-dev")
	f.must(403, "DELETE", "/v1.0/users/"+seedID("user global-admin"), token, "")
	f.must(403, "DELETE", "/v1.0/users/"+person, f.personToken("agent-admin", objectScopes()...), "")
	f.must(204, "POST", "/v1.0/groups/"+seedID("group security")+"/members/$ref", token, `{"@odata.id":"`+userLink("agent-dev")+`"}`)
	places := func() []string {
		got := f.must(200, "GET", "/v1.0/users/"+person+"/memberOf", token, "").column("@odata.type")
		slices.Sort(got)
		return got
	}
	before := places()
	f.must(204, "DELETE", "/v1.0/users/"+person, token, "")
	f.must(401, "GET", "/v1.0/me", f.personToken("agent-dev", "User.Read"), "")
	if got := f.must(200, "GET", bin+person, token, "").text("userPrincipalName"); got == "agent-dev@"+tenantDomain {
		t.Error("a deleted user keeps the name that others may take")
	}
	f.must(200, "POST", bin+person+"/restore", token, "")
	if diff := cmp.Diff(before, places()); diff != "" || len(before) != 2 {
		t.Errorf("places of a restored user (-before +after):\n%s", diff)
	}
	f.must(204, "DELETE", "/v1.0/users/"+person, token, "")
	f.must(204, "DELETE", bin+person, token, "")
	_ = f.s.tenant.read(func(st *state) error {
		if n := len(st.groupsByMember.of(person)) + len(st.rolesByMember.of(person)); n != 0 {
			t.Errorf("a purged user has %d places", n)
		}
		return nil
	})
}

// TestGraphUserAssignments: app roles of people and groups, and what a product may lack.
func TestGraphUserAssignments(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("global-admin", objectScopes()...)
	blueprint, principal, role := "/v1.0/applications/"+seedID("application invoice-helper"), seedID("principal invoice-helper"), newID()
	roles := func(enabled bool) string {
		return quoted(map[string]any{"appRoles": []any{map[string]any{"id": role, "value": "Clerk", "displayName": "Clerk", "isEnabled": enabled, "allowedMemberTypes": []string{"User"}}}})
	}
	f.must(400, "PATCH", blueprint, token, `{"appRoles":[{"id":"x"}]}`)
	f.must(204, "PATCH", blueprint, token, roles(true))
	path := "/v1.0/users/" + seedID("user user") + "/appRoleAssignments"
	body := quoted(map[string]any{"principalId": seedID("user user"), "resourceId": principal, "appRoleId": role})
	made := f.must(201, "POST", path, token, body)
	if made.text("principalType") != "User" {
		t.Errorf("made: %s", made.raw)
	}
	f.must(200, "GET", path+"/"+made.text("id"), token, "")
	if got := f.must(200, "GET", path+"?$filter=resourceId%20eq%20"+principal, token, "").values(); len(got) != 1 {
		t.Errorf("%d assignments, want 1", len(got))
	}
	agent := seedID("agent invoice-helper-01")
	f.must(400, "POST", "/v1.0/servicePrincipals/"+agent+"/appRoleAssignments", token, quoted(map[string]any{"principalId": agent, "resourceId": principal, "appRoleId": role}))
	group := seedID("group security")
	f.must(201, "POST", "/v1.0/servicePrincipals/"+principal+"/appRoleAssignedTo", token, quoted(map[string]any{"principalId": group, "resourceId": principal, "appRoleId": role}))
	f.must(400, "PATCH", blueprint, token, `{"appRoles":[]}`)
	f.must(204, "PATCH", blueprint, token, roles(false))
	f.must(204, "PATCH", blueprint, token, `{"appRoles":[]}`)
	f.must(204, "DELETE", path+"/"+made.text("id"), token, "")

	licence := func(plan string) string {
		sku := skus()[0]
		return quoted(map[string]any{"addLicenses": []any{map[string]any{"skuId": sku.id, "disabledPlans": []string{plan}}}, "removeLicenses": nil})
	}
	f.must(204, "PATCH", "/v1.0/users/"+seedID("user user"), token, `{"usageLocation":"FR"}`)
	f.must(400, "POST", "/v1.0/users/"+seedID("user user")+"/assignLicense", token, licence(newID()))
	for range 2 { // a second time replaces the first
		f.must(200, "POST", "/v1.0/users/"+seedID("user user")+"/assignLicense", token, licence(skus()[0].plans[0]))
	}
}
