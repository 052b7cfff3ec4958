package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// call asks one of the APIs with a token; "" sends none.
func (l *lab) call(t testing.TB, method, path, token string) answer {
	t.Helper()
	r := request(t, method, l.url+path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return l.do(t, r)
}

const listSubscriptions = "/subscriptions?api-version=2022-12-01"

// echoOf is what the Echo API saw; the token must be good.
func (l *lab) echoOf(t testing.TB, token string) echoCaller {
	t.Helper()
	a := l.call(t, http.MethodGet, "/echo", token)
	var body echoCaller
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	if err := json.Unmarshal(a.text, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// sealed makes a token for one of the two APIs with claims that the token endpoint would not make.
func (l *lab) sealed(t testing.TB, change func(*claims)) string {
	t.Helper()
	c := l.newClaims(l.clock.Now())
	c.Version, c.Issuer, c.Audience, c.IDType = "2.0", l.v2Issuer(), echoAppID(), "app"
	c.Party, c.ObjectID, c.Subject, c.Roles = l.info.Client.ClientID, seedID("principal client"), seedID("principal client"), []string{echoReadRole}
	change(c)
	key, err := l.keys.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token, err := key.seal(c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forManagement turns the claims of sealed into those of a token of the same client for Azure.
func forManagement(l *lab, change func(*claims)) func(*claims) {
	return func(c *claims) {
		c.Version, c.Issuer, c.Audience, c.Roles = "1.0", l.v1Issuer(), managementNames()[0], nil
		c.AppID, c.Party = c.Party, ""
		change(c)
	}
}

// modes are tokens of the seeded agent for a resource in the three modes.
func (l *lab) modes(t testing.TB, resource string) map[string]string {
	t.Helper()
	agent, b, t1 := l.info.Seed.Agent.ID, l.info.Seed.Blueprint, l.t1(t)
	as := func(grant string, more ...string) string {
		t.Helper()
		return access(t, l.token(t, append([]string{"grant_type", grant, "client_id", agent, "client_assertion_type", assertionType, "client_assertion", t1}, more...)...))
	}
	scope := resource + "/.default"
	tc := access(t, l.token(t, l.password("user", b.Scope)...))
	return map[string]string{
		"autonomous": as("client_credentials", "scope", scope),
		"onBehalfOf": as(grantOnBehalfOf, "scope", scope, "assertion", tc, "requested_token_use", "on_behalf_of"),
		"agentUser": as(grantAgentUser, "scope", scope, "user_federated_identity_credential", as("client_credentials", "scope", exchangeScope),
			"username", l.info.Seed.AgentUser.UPN),
	}
}

// TestEchoKnowsAgents: the seeded agent calls the API in each of its modes, at once, and the answer
// names agent, blueprint and user as the directory does.
func TestEchoKnowsAgents(t *testing.T) {
	l := newLab(t)
	agent := &echoAgent{l.info.Seed.Agent.ID, "Invoice helper 01"}
	blueprint := &echoBlueprint{l.info.Seed.Blueprint.AppID, "Invoice helper"}
	want := map[string]echoCaller{
		"autonomous": {Caller: "agent", Roles: []string{"Echo.Read.All"}, Scopes: []string{}},
		"onBehalfOf": {
			Caller: "agent", Roles: []string{}, Scopes: []string{"Echo.Read"},
			User: &echoUser{seedID("user user"), "user@sandbox.example", "User", false},
		},
		"agentUser": {
			Caller: "agentUser", Roles: []string{}, Scopes: []string{"Echo.Read"},
			User: &echoUser{l.info.Seed.AgentUser.ID, l.info.Seed.AgentUser.UPN, "Invoice helper 01", true},
		},
	}
	for mode, token := range l.modes(t, "api://"+l.info.Echo.AppID) {
		t.Run(mode, func(t *testing.T) {
			w := want[mode]
			claims := claimsIn(t, token, "uti", "exp")
			exp, _ := claims["exp"].(json.Number).Int64()
			w.Mode, w.Agent, w.Blueprint = mode, agent, blueprint
			w.TenantID, w.Audience, w.TokenVersion = l.info.TenantID, l.info.Echo.AppID, "2.0"
			w.TokenID, w.Expires = claims["uti"].(string), time.Unix(exp, 0).UTC()
			if diff := cmp.Diff(w, l.echoOf(t, token)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// Every field is there, null or empty, for programs that look them up by name.
			body := l.call(t, http.MethodGet, "/echo", token).json(t)
			for _, name := range []string{"caller", "mode", "agent", "blueprint", "user", "application", "roles", "scopes", "tenantId", "audience", "tokenVersion", "uti", "expires"} {
				if _, there := body[name]; !there || len(body) != 13 {
					t.Errorf("no %s in %v", name, body)
				}
			}
		})
	}
}

// TestEchoKnowsOthers: callers that are no agents, v1 tokens, and facets that only look like those of
// an agent.
func TestEchoKnowsOthers(t *testing.T) {
	l := newLab(t)
	b := l.info.Seed.Blueprint
	sample := &echoBlueprint{l.info.Client.ClientID, "Sample client"}
	agent, blueprint := &echoAgent{l.info.Seed.Agent.ID, "Invoice helper 01"}, &echoBlueprint{b.AppID, "Invoice helper"}
	person := func(c *claims) {
		c.IDType, c.ObjectID, c.Roles, c.Scopes = "user", seedID("user auditor"), nil, "Echo.Read"
	}
	auditor := &echoUser{seedID("user auditor"), "auditor@sandbox.example", "Auditor", false}
	asAgent := func(c *claims) {
		c.Party, c.ParentApp, c.ActorFacets, c.SubjectFacets = l.info.Seed.Agent.ID, b.AppID, "3 9 28 11", "11 3 9 4"
	}
	for name, tc := range map[string]struct {
		change func(*claims)
		want   echoCaller
	}{
		"application": {func(*claims) {}, echoCaller{Caller: "application", Mode: "application", Application: sample}},
		"user":        {person, echoCaller{Caller: "user", Mode: "user", Application: sample, User: auditor}},
		"user without idtyp": {
			func(c *claims) { person(c); c.IDType = "" },
			echoCaller{Caller: "user", Mode: "user", Application: sample, User: auditor},
		},
		"blueprint": {
			func(c *claims) { c.Party, c.ObjectID = b.AppID, b.PrincipalID },
			echoCaller{Caller: "application", Mode: "blueprint", Blueprint: blueprint},
		},
		"v1 of an agent": {
			func(c *claims) {
				asAgent(c)
				c.Version, c.Issuer, c.Audience = "1.0", l.v1Issuer(), "api://"+echoAppID()
				c.AppID, c.Party = c.Party, ""
			},
			echoCaller{Caller: "agent", Mode: "autonomous", Agent: agent, Blueprint: blueprint},
		},
		"a parent without the facet": {
			func(c *claims) { asAgent(c); c.ActorFacets = "3 9 110 1 1" },
			echoCaller{Caller: "application", Mode: "application", Application: &echoBlueprint{l.info.Seed.Agent.ID, ""}},
		},
		"the facet without a parent": {
			func(c *claims) { asAgent(c); c.ParentApp = "" },
			echoCaller{Caller: "application", Mode: "application", Application: &echoBlueprint{l.info.Seed.Agent.ID, ""}},
		},
		"13 among what is no integer": {
			func(c *claims) { person(c); asAgent(c); c.SubjectFacets = "3 13 x" },
			echoCaller{Caller: "agent", Mode: "onBehalfOf", Agent: agent, Blueprint: blueprint, User: auditor},
		},
		"somebody who is gone": {
			func(c *claims) { person(c); c.ObjectID, c.Name, c.Username = newID(), "Gone", "gone@sandbox.example" },
			echoCaller{Caller: "user", Mode: "user", Application: sample, User: &echoUser{"", "gone@sandbox.example", "Gone", false}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := l.echoOf(t, l.sealed(t, tc.change))
			if tc.want.User != nil && tc.want.User.ID == "" {
				tc.want.User.ID = got.User.ID
			}
			for _, same := range []func(*echoCaller){func(c *echoCaller) {
				c.Roles, c.Scopes, c.TenantID, c.Audience, c.TokenVersion, c.TokenID, c.Expires = nil, nil, "", "", "", "", time.Time{}
			}} {
				same(&got)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// badTokens are tokens that no API may take, and what each of the two says.
func badTokens(t *testing.T, l *lab) map[string]struct{ echo, management, echoSays, managementSays string } {
	t.Helper()
	good := func(*claims) {}
	old := func(c *claims) { c.Expires = l.clock.Now().Unix() - 1 }
	early := func(c *claims) { c.NotBefore = l.clock.Now().Unix() + 60 }
	foreign := func(c *claims) {
		c.TenantID, c.Issuer = seedID("another tenant"), strings.Replace(c.Issuer, tenantID, seedID("another tenant"), 1)
	}
	otherTenant := func(c *claims) { c.TenantID = seedID("another tenant") }
	vault := access(t, l.tr(t, "https://vault.azure.net/.default"))
	graph := access(t, l.tr(t, "https://graph.microsoft.com/.default"))
	unsigned := func(token string) string {
		head, err := segment(jwtHeader{Type: "JWT", Algorithm: "none"})
		if err != nil {
			t.Fatal(err)
		}
		return head + "." + strings.Split(token, ".")[1] + "."
	}
	stranger, err := makeKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	strange, err := stranger.seal(&claims{Audience: echoAppID(), Issuer: l.v2Issuer(), TenantID: tenantID, Version: "2.0", Expires: l.clock.Now().Unix() + 60})
	if err != nil {
		t.Fatal(err)
	}
	e := func(change func(*claims)) string { return l.sealed(t, change) }
	m := func(change func(*claims)) string { return l.sealed(t, forManagement(l, change)) }
	return map[string]struct{ echo, management, echoSays, managementSays string }{
		"another audience":  {vault, vault, "The audience 'https://vault.azure.net' is invalid", "InvalidAuthenticationTokenAudience"},
		"the other's":       {m(good), e(good), "The audience 'https://management.azure.com' is invalid", "InvalidAuthenticationTokenAudience"},
		"for Graph":         {graph, graph, "The signature is invalid", "InvalidAuthenticationTokenAudience"},
		"expired":           {e(old), m(old), "The token expired at", "ExpiredAuthenticationToken"},
		"not yet valid":     {e(early), m(early), "The token is not valid before", "InvalidAuthenticationToken"},
		"changed":           {spoil(e(good)), spoil(m(good)), "The signature is invalid", "InvalidAuthenticationToken"},
		"unsigned":          {unsigned(e(good)), unsigned(m(good)), "The signature is invalid", "InvalidAuthenticationToken"},
		"another key":       {strange, strange, "The signature is invalid", "InvalidAuthenticationToken"},
		"another tenant":    {e(foreign), m(foreign), "The issuer '", "InvalidAuthenticationTokenTenant"},
		"tid of another":    {e(otherTenant), m(otherTenant), "The issuer '", "InvalidAuthenticationTokenTenant"},
		"no JWT":            {"abc", "abc", "The token is malformed", "InvalidAuthenticationToken"},
		"no JSON inside":    {"YQ.YQ.YQ", "YQ.YQ.YQ", "The token is malformed", "InvalidAuthenticationToken"},
		"T1, not the last":  {l.t1(t), l.t1(t), "The audience '" + exchangeAppID + "' is invalid", "InvalidAuthenticationTokenAudience"},
		"too late by a bit": {e(func(c *claims) { c.Expires = l.clock.Now().Unix() }), m(func(c *claims) { c.Expires = l.clock.Now().Unix() }), "The token expired at", "ExpiredAuthenticationToken"},
	}
}

// TestEchoRefusals: what is wrong with a token is said in the header and the body of a 401.
func TestEchoRefusals(t *testing.T) {
	l := newLab(t)
	for name, tc := range badTokens(t, l) {
		t.Run(name, func(t *testing.T) {
			a := l.call(t, http.MethodGet, "/echo", tc.echo)
			header, body := a.Header.Get("WWW-Authenticate"), a.json(t)
			said, _ := body["error_description"].(string)
			if a.StatusCode != http.StatusUnauthorized || body["error"] != "invalid_token" || !strings.HasPrefix(said, tc.echoSays) {
				t.Errorf("%d %s, want %q", a.StatusCode, a.text, tc.echoSays)
			}
			if !strings.Contains(header, `error="invalid_token", error_description="`+said+`"`) || a.Header.Get("request-id") == "" {
				t.Errorf("headers %v", a.Header)
			}
		})
	}
	t.Run("without a token", func(t *testing.T) {
		for _, value := range []string{"", "Basic YTpi", "Bearer", "Bearer "} {
			r := request(t, http.MethodGet, l.url+"/echo", nil)
			r.Header.Set("Authorization", value)
			a := l.do(t, r)
			if a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") != `Bearer realm="Echo API"` || a.json(t)["error"] != "missing_token" {
				t.Errorf("%q: %d %s %s", value, a.StatusCode, a.Header.Get("WWW-Authenticate"), a.text)
			}
		}
	})
	t.Run("without the permission", func(t *testing.T) {
		for name, change := range map[string]func(*claims){
			"no role":       func(c *claims) { c.Roles = nil },
			"another role":  func(c *claims) { c.Roles = []string{"Echo.Read"} },
			"another scope": func(c *claims) { c.IDType, c.Roles, c.Scopes = "user", nil, "Echo.Read.All Echo.ReadX echo.read" },
			"only a parent": func(c *claims) { c.Roles, c.ParentApp, c.ActorFacets = nil, l.info.Seed.Blueprint.AppID, "3 9 11" },
		} {
			a := l.call(t, http.MethodGet, "/echo", l.sealed(t, change))
			header := a.Header.Get("WWW-Authenticate")
			if a.StatusCode != http.StatusForbidden || a.json(t)["error"] != "insufficient_scope" || !strings.Contains(header, `error="insufficient_scope"`) || !strings.Contains(header, `scope="Echo.Read"`) {
				t.Errorf("%s: %d %s %s", name, a.StatusCode, header, a.text)
			}
		}
	})
	t.Run("other requests", func(t *testing.T) {
		token := l.sealed(t, func(*claims) {})
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			if a := l.call(t, method, "/echo", token); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET" {
				t.Errorf("%s: %d", method, a.StatusCode)
			}
		}
		for path, want := range map[string]int{"/echo/more": 404, "/echo/": 200, "/Echo": 200} {
			if a := l.call(t, http.MethodGet, path, token); a.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, a.StatusCode, want)
			}
		}
	})
}

// armCode is the code of a refusal of Azure Resource Manager, which has its ids like any answer.
func armCode(t testing.TB, a answer) string {
	t.Helper()
	if a.Header.Get("x-ms-request-id") == "" || a.Header.Get("x-ms-correlation-request-id") == "" {
		t.Errorf("no ids of the request: %v", a.Header)
	}
	fault, _ := a.json(t)["error"].(map[string]any)
	code, _ := fault["code"].(string)
	if message, _ := fault["message"].(string); message == "" {
		t.Errorf("no message: %s", a.text)
	}
	return code
}

// subscriptionIDs lists what a token may read.
func (l *lab) subscriptionIDs(t testing.TB, token string) []string {
	t.Helper()
	a := l.call(t, http.MethodGet, listSubscriptions, token)
	var body struct {
		Value []struct {
			SubscriptionID string `json:"subscriptionId"`
			State          string `json:"state"`
		} `json:"value"`
		Count struct{ Value int } `json:"count"`
	}
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	if err := json.Unmarshal(a.text, &body); err != nil || body.Value == nil || body.Count.Value != len(body.Value) {
		t.Fatalf("%v %s", err, a.text)
	}
	ids := []string{}
	for _, s := range body.Value {
		ids = append(ids, s.SubscriptionID)
	}
	return ids
}

// TestSubscriptions: the list holds what the caller may read: the agent by its own role, its agent user
// by its own, and on behalf of a person what the person may.
func TestSubscriptions(t *testing.T) {
	l := newLab(t)
	person := func(name, scopes string) string {
		return l.sealed(t, forManagement(l, func(c *claims) { c.IDType, c.ObjectID, c.Scopes = "user", seedID("user "+name), scopes }))
	}
	modes := l.modes(t, "https://management.azure.com")
	one := []string{subscriptionID()}
	for name, tc := range map[string]struct {
		token string
		want  []string
	}{
		"autonomous":              {modes["autonomous"], one},
		"on behalf of a user":     {modes["onBehalfOf"], []string{}},
		"agent user":              {modes["agentUser"], one},
		"administrator":           {person("global-admin", "user_impersonation"), one},
		"another person":          {person("agent-admin", "user_impersonation"), []string{}},
		"administrator, no scope": {person("global-admin", "openid"), []string{}},
		"another application":     {l.sealed(t, forManagement(l, func(*claims) {})), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, l.subscriptionIDs(t, tc.token)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			path, code := "/subscriptions/"+subscriptionID()+"?api-version=2022-12-01", ""
			a := l.call(t, http.MethodGet, path, tc.token)
			if len(tc.want) == 0 {
				if code = armCode(t, a); a.StatusCode != http.StatusForbidden || code != "AuthorizationFailed" {
					t.Errorf("one of them: %d %s", a.StatusCode, code)
				}
				return
			}
			if s := a.json(t); a.StatusCode != http.StatusOK || s["tenantId"] != tenantID || s["id"] != "/subscriptions/"+subscriptionID() || s["state"] != "Enabled" {
				t.Errorf("one of them: %d %s", a.StatusCode, a.text)
			}
		})
	}
	for _, name := range managementNames() {
		if aud := claimsIn(t, access(t, l.tr(t, name+"/.default")), "aud", "ver"); aud["aud"] != managementNames()[0] || aud["ver"] != "1.0" {
			t.Errorf("%s: %v", name, aud)
		}
		if got := l.subscriptionIDs(t, l.sealed(t, forManagement(l, func(c *claims) { c.Audience, c.ObjectID = name, l.info.Seed.Agent.ID }))); len(got) != 1 {
			t.Errorf("audience %s: %v", name, got)
		}
	}
	tenants := l.call(t, http.MethodGet, "/tenants?api-version=2022-12-01", modes["autonomous"]).json(t)
	if first, _ := tenants["value"].([]any)[0].(map[string]any); first["tenantId"] != tenantID || first["displayName"] != tenantName {
		t.Errorf("tenants %v", tenants)
	}
}

// TestSubscriptionRefusals: codes, status and headers as Azure has them.
func TestSubscriptionRefusals(t *testing.T) {
	l := newLab(t)
	good := l.sealed(t, forManagement(l, func(c *claims) { c.ObjectID = l.info.Seed.Agent.ID }))
	for name, tc := range badTokens(t, l) {
		t.Run(name, func(t *testing.T) {
			a := l.call(t, http.MethodGet, listSubscriptions, tc.management)
			header := a.Header.Get("WWW-Authenticate")
			if code := armCode(t, a); a.StatusCode != http.StatusUnauthorized || code != tc.managementSays {
				t.Errorf("%d %s, want %s: %s", a.StatusCode, code, tc.managementSays, a.text)
			}
			if !strings.Contains(header, `authorization_uri="`+l.url+"/"+tenantID+`", error="invalid_token"`) {
				t.Errorf("header %s", header)
			}
		})
	}
	for name, tc := range map[string]struct {
		method, path, auth string
		status             int
		code               string
	}{
		"no token":             {"GET", listSubscriptions, "", 401, "AuthenticationFailedMissingToken"},
		"an empty token":       {"GET", listSubscriptions, "Bearer ", 401, "AuthenticationFailedMissingToken"},
		"Basic":                {"GET", listSubscriptions, "Basic YTpi", 401, "AuthenticationFailedInvalidHeader"},
		"no api-version":       {"GET", "/subscriptions", "Bearer " + good, 400, "MissingApiVersionParameter"},
		"that before a token":  {"GET", "/subscriptions", "", 400, "MissingApiVersionParameter"},
		"a word for a version": {"GET", "/subscriptions?api-version=latest", "Bearer " + good, 400, "InvalidApiVersionParameter"},
		"an unknown version":   {"GET", "/tenants?api-version=1999-01-01", "Bearer " + good, 400, "InvalidApiVersionParameter"},
		"another subscription": {"GET", "/subscriptions/" + newID() + "?api-version=2022-12-01", "Bearer " + good, 404, "SubscriptionNotFound"},
		"no GUID":              {"GET", "/subscriptions/mine?api-version=2022-12-01", "Bearer " + good, 400, "InvalidSubscriptionId"},
		"what is not played":   {"GET", "/subscriptions/" + subscriptionID() + "/resourceGroups?api-version=2022-12-01", "Bearer " + good, 404, "NotFound"},
		"another method":       {"DELETE", listSubscriptions, "Bearer " + good, 405, "MethodNotAllowed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, tc.method, l.url+tc.path, nil)
			r.Header.Set("Authorization", tc.auth)
			a := l.do(t, r)
			if code := armCode(t, a); a.StatusCode != tc.status || code != tc.code {
				t.Errorf("%d %s, want %d %s", a.StatusCode, code, tc.status, tc.code)
			}
		})
	}
	r := request(t, http.MethodGet, l.url+"/Subscriptions/"+strings.ToUpper(subscriptionID())+"?api-version=2022-12-01", nil)
	r.Header.Set("Authorization", "bearer "+good)
	id := newID()
	r.Header.Set("x-ms-correlation-request-id", id)
	if a := l.do(t, r); a.StatusCode != http.StatusOK || a.Header.Get("x-ms-correlation-request-id") != id {
		t.Errorf("another spelling: %d %v", a.StatusCode, a.Header)
	}
}

// TestOldTokensOfDisabledAgents: both APIs go by the token alone, so that of an agent that was disabled
// is good until it expires; Graph looks the caller up.
func TestOldTokensOfDisabledAgents(t *testing.T) {
	l := newLab(t)
	echo := l.modes(t, "api://"+l.info.Echo.AppID)["autonomous"]
	azure, graph := access(t, l.tr(t, "https://management.azure.com/.default")), access(t, l.tr(t, graphDefault))
	l.write(t, func(tx *txn) {
		p := clone(tx.principals.get(l.info.Seed.Agent.ID))
		p.AccountEnabled = false
		tx.put(p)
	})
	if a := l.tr(t, "api://"+l.info.Echo.AppID+"/.default"); a.StatusCode == http.StatusOK {
		t.Error("a disabled agent gets a token")
	}
	if l.echoOf(t, echo).Mode != "autonomous" || len(l.subscriptionIDs(t, azure)) != 1 {
		t.Error("a token from before is not taken")
	}
	if a := l.call(t, http.MethodGet, "/v1.0/users", graph); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("Graph: %d", a.StatusCode)
	}
	l.clock.advance(2 * time.Hour)
	if a := l.call(t, http.MethodGet, "/echo", echo); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after two hours: %d", a.StatusCode)
	}
}

// TestBlueprintsGetNoTokenForTheAPIs: only agent identities do.
func TestBlueprintsGetNoTokenForTheAPIs(t *testing.T) {
	l := newLab(t)
	for _, resource := range []string{"api://" + l.info.Echo.AppID, "https://management.azure.com"} {
		if a := l.token(t, l.basics("scope", resource+"/.default", "fmi_path", "-")...); a.StatusCode != 400 || !strings.Contains(string(a.text), "AADSTS82001") {
			t.Errorf("%s: %d %s", resource, a.StatusCode, a.text)
		}
	}
}

// TestAPIsObeyTheKnobs: faults in the words of each, by caller too, and an entry of the journal for each
// answer.
func TestAPIsObeyTheKnobs(t *testing.T) {
	l := newLab(t)
	echo, azure := l.sealed(t, func(*claims) {}), l.sealed(t, forManagement(l, func(*claims) {}))
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"faults":[
		{"kind":"429","path":"/echo","caller":"`+l.info.Client.ClientID+`","count":1,"retryAfterSec":7},
		{"kind":"503","path":"/subscriptions","caller":"`+seedID("principal client")+`","count":1},{"kind":"500","path":"/tenants","count":1}]}`)
	if a := l.call(t, http.MethodGet, "/echo", echo); a.StatusCode != 429 || a.json(t)["error"] != "too_many_requests" || a.Header.Get("Retry-After") != "7" {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	if a := l.call(t, http.MethodGet, listSubscriptions, azure); a.StatusCode != 503 || armCode(t, a) != "ServerBusy" {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	if a := l.call(t, http.MethodGet, "/tenants?api-version=2022-12-01", azure); a.StatusCode != 500 || armCode(t, a) != "InternalServerError" {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	l.echoOf(t, echo)
	l.subscriptionIDs(t, azure)
	l.call(t, http.MethodGet, "/echo", "abc")
	type entry struct {
		Path, Caller string
		Status       int
	}
	var body struct{ Entries []entry }
	if err := json.Unmarshal(l.get(t, "/_sandbox/journal").text, &body); err != nil {
		t.Fatal(err)
	}
	entries := slices.DeleteFunc(body.Entries, func(e entry) bool { return strings.Contains(e.Path, "oauth2") })
	who := seedID("principal client")
	want := []entry{{"/echo", "", 429}, {"/subscriptions", "", 503}, {"/tenants", "", 500}, {"/echo", who, 200}, {"/subscriptions", who, 200}, {"/echo", "", 401}}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	r := request(t, http.MethodGet, l.url+"/echo", nil)
	r.Host = "evil.example"
	if a := l.do(t, r); a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host name: %d", a.StatusCode)
	}
}

// TestAnOlderTenantGetsTheAPIs: a tenant file, or an export, from before they were there; what agents
// may do with them is left to their administrators.
func TestAnOlderTenantGetsTheAPIs(t *testing.T) {
	path := tenantFile(t)
	s, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	services := []string{seedID("resource " + managementAppID), seedID("principal echo")}
	if err := s.tenant.write(t.Context(), func(tx *txn) error {
		tx.remove(tx.apps.get(seedID("application echo")))
		for _, id := range services {
			tx.remove(tx.principals.get(id))
		}
		for _, o := range tx.everything() {
			if g, ok := o.(*permissionGrant); ok && slices.Contains(services, g.ResourceID) {
				tx.remove(o)
			}
			if a, ok := o.(*appRoleAssignment); ok && slices.Contains(services, a.ResourceID) {
				tx.remove(o)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	l := openLab(t, Options{DataFile: path})
	check := func(when string) {
		t.Helper()
		token := access(t, l.tr(t, "api://"+l.info.Echo.AppID+"/.default"))
		if a := l.call(t, http.MethodGet, "/echo", token); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: echo answers %d to an agent without a grant", when, a.StatusCode)
		}
		l.subscriptionIDs(t, access(t, l.tr(t, "https://management.azure.com/.default")))
	}
	check("opened")
	doc, _ := l.export(t)
	doc.Objects = slices.DeleteFunc(doc.Objects, func(o exportedObject) bool {
		return slices.ContainsFunc(append(services, seedID("application echo")), func(id string) bool { return strings.Contains(string(o.Object), `"id":"`+id+`"`) })
	})
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if a := l.send(t, http.MethodPost, "/_sandbox/import", string(text)); a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	check("imported")
	// What somebody deleted stays deleted.
	l.write(t, func(tx *txn) {
		a := tx.apps.get(seedID("application echo"))
		tx.remove(a)
		tx.put(&deletedItem{meta: meta{ID: a.ID}, Kind: kindApplication, Object: json.RawMessage(`{}`)})
	})
	if err := l.tenant.complete(t.Context(), l.o); err != nil || l.tenant.state.app(echoAppID()) != nil {
		t.Errorf("the application is back from the bin: %v", err)
	}
}
