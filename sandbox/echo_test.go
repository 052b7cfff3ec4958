package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
			got.Roles, got.Scopes, got.TenantID, got.Audience, got.TokenVersion, got.TokenID, got.Expires = nil, nil, "", "", "", "", time.Time{}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
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
