package handlers

import (
	"context"
	"encoding/json"
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
		{"too many", &web.TooManyError{RetryAfter: 1500 * time.Millisecond}, 429, []string{"The portal itself asks you to wait until"}},
		{"a role", &web.ForbiddenError{Need: []web.Role{web.Auditor}, User: &web.User{Username: "x@y"}}, 403, []string{"A role is missing", "Global Reader"}},
		{"Graph: not found", graphError(404, "Request_ResourceNotFound", "no"), 404, []string{"8c1e-request", "Request_ResourceNotFound"}},
		{"Graph: forbidden", graphError(403, "Authorization_RequestDenied", "Insufficient privileges"), 403, []string{"A role is missing", "8c1e-request", "What was checked"}},
		{"Graph: licence", graphError(403, "Forbidden", "The tenant needs a Premium licence"), 403, []string{"A licence is missing"}},
		{"Graph: throttled", graphError(429, "TooManyRequests", "slow down"), 429, []string{"Graph asks the portal to wait until"}},
		{"Graph: 503", graphError(503, "ServiceUnavailable", "later"), 502, []string{"Graph answered 503"}},
		{"Graph: 401", graphError(401, "InvalidAuthenticationToken", "no"), 502, []string{"does not accept the token"}},
		{"Graph: 409", graphError(409, "Conflict", "no"), 409, []string{"exists already"}},
		{"Entra", &entra.Error{Code: "invalid_client", AADSTS: 7000215, TraceID: "trace-1", CorrelationID: "corr-1"}, 502, []string{"AADSTS7000215", "trace-1", "corr-1"}},
		{"network", &url.Error{Op: "Get", URL: "http://x/?secret=canary", Err: errors.New("connection refused")}, 502, []string{"cannot be reached"}},
		{"deadline", fmt.Errorf("read: %w", context.DeadlineExceeded), 504, []string{"cannot be reached"}},
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
		p.clock.forward(denialPause)
		with(&graph.Error{Status: 403, Code: "Authorization_RequestDenied", Message: tt.message, Method: "GET", Path: tt.path})
		page := p.get("/failing")
		if got := page.text(".notice-title"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.persona, got, tt.want)
		}
		if n := strings.Count(page.text("table"), "Missing"); n != 1 {
			t.Errorf("%s: %d conditions are missing: %s", tt.persona, n, page.text("table"))
		}
	}
	p.newBrowser()
	p.signIn("user")
	if way := p.get("/blueprints").Find(".ways a[href='/help/permissions']"); way.Length() != 1 {
		t.Error("a refusal does not lead to who may do what")
	}
	p.newBrowser()
	p.signIn("agent-admin")
	p.clock.forward(denialPause)
	if link := p.get("/failing").Find(".side a[href^='/audit/']"); link.Length() != 1 {
		t.Error("the page does not lead to the record of the denial")
	}
	if n := len(p.audit(models.ActionAccessDenied)); n != len(tests)+2 {
		t.Errorf("%d denials recorded, want %d", n, len(tests)+2)
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
		{"a long query", "GET", "/?" + strings.Repeat("a", 12_001), nil, nil, 414, "longer than 12,000"},
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

func TestProgramsGetProblemDetails(t *testing.T) {
	p, with := failing(t)
	details := func(path string) (page *answer, body map[string]any) {
		t.Helper()
		page = p.send("GET", path, nil, http.Header{"Accept": {"application/json"}})
		if kind := page.header.Get("Content-Type"); kind != "application/problem+json" || page.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", path, kind)
		}
		if err := json.Unmarshal([]byte(page.body), &body); err != nil {
			t.Fatal(err)
		}
		return page, body
	}
	page, body := details("/nowhere?code=canary")
	if page.status != 404 || body["status"] != 404.0 || body["type"] != "about:blank" || body["title"] != "Not Found" || body["instance"] != "/nowhere" ||
		body["requestId"] != page.header.Get("X-Request-Id") || strings.Contains(page.body, "canary") {
		t.Errorf("%d %s", page.status, page.body)
	}
	if page, body = details("/failing"); page.status != http.StatusUnauthorized || body["status"] != 401.0 {
		t.Errorf("a stranger: %d %s", page.status, page.body)
	}
	p.signIn("agent-admin")
	with(&graph.Error{Status: 429, Code: "TooManyRequests", Method: "GET", Path: "/v1.0/x", RetryAfter: 7 * time.Second})
	if page, body = details("/failing"); body["type"] != p.url+"/help/codes#TooManyRequests" || body["code"] != "TooManyRequests" || page.header.Get("Retry-After") != "7" {
		t.Errorf("%v %s", page.header, page.body)
	}
	stream := p.send("GET", "/sandbox", nil, http.Header{"Accept": {"text/event-stream"}})
	if stream.status != http.StatusOK {
		t.Errorf("stream of one who is signed in: %d", stream.status)
	}
	p.newBrowser()
	stream = p.send("GET", "/sandbox", nil, http.Header{"Accept": {"text/event-stream"}})
	if stream.status != http.StatusUnauthorized || stream.body != "" {
		t.Errorf("stream: %d %q", stream.status, stream.body)
	}
	browser := p.send("GET", "/nowhere", nil, http.Header{"Accept": {"text/html,application/json;q=0.9"}})
	if browser.Find("h1").Length() != 1 {
		t.Errorf("a browser gets %s", browser.body)
	}
}

// TestFragmentsGetANotice is for the script of a page: the page and what was
// typed in it stay, the notice takes the focus, the status region speaks.
func TestFragmentsGetANotice(t *testing.T) {
	p, with := failing(t)
	htmx := http.Header{"HX-Request": {"true"}, "Sec-Fetch-Site": {"same-origin"}}
	p.signIn("agent-admin")
	with(&graph.Error{Status: 503, Code: "ServiceUnavailable", Method: "GET", Path: "/v1.0/x", RequestID: "8c1e-request"})
	page := p.send("GET", "/failing", nil, htmx)
	if page.status != 502 || page.header.Get("HX-Retarget") != "#problem" || strings.Contains(page.body, "<html") {
		t.Errorf("%d %v %s", page.status, page.header, page.body)
	}
	notice := page.Find("[tabindex='-1'][autofocus][role=group]")
	if !strings.Contains(notice.Text(), "8c1e-request") || page.text("#status[hx-swap-oob]") != "Error: Graph could not answer. Graph answered 503 ServiceUnavailable." {
		t.Errorf("%s", page.body)
	}
	if whole := p.get("/blueprints"); whole.Find("main > #problem").Length() != 1 || whole.Find("[role=status]#status").Length() != 1 {
		t.Error("a page has no place for the notice")
	}
	p.newBrowser()
	page = p.send("POST", "/failing", url.Values{"name": {"Anna"}, "client_secret": {"canary"}}, htmx)
	if page.status != http.StatusUnauthorized || page.Find("form input[name=name][value=Anna]").Length() != 1 || strings.Contains(page.body, "canary") {
		t.Errorf("%d %s", page.status, page.body)
	}
}

// TestNoPageIsTheFrameworks asks what no route answers; each answer is one of
// the portal's own pages, also before routing and after a panic.
func TestNoPageIsTheFrameworks(t *testing.T) {
	p := newTestPortal(t)
	err := p.server.Add(web.Route{Method: "GET", Path: "/panics", Guard: web.Public(), Handler: func(echo.Context) error { panic("canary") }})
	if err != nil {
		t.Fatal(err)
	}
	same := http.Header{"Sec-Fetch-Site": {"same-origin"}}
	for _, tt := range []struct {
		method, path string
		header       http.Header
		status       int
		title        string
	}{
		{"GET", "/nowhere/at/all", nil, 404, "There is no such page"},
		{"GET", "/static/none.css", nil, 404, ""},
		{"PUT", "/settings", same, 405, "This address takes no such request"},
		{"DELETE", "/", same, 405, "This address takes no such request"},
		{"PATCH", "/nowhere", same, 404, "There is no such page"},
		{"PROPFIND", "/", same, 405, "This address takes no such request"},
		{"GET", "/panics", nil, 500, "Something went wrong in the portal"},
		{"GET", "/?" + strings.Repeat("a", 12_001), nil, 414, "The address is too long"},
	} {
		page := p.send(tt.method, tt.path, nil, tt.header)
		if page.status != tt.status || page.text("h1") != tt.title || strings.Contains(page.body, `{"message"`) || strings.Contains(page.body, "canary") {
			t.Errorf("%s %s: %d %q %s", tt.method, tt.path, page.status, page.text("h1"), page.text("main"))
		}
		if tt.status == 405 && !strings.Contains(page.text(".notice-body"), "It takes ") {
			t.Errorf("%s %s: does not say what it takes: %s", tt.method, tt.path, page.text(".notice-body"))
		}
	}
	if req := p.send("TRACE", "/", nil, nil); req.status != 405 {
		t.Errorf("TRACE: %d", req.status)
	}
}

// TestTheRefusalOfAForeignFormSaysWhy names the header that was at fault.
func TestTheRefusalOfAForeignFormSaysWhy(t *testing.T) {
	p := newTestPortal(t)
	for _, tt := range []struct {
		name   string
		header http.Header
		words  []string
	}{
		{"neither header", nil, []string{"both headers are missing", "Not sent, where same-origin is needed"}},
		{"another site", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}, []string{"comes from another site", "cross-site, where same-origin", "http://evil.example"}},
		{"an old browser elsewhere", http.Header{"Origin": {"http://evil.example"}}, []string{"Origin names another address", "http://evil.example", p.url}},
		{"a hostile header", http.Header{"Sec-Fetch-Site": {"<script>alert(1)</script>"}, "Origin": {"null"}}, []string{"<script>alert(1)</script>, where"}},
	} {
		page := p.send("POST", "/settings/theme", url.Values{"theme": {"dark"}}, tt.header)
		if page.status != 403 || page.text(".lead") != "Nothing was changed." || page.Find("main script").Length() > 0 {
			t.Errorf("%s: %d %s", tt.name, page.status, page.text("main"))
		}
		for _, words := range tt.words {
			if !strings.Contains(page.text("main"), words) {
				t.Errorf("%s: no %q in %s", tt.name, words, page.text("main"))
			}
		}
	}
}

// TestNotFoundNamesWhatWasLookedFor goes to objects that are not there.
func TestNotFoundNamesWhatWasLookedFor(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	const id = "11111111-2222-4333-8444-555555555555"
	for _, tt := range []struct{ path, title, cause, way string }{
		{"/blueprints/" + id, "There is no such blueprint", "not reached every part of the directory", "/blueprints"},
		{"/agents/" + id, "There is no such agent identity", "recycle bin for 30 days", "/agents"},
		{"/runs/99999", "There is no such run", "The number has a typing error.", "/runs"},
		{"/audit/99999", "There is no such audit record", "another database", "/audit"},
	} {
		page := p.get(tt.path)
		named := tt.path[strings.LastIndex(tt.path, "/")+1:]
		if page.status != 404 || page.text("h1") != tt.title || !strings.Contains(page.text(".content"), tt.cause) {
			t.Errorf("%s: %d %q %s", tt.path, page.status, page.text("h1"), page.text(".content"))
		}
		if !strings.Contains(page.text(".notice-title"), named) || page.Find(".ways a[href='"+tt.way+"']").Length() != 1 {
			t.Errorf("%s: does not name it or lead to the list: %s", tt.path, page.text("main"))
		}
		if page.Find("nav[aria-label=Main] [aria-current]").AttrOr("href", "") != tt.way || page.Find(".crumbs a[href='"+tt.way+"']").Length() != 1 {
			t.Errorf("%s: the page does not say where it belongs", tt.path)
		}
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
