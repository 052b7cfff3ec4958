package provision

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func goodSpec() BlueprintSpec {
	return BlueprintSpec{
		DisplayName: "Invoice helper",
		Sponsors:    []Principal{person("3ce6a981-f027-4d5b-8b14-95d7e2603cfa")},
		SecretDays:  180, Count: 2, NamePattern: DefaultNamePattern, RunAs: AsMe,
	}
}

func TestValidateNamesTheFieldAndTheFix(t *testing.T) {
	long := strings.Repeat("ä", 300)
	tests := []struct {
		name   string
		change func(*BlueprintSpec)
		field  string // "" when it must pass
		says   string
	}{
		{"as it is", func(*BlueprintSpec) {}, "", ""},
		{"blueprint alone, no secret", func(s *BlueprintSpec) { s.Count, s.SecretDays = 0, 0 }, "", ""},
		{"blueprint alone as the blueprint, no secret", func(s *BlueprintSpec) { s.Count, s.SecretDays, s.RunAs = 0, 0, AsBlueprint }, "", ""},
		{"agents as me, no secret", func(s *BlueprintSpec) { s.SecretDays = 0 }, "", ""},
		{"256 characters, not bytes", func(s *BlueprintSpec) { s.DisplayName, s.Count = strings.Repeat("ä", 256), 0 }, "", ""},
		{"250 agents", func(s *BlueprintSpec) { s.Count = 250 }, "", ""},
		{"one agent needs no number", func(s *BlueprintSpec) { s.Count, s.NamePattern = 1, "{name}" }, "", ""},
		{"hostile name stays data", func(s *BlueprintSpec) { s.DisplayName = `$(x)'; rm -rf / "` + "`" }, "", ""},
		{"empty name", func(s *BlueprintSpec) { s.DisplayName = "  " }, "displayName", "1 to 256 characters"},
		{"turns the words round", func(s *BlueprintSpec) { s.DisplayName, s.Count = "Pay\u202egnp.exe", 0 }, "displayName", "without U+202E"},
		{"hides a blank", func(s *BlueprintSpec) { s.DisplayName, s.Count = "Pay\u200broll", 0 }, "displayName", "without U+200B"},
		{"pattern that hides a blank", func(s *BlueprintSpec) { s.NamePattern = "a\u2066{nn}" }, "namePattern", "without U+2066"},
		{"joiners that words need", func(s *BlueprintSpec) { s.DisplayName, s.Count = "می\u200cخواهم", 0 }, "", ""},
		{"300 characters", func(s *BlueprintSpec) { s.DisplayName = long }, "displayName", "This one has 300"},
		{"newline in the name", func(s *BlueprintSpec) { s.DisplayName = "a\nb" }, "displayName", "one line"},
		{"long description", func(s *BlueprintSpec) { s.Description = strings.Repeat("x", 1025) }, "description", "1024"},
		{"long reason", func(s *BlueprintSpec) { s.Reason = strings.Repeat("x", 501) }, "reason", "500"},
		{"no sponsor", func(s *BlueprintSpec) { s.Sponsors = nil }, "sponsors", "at least one"},
		{"251 agents", func(s *BlueprintSpec) { s.Count = 251 }, "count", "250 agent identities"},
		{"minus one", func(s *BlueprintSpec) { s.Count = -1 }, "count", "0 to 250"},
		{"odd life", func(s *BlueprintSpec) { s.SecretDays = 1000 }, "secret", "90 days, 6 months or 1 year"},
		{"as the blueprint without a secret", func(s *BlueprintSpec) { s.RunAs, s.SecretDays = AsBlueprint, 0 }, "runAs", "needs a client secret"},
		{"nobody", func(s *BlueprintSpec) { s.RunAs = "" }, "runAs", "Choose"},
		{"keep what is not made", func(s *BlueprintSpec) { s.KeepSecret, s.SecretDays = true, 0 }, "keepSecret", "no secret to keep"},
		{"no pattern", func(s *BlueprintSpec) { s.NamePattern = " " }, "namePattern", "Write a pattern"},
		{"same name twice", func(s *BlueprintSpec) { s.NamePattern = "{name}" }, "namePattern", "same name"},
		{"unknown placeholder", func(s *BlueprintSpec) { s.NamePattern = "{name} {foo} {nn}" }, "namePattern", "{foo} is not known. A pattern takes {name}, {n} and {nn}."},
		{"placeholder in capitals", func(s *BlueprintSpec) { s.Count, s.NamePattern = 1, "{NAME}" }, "namePattern", "{NAME}"},
		{"empty braces", func(s *BlueprintSpec) { s.NamePattern = "{}{nn}" }, "namePattern", "{} is not known"},
		{"braces in the display name", func(s *BlueprintSpec) { s.DisplayName = "{foo}" }, "", ""},
		{"pattern too long", func(s *BlueprintSpec) { s.DisplayName = strings.Repeat("x", 256) }, "namePattern", "259 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := goodSpec()
			tt.change(&spec)
			faults := spec.Validate()
			if tt.field == "" {
				if len(faults) != 0 {
					t.Fatalf("faults %v, want none", faults)
				}
				return
			}
			if !strings.Contains(faults[tt.field], tt.says) {
				t.Errorf("%s: %q, want it to say %q", tt.field, faults[tt.field], tt.says)
			}
		})
	}
}

func TestAgentNamesFollowThePattern(t *testing.T) {
	tests := []struct {
		pattern string
		count   int
		want    []string
	}{
		{DefaultNamePattern, 2, []string{"Invoice helper 01", "Invoice helper 02"}},
		{"agent {n} of {name}", 2, []string{"agent 1 of Invoice helper", "agent 2 of Invoice helper"}},
		{"{name}", 1, []string{"Invoice helper"}},
		{DefaultNamePattern, 0, nil},
		{DefaultNamePattern, 251, nil},
	}
	for _, tt := range tests {
		spec := goodSpec()
		spec.NamePattern, spec.Count = tt.pattern, tt.count
		if diff := cmp.Diff(tt.want, spec.AgentNames()); diff != "" {
			t.Errorf("%q: %s", tt.pattern, diff)
		}
	}
	spec := goodSpec()
	spec.Count = 100
	if got := spec.AgentNames()[0]; got != "Invoice helper 001" {
		t.Errorf("first of 100: %q", got)
	}
	spec.DisplayName, spec.Count = "{n} helper", 1
	if got := spec.AgentNames()[0]; got != "{n} helper 01" {
		t.Errorf("a name that looks like a pattern: %q", got)
	}
}

func TestSecretEndsAfterItsLife(t *testing.T) {
	start := time.Date(2026, 11, 21, 8, 13, 54, 700, time.UTC)
	tests := []struct {
		days int
		want time.Time
	}{
		{90, time.Date(2027, 2, 19, 8, 13, 54, 0, time.UTC)},
		{180, time.Date(2027, 5, 21, 8, 13, 54, 0, time.UTC)},
		{365, time.Date(2027, 11, 21, 8, 13, 54, 0, time.UTC)},
		{0, time.Time{}},
	}
	for i, tt := range tests {
		spec := goodSpec()
		spec.SecretDays = tt.days
		if got := spec.SecretEnds(start); !got.Equal(tt.want) {
			t.Errorf("a life of %d ends %v, want %v", tt.days, got, tt.want)
		}
		if SecretLives()[i] != tt.days {
			t.Errorf("life %d on offer is %d, want %d", i, SecretLives()[i], tt.days)
		}
	}
}
