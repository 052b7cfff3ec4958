package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestGraphNeverFails sends 8,000 seeded mixtures of methods, paths, queries, headers and bodies: each
// gets an answer of Graph, none a 500, and every refusal has a code.
func TestGraphNeverFails(t *testing.T) {
	f := newGraph(t)
	r := rand.New(rand.NewPCG(3, 4))
	tokens := []string{f.admin(), f.admin(), f.admin(), f.admin(), f.admin(), f.personToken("auditor", allScopes()...), f.grantAdmin(), f.binAdmin(), f.userAdmin(), f.appToken(seedID("principal invoice-helper"), seedID("app invoice-helper"), createAsManager), "e30.e30.e30", ""}
	ids := []string{
		seedID("application invoice-helper"), seedID("app invoice-helper"), seedID("principal invoice-helper"), seedID("agent invoice-helper-01"),
		seedID("user sponsor"), graphAppID, "x", "%00", "%2F", "..", "(", "'", "%27%27", strings.Repeat("a", 2000),
	}
	roots := []string{"applications", "servicePrincipals", "users", "groups", "me", "organization", "directoryObjects", "directoryRoles", "oauth2PermissionGrants", "$batch", "nothing", "directory/deletedItems", "domains", "subscribedSkus"}
	casts := []string{"", "", "", "", "", "", "", "", "/microsoft.graph.agentIdentity", "/graph.agentIdentityBlueprint", "/Microsoft.Graph.AgentIdentityBlueprintPrincipal", "/microsoft.graph.user", "/microsoft.graph.nothing"}
	navs := []string{
		"", "", "", "/owners", "/sponsors", "/owners/$ref", "/addPassword", "/removePassword", "/appRoleAssignments", "/getByIds", "/transitiveMemberOf", "/$count",
		"/federatedIdentityCredentials", "/federatedIdentityCredentials/x", "/federatedIdentityCredentials(name='x')", "/inheritablePermissions", "/inheritablePermissions/" + graphAppID,
		"/manager", "/manager/$ref", "/members/$ref", "/restore", "/addKey", "/removeKey", "/assignLicense", "/inheritedAppRoleAssignments", "/memberOf/$count", "/licenseDetails",
		"/appRoleAssignedTo", "/members(", "/owners(x='", "/ownedObjects/microsoft.graph.user",
	}
	queries := []string{
		"", "", "", "", "", "", "", "", "", "", "", "", "$top=1", "$filter=tags/any(t:t%20eq%20'x')", "$filter='", "$search=%22displayName:a%22", "$expand=owners($select=id;$top=1)",
		"$select=id,x", "$orderby=displayName%20desc", "$skiptoken=AAAA", "$count=true&$filter=not(startswith(displayName,'a'))", "%", "a=b;c", "$filter=" + strings.Repeat("(", 3000),
	}
	bodies := []string{
		"", "{}", "[]", "null", "7", `{"`, `{"displayName":7}`, `{"displayName":"x","sponsors@odata.bind":[7]}`, `{"@odata.id":"x"}`, `{"@odata.type":7}`,
		`{"requests":[{"id":"1","method":"GET","url":"/me"}]}`, `{"ids":[]}`, `{"ids":[null]}`, `{"keyId":null}`, `{"passwordCredential":null}`, `{"":{}}`,
		agentBody("x", seedID("app invoice-helper")), bodyWith("x", "sponsors", userLink("sponsor")), `{"accountEnabled":null}`, `{"tags":null}`, `{"api":null}`, "\xff\xfe",
		federatedBody("x", "y"), `{"name":"x","audiences":{}}`, `{"resourceAppId":"` + graphAppID + `","inheritableScopes":[]}`, `{"resourceAppId":"{` + graphAppID + `}"}`,
		userBody(seedID("agent invoice-helper-01"), "x", nil), `{"userPrincipalName":"@","identityParentId":7}`, `{"addLicenses":[{}],"removeLicenses":[null]}`, `{"keyId":"x","proof":"a.b.c"}`,
		`{"principalId":"x","resourceId":null,"appRoleId":{}}`, `{"clientId":"` + graphAppID + `","consentType":7}`, `{"scope":["a"]}`, `{"requiredResourceAccess":[{"resourceAccess":null}]}`,
		`{"appId":"` + seedID("app invoice-helper") + `"}`, `{"identifierUris":[""]}`, `{"keyCredentials":[{}]}`, strings.Repeat("[", 20000),
	}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	answered := map[int]int{}
	for range 8_000 {
		path := "/" + pick([]string{"v1.0", "beta"}) + "/" + pick(roots)
		switch r.IntN(5) {
		case 0:
			path += "(appId='" + pick(ids[:7]) + "')"
		case 1:
			path += "/" + pick(ids)
		case 2:
			path += "/" + pick(ids[:6])
		}
		if path += pick(casts); r.IntN(2) == 0 {
			path += pick(navs)
		}
		request, err := http.NewRequestWithContext(t.Context(), pick([]string{"GET", "GET", "POST", "PATCH", "DELETE", "PUT", "BREW"}), f.url+path+"?"+pick(queries), strings.NewReader(pick(bodies)))
		if err != nil {
			continue
		}
		request.Header.Set("Authorization", "Bearer "+pick(tokens))
		request.Header.Set("ConsistencyLevel", pick([]string{"", "eventual", "session"}))
		request.Header.Set("Content-Type", pick([]string{"application/json", "application/json", "application/json", "application/json; charset=utf-8", "text/plain", "", "a/b/c"}))
		w := httptest.NewRecorder()
		f.s.ServeHTTP(w, request)
		answered[w.Code]++
		if w.Code >= 500 || w.Code >= 400 && !strings.Contains(w.Body.String(), `"code":"`) {
			t.Fatalf("%s %s = %d %.300s", request.Method, request.URL, w.Code, w.Body)
		}
	}
	for _, status := range []int{200, 400, 401, 403, 404, 405, 415} {
		if answered[status] == 0 {
			t.Errorf("no answer was %d: the mixture is too poor (%v)", status, answered)
		}
	}
}

// TestGraphQuotaUnderLoad: many callers at once get no more identities than the blueprint may have,
// and no two principals of one blueprint.
func TestGraphQuotaUnderLoad(t *testing.T) {
	f := newGraph(t)
	seedAgents(f, maxAgents-11, seedID("app invoice-helper")) // with the seeded one, ten are free
	admin := f.admin()
	_, appID := f.newBlueprint(admin, "Contended")
	var made, principalsMade atomic.Int32
	var callers sync.WaitGroup
	for i := range 40 {
		callers.Go(func() {
			if f.do("POST", agents, admin, agentBody(fmt.Sprint("load ", i), seedID("app invoice-helper"))).status == 201 {
				made.Add(1)
			}
			if f.do("POST", principals, admin, `{"appId":"`+appID+`"}`).status == 201 {
				principalsMade.Add(1)
			}
		})
	}
	callers.Wait()
	if made.Load() != 10 || principalsMade.Load() != 1 {
		t.Errorf("%d identities and %d principals, want 10 and 1", made.Load(), principalsMade.Load())
	}
}

// TestGraphSurvivesARestart: everything Graph made is there in the next process, bin and all.
func TestGraphSurvivesARestart(t *testing.T) {
	file := tenantFile(t)
	l := &graphFixture{t: t}
	open := func() *Sandbox {
		s, err := Open(t.Context(), Options{DataFile: file})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := open()
	server := httptest.NewServer(first)
	l.s, l.url, l.clock = first, server.URL, &clock{now: first.o.Now()}
	admin := l.admin()
	id, appID, _ := l.newFamily(admin, "Lasting")
	agent := l.must(201, "POST", agents, admin, agentBody("Lasting 01", appID)).text("id")
	gone := l.must(201, "POST", agents, admin, agentBody("Lasting 02", appID)).text("id")
	l.must(204, "DELETE", agents+"/"+gone, admin, "")
	before := l.must(200, "GET", "/v1.0/applications/"+id, admin, "").raw
	server.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := open()
	server = httptest.NewServer(second)
	defer func() {
		server.Close()
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}()
	l.s, l.url = second, server.URL
	if after := l.must(200, "GET", "/v1.0/applications/"+id, admin, "").raw; after != before {
		t.Errorf("blueprint before %s\nafter %s", before, after)
	}
	l.must(200, "GET", agents+"/"+agent, admin, "")
	l.must(404, "GET", agents+"/"+gone, admin, "")
	if n := second.tenant.state.deletedByBlueprint.of(appID); len(n) != 1 || n[0].ID != gone {
		t.Errorf("recycle bin %v", n)
	}
}

// TestGraphResetEmptiesTheBin: a reset forgets deleted objects too, or they would go on counting.
func TestGraphResetEmptiesTheBin(t *testing.T) {
	f := newGraph(t)
	f.must(204, "DELETE", agents+"/"+seedID("agent invoice-helper-01"), f.admin(), "")
	f.must(204, "POST", "/_sandbox/reset", "", "{}")
	if n := f.s.tenant.state.deleted.len(); n != 0 {
		t.Errorf("%d objects in the bin after a reset", n)
	}
	f.must(200, "GET", agents+"/"+seedID("agent invoice-helper-01"), f.admin(), "")
}
