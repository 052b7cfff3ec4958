package sandbox

import (
	"fmt"
	"testing"
)

// TestGraphRoles is the table of who may do what with all delegated permissions in the token: rows are
// operations, columns personas.
func TestGraphRoles(t *testing.T) {
	f := newGraph(t)
	owned, agent := seedID("application invoice-helper"), seedID("agent invoice-helper-01")
	foreign, foreignApp, _ := f.newFamily(f.admin(), "Foreign")
	foreignAgent := f.must(201, "POST", agents, f.admin(), agentBody("Foreign 01", foreignApp)).text("id")
	sponsored := `{"displayName":"x","sponsors@odata.bind":["` + userLink("sponsor") + `"]}`
	// The seed makes agent-dev owner of the invoice helper and its agent, and sponsor their sponsor.
	columns := []string{"global-admin", "agent-admin", "agent-dev", "auditor", "sponsor", "user"}
	for _, tt := range []struct {
		name, method, path, body string
		want                     [6]int
	}{
		{"list typed agents", "GET", agents, "", [6]int{200, 200, 200, 403, 403, 403}},
		{"list typed blueprints", "GET", blueprints, "", [6]int{200, 200, 200, 403, 403, 403}},
		{"list typed principals", "GET", principals, "", [6]int{200, 200, 200, 403, 403, 403}},
		{"list plain principals", "GET", "/v1.0/servicePrincipals", "", [6]int{200, 200, 200, 200, 200, 200}},
		{"get an agent", "GET", agents + "/" + agent, "", [6]int{200, 200, 200, 200, 200, 200}},
		{"create a blueprint", "POST", blueprints, sponsored, [6]int{201, 201, 201, 403, 403, 403}},
		{"rename an owned blueprint", "PATCH", "/v1.0/applications/" + owned, `{"displayName":"Invoice helper"}`, [6]int{204, 204, 204, 403, 403, 403}},
		{"rename another's blueprint", "PATCH", "/v1.0/applications/" + foreign, `{"displayName":"y"}`, [6]int{204, 204, 403, 403, 403, 403}},
		{"secret of an owned blueprint", "POST", "/v1.0/applications/" + owned + "/addPassword", `{}`, [6]int{200, 200, 200, 403, 403, 403}},
		{"secret of another's blueprint", "POST", "/v1.0/applications/" + foreign + "/addPassword", `{}`, [6]int{200, 200, 403, 403, 403, 403}},
		{"agent of an owned blueprint", "POST", agents, agentBody("n", seedID("app invoice-helper")), [6]int{201, 201, 201, 403, 403, 403}},
		{"agent of another's blueprint", "POST", agents, agentBody("n", foreignApp), [6]int{201, 201, 403, 403, 403, 403}},
		{"disable an owned agent", "PATCH", agents + "/" + agent, `{"accountEnabled":false}`, [6]int{204, 204, 204, 403, 204, 403}},
		{"rename an owned agent", "PATCH", agents + "/" + agent, `{"displayName":"z"}`, [6]int{204, 204, 204, 403, 403, 403}},
		{"disable another's agent", "PATCH", agents + "/" + foreignAgent, `{"accountEnabled":false}`, [6]int{204, 204, 403, 403, 204, 403}},
		{"delete another's agent", "DELETE", agents + "/" + newID(), "", [6]int{404, 404, 404, 404, 404, 404}},
	} {
		for i, persona := range columns {
			token := f.personToken(persona, allScopes()...)
			if a := f.do(tt.method, tt.path, token, tt.body); a.status != tt.want[i] {
				t.Errorf("%s as %s = %d, want %d: %s", tt.name, persona, a.status, tt.want[i], a.raw)
			}
		}
	}
}

// TestGraphScopes: one delegated permission too few is 403 for an administrator too, and each
// operation works with its least one.
func TestGraphScopes(t *testing.T) {
	f := newGraph(t)
	id, _ := f.newBlueprint(f.admin(), "Scopes")
	agent := seedID("agent invoice-helper-01")
	blueprint, created := "/v1.0/applications/"+id, `{"displayName":"x","sponsors@odata.bind":["`+userLink("sponsor")+`"]}`
	sponsor := `{"@odata.id":"` + userLink("user") + `"}`
	for _, tt := range []struct {
		method, path, body, least string
		status                    int
	}{
		{"GET", "/v1.0/me", "", "User.Read", 200},
		{"GET", "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole", "", "User.Read", 200},
		{"GET", "/v1.0/organization", "", "Organization.Read.All", 200},
		{"GET", "/v1.0/users", "", "User.ReadBasic.All", 200},
		{"GET", "/v1.0/groups", "", "GroupMember.Read.All", 200},
		{"GET", "/v1.0/servicePrincipals", "", "Application.Read.All", 200},
		{"GET", "/v1.0/applications", "", "Application.Read.All", 200},
		{"GET", blueprints, "", "AgentIdentityBlueprint.Read.All", 200},
		{"GET", principals, "", "AgentIdentityBlueprintPrincipal.Read.All", 200},
		{"GET", agents, "", "AgentIdentity.Read.All", 200},
		{"GET", agents + "/" + agent + "/sponsors", "", "Application.Read.All", 200},
		{"GET", "/v1.0/servicePrincipals/" + agent + "/appRoleAssignments", "", "Application.Read.All", 200},
		{"GET", "/v1.0/oauth2PermissionGrants", "", "Directory.Read.All", 200},
		{"POST", blueprints, created, "AgentIdentityBlueprint.Create", 201},
		{"PATCH", blueprint, `{"displayName":"y"}`, "AgentIdentityBlueprint.UpdateBranding.All", 204},
		{"PATCH", blueprint, `{"identifierUris":["api://` + id + `"]}`, "AgentIdentityBlueprint.UpdateAuthProperties.All", 204},
		{"PATCH", blueprint, `{"displayName":"y","identifierUris":[]}`, "AgentIdentityBlueprint.ReadWrite.All", 204},
		{"POST", blueprint + "/addPassword", `{}`, "AgentIdentityBlueprint.AddRemoveCreds.All", 200},
		{"POST", blueprint + "/sponsors/$ref", sponsor, "AgentIdentityBlueprint.ReadWrite.All", 204},
		{"POST", agents, agentBody("n", seedID("app invoice-helper")), "AgentIdentity.Create.All", 201},
		{"PATCH", agents + "/" + agent, `{"accountEnabled":true}`, "AgentIdentity.EnableDisable.All", 204},
		{"PATCH", agents + "/" + agent, `{"displayName":"n"}`, "AgentIdentity.ReadWrite.All", 204},
		{"DELETE", agents + "/" + agent, "", "AgentIdentity.DeleteRestore.All", 204},
		{"DELETE", blueprint, "", "AgentIdentityBlueprint.DeleteRestore.All", 204},
	} {
		name := tt.method + " " + tt.path
		if a := f.do(tt.method, tt.path, f.personToken("global-admin", "openid", "offline_access"), tt.body); a.status != 403 || a.code() != "Authorization_RequestDenied" {
			t.Errorf("%s without %s = %d %s", name, tt.least, a.status, a.raw)
		}
		if tt.method != "GET" {
			voided := f.personToken("global-admin", tt.least, "Directory.AccessAsUser.All")
			if a := f.do(tt.method, tt.path, voided, tt.body); a.status != 403 {
				t.Errorf("%s with Directory.AccessAsUser.All = %d, want 403", name, a.status)
			}
		}
		if a := f.do(tt.method, tt.path, f.personToken("global-admin", tt.least), tt.body); a.status != tt.status {
			t.Errorf("%s with %s = %d, want %d: %s", name, tt.least, a.status, tt.status, a.raw)
		}
	}
}

// TestGraphAppOnly is the table of app-only callers.
func TestGraphAppOnly(t *testing.T) {
	f := newGraph(t)
	own, otherID := seedID("app invoice-helper"), ""
	_, otherID, _ = f.newFamily(f.admin(), "Other")
	blueprint := f.appToken(seedID("principal invoice-helper"), own, createAsManager)
	agent := f.appToken(seedID("agent invoice-helper-01"), seedID("agent invoice-helper-01"), "AgentIdentity.Create.All")
	created := `{"displayName":"x","sponsors@odata.bind":["` + userLink("sponsor") + `"]}`
	for i, tt := range []struct {
		token, method, path, body string
		status                    int
		code                      string
	}{
		{blueprint, "POST", agents, agentBody("n", own), 201, ""},
		{blueprint, "POST", agents, agentBody("n", otherID), 403, "Error_AgentBlueprintCannotCreateAssociatedIdentity"},
		{blueprint, "POST", blueprints, created, 403, "Authorization_RequestDenied"},
		{agent, "POST", agents, agentBody("n", own), 403, "Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed"},
		{agent, "POST", blueprints, created, 403, "Authorization_RequestDenied"},
		{f.clientToken(createAsManager), "POST", agents, agentBody("n", own), 403, "Error_AgentIdentitySelfCreateRequired"},
		{f.clientToken("AgentIdentity.Create.All"), "POST", agents, agentBody("n", own), 201, ""},
		{f.clientToken("AgentIdentity.Create.All"), "POST", agents, `{"displayName":"n","agentIdentityBlueprintId":"` + own + `"}`, 400, "Request_BadRequest"},
		{f.clientToken(), "POST", agents, agentBody("n", own), 403, "Authorization_RequestDenied"},
		{f.clientToken("AgentIdentityBlueprint.Create"), "POST", blueprints, created, 201, ""},
		{f.clientToken("AgentIdentityBlueprint.Create"), "POST", blueprints, `{"displayName":"x"}`, 400, "Request_BadRequest"},
		{f.clientToken("AgentIdentity.Read.All"), "GET", agents, "", 200, ""},
		{f.clientToken("AgentIdentity.Create.All"), "GET", agents, "", 403, "Authorization_RequestDenied"},
		{f.clientToken("User.Read.All"), "GET", "/v1.0/users", "", 200, ""},
		{f.clientToken("User.Read.All"), "GET", "/v1.0/me", "", 400, "BadRequest"},
	} {
		a := f.do(tt.method, tt.path, tt.token, tt.body)
		if a.status != tt.status || a.code() != tt.code {
			t.Errorf("row %d: %s %s = %d %s, want %d %s", i, tt.method, tt.path, a.status, a.raw, tt.status, tt.code)
		}
	}
}

// TestGraphDelegatedSwitch: with the knob off people cannot create identities, their blueprints can.
func TestGraphDelegatedSwitch(t *testing.T) {
	f := newGraph(t)
	f.knobs(func(k *knobs) { k.DelegatedCreate = false })
	body := agentBody("n", seedID("app invoice-helper"))
	if a := f.do("POST", agents, f.admin(), body); a.status != 403 || a.message() != "This operation cannot be performed for the specified calling identity type." {
		t.Errorf("delegated = %d %s", a.status, a.raw)
	}
	f.must(201, "POST", agents, f.appToken(seedID("principal invoice-helper"), seedID("app invoice-helper"), createAsManager), body)
}

// TestGraphLimits: 250 identities a blueprint for every caller, 250 blueprints for app-only ones.
func TestGraphLimits(t *testing.T) {
	f := newGraph(t)
	seedAgents(f, 249, seedID("app invoice-helper")) // one is in the seed
	for _, token := range []string{f.admin(), f.appToken(seedID("principal invoice-helper"), seedID("app invoice-helper"), createAsManager)} {
		a := f.do("POST", agents, token, agentBody("one too many", seedID("app invoice-helper")))
		if a.status != 403 || a.code() != "AgentIdentity_LimitExceeded" {
			t.Errorf("identity 251 = %d %s", a.status, a.raw)
		}
	}
	// A deleted identity holds its place until it is purged.
	f.must(204, "DELETE", agents+"/"+seedID("agent invoice-helper-01"), f.admin(), "")
	if a := f.do("POST", agents, f.admin(), agentBody("still too many", seedID("app invoice-helper"))); a.code() != "AgentIdentity_LimitExceeded" {
		t.Errorf("after a deletion = %d %s", a.status, a.raw)
	}
	err := f.s.tenant.write(t.Context(), func(tx *txn) error {
		for i := range maxAppOnlyBlueprints {
			tx.put(&application{meta: meta{ID: newID()}, AppID: newID(), Blueprint: true, DisplayName: fmt.Sprint(i), CreatedAppOnly: true})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"displayName":"x","sponsors@odata.bind":["` + userLink("sponsor") + `"]}`
	if a := f.do("POST", blueprints, f.clientToken("AgentIdentityBlueprint.Create"), body); a.status != 403 || a.code() != "AgentBlueprint_LimitExceeded" {
		t.Errorf("app-only blueprint 251 = %d %s", a.status, a.raw)
	}
	f.must(201, "POST", blueprints, f.admin(), body)
}

// seedAgents puts n agent identities into the tenant at once.
func seedAgents(f *graphFixture, n int, appID string) {
	f.t.Helper()
	err := f.s.tenant.write(f.t.Context(), func(tx *txn) error {
		for i := range n {
			tx.put(&servicePrincipal{
				meta: meta{ID: newID()}, Type: agentIdentity, BlueprintAppID: appID, DisplayName: fmt.Sprintf("Seeded agent %05d", (i*7919)%n),
				AccountEnabled: i%2 == 0, SponsorIDs: []string{seedID("user sponsor")},
			})
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}
