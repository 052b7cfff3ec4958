package handlers

import (
	"net/http"
	"strings"
	"testing"

	"agentidportal/models"
)

// TestOldestSessionEnds: a person has five sessions at most, and the sixth ends
// the oldest of his own; signing in anew in one browser ends nobody else's.
func TestOldestSessionEnds(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	other := p.browser
	var browsers []*http.Client
	for range maxSessions + 1 {
		p.newBrowser()
		p.signIn("agent-admin")
		browsers = append(browsers, p.browser)
	}
	for range 3 {
		p.signIn("agent-admin") // in the last browser
	}
	for i, browser := range append(browsers, other) {
		want := http.StatusOK
		if i == 0 {
			want = http.StatusUnauthorized
		}
		p.browser = browser
		if page := p.get("/blueprints"); page.status != want {
			t.Errorf("session %d: %d, want %d", i+1, page.status, want)
		}
	}
	ended := p.audit(models.ActionSignOut)
	if len(ended) != 1 || !strings.HasSuffix(ended[0].Actor, "/"+p.persona("agent-admin").ObjectID) || !strings.Contains(string(ended[0].Body), "too many sessions") {
		t.Errorf("records of the end: %+v", ended)
	}
	p.browser = browsers[0]
	p.signIn("agent-admin")
	if page := p.get("/blueprints"); page.status != http.StatusOK {
		t.Errorf("the ended session cannot be begun anew: %d", page.status)
	}
}
