package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
)

// TestLabSaysThatTheClocksDiffer: tokens are issued while a clock is off by an
// hour, and nobody takes them. The page says by how much, and what to do.
func TestLabSaysThatTheClocksDiffer(t *testing.T) {
	w := newLabWorld(t)
	if right := w.post("/tokens", w.form(entra.ModeAutonomous)); right.Find("#clock").Length() != 0 || right.Find(".hop-answered").Length() != 2 {
		t.Fatalf("the clocks agree: %s", right.text("main"))
	}
	for _, tt := range []struct {
		mode    entra.ModeName
		seconds int
		want    string
	}{
		{entra.ModeAutonomous, 3000, "is 50 min ahead of the portal's"},
		{entra.ModeBlueprint, 3000, "is 50 min ahead of the portal's"},
		{entra.ModeClientCredentials, 3600, "is 1 h 0 min ahead of the portal's"},
		{entra.ModeClientCredentials, -3600, "is 1 h 0 min behind the portal's"},
		{entra.ModePassword, -3600, "is 1 h 0 min behind the portal's"},
	} {
		w.tokenClock(tt.seconds)
		page := w.post("/tokens", w.form(tt.mode))
		if page.text("#verdict") != "The token was issued, but a check failed" || !strings.Contains(page.text("#clock"), tt.want) {
			t.Errorf("%s, %d: %q, %q", tt.mode, tt.seconds, page.text("#verdict"), page.text("#clock"))
		}
		if link := page.Find("#clock a[href='/sandbox']"); link.Length() != 1 || w.get("/sandbox").text("h1") != "Sandbox" {
			t.Errorf("%s, %d: no way to set the clock back", tt.mode, tt.seconds)
		}
	}
	// By that clock the portal's own token for the directory is over, or not
	// valid yet: the agent cannot even be read.
	for _, seconds := range []int{4000, -3600} {
		w.tokenClock(seconds)
		page := w.post("/tokens", w.form(entra.ModeAutonomous))
		if page.status != http.StatusBadGateway || page.text(".notice-title") != "The sandbox's clock is not the portal's" || page.Find(".ways a[href='/sandbox']").Length() != 1 {
			t.Errorf("%d: %d %s", seconds, page.status, page.text("main"))
		}
		for _, way := range page.Find(".ways a, .ways button").EachIter() {
			if words := strings.TrimSpace(way.Text()); words != "Open Sandbox" && words != "Overview" {
				t.Errorf("%d: it offers %q, which cannot work", seconds, words)
			}
		}
	}
	w.tokenClock(0)
}

// TestLabBlamesTheMachinesClock: where nobody has moved the sandbox's clock, it
// is that of the machine.
func TestLabBlamesTheMachinesClock(t *testing.T) {
	w := newLabWorld(t)
	for range 3 {
		w.clock.forward(20 * time.Minute) // in steps: an idle session would end
		w.get("/settings")
	}
	page := w.post("/tokens", w.form(entra.ModeAutonomous))
	for _, want := range []string{"is 1 h 0 min behind the portal's", "Set the clock of the machine"} {
		if !strings.Contains(page.text("#clock"), want) {
			t.Errorf("no %q in %q", want, page.text("#clock"))
		}
	}
	w.fails(labFailure{
		mode: entra.ModeAutonomous, form: []string{"agent", "{signing.agent}", "client_secret", "", "certificate", "{signing.certificate}"},
		at: "T1", code: "700024", says: "is 1 h 0 min behind the portal's", fix: "/tokens", to: "Token lab",
	})
	w.clock.forward(-time.Hour)
}
