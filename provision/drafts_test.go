package provision

import (
	"testing"
	"time"

	"agentidportal/models"
)

// TestOldDraftsAreSwept: ninety days after somebody last touched them.
func TestOldDraftsAreSwept(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, idle: true})
	left, worked := &models.Draft{TID: "t", OID: "o", Kind: "blueprint"}, &models.Draft{TID: "t", OID: "o", Kind: "blueprint"}
	for _, d := range []*models.Draft{left, worked} {
		if err := b.store.CreateDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		later time.Duration
		left  int
	}{{draftLife - time.Hour, 2}, {2 * time.Hour, 1}, {draftLife, 0}} {
		clock.forward(tt.later)
		if tt.left == 2 {
			if err := b.store.SaveDraft(t.Context(), worked); err != nil {
				t.Fatal(err)
			}
		}
		b.sweep(t.Context())
		drafts, err := b.store.Drafts(t.Context(), "t", "o")
		if err != nil || len(drafts) != tt.left {
			t.Errorf("%d drafts after %s more, want %d (%v)", len(drafts), tt.later, tt.left, err)
		}
		if tt.left == 1 && len(drafts) == 1 && drafts[0].ID != worked.ID {
			t.Error("the wrong draft was deleted")
		}
	}
}
