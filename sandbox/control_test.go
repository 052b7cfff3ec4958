package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInfoIsWhole(t *testing.T) {
	l := newLab(t)
	body := l.get(t, "/_sandbox/info").json(t)
	for _, name := range []string{"authority", "graph", "tenantId", "domain", "caFile", "portal", "client", "personas", "seed", "management", "echo", "partner"} {
		if _, there := body[name]; !there {
			t.Errorf("no field %s", name)
		}
	}
	if body["caFile"] != nil || body["authority"] != l.url || body["graph"] != l.url {
		t.Errorf("caFile %v, authority %v, graph %v", body["caFile"], body["authority"], body["graph"])
	}
	api := "api://" + seedID("app echo")
	wantEcho := map[string]any{
		"url": l.url + "/echo", "appId": seedID("app echo"), "scope": api + "/.default", "role": "Echo.Read.All", "delegatedScope": api + "/Echo.Read",
	}
	if diff := cmp.Diff(wantEcho, body["echo"]); diff != "" || body["management"] != l.url {
		t.Errorf("management %v, echo (-want +got):\n%s", body["management"], diff)
	}
	seed, _ := body["seed"].(map[string]any)
	agentUser, _ := seed["agentUser"].(map[string]any)
	if agentUser["upn"] != "invoice-helper-01@sandbox.example" || agentUser["id"] != seedID("agent user invoice-helper-01") || seed["name"] != "small" {
		t.Errorf("seed %v", seed)
	}
	if scope := l.info.Seed.Blueprint.Scope; scope != "api://"+l.info.Seed.Blueprint.AppID+"/access_agent" {
		t.Errorf("scope %s", scope)
	}
	roles := map[string][]string{}
	for _, p := range l.info.Personas {
		roles[p.UPN] = p.Roles
	}
	want := map[string][]string{
		"global-admin@sandbox.example": {"Global Administrator"}, "agent-admin@sandbox.example": {"Agent ID Administrator"},
		"agent-dev@sandbox.example": {"Agent ID Developer"}, "auditor@sandbox.example": {"Global Reader"},
		"approver@sandbox.example": {}, "sponsor@sandbox.example": {}, "user@sandbox.example": {},
	}
	if diff := cmp.Diff(want, roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	for _, secret := range []string{l.info.Portal.ClientSecret, l.info.Client.ClientSecret, l.info.Seed.Blueprint.ClientSecret} {
		if !strings.HasPrefix(secret, "SANDBOX~") {
			t.Errorf("secret %q", secret)
		}
	}
}

func TestSeedIsTheSameEverywhere(t *testing.T) {
	one, two := newLab(t).info, newLab(t).info
	two.Authority, two.Graph, two.Management, two.Echo.URL, two.Partner.Authority = one.Authority, one.Graph, one.Management, one.Echo.URL, one.Partner.Authority
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("two sandboxes differ:\n%s", diff)
	}
}

func TestPortalAddressFollowsTheOptions(t *testing.T) {
	path := tenantFile(t)
	for _, portal := range []string{"http://localhost:8080", "http://127.0.0.1:9090"} {
		s, err := Open(t.Context(), Options{DataFile: path, PortalURL: portal})
		if err != nil {
			t.Fatal(err)
		}
		a := s.tenant.state.app(s.Info().Portal.ClientID)
		if diff := cmp.Diff([]string{portal + "/auth/callback"}, a.WebRedirectURIs); diff != "" || s.Info().Portal.RedirectURI != a.WebRedirectURIs[0] {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// entries reads the journal after n.
func (l *lab) entries(t testing.TB, after string) (list []journalEntry, last int64) {
	t.Helper()
	var body struct {
		Entries []journalEntry
		Last    int64
	}
	a := l.get(t, "/_sandbox/journal?after="+after)
	if err := json.Unmarshal(a.text, &body); err != nil {
		t.Fatalf("%s: %v", a.text, err)
	}
	return body.Entries, body.Last
}

func TestJournalHasEveryAnsweredRequest(t *testing.T) {
	l := newLab(t)
	l.get(t, "/_sandbox/info")
	r := request(t, http.MethodGet, l.url+"/v1.0/me?$select=id", nil)
	r.Header.Set("client-request-id", "0190d5a2-0000-7000-8000-000000000001")
	l.do(t, r)
	l.token(t, l.basics()...)
	l.token(t, l.basics("client_secret", "SANDBOX~wrong")...)
	newBrowser(t, l).signIn(l.authorizeURL(), "user@sandbox.example")
	list, last := l.entries(t, "0")
	got := []string{}
	for _, e := range list {
		got = append(got, e.Method+" "+strings.TrimPrefix(e.Path, "/"+tenantID)+" "+http.StatusText(e.Status)+" "+e.Caller)
	}
	want := []string{
		"GET /v1.0/me Unauthorized ", "POST /oauth2/v2.0/token OK " + l.info.Seed.Blueprint.AppID,
		"POST /oauth2/v2.0/token Unauthorized " + l.info.Seed.Blueprint.AppID,
		"GET /oauth2/v2.0/authorize OK " + l.info.Portal.ClientID, "POST /oauth2/v2.0/authorize Found " + l.info.Portal.ClientID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list[0].ClientRequestID != "0190d5a2-0000-7000-8000-000000000001" || list[0].ObjectIDs == nil {
		t.Errorf("entry %+v", list[0])
	}
	if list[len(list)-1].N != last || !cmp.Equal(list[len(list)-1].ObjectIDs, []string{seedID("user user")}) {
		t.Errorf("last %d, entry %+v", last, list[len(list)-1])
	}
	rest, _ := l.entries(t, "3")
	if len(rest) != 2 || rest[0].N != 4 {
		t.Errorf("after 3: %+v", rest)
	}
	for _, bad := range []string{"x", "-1"} {
		if a := l.get(t, "/_sandbox/journal?after="+bad); a.StatusCode != http.StatusBadRequest {
			t.Errorf("after=%s: status %d", bad, a.StatusCode)
		}
	}
}

func TestControlWritesAreGuarded(t *testing.T) {
	l := newLab(t)
	r := request(t, http.MethodPut, l.url+"/_sandbox/knobs", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "text/plain")
	if a := l.do(t, r); a.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: status %d", a.StatusCode)
	}
	r = request(t, http.MethodPost, l.url+"/_sandbox/reset", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "https://evil.example")
	if a := l.do(t, r); a.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: status %d", a.StatusCode)
	}
}

func TestReset(t *testing.T) {
	l := newLab(t)
	l.disable(t, "user@sandbox.example")
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"lagMs":{"blueprint":7}}`)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "agent-dev@sandbox.example")
	if a := l.send(t, http.MethodPost, "/_sandbox/reset", ``); a.StatusCode != http.StatusNoContent {
		t.Fatalf("status %d: %s", a.StatusCode, a.text)
	}
	if got := l.knobValues().LagMs.Blueprint; got != 0 {
		t.Errorf("lag %d after the reset", got)
	}
	wantRefusal(t, l.redeem(t, reply), 400, "invalid_grant", 70000)
	access(t, l.redeem(t, newBrowser(t, l).signIn(l.authorizeURL(), "user@sandbox.example")))
	if diff := cmp.Diff(l.info, l.Info()); diff != "" {
		t.Errorf("info changed:\n%s", diff)
	}
}

// TestLatency: with a delay longer than the client's patience there is no answer, and without an
// answer no entry in the journal; the sandbox's own addresses are not delayed.
func TestLatency(t *testing.T) {
	l := newLab(t)
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"latencyMs":600000}`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r := request(t, http.MethodGet, l.url+"/"+tenantID+"/discovery/v2.0/keys", nil).WithContext(ctx)
	res, err := http.DefaultClient.Do(r)
	if err == nil {
		res.Body.Close()
		t.Fatal("answered at once")
	}
	if list, _ := l.entries(t, "0"); len(list) != 0 {
		t.Errorf("the journal has %+v", list)
	}
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"latencyMs":1}`)
	if a := l.get(t, "/"+tenantID+"/discovery/v2.0/keys"); a.StatusCode != http.StatusOK {
		t.Errorf("status %d", a.StatusCode)
	}
}

func TestHome(t *testing.T) {
	l := newLab(t)
	_, doc := newBrowser(t, l).open(l.url + "/")
	if doc.Find("h1").Text() != "Sandbox tenant" || !strings.Contains(doc.Text(), l.info.TenantID) {
		t.Error("the page does not say what this is")
	}
	if text := doc.Find("main").Text(); !strings.Contains(text, "All are off.") || !strings.Contains(text, "10,000 agent identities") {
		t.Errorf("knobs or seeds are missing: %s", text)
	}
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"latencyMs":1,"lagMs":{"grant":5},"userConsent":false,"clockOffsetSec":60,"faults":[{"kind":"429","path":"/v1.0/nothing"}]}`)
	_, turned := newBrowser(t, l).open(l.url + "/")
	for _, want := range []string{"Replication lag.", "Latency of 1 ms.", "Fault 429 at /v1.0/nothing, 0 hits so far.", "moved by 60 seconds", "A switch is not as usual."} {
		if !strings.Contains(turned.Find("main").Text(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	links := doc.Find("main a")
	for i := range links.Length() {
		href := links.Eq(i).AttrOr("href", "")
		if u, err := url.Parse(href); err != nil || l.get(t, u.String()).StatusCode != http.StatusOK {
			t.Errorf("link %s is dead", href)
		}
	}
}

func TestAuthenticate(t *testing.T) {
	l := newLab(t)
	graphToken := access(t, l.token(t, l.basics("scope", "https://graph.microsoft.com/.default", "fmi_path", "-")...))
	check := func(header string) (caller, *graphError) {
		r := request(t, http.MethodGet, l.url+"/v1.0/me", nil)
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		return l.authenticate(r)
	}
	who, bad := check("Bearer " + graphToken)
	want := caller{AppID: l.info.Seed.Blueprint.AppID, ObjectID: l.info.Seed.Blueprint.PrincipalID, App: true, Scopes: []string{}, Roles: []string{createAsManager}}
	if diff := cmp.Diff(want, who); diff != "" || bad != nil {
		t.Errorf("%v (-want +got):\n%s", bad, diff)
	}
	if !who.has("AgentIdentity.Create.All", createAsManager) || who.has("User.Read") {
		t.Error("has is wrong")
	}
	for name, header := range map[string]string{
		"nothing": "", "no bearer": "Basic abc", "no JWT": "Bearer abc", "spoilt": "Bearer " + spoil(graphToken), "T1": "Bearer " + l.t1(t),
		"vault": "Bearer " + access(t, l.tr(t, "https://vault.azure.net/.default")),
	} {
		if _, bad := check(header); bad == nil || bad.Status != http.StatusUnauthorized || bad.Code != "InvalidAuthenticationToken" {
			t.Errorf("%s: %v", name, bad)
		}
	}
	user := access(t, l.redeem(t, newBrowser(t, l).signIn(l.authorizeURL(), "auditor@sandbox.example")))
	if who, bad := check("bearer " + user); bad != nil || who.App || !who.has("User.Read") {
		t.Errorf("%+v %v", who, bad)
	}
	l.disable(t, "auditor@sandbox.example")
	if _, bad := check("Bearer " + user); bad == nil {
		t.Error("a disabled user's token is accepted")
	}
	l.clock.advance(2 * time.Hour)
	if _, bad := check("Bearer " + graphToken); bad == nil || !strings.Contains(bad.Message, "expired") {
		t.Errorf("after two hours: %v", bad)
	}
}
