package handlers

import (
	"net/http"
	"testing"
	"time"
)

// TestSigningOutAfterTheIdleEndEndsTheSignIn: the session is over, but a run
// that waits could still act with the person's rights.
func TestSigningOutAfterTheIdleEndEndsTheSignIn(t *testing.T) {
	p := newTestPortal(t)
	home := p.signIn("agent-admin")
	person := p.persona("agent-admin")
	p.setLag("principal", 600_000)
	p.pause.Store(int64(time.Hour))
	p.waitRun(p.startRun(nil), "Waiting for the directory")
	p.clock.forward(31 * time.Minute)
	page := p.submit(home, "Sign out", nil)
	if page.status != http.StatusOK || page.text("h1") != "You are signed out" {
		t.Fatalf("sign-out: %d %s", page.status, page.text("h1"))
	}
	if row, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, person.ObjectID); err == nil {
		t.Errorf("signed out, and the refresh token is kept: %s", row.ID)
	}
	if records := p.audit("sign-out"); len(records) != 1 {
		t.Errorf("%d records of the sign-out, want 1", len(records))
	}
}

// TestAScopeThatIsNoneIsNotRecorded: a secret pasted into the wrong box must
// not stand in the audit for ever.
func TestAScopeThatIsNoneIsNotRecorded(t *testing.T) {
	for typed, want := range map[string]string{
		"https://graph.microsoft.com/.default":                "https://graph.microsoft.com/.default",
		"api://5d210000-0000-4000-8000-000000000001/.default": "api://5d210000-0000-4000-8000-000000000001/.default",
		"00000003-0000-0000-c000-000000000000/.default":       "00000003-0000-0000-c000-000000000000/.default",
		"SANDBOX~ESGRABWQGFGSDS65":                            "not a scope",
		"SANDBOX~ESGRABWQGFGSDS65/.default":                   "not a scope",
		"a secret with blanks":                                "not a scope",
	} {
		if got := recordedScope(typed); got != want {
			t.Errorf("recordedScope(%q) = %q, want %q", typed, got, want)
		}
	}
}
