package sandbox

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphMe: the person and the roles behind a delegated token.
func TestGraphMe(t *testing.T) {
	f := newGraph(t)
	dev := f.personToken("agent-dev", "User.Read")
	me := f.must(200, "GET", "/v1.0/me", dev, "")
	if me.text("id") != seedID("user agent-dev") || me.text("userPrincipalName") != "agent-dev@"+tenantDomain {
		t.Errorf("me %s", me.raw)
	}
	if _, ok := me.body["accountEnabled"]; ok {
		t.Error("me shows accountEnabled without $select")
	}
	if got := f.must(200, "GET", "/v1.0/me?$select=id,accountEnabled", dev, "").body["accountEnabled"]; got != true {
		t.Errorf("accountEnabled %v", got)
	}
	for _, path := range []string{
		"/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=roleTemplateId,displayName", "/beta/me/transitivememberof/Microsoft.Graph.DirectoryRole",
		"/v1.0/me/memberOf/graph.directoryRole",
	} {
		if diff := cmp.Diff([]string{roleAgentIDDeveloper}, f.must(200, "GET", path, dev, "").column("roleTemplateId")); diff != "" {
			t.Errorf("GET %s (-want +got):\n%s", path, diff)
		}
	}
	if got := f.must(200, "GET", "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole", f.personToken("user", "User.Read"), "").values(); len(got) != 0 {
		t.Errorf("roles of a person without one: %v", got)
	}
	mixed := f.must(200, "GET", "/v1.0/me/transitiveMemberOf", f.personToken("sponsor", "User.Read"), "")
	if diff := cmp.Diff([]string{"#microsoft.graph.group", "#microsoft.graph.group", "#microsoft.graph.group"}, mixed.column("@odata.type")); diff != "" {
		t.Errorf("memberships (-want +got):\n%s", diff)
	}
}

// TestGraphRoleByGroup: a role held through a role-assignable group counts, here and for authority.
func TestGraphRoleByGroup(t *testing.T) {
	f := newGraph(t)
	person := f.personToken("user", allScopes()...)
	body := `{"displayName":"x","sponsors@odata.bind":["` + userLink("sponsor") + `"]}`
	f.must(403, "POST", blueprints, person, body)
	err := f.s.tenant.write(t.Context(), func(tx *txn) error {
		g := clone(tx.groups.get(seedID("group role-assignable")))
		g.MemberIDs = []string{seedID("user user")}
		tx.put(g)
		r := clone(tx.roles.get(seedID("role " + roleAgentIDAdministrator)))
		r.MemberIDs = append([]string{g.ID}, r.MemberIDs...)
		tx.put(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.must(201, "POST", blueprints, person, body)
	got := f.must(200, "GET", "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole", person, "").column("roleTemplateId")
	if diff := cmp.Diff([]string{roleAgentIDAdministrator}, got); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

// TestGraphPeople: the searches of the people picker, the tenant, groups and look-up by ids.
func TestGraphPeople(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("user", "User.Read", "User.ReadBasic.All", "GroupMember.Read.All", "Application.Read.All")
	search := "?$count=true&$top=15&$select=id,displayName,userPrincipalName,mail,userType,identityParentId&$filter=accountEnabled%20eq%20true&$search="
	found := f.must(200, "GET", "/v1.0/users"+search+url.QueryEscape(`"displayName:ama" OR "mail:ama"`), token, "", "ConsistencyLevel", "eventual")
	if diff := cmp.Diff([]string{"Amara Osei"}, found.column("displayName")); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if got := found.body["@odata.count"]; got != 1.0 {
		t.Errorf("count %v", got)
	}
	teams := f.must(200, "GET", "/v1.0/groups?$count=true&$search="+url.QueryEscape(`"displayName:finance"`), token, "", "ConsistencyLevel", "eventual")
	if diff := cmp.Diff([]string{"Finance readers", "Finance team"}, teams.column("displayName")); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	dynamic := f.must(200, "GET", "/v1.0/groups/"+seedID("group dynamic"), token, "")
	if dynamic.text("membershipRule") == "" || !strings.Contains(dynamic.raw, "DynamicMembership") {
		t.Errorf("dynamic group %s", dynamic.raw)
	}
	if got := f.must(200, "GET", "/v1.0/groups/"+seedID("group unified")+"/members", token, "").values(); len(got) != 2 {
		t.Errorf("members %v", got)
	}
	tenant := f.must(200, "GET", "/v1.0/organization?$select=id,displayName,verifiedDomains", token, "").values()
	if len(tenant) != 1 || tenant[0]["id"] != tenantID || len(tenant[0]) != 3 {
		t.Errorf("organization %v", tenant)
	}
	ids := []string{seedID("user user"), seedID("group unified"), seedID("agent invoice-helper-01"), seedID("principal invoice-helper"), newID(), seedID("user user")}
	named := f.must(200, "POST", "/v1.0/directoryObjects/getByIds", token, quoted(map[string]any{"ids": ids}))
	want := []string{"#microsoft.graph.user", "#microsoft.graph.group", "#microsoft.graph.agentIdentity", "#microsoft.graph.agentIdentityBlueprintPrincipal"}
	if diff := cmp.Diff(want, named.column("@odata.type")); diff != "" {
		t.Errorf("getByIds (-want +got):\n%s", diff)
	}
	only := f.must(200, "POST", "/v1.0/directoryObjects/getByIds", token, quoted(map[string]any{"ids": ids, "types": []string{"servicePrincipal"}}))
	if got := only.values(); len(got) != 2 {
		t.Errorf("getByIds of service principals: %v", got)
	}
	graph := f.must(200, "GET", "/v1.0/servicePrincipals(appId='"+graphAppID+"')?$select=id,appRoles,oauth2PermissionScopes", token, "")
	if roles, _ := graph.body["appRoles"].([]any); len(roles) < 100 {
		t.Errorf("Graph has %d app roles", len(roles))
	}
	grants := f.must(200, "GET", "/v1.0/oauth2PermissionGrants?$filter="+url.QueryEscape("clientId eq '"+seedID("principal portal")+"'"), f.personToken("global-admin", "Directory.Read.All"), "")
	if len(grants.values()) != 1 {
		t.Errorf("grants of the portal %s", grants.raw)
	}
}
