package provision

import (
	"strings"
	"testing"

	"agentidportal/entra/graph"
)

// TestUnusableSponsors: disabled, unknown, and of a kind that answers nobody.
func TestUnusableSponsors(t *testing.T) {
	b := newBench(t, benchOptions{})
	g := b.as(b.globalAdmin(t))
	named, err := g.UsersNamed(t.Context(), []string{"greta.lind@" + b.info.Domain})
	if err != nil || len(named) != 1 {
		t.Fatalf("%+v, %v", named, err)
	}
	teams, err := g.SearchGroups(t.Context(), "Finance")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "6a1f0c9e-0000-4000-8000-00000000dead"
	want := map[string]string{
		named[0].ID: "is disabled", nobody: "not in the directory any more", b.info.Seed.AgentUser.ID: "is no person",
		b.persona(t, "sponsor").ID: "",
	}
	for _, team := range teams {
		want[team.ID] = map[string]string{"Finance readers": "of a kind that cannot sponsor", "Finance team": ""}[team.DisplayName]
	}
	ids := []string{strings.ToUpper(named[0].ID)}
	for id := range want {
		ids = append(ids, id)
	}
	got, err := UnusableSponsors(t.Context(), g, ids)
	if err != nil {
		t.Fatal(err)
	}
	for id, words := range want {
		if said := got[strings.ToLower(id)]; !strings.Contains(said, words) || words == "" && said != "" {
			t.Errorf("%s: %q, want %q", id, said, words)
		}
	}
}

// TestWhoJoinsAGroupOrManages: each kind with its refusal.
func TestWhoJoinsAGroupOrManages(t *testing.T) {
	of := func(kind graph.Kind, types ...string) graph.Candidate {
		return graph.Candidate{DirectoryObject: graph.DirectoryObject{Kind: kind}, GroupTypes: types}
	}
	list, roles := of(graph.KindGroup), of(graph.KindGroup, "Unified")
	list.MailEnabled, roles.RoleAssignable = true, true
	team := of(graph.KindGroup, "Unified")
	team.MailEnabled = true
	for _, tt := range []struct {
		name   string
		refuse func(graph.Candidate) string
		c      graph.Candidate
		want   string
	}{
		{"a security group", GroupRefusal, of(graph.KindGroup), ""},
		{"a Microsoft 365 group", GroupRefusal, team, ""},
		{"a rule", GroupRefusal, of(graph.KindGroup, "DynamicMembership"), "rule decides"},
		{"a group for roles", GroupRefusal, roles, "takes no agent users"},
		{"a distribution list", GroupRefusal, list, "Exchange keeps"},
		{"a person for a group", GroupRefusal, of(graph.KindUser), "no group"},
		{"a person", ManagerRefusal, of(graph.KindUser), ""},
		{"an agent user", ManagerRefusal, of(graph.KindAgentUser), "an agent user"},
		{"a service principal", ManagerRefusal, of(graph.KindServicePrincipal), "a service principal"},
	} {
		if got := tt.refuse(tt.c); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
