package graph_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestFiltersOverHTTP(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	const enabled, disabled = "accountEnabled eq true", "accountEnabled eq false"
	since := "createdDateTime ge " + time.Now().Add(-24*time.Hour).UTC().Format(time.RFC3339)
	for _, persona := range []string{"agent-admin", "auditor"} {
		c := h.as(persona)
		agents := func(filter, blueprint string) int {
			t.Helper()
			o := graph.ListOptions{Filter: filter, OrderBy: "displayName", Top: 100}
			page, err := c.AgentIdentities(ctx, o)
			if blueprint != "" {
				page, err = c.AgentIdentitiesPage(ctx, blueprint, o)
			}
			if err != nil {
				t.Fatalf("%s: %s: %v", persona, filter, err)
			}
			return len(page.Items)
		}
		seed := h.info.Seed.Blueprint.AppID
		got := []int{
			agents("", ""), agents(enabled, ""), agents(disabled, ""),
			agents(since, ""), agents("tags/any(t:startswith(t,'"+graph.OpTag("")+"'))", ""),
			agents(enabled, seed), agents(disabled, seed),
		}
		if diff := cmp.Diff([]int{7, 6, 1, 1, 0, 1, 0}, got); diff != "" {
			t.Errorf("%s: agents (-want +got):\n%s", persona, diff)
		}
		home, err := c.BlueprintPrincipals(ctx, graph.ListOptions{Filter: "appOwnerOrganizationId eq " + h.info.TenantID})
		all, allErr := c.BlueprintPrincipals(ctx, graph.ListOptions{OrderBy: "displayName", Top: 100})
		if err := errors.Join(err, allErr); err != nil || len(home.Items) != 7 || len(all.Items) != 8 {
			t.Fatalf("%s: %d of %d principals are at home, %v", persona, len(home.Items), len(all.Items), err)
		}
		away, err := c.BlueprintPrincipals(ctx, graph.ListOptions{Filter: "appOwnerOrganizationId ne " + h.info.TenantID, OrderBy: "displayName"})
		if err != nil || len(away.Items) != 1 || away.Items[0].ID != all.Items[0].ID {
			t.Errorf("%s: away = %+v, %v", persona, away, err)
		}
		first := all.Items[0]
		if first.DisplayName != "Copy desk" || first.OwnerTenantID == h.info.TenantID || first.PublisherName != "Tailspin Toys" {
			t.Errorf("%s: the principal of another tenant = %+v", persona, first)
		}
		if one, err := c.BlueprintPrincipal(ctx, first.ID); err != nil || one.AppID != first.AppID {
			t.Errorf("%s: principal = %+v, %v", persona, one, err)
		}
		if _, err := c.BlueprintPrincipal(ctx, h.info.Seed.Agent.ID); !graph.IsNotFound(err) {
			t.Errorf("%s: an agent was read as a principal: %v", persona, err)
		}
	}
}

func TestAnObjectAsGraphGivesIt(t *testing.T) {
	h := newHouse(t)
	seed := h.info.Seed
	for _, persona := range []string{"agent-admin", "auditor"} {
		c := h.as(persona)
		for _, o := range []graph.ObjectOptions{{}, {Beta: true}, {Select: "id,displayName"}} {
			body, err := c.Object(t.Context(), graph.KindBlueprint, seed.Blueprint.ObjectID, o)
			if err != nil || !strings.Contains(string(body), `"Invoice helper"`) || strings.Contains(string(body), seed.Blueprint.ClientSecret) {
				t.Errorf("%s %+v: %v %s", persona, o, err, body)
			}
		}
	}
	body, err := h.as("agent-admin").Object(t.Context(), graph.KindAgentIdentity, seed.Agent.ID, graph.ObjectOptions{Select: "id", Expand: "sponsors($select=id)"})
	if err != nil || !strings.Contains(string(body), h.persona("sponsor").ObjectID) {
		t.Errorf("expanded: %v %s", err, body)
	}
	_, err = h.as("agent-admin").Object(t.Context(), graph.KindAgentIdentity, seed.Agent.ID, graph.ObjectOptions{Select: "nonsense"})
	var refused *graph.Error
	if !errors.As(err, &refused) || refused.Status != 400 || !strings.Contains(refused.Message, "nonsense") {
		t.Errorf("a property that does not exist: %v", err)
	}
}

func TestAnObjectIsReadAtItsOwnPathAlone(t *testing.T) {
	f := newFake(t, answer(200, `{}`))
	for _, o := range []graph.ObjectOptions{{}, {Beta: true, Select: "id&$expand=x#/../users", Expand: "a?b"}} {
		if _, err := f.client().Object(t.Context(), graph.KindAgentIdentity, blueprintAppID, o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.client().Object(t.Context(), graph.KindAgentIdentity, "../../users", graph.ObjectOptions{}); err == nil {
		t.Error("an id led to another path")
	}
	want := []string{
		"GET /v1.0/servicePrincipals/" + blueprintAppID + "/microsoft.graph.agentIdentity",
		"GET /beta/servicePrincipals/" + blueprintAppID + "/microsoft.graph.agentIdentity?$expand=a%3Fb&$select=id%26$expand%3Dx%23%2F..%2Fusers",
	}
	if diff := cmp.Diff(want, f.uris()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, err := f.client().Object(t.Context(), graph.KindUser, blueprintAppID, graph.ObjectOptions{}); err == nil {
		t.Error("a person was read as an object of agents")
	}
}

func TestARecorderKeepsWhatAPageAsked(t *testing.T) {
	attempts := 0
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		attempts++
		switch {
		case strings.HasSuffix(r.URL.Path, "owners") && attempts == 1:
			w.Header().Set("Retry-After", "0")
			answer(503, `{}`)(w, r)
		case strings.HasSuffix(r.URL.Path, "sponsors"):
			answer(403, denied)(w, r)
		default:
			answer(200, `{"value":[]}`)(w, r)
		}
	})
	var page graph.Recorder
	c := f.client()
	recording := c.Recording(&page)
	_, _ = recording.Owners(t.Context(), graph.KindBlueprint, blueprintAppID)
	_, _ = recording.Sponsors(t.Context(), graph.KindBlueprint, blueprintAppID)
	_, _ = c.Sponsors(t.Context(), graph.KindBlueprint, blueprintAppID)
	f.Close()
	_, _ = recording.Organization(t.Context())
	var got []string
	for _, s := range page.Sent() {
		got = append(got, strings.Join([]string{s.Method, s.Path[strings.LastIndex(s.Path, "/")+1:], http.StatusText(s.Status), s.RequestID}, " "))
	}
	const answered = "9d7d0000-0000-4000-8000-000000000001" // request-id of the stand-in
	want := []string{
		"GET owners Service Unavailable " + answered, "GET owners OK " + answered, "GET sponsors Forbidden " + answered,
		"GET organization?$select=id%2CdisplayName%2CcreatedDateTime%2CverifiedDomains  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
