package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"
)

// BenchmarkAgentLists reads lists of a tenant with 10,000 agents in 40 blueprints, one request after
// another, without a network between; the figure is the slowest of a hundred.
func BenchmarkAgentLists(b *testing.B) {
	f := newGraph(b)
	for range 40 {
		seedAgents(f, maxAgents, newID())
	}
	token := f.personToken("agent-admin", allScopes()...)
	middle := f.must(200, "GET", agents+"?$orderby=displayName", token, "").text("@odata.nextLink")
	for _, list := range []struct{ name, path, level string }{
		{"first_page", agents, ""},
		{"sorted", agents + "?$orderby=displayName&$count=true", "eventual"},
		{"sorted_next", middle[len(f.url):], ""},
		{"search", agents + "?$count=true&$search=" + url.QueryEscape(`"displayName:07"`), "eventual"},
		{"by_blueprint", agents + "?$filter=" + url.QueryEscape("agentIdentityBlueprintId eq '"+seedID("app invoice-helper")+"'"), ""},
		{"by_tag", agents + "?$filter=" + url.QueryEscape("tags/any(t:t eq 'portal-op:none')"), ""},
	} {
		b.Run(list.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, f.url+list.path, nil)
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("ConsistencyLevel", list.level)
				w := httptest.NewRecorder()
				start := time.Now()
				f.s.ServeHTTP(w, r)
				took = append(took, time.Since(start))
				if w.Code != http.StatusOK {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			slices.Sort(took)
			p99, verdict := took[len(took)*99/100].Seconds()*1000, "ok"
			if p99 > 30 {
				verdict = "short"
			}
			fmt.Printf("FIGURE sandbox_agents_%s_p99 %.1f ms limit <=30 %s\n", list.name, p99, verdict)
		})
	}
}
