package sandbox

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newAgent makes a family with one agent identity and gives the blueprint's appId, its principal and
// the agent.
func (f *graphFixture) newAgent(name string) (appID, principalID, agentID string) {
	f.t.Helper()
	_, appID, principalID = f.newFamily(f.admin(), name)
	return appID, principalID, f.must(201, "POST", agents, f.admin(), agentBody(name+" 01", appID)).text("id")
}

// userBody is a good body of a new agent user; changes with nil take a property away.
func userBody(parent, alias string, changes map[string]any) string {
	body := map[string]any{
		"@odata.type": "#microsoft.graph.agentUser", "accountEnabled": true, "displayName": alias, "mailNickname": alias,
		"userPrincipalName": alias + "@" + tenantDomain, "identityParentId": parent,
	}
	maps.Copy(body, changes)
	for name, value := range body {
		if value == nil {
			delete(body, name)
		}
	}
	return quoted(body)
}

// userScopes are those of an administrator who writes agent users.
func (f *graphFixture) userAdmin() string {
	return f.personToken("agent-admin", append(allScopes(), "AgentIdUser.ReadWrite.All", "User.Read.All")...)
}

// TestGraphAgentUser walks an agent user through its life: made, found, changed both ways, deleted.
func TestGraphAgentUser(t *testing.T) {
	f := newGraph(t)
	token := f.userAdmin()
	for _, path := range []string{"/beta/users", "/v1.0/users", "/v1.0/users/microsoft.graph.agentUser"} {
		_, _, agent := f.newAgent("Clerk " + strings.ReplaceAll(path, "/", ""))
		alias := "clerk-" + agent[:8]
		made := f.must(201, "POST", path, token, userBody(agent, alias, map[string]any{"usageLocation": "se", "department": "Finance"}))
		id := made.text("id")
		if made.text("@odata.type") != "#microsoft.graph.agentUser" || made.header.Get("Location") == "" {
			t.Errorf("%s: %s", path, made.raw)
		}
		got := f.must(200, "GET", "/v1.0/users/"+alias+"@"+tenantDomain+"?$select=id,identityParentId,usageLocation,department,mailNickname,accountEnabled", token, "")
		want := map[string]any{"id": id, "identityParentId": agent, "usageLocation": "SE", "department": "Finance", "mailNickname": alias, "accountEnabled": true}
		for name, value := range want {
			if got.body[name] != value {
				t.Errorf("%s is %v, want %v", name, got.body[name], value)
			}
		}
		f.must(400, "POST", path, token, userBody(agent, alias+"2", nil)) // one each
		f.must(204, "PATCH", "/v1.0/users/"+id, token, `{"jobTitle":"Clerk"}`)
		cast := f.must(200, "PATCH", "/beta/users/microsoft.graph.agentUser/"+id, token, `{"@odata.type":"#microsoft.graph.agentUser","jobTitle":"Chief clerk"}`)
		if cast.text("jobTitle") != "Chief clerk" || cast.text("id") != id {
			t.Errorf("PATCH at the cast address: %s", cast.raw)
		}
		f.must(400, "PATCH", "/v1.0/users/"+id, token, `{"identityParentId":null}`)
		f.must(204, "DELETE", "/v1.0/users/"+id, token, "")
		f.must(404, "GET", "/v1.0/users/"+id, token, "")
	}
}

// TestGraphAgentUserRefused is the table of bad bodies.
func TestGraphAgentUserRefused(t *testing.T) {
	f := newGraph(t)
	_, principal, agent := f.newAgent("Refused")
	for name, tt := range map[string]struct {
		changes map[string]any
		message string
	}{
		"no type":               {map[string]any{"@odata.type": nil}, "Insufficient privileges"},
		"no enabled":            {map[string]any{"accountEnabled": nil}, "accountEnabled"},
		"no name":               {map[string]any{"displayName": nil}, "displayName"},
		"empty name":            {map[string]any{"displayName": " "}, "displayName"},
		"long name":             {map[string]any{"displayName": strings.Repeat("x", 257)}, "displayName"},
		"no nickname":           {map[string]any{"mailNickname": nil}, "mailNickname"},
		"long nickname":         {map[string]any{"mailNickname": strings.Repeat("x", 65)}, "mailNickname"},
		"no principal name":     {map[string]any{"userPrincipalName": nil}, "userPrincipalName"},
		"no domain":             {map[string]any{"userPrincipalName": "clerk"}, "userPrincipalName"},
		"another domain":        {map[string]any{"userPrincipalName": "clerk@contoso.example"}, "verified domain names"},
		"bad characters":        {map[string]any{"userPrincipalName": "cle rk@" + tenantDomain}, "userPrincipalName"},
		"a name that is taken":  {map[string]any{"userPrincipalName": "User@" + tenantDomain}, "already exists"},
		"a password":            {map[string]any{"passwordProfile": map[string]any{"password": "x"}}, "passwordProfile"},
		"no parent":             {map[string]any{"identityParentId": nil}, "identityParentId"},
		"a parent in braces":    {map[string]any{"identityParentId": "{" + agent + "}"}, "identityParentId"},
		"nobody's parent":       {map[string]any{"identityParentId": newID()}, "not found"},
		"a principal as parent": {map[string]any{"identityParentId": principal}, "identityParentId"},
		"long department":       {map[string]any{"department": strings.Repeat("x", 65)}, "department"},
		"a place of digits":     {map[string]any{"usageLocation": "12"}, "usageLocation"},
		"many mails":            {map[string]any{"otherMails": make([]string, 251)}, "otherMails"},
		"an unknown property":   {map[string]any{"wings": true}, "wings"},
	} {
		a := f.do("POST", "/v1.0/users", f.userAdmin(), userBody(agent, "clerk", tt.changes))
		if a.status != 400 && (a.status != 403 || name != "no type") || !strings.Contains(a.message(), tt.message) {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	f.must(201, "POST", "/v1.0/users", f.userAdmin(), userBody(agent, "cle'r.k-_!#^~9", map[string]any{"mailNickname": "clerk"}))
}

// TestGraphAgentUserRights: the wide permission, the one for a blueprint's own children, and people.
func TestGraphAgentUserRights(t *testing.T) {
	f := newGraph(t)
	appID, principalID, own := f.newAgent("Own")
	_, _, foreign := f.newAgent("Foreign")
	seeded := seedID("agent invoice-helper-01")
	f.must(204, "DELETE", "/v1.0/users/"+seedID("agent user invoice-helper-01"), f.userAdmin(), "")
	for name, tt := range map[string]struct {
		token, parent string
		want          int
	}{
		"the blueprint, its child":             {f.appToken(principalID, appID, identityParentedBy), own, 201},
		"the blueprint, another's child":       {f.appToken(principalID, appID, identityParentedBy), foreign, 403},
		"another app with that permission":     {f.clientToken(identityParentedBy), foreign, 403},
		"another app with the wide permission": {f.clientToken("AgentIdUser.ReadWrite.All"), foreign, 201},
		"an agent":                             {f.appToken(seeded, seeded, "AgentIdUser.ReadWrite.All"), seeded, 403},
		"an owner":                             {f.personToken("agent-dev", "AgentIdUser.ReadWrite.All"), seeded, 201},
		"an administrator without permission":  {f.admin(), own, 403},
		"the permission without a role":        {f.personToken("user", "AgentIdUser.ReadWrite.All"), own, 403},
	} {
		if a := f.do("POST", "/beta/users", tt.token, userBody(tt.parent, "a"+newID()[:8], nil)); a.status != tt.want {
			t.Errorf("%s: %d, want %d: %s", name, a.status, tt.want, a.raw)
		}
	}
}

// TestGraphManagerAndSponsors: both relations of an agent user, and who may stand in them.
func TestGraphManagerAndSponsors(t *testing.T) {
	f := newGraph(t)
	token, id := f.userAdmin(), seedID("agent user invoice-helper-01")
	path := "/beta/users/" + id
	ref := func(link string) string { return quoted(map[string]any{"@odata.id": link}) }
	f.must(404, "GET", path+"/manager", token, "")
	f.must(404, "DELETE", path+"/manager/$ref", token, "")
	f.must(400, "PUT", path+"/manager/$ref", token, ref("https://graph.microsoft.com/v1.0/users/"+id))
	f.must(400, "PUT", path+"/manager/$ref", token, ref("https://graph.microsoft.com/v1.0/groups/"+seedID("group unified")))
	f.must(400, "PUT", path+"/manager/$ref", token, `{}`)
	f.must(405, "POST", path+"/manager/$ref", token, ref(userLink("sponsor")))
	f.must(204, "PUT", path+"/manager/$ref", token, ref(userLink("sponsor")))
	if a := f.must(200, "GET", path+"/manager?$select=id,displayName", token, ""); a.text("id") != seedID("user sponsor") {
		t.Errorf("manager: %s", a.raw)
	}
	expanded := f.must(200, "GET", path+"?$select=id&$expand=manager($select=id),sponsors($select=id)", token, "")
	if m, _ := expanded.body["manager"].(map[string]any); m["id"] != seedID("user sponsor") {
		t.Errorf("expanded manager: %s", expanded.raw)
	}
	reports := f.must(200, "GET", "/v1.0/users/"+seedID("user sponsor")+"/directReports", token, "")
	if diff := cmp.Diff([]string{id}, reports.column("id")); diff != "" {
		t.Errorf("direct reports (-want +got):\n%s", diff)
	}
	f.must(204, "DELETE", path+"/manager/$ref", token, "")

	f.must(400, "POST", path+"/sponsors/$ref", token, ref(userLink("sponsor")))
	f.must(204, "POST", path+"/sponsors/$ref", token, ref(userLink("user")))
	f.must(204, "POST", path+"/sponsors/$ref", token, ref("https://graph.microsoft.com/v1.0/groups/"+seedID("group unified")))
	f.must(400, "POST", path+"/sponsors/$ref", token, ref("https://graph.microsoft.com/v1.0/groups/"+seedID("group security")))
	f.must(204, "DELETE", path+"/sponsors/"+seedID("user user")+"/$ref", token, "")
	f.must(404, "DELETE", path+"/sponsors/"+seedID("user user")+"/$ref", token, "")
	if got := f.must(200, "GET", path+"/sponsors", token, "").column("id"); len(got) != 2 {
		t.Errorf("sponsors %v, want 2", got)
	}
}

// TestGraphLicences: a place first, then a product there is, until there are no more.
func TestGraphLicences(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("global-admin", append(allScopes(), "LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "AgentIdUser.ReadWrite.All", "User.Read.All")...)
	path := "/v1.0/users/" + seedID("agent user invoice-helper-01")
	products := f.must(200, "GET", "/v1.0/subscribedSkus", token, "")
	if diff := cmp.Diff([]string{"ENTERPRISEPACK", "EXCHANGESTANDARD"}, products.column("skuPartNumber")); diff != "" {
		t.Fatalf("products (-want +got):\n%s", diff)
	}
	mail := products.column("skuId")[1]
	add := func(id string) string {
		return quoted(map[string]any{"addLicenses": []any{map[string]any{"skuId": id, "disabledPlans": []string{}}}, "removeLicenses": []string{}})
	}
	if a := f.must(400, "POST", path+"/assignLicense", token, add(mail)); !strings.Contains(a.message(), "usage location") {
		t.Errorf("without a place: %s", a.raw)
	}
	f.must(204, "PATCH", path, token, `{"usageLocation":"DE"}`)
	f.must(400, "POST", path+"/assignLicense", token, add(newID()))
	f.must(400, "POST", path+"/assignLicense", token, `{"addLicenses":[]}`)
	f.must(403, "POST", path+"/assignLicense", f.userAdmin(), add(mail))
	f.must(200, "POST", path+"/assignLicense", token, add(mail))
	details := f.must(200, "GET", path+"/licenseDetails", token, "")
	if diff := cmp.Diff([]string{mail}, details.column("skuId")); diff != "" {
		t.Errorf("licence details (-want +got):\n%s", diff)
	}
	if used := f.must(200, "GET", "/v1.0/subscribedSkus", token, "").values()[1]["consumedUnits"]; used != 1.0 {
		t.Errorf("consumed units %v, want 1", used)
	}
	for i, want := range []int{200, 400} { // the product has two units
		other := "/v1.0/users/" + seedID([]string{"user user", "user sponsor"}[i])
		f.must(204, "PATCH", other, token, `{"usageLocation":"DE"}`)
		f.must(want, "POST", other+"/assignLicense", token, add(mail))
	}
	remove := quoted(map[string]any{"addLicenses": []any{}, "removeLicenses": []string{mail}})
	f.must(200, "POST", path+"/assignLicense", token, remove)
	f.must(400, "POST", path+"/assignLicense", token, remove)
}
