package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphBadInput is the table of what careless and hostile clients send, and of the answer that Graph
// gives: never one of 500.
func TestGraphBadInput(t *testing.T) {
	f := newGraph(t)
	token := f.grantAdmin()
	blueprint, agent := seedID("application invoice-helper"), seedID("agent invoice-helper-01")
	var many []string
	for i := range maxBatch + 1 {
		many = append(many, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/me"}`, i))
	}
	for name, tt := range map[string]struct {
		method, path, body, contentType string
		status                          int
		code                            string
	}{
		"10 MB":                   {"POST", blueprints, `{"displayName":"` + strings.Repeat("x", 10<<20) + `"}`, "", 413, "RequestEntityTooLarge"},
		"10 MB of nesting":        {"POST", blueprints, strings.Repeat(`{"a":`, 2<<20), "", 413, "RequestEntityTooLarge"},
		"10 MB in a batch":        {"POST", "/v1.0/$batch", strings.Repeat(" ", 10<<20), "", 413, "RequestEntityTooLarge"},
		"a form":                  {"POST", blueprints, "displayName=x", "application/x-www-form-urlencoded", 415, "UnsupportedMediaType"},
		"XML":                     {"PATCH", "/v1.0/applications/" + blueprint, "<a/>", "application/xml", 415, "UnsupportedMediaType"},
		"a broken type":           {"POST", blueprints, `{}`, "a;b/c", 415, "UnsupportedMediaType"},
		"a list":                  {"POST", blueprints, `[]`, "", 400, "Request_BadRequest"},
		"half a body":             {"POST", blueprints, `{"displayName":`, "", 400, "Request_BadRequest"},
		"an unknown cast":         {"GET", "/v1.0/servicePrincipals/microsoft.graph.agentThing", "", "", 400, "Request_BadRequest"},
		"a cast of another kind":  {"GET", "/v1.0/users/microsoft.graph.agentIdentity", "", "", 400, "Request_BadRequest"},
		"a cast nobody closes":    {"GET", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint(appId='x", "", "", 400, "Request_BadRequest"},
		"an unknown type":         {"POST", "/v1.0/users", `{"@odata.type":"#microsoft.graph.robot"}`, "", 400, "Request_BadRequest"},
		"a filter of brackets":    {"GET", agents + "?$filter=" + strings.Repeat("(", 5000), "", "", 400, "Request_BadRequest"},
		"a filter nobody closes":  {"GET", agents + "?$filter=displayName%20eq%20'x", "", "", 400, "Request_BadRequest"},
		"a filter on nothing":     {"GET", agents + "?$filter=wings%20eq%20true", "", "", 400, "Request_BadRequest"},
		"a filter of the wrong":   {"GET", agents + "?$filter=accountEnabled%20eq%20'yes'", "", "", 400, "Request_BadRequest"},
		"an unknown option":       {"GET", agents + "?$wings=1", "", "", 400, "Request_BadRequest"},
		"an option twice":         {"GET", agents + "?$top=1&$top=2", "", "", 400, "Request_BadRequest"},
		"an unknown expansion":    {"GET", agents + "?$expand=wings", "", "", 400, "Request_BadRequest"},
		"braces in a path":        {"GET", "/v1.0/servicePrincipals/{" + agent + "}", "", "", 400, "Request_BadRequest"},
		"braces for a blueprint":  {"DELETE", "/v1.0/applications/%7B" + blueprint + "%7D", "", "", 400, "Request_BadRequest"},
		"braces for a group":      {"GET", "/v1.0/groups/{" + seedID("group unified") + "}", "", "", 400, "Request_BadRequest"},
		"braces for any object":   {"GET", "/v1.0/directoryObjects/{" + agent + "}", "", "", 400, "Request_BadRequest"},
		"braces in getByIds":      {"POST", "/v1.0/directoryObjects/getByIds", `{"ids":["{` + agent + `}"]}`, "", 400, "Request_BadRequest"},
		"braces for a deleted":    {"GET", bin + "{" + agent + "}", "", "", 400, "Request_BadRequest"},
		"braces in a reference":   {"POST", agents + "/" + agent + "/owners/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/{` + agent + `}"}`, "", 404, "Request_ResourceNotFound"},
		"a reference elsewhere":   {"POST", agents + "/" + agent + "/owners/$ref", `{"@odata.id":"https://elsewhere.example/v1.0/users/x"}`, "", 400, "Request_BadRequest"},
		"a batch of 21":           {"POST", "/v1.0/$batch", `{"requests":[` + strings.Join(many, ",") + `]}`, "", 400, "BadRequest"},
		"one id twice in a batch": {"POST", "/v1.0/$batch", `{"requests":[{"id":"x","method":"GET","url":"/me"},{"id":"X","method":"GET","url":"/me"}]}`, "", 400, "BadRequest"},
		"a slash in an id":        {"GET", "/v1.0/servicePrincipals/..%2F..%2Fetc", "", "", 400, "Request_BadRequest"},
		"a control character":     {"GET", "/v1.0/groups/a%00b", "", "", 400, "Request_BadRequest"},
		"a method nobody has":     {"PUT", "/v1.0/applications/" + blueprint, `{}`, "", 405, "Request_BadRequest"},
	} {
		kind := tt.contentType
		if kind == "" {
			kind = "application/json"
		}
		a := f.do(tt.method, tt.path, token, tt.body, "Content-Type", kind)
		if a.status != tt.status || a.code() != tt.code {
			t.Errorf("%s: %d %s, want %d %s: %.300s", name, a.status, a.code(), tt.status, tt.code, a.raw)
		}
	}
}

// TestGraphJournalOfWrites: each write leaves one entry with its status and the objects it touched, a
// refused one an entry without objects; what the clock does by itself leaves none.
func TestGraphJournalOfWrites(t *testing.T) {
	f := newGraph(t)
	token := f.personToken("global-admin", append(allScopes(), "AgentIdUser.ReadWrite.All", "User.ReadWrite.All", "User.Read.All", "GroupMember.ReadWrite.All",
		"AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All")...)
	appID, principal, agent := f.newAgent("Journalled")
	blueprint := f.must(200, "GET", "/v1.0/applications(appId='"+appID+"')", token, "").text("id")
	after := f.do("GET", "/_sandbox/journal", "", "").body["last"].(float64)
	var want []string
	step := func(status int, method, path, body string, ids ...string) graphAnswer {
		t.Helper()
		a := f.must(status, method, path, token, body)
		for i, id := range ids {
			if id == "" {
				ids[i] = a.text("id")
			}
		}
		want = append(want, fmt.Sprint(method, " ", status, " ", ids))
		return a
	}
	ref := func(id string) string {
		return quoted(map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + id})
	}
	user := step(201, "POST", "/beta/users", userBody(agent, "journalled", nil), "").text("id")
	step(400, "POST", "/beta/users", userBody(agent, "journalled2", nil))
	step(204, "PUT", "/beta/users/"+user+"/manager/$ref", ref(seedID("user sponsor")), user)
	step(204, "POST", "/v1.0/groups/"+seedID("group security")+"/members/$ref", ref(user), seedID("group security"))
	step(201, "POST", "/v1.0/applications/"+blueprint+"/federatedIdentityCredentials", federatedBody("ci", "s"), blueprint, "")
	step(201, "POST", blueprints+"/"+blueprint+"/inheritablePermissions", `{"resourceAppId":"`+graphAppID+`"}`, blueprint)
	step(204, "PATCH", "/v1.0/applications/"+blueprint, `{"displayName":"Renamed"}`, blueprint)
	grant := step(201, "POST", "/v1.0/oauth2PermissionGrants", quoted(map[string]any{
		"clientId": principal, "consentType": "AllPrincipals", "resourceId": seedID("resource " + graphAppID), "scope": "User.Read",
	}), "").text("id")
	step(204, "DELETE", "/v1.0/oauth2PermissionGrants/"+grant, "", grant)
	step(204, "DELETE", "/v1.0/applications/"+blueprint, "", blueprint, principal)
	step(200, "POST", bin+blueprint+"/restore", "", blueprint)
	step(403, "DELETE", bin+principal, "")
	f.clock.advance(cleanUpAfter)
	token = f.binAdmin()
	step(404, "GET", "/v1.0/servicePrincipals/"+agent, "")

	var got []string
	for _, v := range f.do("GET", fmt.Sprintf("/_sandbox/journal?after=%.0f", after), "", "").body["entries"].([]any) {
		e := v.(map[string]any)
		got = append(got, fmt.Sprint(e["method"], " ", e["status"], " ", e["objectIds"]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

// TestGraphBatchOfEverything: reads, counts and writes of all sorts as parts, each with its own answer.
func TestGraphBatchOfEverything(t *testing.T) {
	f := newGraph(t)
	_, _, agent := f.newAgent("Parts")
	a := f.must(200, "POST", "/beta/$batch", f.userAdmin(), `{"requests":[
		{"id":"user","method":"POST","url":"/users","headers":{"Content-Type":"application/json"},"body":`+userBody(agent, "parts", nil)+`},
		{"id":"count","method":"GET","url":"/groups/$count","headers":{"ConsistencyLevel":"eventual"}},
		{"id":"manager","method":"PUT","url":"/users/parts@`+tenantDomain+`/manager/$ref","headers":{"Content-Type":"application/json"},"body":{"@odata.id":"`+userLink("sponsor")+`"},"dependsOn":["user"]},
		{"id":"delete","method":"DELETE","url":"/servicePrincipals/`+agent+`","dependsOn":["manager"]},
		{"id":"restore","method":"POST","url":"/directory/deletedItems/`+agent+`/restore","dependsOn":["delete"]}]}`)
	got := map[string]any{}
	for _, v := range a.body["responses"].([]any) {
		part := v.(map[string]any)
		got[part["id"].(string)] = part["status"]
		if part["id"] == "count" && part["body"] != "NQ==" { // 5 in base64
			t.Errorf("the count travels as %v", part["body"])
		}
	}
	want := map[string]any{"user": 201.0, "count": 200.0, "manager": 204.0, "delete": 204.0, "restore": 200.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s\n%s", diff, a.raw)
	}
}
