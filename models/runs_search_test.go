package models

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRunsNamed(t *testing.T) {
	s := openStore(t, testOptions(t))
	for i, title := range []string{"Create Invoice helper", "Create 100% agent", "Add secret to INVOICE_helper", `Create a\b`, "Create Invoice helper"} {
		run := newRun("request-" + string(rune('a'+i)))
		run.Title = title
		if i == 4 {
			run.TID = "another tenant"
		}
		if _, err := s.CreateRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string][]int64{
		"invoice":         {3, 1},
		"Create":          {4, 2},
		"100%":            {2},
		"invoice_":        {3},
		"%":               {2},
		`\`:               {4},
		"' or 1 eq 1":     nil,
		"no such run\x00": nil,
	}
	for words, want := range tests {
		runs, err := s.RunsNamed(t.Context(), newRun("x").TID, words, 2)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, runIDs(runs)); diff != "" {
			t.Errorf("%q:\n%s", words, diff)
		}
	}
}
