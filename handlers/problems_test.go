package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"agentidportal/web"
)

// A way out must be open to the one who is shown it: a Member has no Runs.
func TestProblemsOfFormsOfferNoClosedPage(t *testing.T) {
	p, with := failing(t)
	for persona, want := range map[string]int{"user": 0, "agent-admin": 1} {
		p.newBrowser()
		p.signIn(persona)
		for _, err := range []error{&web.TooManyError{}, errors.New("the disk is on fire"), fmt.Errorf("read: %w", context.DeadlineExceeded)} {
			with(err)
			page := p.post("/failing", url.Values{"name": {"Anna"}})
			if page.status < 429 || page.Find(".ways a[href='/runs']").Length() != want || page.Find(".ways a[href='']").Length() > 0 {
				t.Errorf("%s, %v: %d %s", persona, err, page.status, page.text(".ways"))
			}
			if want == 0 && strings.Contains(page.text("main"), "look at Runs") {
				t.Errorf("%s is sent to Runs: %s", persona, page.text("main"))
			}
		}
	}
}

// What a page says of a list is true for the one who reads it.
func TestNotFoundSaysOnlyWhatIsTrue(t *testing.T) {
	p := newTestPortal(t)
	const id = "11111111-2222-4333-8444-555555555555"
	for _, tt := range []struct {
		persona, path, list string
		all, appID          bool
	}{
		{"agent-admin", "/blueprints/" + id, "/blueprints", true, false},
		{"agent-admin", "/principals/" + id, "/principals", true, false},
		{"agent-admin", "/agents/" + id, "/agents", true, true},
		{"agent-admin", "/blueprints/new/99999/basics", "/blueprints/new", false, false},
		{"agent-admin", "/audit/99999", "/audit", true, false},
		{"agent-dev", "/audit/99999", "/audit", false, false},
	} {
		p.newBrowser()
		p.signIn(tt.persona)
		page := p.get(tt.path)
		way := page.Find(".way:has(a[href='" + tt.list + "'])")
		if page.status != 404 || way.Length() != 1 || strings.Contains(way.Text(), "It holds all that there is.") != tt.all {
			t.Errorf("%s %s: %d %q", tt.persona, tt.path, page.status, page.text(".ways"))
		}
		if got := strings.Contains(page.text("main"), "the App ID where"); got != tt.appID {
			t.Errorf("%s: speaks of the App ID: %v", tt.path, got)
		}
	}
}

func TestProblemOfTheNetworkSaysTheFaultOnce(t *testing.T) {
	p, with := failing(t)
	p.signIn("agent-admin")
	with(&url.Error{Op: "Get", URL: "http://x/", Err: errors.New("connection refused")})
	page := p.get("/failing")
	if n := strings.Count(page.text("main"), "could not be reached"); page.status != 502 || n != 1 {
		t.Errorf("%d, the fault is said %d times: %s", page.status, n, page.text("main"))
	}
}
