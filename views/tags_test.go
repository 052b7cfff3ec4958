package views

import (
	"strings"
	"testing"
)

func TestTagsNote(t *testing.T) {
	tests := []struct {
		tags []string
		want []string
	}{
		{nil, nil},
		{[]string{"team:payroll", "my-portal-op:1"}, nil},
		{[]string{"team:payroll", "portal-op:1"}, []string{"made this"}},
		{[]string{"portal-op:1", "portal-op:2"}, []string{"made this", "one of these is the blueprint's"}},
	}
	for _, tt := range tests {
		got := tagsNote(tt.tags)
		if (got == "") != (tt.want == nil) {
			t.Errorf("%v: %q", tt.tags, got)
		}
		for _, part := range tt.want {
			if !strings.Contains(got, part) {
				t.Errorf("%v: %q does not say %q", tt.tags, got, part)
			}
		}
		if len(tt.tags) == 2 && tt.tags[0] == "team:payroll" && strings.Contains(got, "blueprint's") {
			t.Errorf("%v: %q tells of a blueprint", tt.tags, got)
		}
	}
}
