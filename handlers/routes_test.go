package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

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
	"GET /tokens/inspect":   "an empty form",
	"POST /tokens/inspect":  "keeps nothing",
	"GET /tokens/compare":   "two empty fields",
	"POST /tokens/compare":  "keeps nothing",
	"GET /help":             "links",
	"GET /help/claims":      "the dictionary, which is the same everywhere",
	"GET /help/codes":       "holds nothing of the tenant",
	"GET /help/permissions": "names the reader's own roles at most",
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
		if page := p.ask(r, nowhere); page.status != http.StatusUnauthorized && r.Path != "/" {
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
			if page := p.ask(r, nowhere); page.status != http.StatusForbidden || !strings.Contains(page.text("main"), "A role is missing") {
				t.Errorf("%s %s: %s gets %d", r.Method, r.Path, name, page.status)
			}
		}
	}
}

// nowhere is an id that no object has.
const nowhere = "11111111-2222-4333-8444-555555555555"

// words are the parameters of routes that name a part of an object.
var words = map[string]string{":tab": "audit", ":step": "credential", ":number": "1"}

// ask calls a route, with the id in the place of the parameter for an object.
func (p *testPortal) ask(r web.Route, id string) *answer {
	parts := strings.Split(r.Path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = id
			if word, ok := words[part]; ok {
				parts[i] = word
			}
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
	// What each role finds there is written down: a navigation that is empty, or
	// lost an entry, fails as one that shows too much does.
	want := map[string][]string{
		"user":        {"/", "/tokens/inspect", "/sandbox", "/settings", "/help"},
		"auditor":     {"/", "/blueprints", "/principals", "/agents", "/agent-users", "/findings", "/tokens/inspect", "/audit", "/runs", "/recycle-bin", "/sandbox", "/settings", "/help"},
		"agent-dev":   {"/", "/blueprints", "/principals", "/agents", "/agent-users", "/findings", "/tokens", "/tokens/inspect", "/audit", "/runs", "/recycle-bin", "/sandbox", "/settings", "/help"},
		"agent-admin": {"/", "/blueprints", "/principals", "/agents", "/agent-users", "/findings", "/tokens", "/tokens/inspect", "/audit", "/runs", "/recycle-bin", "/sandbox", "/settings", "/help"},
	}
	for name, role := range roles {
		p.newBrowser()
		page := p.signIn(name)
		u := &web.User{Role: role, Held: []web.Role{web.Member, role}}
		var got []string
		page.Find("nav[aria-label=Main] a").Each(func(_ int, link *goquery.Selection) {
			path := link.AttrOr("href", "")
			got = append(got, path)
			if guard, ok := p.h.guards[path]; !ok || !guard.Allows(u) {
				t.Errorf("%s sees a link to %s and may not open it", name, path)
			}
		})
		if _, built := p.h.guards["/principals"]; !built {
			want[name] = slices.DeleteFunc(want[name], func(path string) bool { return path == "/principals" })
		}
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
