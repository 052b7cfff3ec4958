package sandbox

import (
	"crypto/sha1" //nolint:gosec // the directory names certificates by their SHA-1 thumbprint
	"fmt"
	"slices"
	"strings"
	"testing"
)

func objectLink(kind, name string) string {
	return "https://graph.microsoft.com/v1.0/" + kind + "/" + seedID(name)
}

func bodyWith(name, relation string, links ...string) string {
	return quoted(map[string]any{"displayName": name, relation + "@odata.bind": links})
}

// TestGraphSponsors is the table of who can answer for a blueprint.
func TestGraphSponsors(t *testing.T) {
	f := newGraph(t)
	admin := f.admin()
	agentUser := newID()
	err := f.s.tenant.write(t.Context(), func(tx *txn) error {
		tx.put(&user{meta: meta{ID: agentUser}, UserPrincipalName: "agent@" + tenantDomain, IdentityParentID: seedID("agent invoice-helper-01")})
		for i := range maxSponsorGroups + 1 {
			tx.put(&group{meta: meta{ID: seedID(fmt.Sprint("g", i))}, DisplayName: "g", GroupTypes: []string{"Unified"}})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	groups := func(n int) []string {
		var out []string
		for i := range n {
			out = append(out, objectLink("groups", fmt.Sprint("g", i)))
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		links  []string
		status int
		says   string
	}{
		{"a user", []string{objectLink("users", "user sponsor")}, 201, ""},
		{"a user by UPN", []string{"https://graph.microsoft.com/v1.0/users/sponsor@" + tenantDomain}, 201, ""},
		{"a user of beta", []string{strings.Replace(objectLink("users", "user sponsor"), "v1.0", "beta", 1)}, 201, ""},
		{"a user as directory object", []string{objectLink("directoryObjects", "user sponsor")}, 201, ""},
		{"a relative address", []string{"users/" + seedID("user sponsor")}, 201, ""},
		{"this sandbox", []string{f.url + "/v1.0/users/" + seedID("user sponsor")}, 201, ""},
		{"a Microsoft 365 group", []string{objectLink("groups", "group unified")}, 201, ""},
		{"a dynamic group", []string{objectLink("groups", "group dynamic")}, 201, ""},
		{"five groups", groups(5), 201, ""},
		{"six groups", groups(6), 400, "limit of 5"},
		{"nobody", nil, 400, noSponsor},
		{"a security group", []string{objectLink("groups", "group security")}, 400, "cannot be a sponsor"},
		{"a role-assignable group", []string{objectLink("groups", "group role-assignable")}, 400, "cannot be a sponsor"},
		{"a service principal", []string{objectLink("servicePrincipals", "principal client")}, 400, "cannot be a sponsor"},
		{"an agent user", []string{"https://graph.microsoft.com/v1.0/users/" + agentUser}, 400, "cannot be a sponsor"},
		{"somebody twice", []string{objectLink("users", "user sponsor"), objectLink("users", "user sponsor")}, 400, "already exist"},
		{"nobody known", []string{"https://graph.microsoft.com/v1.0/users/" + newID()}, 404, "does not exist"},
		{"a group as user", []string{objectLink("users", "group unified")}, 404, "does not exist"},
		{"another site", []string{"https://example.com/v1.0/users/" + seedID("user sponsor")}, 400, "Invalid entity reference"},
		{"a collection", []string{"https://graph.microsoft.com/v1.0/users"}, 400, "Invalid entity reference"},
		{"no address", []string{"::"}, 400, "Invalid entity reference"},
	} {
		a := f.do("POST", blueprints, admin, bodyWith("x", "sponsors", tt.links...))
		if a.status != tt.status || !strings.Contains(a.message(), tt.says) {
			t.Errorf("%s = %d %s, want %d %q", tt.name, a.status, a.raw, tt.status, tt.says)
		}
	}
}

// TestGraphOwnNames: a developer becomes owner, and sponsor when naming nobody; an administrator
// becomes neither.
func TestGraphOwnNames(t *testing.T) {
	f := newGraph(t)
	dev, me := f.personToken("agent-dev", allScopes()...), seedID("user agent-dev")
	made := f.must(201, "POST", blueprints, dev, `{"displayName":"Mine"}`)
	for _, relation := range []string{"owners", "sponsors"} {
		if got := f.must(200, "GET", blueprints+"/"+made.text("id")+"/"+relation, dev, "").column("id"); !slices.Equal(got, []string{me}) {
			t.Errorf("%s of the developer's blueprint: %v", relation, got)
		}
	}
	id, _ := f.newBlueprint(f.admin(), "Theirs")
	if got := f.must(200, "GET", blueprints+"/"+id+"/owners", f.admin(), "").column("id"); len(got) != 0 {
		t.Errorf("owners of the administrator's blueprint: %v", got)
	}
	if a := f.do("POST", blueprints, f.admin(), `{"displayName":"x"}`); a.code() != "Request_BadRequest" || a.message() != noSponsor {
		t.Errorf("no sponsor = %d %s", a.status, a.raw)
	}
}

// TestGraphReferences adds and removes owners and sponsors of all three agent types.
func TestGraphReferences(t *testing.T) {
	f := newGraph(t)
	admin := f.admin()
	for _, holder := range []string{
		"/v1.0/applications/" + seedID("application invoice-helper") + "/microsoft.graph.agentIdentityBlueprint",
		agents + "/" + seedID("agent invoice-helper-01"),
		principals + "/" + seedID("principal invoice-helper"),
	} {
		for _, relation := range []string{"owners", "sponsors"} {
			path, ref := holder+"/"+relation, `{"@odata.id":"`+objectLink("directoryObjects", "user user")+`"}`
			f.must(204, "POST", path+"/$ref", admin, ref)
			if a := f.do("POST", path+"/$ref", admin, ref); a.status != 400 || !strings.Contains(a.message(), "already exist") {
				t.Errorf("a second %s = %d %s", path, a.status, a.raw)
			}
			got := f.must(200, "GET", path+"?$select=id,displayName", admin, "")
			if !slices.Contains(got.column("id"), seedID("user user")) || !slices.Contains(got.column("@odata.type"), "#microsoft.graph.user") {
				t.Errorf("GET %s: %s", path, got.raw)
			}
			expanded := f.must(200, "GET", holder+"?$expand="+relation+"($select=id)", admin, "")
			if list, _ := expanded.body[relation].([]any); len(list) != 2 {
				t.Errorf("GET %s expanded: %s", holder, expanded.raw)
			}
			f.must(204, "DELETE", path+"/"+seedID("user user")+"/$ref", admin, "")
			f.must(404, "DELETE", path+"/"+seedID("user user")+"/$ref", admin, "")
			f.must(400, "POST", path+"/$ref", admin, `{}`)
			f.must(400, "POST", path+"/$ref", admin, `{"@odata.id":7}`)
			f.must(405, "DELETE", path, admin, "")
		}
		f.must(400, "POST", holder+"/owners/$ref", admin, `{"@odata.id":"`+objectLink("groups", "group unified")+`"}`)
	}
	f.must(403, "POST", "/v1.0/applications/"+seedID("application client")+"/owners/$ref", admin, `{"@odata.id":"`+userLink("user")+`"}`)
}

// TestGraphCodes provokes each agent code and the general refusals of bodies.
func TestGraphCodes(t *testing.T) {
	f := newGraph(t)
	admin, own := f.admin(), seedID("app invoice-helper")
	blueprint, agent := "/v1.0/applications/"+seedID("application invoice-helper"), agents+"/"+seedID("agent invoice-helper-01")
	principal := "/v1.0/servicePrincipals/" + seedID("principal invoice-helper")
	_, lonelyApp := f.newBlueprint(admin, "No principal")
	with := func(extra string) string {
		return `{"displayName":"x","sponsors@odata.bind":["` + userLink("sponsor") + `"],` + extra + `}`
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", agents, agentBody("n", lonelyApp), 400, "AgentIdentity_AgentBlueprintPrincipalDoesNotExist"},
		{"POST", agents, agentBody("n", newID()), 400, "AgentIdentity_AgentBlueprintPrincipalDoesNotExist"},
		{"POST", agents, agentBody("n", seedID("app client")), 400, "AgentIdentity_IncompatibleParentType"},
		{"POST", agents, agentBody("n", graphAppID), 400, "AgentIdentity_IncompatibleParentType"},
		{"POST", agents, agentBody("", own), 400, "Request_BadRequest"},
		{"POST", agents, agentBody(strings.Repeat("n", 257), own), 400, "Request_BadRequest"},
		{"POST", agents, `{"displayName":"n"}`, 400, "Request_BadRequest"},
		{"POST", agents, with(`"agentIdentityBlueprintId":"` + own + `","passwordCredentials":[]`), 400, "AgentIdentity_CredentialsNotSupported"},
		{"POST", agents, with(`"agentIdentityBlueprintId":"` + own + `","nonsense":1`), 400, "Request_BadRequest"},
		{"PATCH", agent, `{"keyCredentials":[]}`, 400, "AgentIdentity_CredentialsNotSupported"},
		{"PATCH", agent, `{"agentIdentityBlueprintId":"` + lonelyApp + `"}`, 400, "Request_BadRequest"},
		{"PATCH", agent, `{"accountEnabled":"yes"}`, 400, "Request_BadRequest"},
		{"PATCH", agent, `{"displayName":null}`, 400, "Request_BadRequest"},
		{"POST", agent + "/addPassword", `{}`, 400, "AgentIdentity_CredentialsNotSupported"},
		{"POST", principals, `{"appId":"` + seedID("app client") + `"}`, 400, "AgentBlueprintPrincipal_RequireAgentBlueprint"},
		{"POST", principals, `{"appId":"` + own + `"}`, 409, "Request_MultipleObjectsWithSameKeyValue"},
		{"POST", principals, `{"appId":"` + newID() + `"}`, 400, "Request_BadRequest"},
		{"POST", principals, `{}`, 400, "Request_BadRequest"},
		{"PATCH", principal, `{"passwordCredentials":[]}`, 400, "AgentBlueprintPrincipal_IncompatibleProperty"},
		{"PATCH", principal, `{"agentIdentityBlueprintId":"x"}`, 400, "AgentBlueprintPrincipal_AgentIdentity_IncompatibleProperty"},
		{"PATCH", principal, `{"appId":"` + lonelyApp + `"}`, 400, "Request_BadRequest"},
		{"POST", principal + "/addPassword", `{}`, 400, "AgentBlueprintPrincipal_IncompatibleProperty"},
		{"POST", blueprints, with(`"spa":{"redirectUris":[]}`), 400, "AgentBlueprint_IncompatibleProperty"},
		{"POST", blueprints, with(`"":1`), 400, "AgentBlueprint_IncompatibleProperty_NullPropertyName"},
		{"POST", blueprints, with(`"nonsense":1`), 400, "Request_BadRequest"},
		{"POST", blueprints, with(`"tags":"one"`), 400, "Request_BadRequest"},
		{"POST", blueprints, with(`"appId":"` + newID() + `"`), 400, "Request_BadRequest"},
		{"POST", blueprints, with(`"signInAudience":"Everybody"`), 400, "Request_BadRequest"},
		{"POST", blueprints, with(`"@odata.type":"#microsoft.graph.nothing"`), 400, "Request_BadRequest"},
		{"POST", blueprints, with(`"@odata.type":"#microsoft.graph.user"`), 400, "Request_BadRequest"},
		{"POST", blueprints, strings.Replace(with(`"tags":[]`), `"x"`, `"`+strings.Repeat("é", 300)+`"`, 1), 400, "Request_BadRequest"},
		{"POST", blueprints, strings.Replace(with(`"tags":[]`), `"x"`, `"  "`, 1), 400, "Request_BadRequest"},
		{"POST", "/v1.0/applications", with(`"tags":[]`), 403, "Authorization_RequestDenied"},
		{"PATCH", blueprint, `{"identifierUris":["no colon"]}`, 400, "Request_BadRequest"},
		{"PATCH", blueprint, `{"api":{"oauth2PermissionScopes":[{"id":"x"}]}}`, 400, "Request_BadRequest"},
		{"POST", blueprint + "/addPassword", `{"passwordCredential":{"endDateTime":"2020-01-01T00:00:00Z"}}`, 400, "Request_BadRequest"},
		{"POST", blueprint + "/addPassword", `{"passwordCredential":{"endDateTime":"soon"}}`, 400, "Request_BadRequest"},
		{"POST", blueprint + "/addPassword", `{"passwordCredential":7}`, 400, "Request_BadRequest"},
		{"POST", blueprint + "/removePassword", `{"keyId":"` + newID() + `"}`, 400, "Request_BadRequest"},
		{"POST", "/v1.0/directoryObjects/getByIds", `{}`, 400, "Request_BadRequest"},
		{"POST", "/v1.0/directoryObjects/getByIds", `{"ids":["x"]}`, 400, "Request_BadRequest"},
		{"GET", "/v1.0/users/nobody@nowhere", "", 404, "Request_ResourceNotFound"},
	} {
		a := f.do(tt.method, tt.path, admin, tt.body)
		if a.status != tt.status || a.code() != tt.code {
			t.Errorf("%s %s %.80s = %d %s, want %d %s", tt.method, tt.path, tt.body, a.status, a.raw, tt.status, tt.code)
		}
	}
}

// TestGraphBothCreateStyles: the type by the address, or by the body on the plain collection.
func TestGraphBothCreateStyles(t *testing.T) {
	f := newGraph(t)
	for _, tt := range []struct{ path, kind string }{
		{blueprints, ""},
		{"/beta/applications/graph.agentIdentityBlueprint", ""},
		{"/v1.0/applications", "#microsoft.graph.agentIdentityBlueprint"},
		{"/v1.0/applications/", "Microsoft.Graph.AgentIdentityBlueprint"},
		{blueprints, "Microsoft.Graph.AgentIdentityBlueprint"},
	} {
		body := map[string]any{"displayName": "x", "sponsors@odata.bind": []string{userLink("sponsor")}}
		if tt.kind != "" {
			body["@odata.type"] = tt.kind
		}
		f.must(201, "POST", tt.path, f.admin(), quoted(body), "OData-Version", "4.0")
	}
	_, appID := f.newBlueprint(f.admin(), "y")
	f.must(201, "POST", "/v1.0/servicePrincipals", f.admin(), `{"@odata.type":"#microsoft.graph.agentIdentityBlueprintPrincipal","appId":"`+appID+`"}`)
	f.must(201, "POST", "/beta/serviceprincipals", f.admin(), strings.Replace(agentBody("n", appID), "{", `{"@odata.type":"Microsoft.Graph.AgentIdentity",`, 1))
}

// TestGraphRemovePassword: a secret that was removed is gone, the others stay.
func TestGraphRemovePassword(t *testing.T) {
	f := newGraph(t)
	blueprint := "/v1.0/applications/" + seedID("application invoice-helper")
	made := f.must(200, "POST", blueprint+"/microsoft.graph.agentIdentityBlueprint/addPassword", f.admin(), `{}`)
	keys := func() (ids []string) {
		list, _ := f.must(200, "GET", blueprint+"?$select=passwordCredentials", f.admin(), "").body["passwordCredentials"].([]any)
		for _, c := range list {
			ids = append(ids, c.(map[string]any)["keyId"].(string))
		}
		return ids
	}
	if got := keys(); len(got) != 2 || got[1] != made.text("keyId") {
		t.Errorf("keys %v", got)
	}
	f.must(204, "POST", blueprint+"/removePassword", f.admin(), `{"keyId":"`+made.text("keyId")+`"}`)
	if got := keys(); len(got) != 1 {
		t.Errorf("keys after removal %v", got)
	}
}

// TestGraphCertificates: PATCH takes the first certificate, keeps one that is named by its keyId, and
// refuses what is no certificate.
func TestGraphCertificates(t *testing.T) {
	f := newGraph(t)
	blueprint := "/v1.0/applications/" + seedID("application invoice-helper")
	keys := func() []any {
		list, _ := f.must(200, "GET", blueprint, f.admin(), "").body["keyCredentials"].([]any)
		return list
	}
	key, err := f.s.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": key.cert, "displayName": "first"}
	f.must(204, "PATCH", blueprint, f.admin(), quoted(map[string]any{"keyCredentials": []any{sent}}))
	got := keys()
	if len(got) != 1 || got[0].(map[string]any)["displayName"] != "first" || got[0].(map[string]any)["key"] != nil {
		t.Fatalf("keys %v", got)
	}
	if got := got[0].(map[string]any)["customKeyIdentifier"]; got != fmt.Sprintf("%X", sha1.Sum(key.cert)) {
		t.Errorf("the certificate is called %v, not by its thumbprint", got)
	}
	f.must(204, "PATCH", blueprint, f.admin(), quoted(map[string]any{"keyCredentials": []any{map[string]any{"keyId": got[0].(map[string]any)["keyId"]}}}))
	if got := keys(); len(got) != 1 {
		t.Errorf("the certificate named by its keyId is gone: %v", got)
	}
	sent["key"] = []byte("no certificate")
	f.must(400, "PATCH", blueprint, f.admin(), quoted(map[string]any{"keyCredentials": []any{sent}}))
	f.must(204, "PATCH", blueprint, f.admin(), `{"keyCredentials":[]}`)
	if got := keys(); len(got) != 0 {
		t.Errorf("keys after removal %v", got)
	}
}
