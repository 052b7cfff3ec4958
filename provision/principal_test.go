package provision

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func candidate(kind graph.Kind, roleAssignable bool, types ...string) graph.Candidate {
	return graph.Candidate{DirectoryObject: graph.DirectoryObject{ID: "1", Kind: kind}, GroupTypes: types, RoleAssignable: roleAssignable}
}

func TestWhoMayOwnAndSponsor(t *testing.T) {
	tests := []struct {
		name           string
		who            graph.Candidate
		owner, sponsor string // why not
	}{
		{"person", candidate(graph.KindUser, false), "", ""},
		{"agent user", candidate(graph.KindAgentUser, false), "an agent user", "an agent user"},
		{"Microsoft 365 group", candidate(graph.KindGroup, false, "Unified"), "a group", ""},
		{"dynamic group", candidate(graph.KindGroup, false, "DynamicMembership"), "a group", ""},
		{"assigned security group", candidate(graph.KindGroup, false), "a group", "assigned members"},
		{"role-assignable group", candidate(graph.KindGroup, true, "Unified"), "a group", "directory roles"},
		{"service principal", candidate(graph.KindServicePrincipal, false), "", "a service principal"},
		{"agent identity", candidate(graph.KindAgentIdentity, false), "an agent identity", "an agent identity"},
		{"blueprint principal", candidate(graph.KindBlueprintPrincipal, false), "a blueprint principal", "a blueprint principal"},
		{"blueprint", candidate(graph.KindBlueprint, false), "a blueprint", "a blueprint"},
		{"application", candidate(graph.KindApplication, false), "an application", "an application"},
		{"device", candidate(graph.KindOther, false), "neither", "neither"},
	}
	for _, tt := range tests {
		for role, got := range map[string][2]string{"owner": {OwnerRefusal(tt.who), tt.owner}, "sponsor": {SponsorRefusal(tt.who), tt.sponsor}} {
			if (got[0] == "") != (got[1] == "") || !strings.Contains(got[0], got[1]) {
				t.Errorf("%s as %s: %q, want %q", tt.name, role, got[0], got[1])
			}
		}
	}
}

func crowd(kind graph.Kind, n int) []Principal {
	var list []Principal
	for i := range n {
		list = append(list, Principal{ID: fmt.Sprint(i), Kind: kind})
	}
	return list
}

func TestOwnersAndSponsorsAreCounted(t *testing.T) {
	tests := []struct {
		name        string
		change      func(*BlueprintSpec)
		field, says string
	}{
		{"100 of each", func(s *BlueprintSpec) { s.Owners, s.Sponsors = crowd(graph.KindUser, 100), crowd(graph.KindUser, 100) }, "", ""},
		{"5 groups", func(s *BlueprintSpec) { s.Sponsors = crowd(graph.KindGroup, 5) }, "", ""},
		{"no owner", func(s *BlueprintSpec) { s.Owners = []Principal{} }, "", ""},
		{"a service principal owns", func(s *BlueprintSpec) { s.Owners = crowd(graph.KindServicePrincipal, 1) }, "", ""},
		{"many tenants", func(s *BlueprintSpec) { s.Audience = graph.AudienceManyTenants }, "", ""},
		{"nobody for agents there are none of", func(s *BlueprintSpec) { s.Count, s.AgentSponsors = 0, []Principal{} }, "", ""},
		{"101 owners", func(s *BlueprintSpec) { s.Owners = crowd(graph.KindUser, 101) }, "owners", "These are 101"},
		{"101 sponsors", func(s *BlueprintSpec) { s.Sponsors = crowd(graph.KindUser, 101) }, "sponsors", "These are 101"},
		{"6 groups", func(s *BlueprintSpec) { s.Sponsors = crowd(graph.KindGroup, 6) }, "sponsors", "at most 5 groups"},
		{"a group owns", func(s *BlueprintSpec) { s.Owners = crowd(graph.KindGroup, 1) }, "owners", "a group"},
		{"an agent user sponsors", func(s *BlueprintSpec) { s.Sponsors = crowd(graph.KindAgentUser, 1) }, "sponsors", "an agent user"},
		{"nobody for the agents", func(s *BlueprintSpec) { s.AgentSponsors = []Principal{} }, "agentSponsors", "an agent identity without one"},
		{"personal accounts", func(s *BlueprintSpec) { s.Audience = "PersonalMicrosoftAccount" }, "signInAudience", "one tenant or many"},
		{"251 names", func(s *BlueprintSpec) { s.Names = strings.Split(strings.Repeat("x", 250), "") }, "names", "These are 251"},
		{"one name twice", func(s *BlueprintSpec) { s.Names = []string{"North", "South", "north"} }, "names", "Names 1 and 3 are the same"},
		{"long name", func(s *BlueprintSpec) { s.Names = []string{strings.Repeat("x", 257)} }, "names", "Name 1: Write a name of 1 to 256"},
		{"names need no number", func(s *BlueprintSpec) { s.Names, s.Count, s.NamePattern = []string{"North"}, -1, "" }, "", ""},
		{"names as the blueprint need a secret", func(s *BlueprintSpec) { s.Names, s.Count, s.SecretDays, s.RunAs = []string{"North"}, 0, 0, AsBlueprint }, "runAs", "needs a client secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := goodSpec()
			tt.change(&spec)
			if tt.name == "251 names" {
				spec.Names = append(spec.Names, "y")
			}
			faults := spec.Validate()
			if tt.field == "" && len(faults) != 0 || !strings.Contains(faults[tt.field], tt.says) {
				t.Errorf("faults %v, want %q to say %q", faults, tt.field, tt.says)
			}
		})
	}
}

func TestTypedNames(t *testing.T) {
	spec := goodSpec()
	spec.Names = ParseNames("North\r\n\n  South \n\t\nشمال")
	if diff := cmp.Diff([]string{"North", "South", "شمال"}, spec.AgentNames()); diff != "" {
		t.Error(diff)
	}
}

// Runs that were recorded before owners could be chosen are still carried out.
func TestSpecsOfOldRunsDecode(t *testing.T) {
	var spec BlueprintSpec
	old := `{"displayName":"Invoice helper","sponsorIds":["a","b"],"sponsorNames":["ann@x"],"secretDays":180,"count":2,"namePattern":"{name} {nn}","runAs":"me","keepSecret":false}`
	if err := json.Unmarshal([]byte(old), &spec); err != nil {
		t.Fatal(err)
	}
	want := []Principal{{ID: "a", Kind: graph.KindUser, Username: "ann@x"}, {ID: "b", Kind: graph.KindUser}}
	if diff := cmp.Diff(want, spec.Sponsors); diff != "" || spec.Owners != nil || len(spec.Validate()) != 0 {
		t.Errorf("spec %+v, faults %v\n%s", spec, spec.Validate(), diff)
	}
	body, err := json.Marshal(known{spec: spec, ownerOID: "me"}.call(planned{kind: KindBlueprint, name: "x"}, "op").Body)
	if err != nil || !strings.Contains(string(body), `"owners@odata.bind":["/v1.0/users/me"]`) || strings.Contains(string(body), "signInAudience") {
		t.Errorf("body %s, %v", body, err)
	}
	again, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var same BlueprintSpec
	if err := json.Unmarshal(again, &same); err != nil || !cmp.Equal(spec, same) {
		t.Errorf("written and read again: %s\n%s", cmp.Diff(spec, same), err)
	}
	if err := json.Unmarshal([]byte(`{"sponsors":"all"}`), &same); err == nil {
		t.Error("a spec with sponsors that are no list was read")
	}
}

func TestChosenOnesTravelInTheCalls(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	plan := b.Plan(b.spec(admin, func(s *BlueprintSpec) {
		s.Audience, s.Names = graph.AudienceManyTenants, []string{"North"}
		s.Owners, s.Sponsors, s.AgentSponsors = []Principal{}, []Principal{{ID: "g", Kind: graph.KindGroup}}, []Principal{{ID: "p", Kind: graph.KindUser}}
	}), admin)
	var bodies []string
	for _, p := range plan {
		body, err := json.Marshal(p.Call.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	first, last := bodies[0], bodies[len(bodies)-1]
	if !strings.Contains(first, `"signInAudience":"AzureADMultipleOrgs","sponsors@odata.bind":["`+b.url+`/v1.0/groups/g"]`) || strings.Contains(first, "owners@") {
		t.Errorf("blueprint: %s", first)
	}
	if !strings.Contains(last, `"displayName":"North"`) || !strings.Contains(last, `"sponsors@odata.bind":["`+b.url+`/v1.0/users/p"]`) {
		t.Errorf("agent: %s", last)
	}
	if what := plan[0].What; what != "Create blueprint “Invoice helper”, 0 owners, 1 sponsor" {
		t.Errorf("in words: %s", what)
	}
}

// Graph's own rules are met in the run, when a group became unfit meanwhile.
func TestRefusedSponsorIsNamed(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	groups, err := b.o.Graph.With(b.signIns.TokenFunc(admin.SignInID)).SearchGroups(t.Context(), "Agent operators")
	if err != nil || len(groups) != 1 {
		t.Fatalf("groups %v, %v", groups, err)
	}
	for name, sponsor := range map[string]Principal{
		"role-assignable": PrincipalOf(groups[0]),
		"gone":            {ID: "11111111-2222-4333-8444-555555555555", Kind: graph.KindUser, Name: "Zoe"},
	} {
		run, err := b.Start(t.Context(), admin, name, b.spec(admin, func(s *BlueprintSpec) { s.Sponsors = append(s.Sponsors, sponsor) }))
		if err != nil {
			t.Fatal(err)
		}
		run = b.until(t, run.ID, models.RunFailed)
		advice, ok := Advise(run, &run.Steps[0], false)
		if !ok || advice.Title != "Graph does not take “"+sponsor.Words()+"”" || !strings.Contains(advice.Text, "begin a new blueprint") {
			t.Errorf("%s: %+v; Graph said %d %s", name, advice, run.Steps[0].HTTPStatus, run.Steps[0].ErrorMessage)
		}
	}
}
