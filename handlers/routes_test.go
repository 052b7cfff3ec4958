package handlers

import (
	"net/http"
	"strings"
	"testing"

	"agentidportal/web"
)

// publicRoutes are all routes a stranger may use, with what keeps each harmless.
var publicRoutes = map[string]string{
	"GET /sign-in":       "starts a sign-in",
	"GET /auth/callback": "needs a state of this browser",
	"POST /sign-out":     "ends the session of whoever asks",
	"GET /healthz":       "says that the process answers",
	"GET /readyz":        "says whether it can work",
	"GET /static/*":      "files that every browser gets",
	// With OpenInspector only: a token is decoded and forgotten.
	"GET /tokens/inspect":  "an empty form",
	"POST /tokens/inspect": "keeps nothing",
	"GET /help":            "links",
	"GET /help/claims":     "the dictionary, which is the same everywhere",
	"GET /help/codes":      "holds nothing of the tenant",
	// Taste of the reader, kept in a cookie.
	"POST /settings/theme": "sets a cookie",
}

func TestEveryRouteHasAGuard(t *testing.T) {
	p := newTestPortal(t)
	seen := map[string]bool{}
	for _, r := range p.h.routes() {
		name := r.Method + " " + r.Path
		switch {
		case r.Guard.IsZero():
			t.Errorf("%s has no guard", name)
		case r.Handler == nil:
			t.Errorf("%s has no handler", name)
		case seen[name]:
			t.Errorf("%s stands twice in the table", name)
		case r.Guard.IsPublic() && publicRoutes[name] == "":
			t.Errorf("%s is open to everybody and not in the list of this test", name)
		}
		seen[name] = true
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s: forms know GET and POST only", name)
		}
	}
}

// roles are the portal's roles, each through the persona that has it.
var roles = map[string]web.Role{"user": web.Member, "auditor": web.Auditor, "agent-dev": web.Operator, "agent-admin": web.Admin}

func TestGuardsHoldForEveryRole(t *testing.T) {
	p := newTestPortal(t)
	for _, r := range p.h.routes() {
		if r.Guard.IsPublic() {
			continue
		}
		if page := p.ask(r); page.status != http.StatusUnauthorized && r.Path != "/" {
			t.Errorf("%s %s: a stranger gets %d", r.Method, r.Path, page.status)
		}
	}
	for name, role := range roles {
		p.newBrowser()
		p.signIn(name)
		u := &web.User{Role: role, Held: []web.Role{web.Member, role}}
		for _, r := range p.h.routes() {
			// What a role may use is tested with the page itself; here only
			// what it may not.
			if r.Guard.IsPublic() || r.Guard.Allows(u) {
				continue
			}
			if page := p.ask(r); page.status != http.StatusForbidden || !strings.Contains(page.text("main"), "A role is missing") {
				t.Errorf("%s %s: %s gets %d", r.Method, r.Path, name, page.status)
			}
		}
	}
}

// ask calls a route with an id in the place of every parameter.
func (p *testPortal) ask(r web.Route) *answer {
	parts := strings.Split(r.Path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = "11111111-2222-4333-8444-555555555555"
		}
	}
	path := strings.Join(parts, "/")
	if r.Method == http.MethodPost {
		return p.post(path, nil)
	}
	return p.get(path)
}

func TestNavigationFollowsTheGuards(t *testing.T) {
	p := newTestPortal(t)
	for name, role := range roles {
		p.newBrowser()
		page := p.signIn(name)
		u := &web.User{Role: role, Held: []web.Role{web.Member, role}}
		for path, guard := range p.h.guards {
			link := page.Find("nav[aria-label=Main] a[href='" + path + "']")
			if link.Length() > 0 && !guard.Allows(u) {
				t.Errorf("%s sees a link to %s and may not open it", name, path)
			}
		}
	}
}
