package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// failing builds a portal with a page that fails as the test says.
func failing(t *testing.T) (p *testPortal, with func(error)) {
	t.Helper()
	p = newTestPortal(t)
	var fault error
	err := p.server.Add(
		web.Route{Method: "GET", Path: "/failing", Guard: web.RequireUser(), Handler: func(echo.Context) error { return fault }},
		web.Route{Method: "POST", Path: "/failing", Guard: web.RequireUser(), Handler: func(echo.Context) error { return fault }},
	)
	if err != nil {
		t.Fatal(err)
	}
	return p, func(err error) { fault = err }
}

func TestErrorsBecomePages(t *testing.T) {
	p, with := failing(t)
	p.signIn("agent-admin")
	graphError := func(status int, code, message string) error {
		return fmt.Errorf("list blueprints: %w", &graph.Error{
			Status: status, Code: code, Message: message, RequestID: "8c1e-request", Method: "GET",
			Path: "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", Date: "Sat, 21 Nov 2026 04:00:00 GMT", RetryAfter: 7 * time.Second,
		})
	}
	tests := []struct {
		name   string
		err    error
		status int
		want   []string
	}{
		{"not found", fmt.Errorf("read run: %w", models.ErrNotFound), 404, []string{"There is no such page"}},
		{"conflict", models.ErrConflict, 409, []string{"Somebody was faster"}},
		{"invalid", &models.InvalidError{Fields: map[string]string{"name": "Write a name."}}, 422, []string{"Write a name."}},
		{"not the owner", provision.ErrNotOwner, 403, []string{"belongs to somebody else"}},
		{"not now", provision.ErrNotNow, 409, []string{"moved on"}},
		{"no secret", provision.ErrNoSecret, 404, []string{"cannot be shown again"}},
		{"too large", &web.TooLargeError{Limit: 1 << 20}, 413, []string{"1 MiB"}},
		{"too many", &web.TooManyError{RetryAfter: 1500 * time.Millisecond}, 429, []string{"Wait 2 seconds"}},
		{"a role", &web.ForbiddenError{Need: []web.Role{web.Auditor}, User: &web.User{Username: "x@y"}}, 403, []string{"A role is missing", "Global Reader"}},
		{"Graph: not found", graphError(404, "Request_ResourceNotFound", "no"), 404, []string{"8c1e-request", "Request_ResourceNotFound"}},
		{"Graph: forbidden", graphError(403, "Authorization_RequestDenied", "Insufficient privileges"), 403, []string{"A role is missing", "8c1e-request", "What was checked"}},
		{"Graph: licence", graphError(403, "Forbidden", "The tenant needs a Premium licence"), 403, []string{"A licence is missing"}},
		{"Graph: throttled", graphError(429, "TooManyRequests", "slow down"), 429, []string{"Wait 7 seconds"}},
		{"Graph: 503", graphError(503, "ServiceUnavailable", "later"), 502, []string{"Graph answered 503"}},
		{"Graph: 401", graphError(401, "InvalidAuthenticationToken", "no"), 502, []string{"does not accept the token"}},
		{"Graph: 409", graphError(409, "Conflict", "no"), 409, []string{"exists already"}},
		{"Entra", &entra.Error{Code: "invalid_client", AADSTS: 7000215, TraceID: "trace-1", CorrelationID: "corr-1"}, 502, []string{"AADSTS7000215", "trace-1", "corr-1"}},
		{"network", &url.Error{Op: "Get", URL: "http://x/?secret=canary", Err: errors.New("connection refused")}, 502, []string{"cannot be reached"}},
		{"deadline", fmt.Errorf("read: %w", context.DeadlineExceeded), 502, []string{"cannot be reached"}},
		{"anything else", errors.New("canary: SELECT * FROM secrets"), 500, []string{"a fault of its own"}},
	}
	for _, tt := range tests {
		with(tt.err)
		page := p.get("/failing")
		if page.status != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, page.status, tt.status)
		}
		text := page.text("main")
		for _, want := range append(tt.want, page.header.Get("X-Request-Id")) {
			if !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(want, " ", "")) {
				t.Errorf("%s: no %q in %q", tt.name, want, text)
			}
		}
		if strings.Contains(page.body, "canary") {
			t.Errorf("%s: the page holds the text of the error", tt.name)
		}
		if page.Find("h1").Length() != 1 || page.header.Get("Cache-Control") != "no-store" || page.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d headings, headers %v", tt.name, page.Find("h1").Length(), page.header)
		}
		if tt.status == 429 && page.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", tt.name)
		}
	}
}

// TestRefusalNamesWhatIsMissing goes through the four things a 403 can mean.
func TestRefusalNamesWhatIsMissing(t *testing.T) {
	p, with := failing(t)
	tests := []struct{ persona, path, message, want string }{
		{"user", "/v1.0/applications", "Insufficient privileges", "A role is missing"},
		{"agent-dev", "/v1.0/applications/x", "Insufficient privileges", "Only an owner may do this"},
		{"agent-admin", "/v1.0/applications", "Required scope is missing", "A permission of the portal is missing"},
		{"agent-admin", "/v1.0/applications", "This needs a licence", "A licence is missing"},
	}
	for _, tt := range tests {
		p.newBrowser()
		p.signIn(tt.persona)
		with(&graph.Error{Status: 403, Code: "Authorization_RequestDenied", Message: tt.message, Method: "GET", Path: tt.path})
		page := p.get("/failing")
		if got := page.text(".notice-title"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.persona, got, tt.want)
		}
		if n := strings.Count(page.text("table"), "Missing"); n != 1 {
			t.Errorf("%s: %d conditions are missing: %s", tt.persona, n, page.text("table"))
		}
	}
	if link := p.get("/failing").Find(".side a[href^='/audit/']"); link.Length() != 1 {
		t.Error("the page does not lead to the record of the denial")
	}
	if n := len(p.audit(models.ActionAccessDenied)); n != len(tests)+1 {
		t.Errorf("%d denials recorded, want %d", n, len(tests))
	}
}

func TestRefreshFailingAsksToSignIn(t *testing.T) {
	p, with := failing(t)
	p.signIn("agent-admin")
	with(fmt.Errorf("list blueprints: %w", provision.ErrSignInNeeded))
	page := p.get("/failing")
	if page.status != http.StatusUnauthorized || page.Find("main a:contains('Sign in')").Length() == 0 {
		t.Errorf("%d %q", page.status, page.text("main"))
	}
	if page := p.post("/failing", url.Values{"name": {"Anna"}}); page.status != http.StatusUnauthorized || page.Find("input[name=name][value=Anna]").Length() != 1 {
		t.Errorf("%d %q", page.status, page.text("main"))
	}
}

func TestRequestsThatArePages(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	same := http.Header{"Sec-Fetch-Site": {"same-origin"}}
	big := url.Values{"back": {strings.Repeat("a", 70<<10)}}
	tests := []struct {
		name, method, path string
		form               url.Values
		header             http.Header
		status             int
		want               string
	}{
		{"no such page", "GET", "/nowhere", nil, nil, 404, "There is no such page"},
		{"a wrong method", "GET", "/sign-out", nil, nil, 405, "takes no such request"},
		{"from another site", "POST", "/roles/refresh", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403, "did not come from the portal"},
		{"from a program", "POST", "/roles/refresh", nil, nil, 403, "did not come from the portal"},
		{"too large", "POST", "/roles/refresh", big, same, 413, "64 KiB"},
		{"an unknown field", "POST", "/roles/refresh", url.Values{"is_admin": {"1"}}, same, 400, "a field this page does not know"},
		{"a long query", "GET", "/?" + strings.Repeat("a", 5000), nil, nil, 414, "longer than 4,096"},
		{"encoded dots", "GET", "/static/%2e%2e/%2e%2e/go.mod", nil, nil, 404, ""},
		{"an encoded slash", "GET", "/blueprints%2F..%2Fsettings", nil, nil, 404, ""},
		{"HEAD of a page", "HEAD", "/sandbox", nil, nil, 200, ""},
		{"HEAD of nothing", "HEAD", "/nowhere", nil, nil, 404, ""},
		{"a NUL", "GET", "/blueprints/%00", nil, nil, 404, ""},
	}
	for _, tt := range tests {
		page := p.send(tt.method, tt.path, tt.form, tt.header)
		if page.status != tt.status || !strings.Contains(page.text("body"), tt.want) {
			t.Errorf("%s: %d %q, want %d %q", tt.name, page.status, page.text("main"), tt.status, tt.want)
		}
	}
}

func TestProgramsGetJSON(t *testing.T) {
	p := newTestPortal(t)
	page := p.send("GET", "/nowhere", nil, http.Header{"Accept": {"application/json"}})
	if page.status != 404 || page.header.Get("Content-Type") != "application/json" || !strings.Contains(page.body, page.header.Get("X-Request-Id")) {
		t.Errorf("%d %s", page.status, page.body)
	}
	stream := p.send("GET", "/sandbox", nil, http.Header{"Accept": {"text/event-stream"}})
	if stream.status != http.StatusUnauthorized || stream.body != "" {
		t.Errorf("stream: %d %q", stream.status, stream.body)
	}
}

func TestForeignHost(t *testing.T) {
	p := newTestPortal(t)
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Host = "evil.example"
	rec := httptest.NewRecorder()
	p.server.ServeHTTP(rec, req)
	if rec.Code != http.StatusMisdirectedRequest || !strings.Contains(rec.Body.String(), p.url) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestErrorLoggedOnceAndWithoutSecrets(t *testing.T) {
	p, with := failing(t)
	p.signIn("agent-admin")
	with(errors.New("the disk is on fire"))
	page := p.get("/failing?code=canary")
	lines := strings.Count(p.log.String(), "the disk is on fire")
	if lines != 1 || !strings.Contains(p.log.String(), page.header.Get("X-Request-Id")) || strings.Contains(p.log.String(), "canary") {
		t.Errorf("%d lines in %s", lines, p.log)
	}
}
