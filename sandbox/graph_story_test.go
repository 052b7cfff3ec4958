package sandbox

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphStory walks what the portal does: blueprint, principal, secret, agent identity, lists.
func TestGraphStory(t *testing.T) {
	f := newGraph(t)
	admin := f.admin()

	made := f.must(201, "POST", blueprints, admin, quoted(map[string]any{
		"displayName": "Payroll helper", "description": "Pays", "tags": []string{"portal-op:1"},
		"sponsors@odata.bind": []string{userLink("sponsor")}, "owners@odata.bind": []string{userLink("agent-dev")},
	}))
	if got, want := made.text("@odata.type"), "#microsoft.graph.agentIdentityBlueprint"; got != want {
		t.Errorf("type %q, want %q", got, want)
	}
	if got, want := made.text("@odata.context"), f.s.o.GraphURL+"/v1.0/$metadata#applications/microsoft.graph.agentIdentityBlueprint/$entity"; got != want {
		t.Errorf("context %q, want %q", got, want)
	}
	if got := made.header.Get("OData-Version"); got != "4.0" {
		t.Errorf("OData-Version %q", got)
	}
	if got := made.header.Get("Location"); !strings.HasSuffix(got, made.text("id")+"/Microsoft.DirectoryServices.Application") {
		t.Errorf("Location %q", got)
	}
	id, appID := made.text("id"), made.text("appId")
	if id == appID {
		t.Error("the object id is the appId")
	}
	if got := made.text("createdByAppId"); got != seedID("app portal") {
		t.Errorf("createdByAppId %q", got)
	}

	principal := f.must(201, "POST", principals, admin, quoted(map[string]any{"appId": appID}))
	if got := principal.text("servicePrincipalType"); got != "Application" {
		t.Errorf("servicePrincipalType %q", got)
	}

	secret := f.must(200, "POST", "/v1.0/applications/"+id+"/addPassword", admin, `{"passwordCredential":{"displayName":"portal:1","endDateTime":"2027-01-01T00:00:00Z"}}`)
	text := secret.text("secretText")
	if !strings.HasPrefix(text, "SANDBOX~") || !strings.HasPrefix(text[len("SANDBOX~"):], secret.text("hint")) || secret.text("keyId") == "" {
		t.Errorf("secret %v", secret.body)
	}
	again := f.must(200, "GET", "/v1.0/applications/"+id, admin, "")
	if strings.Contains(again.raw, text) {
		t.Error("the secret is shown a second time")
	}

	blueprint := f.appToken(principal.text("id"), appID, "AgentIdentity.CreateAsManager")
	agent := f.must(201, "POST", agents, blueprint, agentBody("Payroll helper 01", appID))
	if got := agent.text("agentIdentityBlueprintId"); got != appID {
		t.Errorf("agentIdentityBlueprintId %q, want %q", got, appID)
	}
	if got := agent.text("servicePrincipalType"); got != "ServiceIdentity" {
		t.Errorf("servicePrincipalType %q", got)
	}
	mine := f.must(200, "GET", agents+"?$filter=agentIdentityBlueprintId%20eq%20'"+appID+"'", admin, "")
	if diff := cmp.Diff([]string{agent.text("id")}, mine.column("id")); diff != "" {
		t.Errorf("agents of the blueprint (-want +got):\n%s", diff)
	}
	tagged := f.must(200, "GET", blueprints+"?$filter=tags/any(t:t%20eq%20'portal-op:1')", admin, "")
	if diff := cmp.Diff([]string{id}, tagged.column("id")); diff != "" {
		t.Errorf("tagged blueprints (-want +got):\n%s", diff)
	}
	read := f.must(200, "GET", agents+"/"+agent.text("id"), admin, "")
	if diff := cmp.Diff([]any{"portal-op:1"}, read.body["tags"]); diff != "" {
		t.Errorf("tags are not the union with the blueprint's (-want +got):\n%s", diff)
	}
	f.must(204, "DELETE", "/v1.0/servicePrincipals/"+agent.text("id"), admin, "")
	f.must(404, "GET", "/v1.0/servicePrincipals/"+agent.text("id"), admin, "")
}

// TestGraphSpellings: documents and tools write the same address in many ways.
func TestGraphSpellings(t *testing.T) {
	f := newGraph(t)
	admin := f.admin()
	id, appID, sp := seedID("application invoice-helper"), seedID("app invoice-helper"), seedID("principal invoice-helper")
	agent := seedID("agent invoice-helper-01")
	for _, tt := range []struct{ path, id string }{
		{"/v1.0/applications/" + id, id},
		{"/beta/applications/" + id, id},
		{"/v1.0/applications/" + strings.ToUpper(id), id},
		{"/v1.0/applications('" + id + "')", id},
		{"/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint", id},
		{"/v1.0/applications/microsoft.graph.agentIdentityBlueprint/" + id, id},
		{"/beta/applications/graph.agentIdentityBlueprint/" + id, id},
		{"/v1.0/Applications/" + id + "/Microsoft.Graph.AgentIdentityBlueprint", id},
		{"/v1.0/applications(appId='" + appID + "')", id},
		{"/v1.0/applications(appId='" + appID + "')/microsoft.graph.agentIdentityBlueprint", id},
		{"/v1.0/servicePrincipals(appId='" + appID + "')", sp},
		{"/v1.0/serviceprincipals(appId='" + appID + "')", sp},
		{"/v1.0/servicePrincipals(appId=%27" + appID + "%27)", sp},
		{"/v1.0/servicePrincipals/" + sp + "/microsoft.graph.agentIdentityBlueprintPrincipal", sp},
		{"/v1.0/serviceprincipals/graph.agentIdentity/" + agent, agent},
		{"/v1.0/servicePrincipals/" + agent, agent},
		{"/v1.0/directoryObjects/" + agent, agent},
	} {
		if got := f.must(200, "GET", tt.path, admin, "").text("id"); got != tt.id {
			t.Errorf("GET %s gives %s, want %s", tt.path, got, tt.id)
		}
	}
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/v1.0/applications/" + appID, 404}, // the appId is no object id
		{"/v1.0/applications/" + seedID("application portal") + "/microsoft.graph.agentIdentityBlueprint", 404},
		{"/v1.0/servicePrincipals/" + sp + "/microsoft.graph.agentIdentity", 404},
		{"/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprint/" + id, 400},
		{"/v1.0/applications/not-a-guid", 400},
		{"/v1.0/applications/{" + id + "}", 400},
		{"/v1.0/applications(appId=" + appID + ")", 400},
		{"/v1.0/applications(appId='" + appID + "'", 400},
		{"/v1.0/applications(name='x')", 400},
		{"/v1.0/nothing", 400},
		{"/v1.0/", 400},
		{"/v1.0/applications/%zz", 400},
		{"/v1.0/applications/" + id + "/nothing", 400},
	} {
		if strings.Contains(tt.path, "%zz") {
			continue // net/http itself refuses it
		}
		if a := f.do("GET", tt.path, admin, ""); a.status != tt.status || a.code() == "" {
			t.Errorf("GET %s = %d %s, want %d", tt.path, a.status, a.raw, tt.status)
		}
	}
}

// TestGraphErrorBody checks what every refusal carries.
func TestGraphErrorBody(t *testing.T) {
	f := newGraph(t)
	a := f.must(404, "GET", "/v1.0/applications/"+newID(), f.admin(), "", "client-request-id", "mine-1")
	e := a.body["error"].(map[string]any)
	inner := e["innerError"].(map[string]any)
	if a.code() != "Request_ResourceNotFound" || inner["client-request-id"] != "mine-1" || inner["date"] != f.clock.Now().UTC().Format("2006-01-02T15:04:05") {
		t.Errorf("body %s", a.raw)
	}
	if inner["request-id"] != a.header.Get("request-id") || a.header.Get("client-request-id") != "mine-1" {
		t.Errorf("headers %v, body %s", a.header, a.raw)
	}
	none := f.must(401, "GET", "/v1.0/me", "", "")
	if none.code() != "InvalidAuthenticationToken" || !strings.HasPrefix(none.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("401 %v %s", none.header, none.raw)
	}
	f.must(401, "GET", "/v1.0/me", "rubbish", "")
	f.must(405, "PUT", "/v1.0/applications", f.admin(), "{}")
	if a := f.do("POST", blueprints, f.admin(), "{", "Content-Type", "application/json"); a.status != 400 {
		t.Errorf("broken JSON = %d", a.status)
	}
	if a := f.do("POST", blueprints, f.admin(), "{}", "Content-Type", "text/plain"); a.status != 415 {
		t.Errorf("text/plain = %d", a.status)
	}
	if a := f.do("POST", blueprints, f.admin(), `"`+strings.Repeat("x", maxGraphBody)+`"`); a.status != 413 {
		t.Errorf("a body over 4 MiB = %d", a.status)
	}
	if a := f.do("POST", blueprints, f.admin(), "[]"); a.status != 400 {
		t.Errorf("a list as body = %d", a.status)
	}
}

// TestGraphJournal checks what the journal says of a write, a read and a refusal.
func TestGraphJournal(t *testing.T) {
	f := newGraph(t)
	admin := f.admin()
	made := f.must(201, "POST", blueprints, admin, quoted(map[string]any{"displayName": "x", "sponsors@odata.bind": []string{userLink("sponsor")}}), "client-request-id", "op-1")
	f.must(200, "GET", "/v1.0/applications/"+made.text("id"), admin, "")
	f.must(400, "POST", blueprints, admin, `{"displayName":"x"}`, "client-request-id", "op-2")
	entries := f.do("GET", "/_sandbox/journal", "", "").body["entries"].([]any)
	type row struct {
		Method, Path, Caller, Client string
		Status                       float64
		Objects                      []any
	}
	var got []row
	for _, e := range entries {
		m := e.(map[string]any)
		got = append(got, row{m["method"].(string), m["path"].(string), m["caller"].(string), m["clientRequestId"].(string), m["status"].(float64), m["objectIds"].([]any)})
	}
	who := seedID("user agent-admin")
	want := []row{
		{http.MethodPost, blueprints, who, "op-1", 201, []any{made.text("id")}},
		{http.MethodGet, "/v1.0/applications/" + made.text("id"), who, "", 200, []any{}},
		{http.MethodPost, blueprints, who, "op-2", 400, []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

// TestGraphRealTokens does the story with tokens of the sandbox's own endpoints: a person who signed
// in with the portal, the blueprint by its new secret, and the agent it made.
func TestGraphRealTokens(t *testing.T) {
	f := newGraph(t)
	l := &lab{Sandbox: f.s, url: f.url, info: f.s.Info(), clock: f.clock}
	reply := newBrowser(t, l).signIn(l.authorizeURL("scope", "openid "+strings.Join(portalScopes(), " ")), "agent-admin@"+tenantDomain)
	person := access(t, l.redeem(t, reply))

	id, appID, _ := f.newFamily(person, "Real")
	secret := f.must(200, "POST", "/v1.0/applications/"+id+"/addPassword", person, `{}`).text("secretText")
	asBlueprint := access(t, l.token(t, "grant_type", "client_credentials", "client_id", appID, "client_secret", secret, "scope", "https://graph.microsoft.com/.default"))
	agent := f.must(201, "POST", agents, asBlueprint, agentBody("Real 01", appID)).text("id")
	f.must(201, "POST", agents, person, agentBody("Real 02", appID))
	f.must(403, "POST", blueprints, asBlueprint, `{"displayName":"x","sponsors@odata.bind":["`+userLink("sponsor")+`"]}`)

	t1 := access(t, l.token(t, "grant_type", "client_credentials", "client_id", appID, "client_secret", secret, "scope", exchangeScope, "fmi_path", agent))
	asAgent := access(t, l.token(t, "grant_type", "client_credentials", "client_id", agent, "scope", "https://graph.microsoft.com/.default",
		"client_assertion_type", assertionType, "client_assertion", t1))
	f.must(403, "GET", "/v1.0/users", asAgent, "")
	if a := f.do("POST", agents, asAgent, agentBody("x", appID)); a.code() != "Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed" {
		t.Errorf("an agent creating an agent = %d %s", a.status, a.raw)
	}
	f.must(204, "PATCH", "/v1.0/servicePrincipals/"+agent+"/microsoft.graph.agentIdentity", person, `{"accountEnabled":false}`)
	f.must(401, "GET", "/v1.0/users", asAgent, "")
}
