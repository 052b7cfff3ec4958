package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// knobs turns knobs of the sandbox.
func (p *testPortal) knobs(knobs map[string]any) {
	p.t.Helper()
	if err := sandboxCall(p.t.Context(), nil, http.MethodPut, p.tenant+"/_sandbox/knobs", knobs, nil); err != nil {
		p.t.Fatal(err)
	}
}

// TestTheFirstReadingShowsHowFarItIs: a list that has nothing to show yet says so,
// asks again by itself, and shows the list when the reading is done.
func TestTheFirstReadingShowsHowFarItIs(t *testing.T) {
	p := newTestPortal(t)
	p.h.InventoryWait = time.Millisecond
	p.signIn("agent-admin")
	p.knobs(map[string]any{"latencyMs": 300})
	page := p.get("/agents")
	if page.status != http.StatusOK || page.text("main h2") != "Reading the directory" || page.Find("[data-reload]").Length() != 1 {
		t.Fatalf("%d %s", page.status, page.text("main"))
	}
	p.knobs(map[string]any{"latencyMs": 0})
	p.h.InventoryWait = 30 * time.Second
	if names := p.get("/agents").names(); len(names) != 7 {
		t.Errorf("after the reading: %q", names)
	}
}

// TestAListOutlivesAFaultOfGraph: what was read before is shown, with why it is not
// newer.
func TestAListOutlivesAFaultOfGraph(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	if names := p.get("/agents").names(); len(names) != 7 {
		t.Fatalf("before: %q", names)
	}
	p.knobs(map[string]any{"faults": []map[string]any{{"path": "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", "kind": "500"}}})
	page := p.get("/agents")
	if page.status != http.StatusOK || len(page.names()) != 7 || !strings.Contains(page.text(".notice"), "The directory could not be read again") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if page := p.post("/inventory/refresh", url.Values{"to": {"/agents"}}); page.status < 500 {
		t.Errorf("Read again answers %d: %s", page.status, page.text("h1"))
	}
}
