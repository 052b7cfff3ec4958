package views

import "testing"

func TestWithoutIDs(t *testing.T) {
	for sentence, want := range map[string]string{
		"": "",
		"The agent identity Invoice helper 01 (b268a552-61bf-5316-80fe-9da89d4b15f7) acts for itself, through the blueprint Invoice helper (cd0a758f-9146-5c66-a3f4-0435e7cc666b).": "The agent identity Invoice helper 01 acts for itself, through the blueprint Invoice helper",
		"The agent A (b268a552-61bf-5316-80fe-9da89d4b15f7), acting for itself.":                                                                                                    "The agent A, acting for itself",
		"A name (with brackets) stays.": "A name (with brackets) stays",
	} {
		if got := withoutIDs(sentence); got != want {
			t.Errorf("withoutIDs(%q) = %q, want %q", sentence, got, want)
		}
	}
}
