package handlers

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra/graph"
)

// An agent whose blueprint cannot sign in gets no token: the select says so.
func TestTokenLabMarksAgentsThatGetNoToken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	ends := time.Now().Add(10 * time.Minute)
	short := p.makeBlueprint("Short", true)
	if _, err := p.writer("agent-admin").Send(t.Context(), "op-s", graph.AddPasswordCall(short.ID, "", ends), nil); err != nil {
		t.Fatal(err)
	}
	p.makeAgent(short, "Short 01")
	p.makeAgent(p.makeBlueprint("Bare", true), "Bare 01")
	option := func(name string) string {
		found := p.get("/tokens").Find("#f-agent option").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.HasPrefix(s.Text(), name) })
		return found.Text()
	}
	if got := option("Bare 01"); got != "Bare 01 (its blueprint has no credential)" {
		t.Errorf("without a secret: %q", got)
	}
	if got := option("Short 01"); got != "Short 01" {
		t.Errorf("with a secret: %q", got)
	}
	p.clock.forward(11 * time.Minute)
	if got := option("Short 01"); got != "Short 01 (all credentials of its blueprint have ended)" {
		t.Errorf("with a secret that ended: %q", got)
	}
}
