package provision

import (
	"context"
	"fmt"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// UnusableSponsors says of each id why it cannot act as a sponsor, by the id in
// lower case, with what the directory says now: deleted, disabled, no person, a
// group in which nobody can act. Who can, and of whom nothing is known, is absent.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func UnusableSponsors(ctx context.Context, g *graph.Client, ids []string) (map[string]string, error) {
	lower := make([]string, len(ids))
	for i, id := range ids {
		lower[i] = strings.ToLower(id)
	}
	found, err := g.People(ctx, lower)
	if err != nil {
		return nil, fmt.Errorf("look at sponsors: %w", err)
	}
	r := inventoryReader{g: g}
	s := newSnapshot(&models.Inventory{Items: r.itemsOf(ctx, found, lower)})
	why := map[string]string{}
	for _, id := range lower {
		if words := s.unusable(id); words != "" {
			why[id] = words
		}
	}
	return why, nil
}
