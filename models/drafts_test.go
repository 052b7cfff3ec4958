package models

import (
	"strings"
	"testing"
	"time"
)

// TestDraftsAreListedWithoutTheirForms: the last saved first, and none that
// became a run.
func TestDraftsAreListedWithoutTheirForms(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	drafts := map[string]*Draft{}
	for _, title := range []string{"first", "second", "run"} {
		c.add(time.Minute)
		drafts[title] = &Draft{TID: "t", OID: "alice", Kind: "blueprint", Title: title, Step: "basics", Body: []byte(`{}`)}
		if err := s.CreateDraft(ctx, drafts[title]); err != nil {
			t.Fatal(err)
		}
	}
	c.add(time.Minute)
	drafts["first"].Title, drafts["run"].RunID = "first, renamed", 7
	for _, title := range []string{"first", "run"} {
		if err := s.SaveDraft(ctx, drafts[title]); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Drafts(ctx, "t", "alice")
	var titles []string
	for _, d := range list {
		titles = append(titles, d.Title)
		if d.Body != nil || d.Step != "basics" {
			t.Errorf("%s comes with the form %q and the step %q", d.Title, d.Body, d.Step)
		}
	}
	if got := strings.Join(titles, "; "); got != "first, renamed; second" || err != nil {
		t.Errorf("drafts %s, %v", got, err)
	}
}
