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
