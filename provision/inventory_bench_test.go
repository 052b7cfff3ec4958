package provision

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"agentidportal/entra/graph"
)

// BenchmarkInventory reads a tenant of 10,000 agents, and counts the requests
// against those that pages of 100 objects take at least.
func BenchmarkInventory(b *testing.B) {
	bench := newBench(b, benchOptions{idle: true})
	res, err := http.Post(bench.url+"/_sandbox/reset", "application/json", strings.NewReader(`{"seed":"large"}`))
	if err != nil || res.StatusCode > 299 {
		b.Fatal(res, err)
	}
	_ = res.Body.Close()
	admin := bench.admin(b)
	for b.Loop() {
		if err := bench.Inventory().Refresh(b.Context(), admin); err != nil {
			b.Fatal(err)
		}
	}
	s, err := bench.Inventory().Snapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	least := 0
	for _, kind := range []graph.Kind{graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser} {
		least += max(1, (len(s.Of(kind))+99)/100)
	}
	ratio, verdict := float64(s.Calls)/float64(least), "ok"
	if ratio > 2 {
		verdict = "short"
	}
	fmt.Printf("FIGURE inventory_refresh_calls %.2f times limit <=2 %s\n", ratio, verdict)
}
