package provision

import (
	"strings"
	"testing"

	"agentidportal/entra/graph"
)

// TestRulesOfProperties: what Graph would refuse is told before it is sent.
func TestRulesOfProperties(t *testing.T) {
	user := Target{Kind: graph.KindAgentUser, ID: newTestID, Name: "X"}
	for name, rows := range map[string][]struct {
		value any
		fault string // empty: it may be sent
	}{
		"mailNickname":   {{"desk-7", ""}, {"", "Write a mail nickname"}, {"a@b", "not “@”"}, {strings.Repeat("x", 65), "at most 64"}},
		"jobTitle":       {{"Clerk", ""}, {nil, ""}, {strings.Repeat("x", 129), "at most 128"}, {"a\nb", "on one line"}, {"a\u202eb", "U+202E"}},
		"department":     {{strings.Repeat("é", 64), ""}, {strings.Repeat("é", 65), "at most 64"}},
		"companyName":    {{strings.Repeat("x", 65), "at most 64"}},
		"officeLocation": {{strings.Repeat("x", 129), "at most 128"}},
		"usageLocation":  {{"NO", ""}, {nil, ""}, {"XX9", "no country code"}},
		"tags":           {{[]string{"a", "b"}, ""}, {[]string{}, ""}, {[]string{"a", "a"}, "there twice"}, {[]string{""}, "Tag 1 is empty"}, {[]string{strings.Repeat("x", 257)}, "at most 256"}, {[]string{"a\tb"}, "on one line"}},
	} {
		for _, row := range rows {
			got := (ChangeSpec{Acts: []Act{{Kind: KindUpdate, Of: user, Set: map[string]any{name: row.value}}}}).Validate()[name]
			if row.fault == "" && got != "" || !strings.Contains(got, row.fault) {
				t.Errorf("%s %q: %q, want %q", name, row.value, got, row.fault)
			}
		}
	}
	fixed, others := OwnTags([]string{"a", graph.OpTag("1"), "b"})
	if len(fixed) != 1 || strings.Join(others, ",") != "a,b" {
		t.Errorf("own tags %q, others %q", fixed, others)
	}
}
