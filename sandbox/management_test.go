package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const listSubscriptions = "/subscriptions?api-version=2022-12-01"

// forManagement turns the claims of sealed into those of a token of the same client for Azure.
func forManagement(l *lab, change func(*claims)) func(*claims) {
	return func(c *claims) {
		c.Version, c.Issuer, c.Audience, c.Roles = "1.0", l.v1Issuer(), managementNames()[0], nil
		c.AppID, c.Party = c.Party, ""
		change(c)
	}
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
