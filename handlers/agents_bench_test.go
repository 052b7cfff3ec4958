package handlers

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkAgentsList is the portal's list of agent identities in a tenant of
// 10,000, over HTTP and with what the sandbox takes to answer it.
func BenchmarkAgentsList(b *testing.B) {
	p := newTestPortal(b)
	p.reseed("large")
	p.signIn("agent-admin")
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		res, err := p.browser.Get(p.url + "/agents")
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err := res.Body.Close(); err != nil {
			b.Error(err)
		}
		took = append(took, time.Since(start))
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("status %d, %v", res.StatusCode, err)
		}
	}
	slices.Sort(took)
	p99 := float64(took[len(took)*99/100].Microseconds()) / 1000
	verdict := "ok"
	if p99 > 30 {
		verdict = "short"
	}
	fmt.Printf("FIGURE agents_list_p99 %.1f ms limit <=30 %s\n", p99, verdict)
}
