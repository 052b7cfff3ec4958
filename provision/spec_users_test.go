package provision

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestUsersOfASpecAreChecked(t *testing.T) {
	bot := Principal{ID: botID, Kind: graph.KindAgentUser, Name: "Bot"}
	tests := []struct {
		name   string
		change func(*BlueprintSpec)
		field  string
		says   string
	}{
		{"good", func(*BlueprintSpec) {}, "", ""},
		{"pattern without agents", func(s *BlueprintSpec) { s.Count = 0 }, "", ""},
		{"no pattern", func(s *BlueprintSpec) { s.Users.UPNPattern = " " }, "users.upnPattern", "Write a pattern"},
		{"unknown placeholder", func(s *BlueprintSpec) { s.Users.UPNPattern = "{agent}{x}" }, "users.upnPattern", "{x} is not known"},
		{"whole address", func(s *BlueprintSpec) { s.Users.UPNPattern = "{agent}@x" }, "users.upnPattern", "before the @ only"},
		{"one name for two", func(s *BlueprintSpec) { s.Users.UPNPattern = "bot" }, "users.upnPattern", "agents 1 and 2 the same name, “bot”"},
		{"bad character", func(s *BlueprintSpec) { s.Users.UPNPattern = "bot {n}" }, "users.upnPattern", "not a blank"},
		{"name of another script", func(s *BlueprintSpec) { s.Names = []string{"助手"} }, "users.upnPattern", "Write a name before the @"},
		{"too long", func(s *BlueprintSpec) { s.Names = []string{strings.Repeat("x", 80)} }, "users.upnPattern", "at most 64"},
		{"no domain", func(s *BlueprintSpec) { s.Users.Domain = "" }, "users.domain", "Choose the domain"},
		{"no country", func(s *BlueprintSpec) { s.Users.UsageLocation = "D" }, "users.usageLocation", "“D” is no country code"},
		{"licence without a place", func(s *BlueprintSpec) { s.Users.UsageLocation = "" }, "users.usageLocation", "no licence"},
		{"agent user as manager", func(s *BlueprintSpec) { s.Users.Manager = &bot }, "users.manager", "is an agent user"},
		{"agent user as sponsor", func(s *BlueprintSpec) { s.Users.Sponsors = []Principal{bot} }, "users.sponsors", "is an agent user"},
		{"rows of one name", func(s *BlueprintSpec) { s.Rows = []AgentRow{{Name: "a"}, {Name: "A"}} }, "rows", "Row 2, name: Rows 1 and 2"},
		{"row with a bad user", func(s *BlueprintSpec) { s.Rows = []AgentRow{{Name: "a", User: &UserRow{UPN: "x"}}} }, "rows", "Row 1, user:"},
		{"rows before the domain is chosen", func(s *BlueprintSpec) { s.Rows, s.Users.Domain = []AgentRow{{Name: "a"}}, "" }, "users.domain", "Choose the domain"},
		{"251 rows", func(s *BlueprintSpec) { s.Rows = make([]AgentRow, 251) }, "rows", "These are 251"},
		{"rows and no pattern", func(s *BlueprintSpec) { s.Rows, s.NamePattern = []AgentRow{{Name: "a"}, {Name: "b"}}, "" }, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := goodSpec()
			spec.Users = &UsersSpec{UPNPattern: "{agent}", Domain: "contoso.example", UsageLocation: "de", License: &LicenseRef{SKUID: "1", Name: "E3"}}
			tt.change(&spec)
			faults := spec.Validate()
			if tt.field == "" {
				if len(faults) != 0 {
					t.Errorf("faults %v", faults)
				}
				return
			}
			if !strings.Contains(faults[tt.field], tt.says) {
				t.Errorf("%v, want %s to say %q", faults, tt.field, tt.says)
			}
			if tt.field == "users.domain" && len(faults) > 1 {
				t.Errorf("a domain to choose is a fault of more: %v", faults)
			}
		})
	}
}

// TestRowsAreJudgedByWhatIsTheirs looks at rows that take the rest from what
// all agent users have in common, as a wizard has it before and after the step
// Agent users: a fault of that step is never one of the rows.
func TestRowsAreJudgedByWhatIsTheirs(t *testing.T) {
	unfilled := func() *UsersSpec { return &UsersSpec{UPNPattern: "{agent}"} }
	e3 := &LicenseRef{SKUID: "1", Name: "E3"}
	tests := []struct {
		name  string
		users *UsersSpec
		row   AgentRow
		want  map[string]string
	}{
		{"no user before the domain is chosen", unfilled(), AgentRow{Name: "a"}, map[string]string{"users.domain": "Choose the domain"}},
		{
			"licence before the place is written", unfilled(),
			AgentRow{Name: "a", User: &UserRow{UPN: "a@b.example", License: e3}},
			map[string]string{"users.domain": "Choose the domain", "users.usageLocation": "Row 1 has a licence and no usage location"},
		},
		{"licence and place of its own", &UsersSpec{UPNPattern: "{agent}", Domain: "b.example"}, AgentRow{Name: "a", User: &UserRow{License: e3, UsageLocation: "DE"}}, nil},
		{
			"bad place for all", &UsersSpec{UPNPattern: "{agent}", Domain: "b.example", UsageLocation: "ZZ"},
			AgentRow{Name: "a", User: &UserRow{UPN: "a@b.example"}},
			map[string]string{"users.usageLocation": "“ZZ” is no country code"},
		},
		{
			"bad place of its own", unfilled(),
			AgentRow{Name: "a", User: &UserRow{UPN: "a@b.example", UsageLocation: "ZZ"}},
			map[string]string{"users.domain": "Choose the domain", "rows": "Row 1, usage_location"},
		},
		{"nothing in common and no name", nil, AgentRow{Name: "a", User: &UserRow{}}, map[string]string{"rows": "Row 1, user"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := goodSpec()
			spec.Users, spec.Rows = tt.users, []AgentRow{tt.row}
			faults := spec.Validate()
			for field, says := range tt.want {
				if !strings.HasPrefix(faults[field], says) {
					t.Errorf("%s is %q, want %q", field, faults[field], says)
				}
			}
			if len(faults) != len(tt.want) {
				t.Errorf("faults %v, want those of %v", faults, tt.want)
			}
		})
	}
}

func TestNamesBecomeSignInNames(t *testing.T) {
	var got []string
	for _, name := range []string{"Invoice helper 01", "Zürich – Œuvre", "O'Brien’s bot", "  a__b / c  ", "助手 7", "İSTANBUL", "$(x)"} {
		got = append(got, slug(name))
	}
	want := []string{"invoice-helper-01", "zuerich-oeuvre", "obriens-bot", "a__b-c", "7", "istanbul", "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := localPart(" {name}.{n}-{nn} ", "a", "Blue {n}", 7, 100); got != "blue-n.7-007" {
		t.Errorf("pattern gave %q", got)
	}
}

func TestCountriesAreThoseOfTheStandard(t *testing.T) {
	if n := len(Countries()); n != 249 {
		t.Errorf("%d codes, the standard has 249", n)
	}
	for code, want := range map[string]bool{"DE": true, "us": true, "UK": false, "XX": false, "D": false, "": false, "DE ": false} {
		if IsCountry(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

// TestANewBlueprintTakesNoAgentsOfOthers: a spec may come from a file, and what
// it grants is for the agent identities of its own blueprint.
func TestANewBlueprintTakesNoAgentsOfOthers(t *testing.T) {
	spec := goodSpec()
	spec.Rows = []AgentRow{{Name: "Harmless", AgentID: newTestID}}
	if fault := spec.Validate()["rows"]; !strings.Contains(fault, "Row 1") || !strings.Contains(fault, "exists already") {
		t.Errorf("faults %v", spec.Validate())
	}
}

func TestARunHasABoundOfSteps(t *testing.T) {
	spec := goodSpec()
	spec.Count = MaxAgents
	for i := range 20 {
		spec.Roles = append(spec.Roles, RoleSpec{Resource: ResourceRef{AppID: newTestID}, Value: fmt.Sprintf("Role%d", i)})
	}
	if fault := spec.Validate()["count"]; !strings.Contains(fault, "5250 calls") {
		t.Errorf("faults %v", spec.Validate())
	}
	if spec.Count = 200; len(spec.Validate()) > 0 {
		t.Errorf("faults %v", spec.Validate())
	}
}
