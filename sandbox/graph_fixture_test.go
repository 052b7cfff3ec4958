package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// graphFixture is a sandbox behind HTTP, with tokens for any caller.
type graphFixture struct {
	t     testing.TB
	s     *Sandbox
	url   string
	clock *clock
}

func newGraph(t testing.TB) *graphFixture {
	t.Helper()
	l := newLab(t)
	return &graphFixture{t: t, s: l.Sandbox, url: l.url, clock: l.clock}
}

// personToken is a delegated token of a persona, from the portal's app.
func (f *graphFixture) personToken(persona string, scopes ...string) string {
	return f.token(func(c *claims) {
		c.IDType, c.ObjectID, c.AppID, c.Scopes = "user", seedID("user "+persona), seedID("app portal"), strings.Join(scopes, " ")
	})
}

// appToken is an app-only token of a service principal.
func (f *graphFixture) appToken(principalID, appID string, roles ...string) string {
	return f.token(func(c *claims) { c.IDType, c.ObjectID, c.AppID, c.Roles = "app", principalID, appID, roles })
}

// clientToken is an app-only token of the ordinary client app.
func (f *graphFixture) clientToken(roles ...string) string {
	return f.appToken(seedID("principal client"), seedID("app client"), roles...)
}

func (f *graphFixture) token(fill func(*claims)) string {
	f.t.Helper()
	key, err := f.s.keys.get(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	c := f.s.newClaims(f.clock.Now())
	c.Audience, c.Issuer, c.Version = graphResource, f.s.v1Issuer(), "1.0"
	fill(c)
	raw, err := key.seal(c)
	if err != nil {
		f.t.Fatal(err)
	}
	return raw
}

// allScopes are what an administrator's token of the portal carries.
func allScopes() []string {
	return []string{
		"User.Read", "User.ReadBasic.All", "GroupMember.Read.All", "Application.Read.All", "RoleManagement.Read.Directory",
		"AgentIdentityBlueprint.ReadWrite.All", "AgentIdentityBlueprint.Create", "AgentIdentityBlueprintPrincipal.ReadWrite.All",
		"AgentIdentityBlueprintPrincipal.Create", "AgentIdentity.ReadWrite.All", "AgentIdentity.Create.All",
	}
}

func (f *graphFixture) admin() string { return f.personToken("agent-admin", allScopes()...) }

// graphAnswer is a response as a client sees it.
type graphAnswer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (a graphAnswer) code() string {
	e, _ := a.body["error"].(map[string]any)
	code, _ := e["code"].(string)
	return code
}

func (a graphAnswer) message() string {
	e, _ := a.body["error"].(map[string]any)
	message, _ := e["message"].(string)
	return message
}

func (a graphAnswer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (a graphAnswer) values() []map[string]any {
	list, _ := a.body["value"].([]any)
	out := make([]map[string]any, len(list))
	for i, v := range list {
		out[i], _ = v.(map[string]any)
	}
	return out
}

func (a graphAnswer) column(name string) []string {
	var out []string
	for _, v := range a.values() {
		s, _ := v[name].(string)
		out = append(out, s)
	}
	return out
}

// do sends a request; body is JSON text, or nothing; headers are name and value in turn.
func (f *graphFixture) do(method, path, token, body string, headers ...string) graphAnswer {
	f.t.Helper()
	address := path
	if !strings.HasPrefix(path, "http") {
		address = f.url + path
	}
	r, err := http.NewRequestWithContext(f.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	a := graphAnswer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if len(bytes.TrimSpace(raw)) > 0 && response.Header.Get("Content-Type") != "text/plain" {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			f.t.Fatalf("%s %s: body is no JSON: %s", method, path, raw)
		}
	}
	return a
}

// must is do for a request that has to be answered with the status.
func (f *graphFixture) must(status int, method, path, token, body string, headers ...string) graphAnswer {
	f.t.Helper()
	a := f.do(method, path, token, body, headers...)
	if a.status != status {
		f.t.Fatalf("%s %s = %d, want %d: %s", method, path, a.status, status, a.raw)
	}
	return a
}

func (f *graphFixture) knobs(change func(*knobs)) {
	f.t.Helper()
	err := f.s.tenant.write(f.t.Context(), func(tx *txn) error {
		k := clone(tx.knobs)
		change(k)
		tx.put(k)
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func quoted(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Addresses used in many tests.
const (
	blueprints = "/v1.0/applications/microsoft.graph.agentIdentityBlueprint"
	principals = "/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal"
	agents     = "/v1.0/servicePrincipals/microsoft.graph.agentIdentity"
)

func userLink(persona string) string {
	return "https://graph.microsoft.com/v1.0/users/" + seedID("user "+persona)
}

// newBlueprint makes a blueprint with the sponsor persona as sponsor and gives its object id and appId.
func (f *graphFixture) newBlueprint(token, name string) (id, appID string) {
	f.t.Helper()
	a := f.must(201, "POST", blueprints, token, quoted(map[string]any{"displayName": name, "sponsors@odata.bind": []string{userLink("sponsor")}}))
	return a.text("id"), a.text("appId")
}

// newFamily makes a blueprint with its principal.
func (f *graphFixture) newFamily(token, name string) (id, appID, principalID string) {
	f.t.Helper()
	id, appID = f.newBlueprint(token, name)
	return id, appID, f.must(201, "POST", principals, token, quoted(map[string]any{"appId": appID})).text("id")
}

func agentBody(name, appID string) string {
	return quoted(map[string]any{"displayName": name, "agentIdentityBlueprintId": appID, "sponsors@odata.bind": []string{userLink("sponsor")}})
}
