package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphMemberships: direct and transitive, of agents and people, through $ref writes.
func TestGraphMemberships(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("global-admin", append(allScopes(), "GroupMember.ReadWrite.All", "User.Read.All", "Directory.Read.All")...)
	agent, person, agentUser := seedID("agent invoice-helper-01"), seedID("user user"), seedID("agent user invoice-helper-01")
	security, unified := seedID("group security"), seedID("group unified")
	ref := func(id string) string {
		return quoted(map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + id})
	}
	members := func(group string) string { return "/v1.0/groups/" + group + "/members/" }
	for _, tt := range []struct {
		group, member string
		status        int
	}{
		{security, agent, 204},
		{security, agent, 400}, // twice
		{security, agentUser, 204},
		{security, unified, 204},
		{unified, person, 204},
		{unified, agent, 400},
		{unified, security, 400},
		{seedID("group dynamic"), person, 400},
		{newID(), person, 404},
		{"{" + security + "}", person, 400},
	} {
		f.must(tt.status, "POST", members(tt.group)+"$ref", token, ref(tt.member))
	}
	f.must(403, "POST", members(security)+"$ref", f.personToken("user", "GroupMember.ReadWrite.All"), ref(person))
	for path, want := range map[string][]string{
		"/v1.0/servicePrincipals/" + agent + "/memberOf":                                                 {security},
		"/v1.0/users/" + person + "/memberOf":                                                            {unified},
		"/v1.0/users/" + person + "/transitiveMemberOf/microsoft.graph.group":                            {security, unified},
		"/v1.0/users/" + agentUser + "/transitiveMemberOf":                                               {security},
		"/v1.0/groups/" + unified + "/memberOf":                                                          {security},
		"/v1.0/groups/" + security + "/members/microsoft.graph.servicePrincipal":                         {agent},
		"/v1.0/users/" + seedID("user agent-dev") + "/ownedObjects/microsoft.graph.agentIdentity?$top=1": {agent},
	} {
		got := f.must(200, "GET", path, token, "").column("id")
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	f.must(204, "DELETE", members(security)+agent+"/$ref", token, "")
	f.must(404, "DELETE", members(security)+agent+"/$ref", token, "")
	created := f.must(200, "GET", "/v1.0/servicePrincipals/"+seedID("principal invoice-helper")+"/createdObjects", token, "").column("id")
	if !slices.Contains(created, agent) {
		t.Errorf("created objects %v", created)
	}
	blueprint := f.must(200, "GET", blueprints+"/"+seedID("application invoice-helper")+"?$select=id&$expand=owners($select=id),federatedIdentityCredentials", token, "")
	if owners, _ := blueprint.body["owners"].([]any); len(owners) != 1 {
		t.Errorf("expanded: %s", blueprint.raw)
	}
}

// TestGraphCount: the number alone, as text, for lists and their filters.
func TestGraphCount(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("global-admin", append(allScopes(), "Directory.Read.All")...)
	number := func(path string) string {
		t.Helper()
		a := f.must(200, "GET", path, token, "", "ConsistencyLevel", "eventual")
		if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%s: content type %s", path, kind)
		}
		return a.raw
	}
	var all int
	_ = f.s.tenant.read(func(st *state) error {
		all = st.principals.len()
		return nil
	})
	own := seedID("app invoice-helper")
	for path, want := range map[string]string{
		"/v1.0/servicePrincipals/$count":                                                   fmt.Sprint(all),
		agents + "/$count?$filter=agentIdentityBlueprintId%20eq%20'" + own + "'":           "1",
		"/v1.0/users/$count?$filter=userPrincipalName%20ne%20'x'%20and%20mail%20eq%20null": "0",
		"/v1.0/groups/" + seedID("group unified") + "/members/$count":                      "2",
		"/v1.0/applications/" + seedID("application invoice-helper") + "/owners/$count":    "1",
		"/v1.0/directory/deletedItems/microsoft.graph.application/$count":                  "0",
	} {
		if got := number(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	f.must(400, "GET", "/v1.0/users/$count", token, "")
	for _, path := range []string{"/v1.0/me/$count", "/v1.0/users/" + seedID("user user") + "/$count", "/v1.0/organization/$count", "/v1.0/nothing/$count"} {
		f.must(400, "GET", path, token, "", "ConsistencyLevel", "eventual")
	}
}

// TestGraphDomains: one verified domain, for the names of agent users.
func TestGraphDomains(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("global-admin", "Domain.Read.All")
	list := f.must(200, "GET", "/v1.0/domains", token, "")
	if v := list.values(); len(v) != 1 || v[0]["id"] != tenantDomain || v[0]["isVerified"] != true {
		t.Errorf("domains: %s", list.raw)
	}
	f.must(200, "GET", "/v1.0/domains/"+tenantDomain, token, "")
	f.must(404, "GET", "/v1.0/domains/contoso.example", token, "")
	f.must(403, "GET", "/v1.0/domains", f.personToken("user", "User.Read"), "")
}

// TestGraphRequiredAccess: 50 resources and 400 permissions, no more.
func TestGraphRequiredAccess(t *testing.T) {
	f := newGraph(t)
	id, _ := f.newBlueprint(f.admin(), "Wanting")
	body := func(resources, each int) string {
		var list []any
		for range resources {
			var access []any
			for range each {
				access = append(access, map[string]any{"id": newID(), "type": "Role"})
			}
			list = append(list, map[string]any{"resourceAppId": newID(), "resourceAccess": access})
		}
		return quoted(map[string]any{"requiredResourceAccess": list})
	}
	for _, tt := range []struct{ resources, each, status int }{{50, 8, 204}, {51, 1, 400}, {1, 401, 400}, {0, 0, 400}} {
		f.must(tt.status, "PATCH", "/v1.0/applications/"+id, f.admin(), body(tt.resources, tt.each))
	}
	f.must(400, "PATCH", "/v1.0/applications/"+id, f.admin(), `{"requiredResourceAccess":[{"resourceAppId":"x"}]}`)
}
