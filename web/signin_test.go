package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

func TestReturnPath(t *testing.T) {
	ts := newTestServer(t, nil)
	good := []string{"/", "/blueprints", "/blueprints/2f6c-1", "/audit?action=sign-in&q=a%20b", "/blueprints?next=//evil"}
	for _, path := range good {
		if got := ts.ReturnPath(path); got != path {
			t.Errorf("%q became %q", path, got)
		}
	}
	bad := []string{
		"", "//evil", `/\evil`, "/%09/evil", "/%2f/evil", "/%5cevil", "https:evil", "/..;/", "/@evil", "javascript:alert(1)",
		"/%0d%0aSet-Cookie:a=b", "/" + strings.Repeat("a", 8<<10), "/blueprints#//evil", "/\t/evil", "/ /evil", "/blueprints/../evil",
		"https://evil.example/", "///evil", "/blueprints//evil", "/blueprints;x", "evil", "/bl\u00fcprints", "/blueprints\n",
		"/open", "/healthz", "/runs/5/events", "/form", "/nowhere", "/blueprints?a=b\\", "http:/blueprints",
	}
	for _, path := range bad {
		if got := ts.ReturnPath(path); got != "/" {
			t.Errorf("%.40q became %q, want /", path, got)
		}
	}
}

// attemptContext is a request of a browser with the given cookie.
func (ts *testServer) attemptContext(cookie string) (echo.Context, *httptest.ResponseRecorder) {
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if cookie != "" {
		req.AddCookie(&http.Cookie{Name: "portal_sid_start", Value: cookie})
	}
	rec := httptest.NewRecorder()
	return ts.echo.NewContext(req, rec), rec
}

func (ts *testServer) start(cookie string) (Attempt, string) {
	ts.t.Helper()
	c, rec := ts.attemptContext(cookie)
	at := ts.StartAttempt(c, "/blueprints")
	return at, cookieOf(ts.t, rec, "portal_sid_start").Value
}

func (ts *testServer) finish(state, cookie string) (Attempt, bool) {
	c, _ := ts.attemptContext(cookie)
	return ts.TakeAttempt(c, state)
}

func TestAttemptIsGoodForOneLook(t *testing.T) {
	ts := newTestServer(t, nil)
	at, cookie := ts.start("")
	got, ok := ts.finish(at.State, cookie)
	if !ok || got.Nonce != at.Nonce || got.Verifier != at.Verifier || got.Return != "/blueprints" {
		t.Fatalf("%+v %v", got, ok)
	}
	if _, ok := ts.finish(at.State, cookie); ok {
		t.Error("the state was taken twice")
	}
}

func TestAttemptRefused(t *testing.T) {
	tests := []struct {
		name string
		try  func(ts *testServer, state, cookie string) (string, string)
	}{
		{"another browser", func(ts *testServer, state, _ string) (string, string) {
			_, other := ts.start("")
			return state, other
		}},
		{"no cookie", func(_ *testServer, state, _ string) (string, string) { return state, "" }},
		{"no state", func(_ *testServer, _, cookie string) (string, string) { return "", cookie }},
		{"another state", func(_ *testServer, state, cookie string) (string, string) { return state + "x", cookie }},
		{"too late", func(ts *testServer, state, cookie string) (string, string) {
			ts.now = ts.now.Add(10 * time.Minute)
			return state, cookie
		}},
	}
	for _, tt := range tests {
		ts := newTestServer(t, nil)
		at, cookie := ts.start("")
		if _, ok := ts.finish(tt.try(ts, at.State, cookie)); ok {
			t.Errorf("%s was taken", tt.name)
		}
	}
	ts := newTestServer(t, nil)
	at, cookie := ts.start("")
	ts.finish(at.State, "wrong")
	if _, ok := ts.finish(at.State, cookie); ok {
		t.Error("the state survived a look from another browser")
	}
}

func TestTabsShareTheCookie(t *testing.T) {
	ts := newTestServer(t, nil)
	first, cookie := ts.start("")
	second, again := ts.start(cookie)
	if again != cookie {
		t.Fatal("the second tab replaced the cookie of the first")
	}
	for _, at := range []Attempt{first, second} {
		if _, ok := ts.finish(at.State, cookie); !ok {
			t.Error("an attempt of a tab is lost")
		}
	}
	if first.State == second.State || first.Nonce == second.Nonce || first.Verifier == second.Verifier || len(first.Verifier) < 43 {
		t.Errorf("%+v %+v", first, second)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	a := NewAttempts(100, time.Minute, func() time.Time { return now })
	for i := range 1000 {
		a.put(Attempt{State: fmt.Sprint(i)}, "b")
	}
	if n := a.size(); n != 100 {
		t.Fatalf("%d held, want 100", n)
	}
	if _, ok := a.take("899", "b"); ok {
		t.Error("an old one is still there")
	}
	if _, ok := a.take("900", "b"); !ok {
		t.Error("one of the newest hundred is gone")
	}
	now = now.Add(2 * time.Minute)
	a.put(Attempt{State: "new"}, "b")
	if n := a.size(); n != 1 {
		t.Errorf("%d held after all but one are over", n)
	}
}

func TestAttemptCookie(t *testing.T) {
	ts := newTestServer(t, func(o *Options) { o.PublicURL = "https://portal.example" })
	c, rec := ts.attemptContext("")
	ts.StartAttempt(c, "/")
	cookie := cookieOf(t, rec, "__Host-portal_sid_start")
	if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.MaxAge != 600 {
		t.Error(cookie.Raw)
	}
}

func TestRoles(t *testing.T) {
	tests := []struct {
		name string
		ids  []string
		role Role
		has  map[Role]bool
	}{
		{"nobody", nil, Member, map[Role]bool{Member: true}},
		{"an unknown role", []string{"b79fbf4d-3ef9-4689-8143-76b194e85509"}, Member, map[Role]bool{Member: true}},
		{"reader", []string{GlobalReader}, Auditor, map[Role]bool{Member: true, Auditor: true}},
		{"developer", []string{AgentIDDeveloper}, Operator, map[Role]bool{Member: true, Operator: true}},
		{"developer who reads", []string{ReportsReader, AgentIDDeveloper}, Operator, map[Role]bool{Member: true, Auditor: true, Operator: true}},
		{"admin", []string{AgentIDAdministrator}, Admin, map[Role]bool{Member: true, Auditor: true, Operator: true, Admin: true}},
		{"global admin who reads", []string{SecurityReader, GlobalAdministrator}, Admin, map[Role]bool{Member: true, Auditor: true, Operator: true, Admin: true}},
	}
	for _, tt := range tests {
		u := &User{Role: RoleOf(tt.ids), Held: RolesOf(tt.ids)}
		if u.Role != tt.role {
			t.Errorf("%s: %s, want %s", tt.name, u.Role, tt.role)
		}
		for _, r := range []Role{Member, Auditor, Operator, Admin} {
			if u.Has(r) != tt.has[r] || RequireRole(r).Allows(u) != tt.has[r] {
				t.Errorf("%s has %s: %v", tt.name, r, u.Has(r))
			}
		}
	}
	if (*User)(nil).Has(Member) || RequireUser().Allows(nil) || (Guard{}).Allows(&User{Role: Admin}) || !Public().Allows(nil) {
		t.Error("a guard lets the wrong one in")
	}
}

// size is the number of attempts held.
func (a *Attempts) size() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.byHash)
}
