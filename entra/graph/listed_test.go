package graph_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"agentidportal/entra/graph"
)

// TestListedObjectsBringTheirPeople reads the seeded tenant as those who may
// use the typed lists, and as a reader who may not.
func TestListedObjectsBringTheirPeople(t *testing.T) {
	h := newHouse(t)
	for _, who := range []string{"agent-admin", "auditor"} {
		c := h.as(who)
		progress := 0
		blueprints, err := c.ListedBlueprints(t.Context(), func(n int) { progress = n })
		if err != nil || len(blueprints) != 8 || progress != 8 {
			t.Fatalf("%s: %d blueprints, progress %d, %v", who, len(blueprints), progress, err)
		}
		for _, b := range blueprints {
			want := 1
			if b.Item.DisplayName == "Travel desk" {
				want = 0
			}
			if !b.Owners.Known || !b.Sponsors.Known || len(b.Sponsors.Refs) != want {
				t.Errorf("%s: %s has sponsors %+v, owners %+v", who, b.Item.DisplayName, b.Sponsors, b.Owners)
			}
		}
		agents, err := c.ListedAgents(t.Context(), nil)
		if err != nil || len(agents) != 7 || len(agents[0].Sponsors.Refs) != 1 || agents[0].Item.AgentIdentityBlueprintID == "" {
			t.Errorf("%s: agents %+v, %v", who, agents, err)
		}
		principals, err := c.ListedPrincipals(t.Context(), nil)
		if err != nil || len(principals) != 8 || !principals[0].Owners.Known {
			t.Errorf("%s: %d principals, %v", who, len(principals), err)
		}
		users, err := c.ListedAgentUsers(t.Context(), nil)
		if err != nil || len(users) != 1 || len(users[0].Sponsors.Refs) != 1 || users[0].Manager != nil || users[0].Item.IdentityParentID != h.info.Seed.Agent.ID {
			t.Errorf("%s: agent users %+v, %v", who, users, err)
		}
	}
}

// TestRelationsThatDoNotComeTogether reads them one a pass where Graph takes one
// $expand at a time, and singly where it takes none or cuts them at 20.
func TestRelationsThatDoNotComeTogether(t *testing.T) {
	h := newHouse(t)
	for name, refuses := range map[string]func(string) bool{
		"several": func(q string) bool { return strings.Contains(q, "$expand") && strings.Contains(q, "%2C") },
		"any":     func(q string) bool { return strings.Contains(q, "$expand") },
	} {
		var calls atomic.Int32
		c := graph.New(graph.Options{Base: h.info.Graph, Token: bearer(h.token("agent-admin")), HTTP: &http.Client{Transport: wired(func(r *http.Request) (*http.Response, error) {
			calls.Add(1)
			if refuses(r.URL.RawQuery) {
				body := `{"error":{"code":"Request_UnsupportedQuery","message":"Expansion is not supported."}}`
				return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
			}
			return http.DefaultTransport.RoundTrip(r)
		})}})
		agents, err := c.ListedAgents(t.Context(), nil)
		if err != nil || len(agents) != 7 {
			t.Fatalf("%s: %d agents, %v", name, len(agents), err)
		}
		for _, a := range agents {
			if !a.Sponsors.Known || !a.Owners.Known || len(a.Owners.Refs) != 1 {
				t.Errorf("%s: %s has owners %+v, sponsors %+v", name, a.Item.DisplayName, a.Owners, a.Sponsors)
			}
		}
		if n := calls.Load(); n > 6 {
			t.Errorf("%s: %d calls for seven agents", name, n)
		}
	}
}

func TestPeopleAreKnownByTheirAccounts(t *testing.T) {
	h := newHouse(t)
	c := h.as("agent-admin")
	blueprints, err := c.ListedBlueprints(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{"11111111-2222-4333-8444-555555555555"}
	for _, b := range blueprints {
		for _, ref := range b.Sponsors.Refs {
			ids = append(ids, ref.ID)
		}
	}
	people, err := c.People(t.Context(), ids)
	if err != nil || len(people) != 3 {
		t.Fatalf("%+v, %v", people, err)
	}
	for _, p := range people {
		switch {
		case p.Kind == graph.KindGroup:
			members, more, err := c.FirstMembers(t.Context(), p.ID)
			if err != nil || more || len(members) != 0 || !p.SponsorGroup() {
				t.Errorf("%+v has members %+v, %v", p, members, err)
			}
		case p.Enabled == nil || *p.Enabled != (p.UPN != "greta.lind@sandbox.example"):
			t.Errorf("%s: enabled is %v", p.UPN, p.Enabled)
		}
	}
}

// wired is a wire between Graph and its client.
type wired func(*http.Request) (*http.Response, error)

func (w wired) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }
