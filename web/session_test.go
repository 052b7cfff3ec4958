package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
)

func TestSessionCookie(t *testing.T) {
	tests := []struct {
		public, name string
		secure       bool
	}{
		{"http://localhost:8080", "portal_sid", false},
		{"https://portal.example", "__Host-portal_sid", true},
	}
	for _, tt := range tests {
		ts := newTestServer(t, func(o *Options) { o.PublicURL = tt.public })
		rec := ts.ask("POST", "/in", "", func(r *http.Request) { r.Host = ts.public.Host })
		c := cookieOf(t, rec, tt.name)
		if !c.HttpOnly || c.Secure != tt.secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
			t.Errorf("%s: %s", tt.public, c.Raw)
		}
		if len(c.Value) < 43 || len(c.Raw) > 512 {
			t.Errorf("%s: value of %d characters, cookie of %d", tt.public, len(c.Value), len(c.Raw))
		}
	}
}

func TestNoSessionForStrangers(t *testing.T) {
	ts := newTestServer(t, nil)
	for _, path := range []string{"/", "/open", "/nowhere"} {
		if got := ts.ask("GET", path, "", nil).Header()["Set-Cookie"]; got != nil {
			t.Errorf("%s sets %v", path, got)
		}
	}
}

func TestSessionFixation(t *testing.T) {
	ts := newTestServer(t, nil)
	planted := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid")
	fresh := cookieOf(t, ts.ask("POST", "/in", "", withCookie("portal_sid", planted.Value)), "portal_sid")
	if fresh.Value == planted.Value {
		t.Fatal("signing in kept the session id")
	}
	if rec := ts.ask("GET", "/", "", withCookie("portal_sid", planted.Value)); rec.Code != http.StatusUnauthorized {
		t.Errorf("the former id still answers %d", rec.Code)
	}
	made := cookieOf(t, ts.ask("POST", "/in", "", withCookie("portal_sid", "chosen-by-an-attacker")), "portal_sid")
	if made.Value == "chosen-by-an-attacker" {
		t.Error("an id that was never given was taken")
	}
	turned := cookieOf(t, ts.ask("POST", "/rotate", "", withCookie("portal_sid", fresh.Value)), "portal_sid")
	if turned.Value == fresh.Value {
		t.Error("rotating kept the session id")
	}
	if rec := ts.ask("GET", "/", "", withCookie("portal_sid", turned.Value)); rec.Code != http.StatusOK {
		t.Errorf("the rotated session answers %d", rec.Code)
	}
}

func TestReplayAfterSignOut(t *testing.T) {
	ts := newTestServer(t, nil)
	sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
	if rec := ts.ask("GET", "/", "", withCookie("portal_sid", sid)); rec.Code != http.StatusOK {
		t.Fatalf("signed in: %d", rec.Code)
	}
	if c := cookieOf(t, ts.ask("POST", "/out", "", withCookie("portal_sid", sid)), "portal_sid"); c.MaxAge >= 0 {
		t.Errorf("sign-out leaves the cookie: %s", c.Raw)
	}
	if rec := ts.ask("GET", "/", "", withCookie("portal_sid", sid)); rec.Code != http.StatusUnauthorized {
		t.Errorf("the replayed cookie answers %d", rec.Code)
	}
}

func TestSessionEnds(t *testing.T) {
	tests := []struct {
		name   string
		steps  []time.Duration // between requests
		status int
	}{
		{"29 minutes", []time.Duration{29 * time.Minute}, 200},
		{"30 minutes idle", []time.Duration{30 * time.Minute}, 401},
		{"busy for an hour", []time.Duration{20 * time.Minute, 20 * time.Minute, 20 * time.Minute}, 200},
		{"idle after being busy", []time.Duration{20 * time.Minute, 31 * time.Minute}, 401},
		{"busy for eight hours", every(25*time.Minute, 8*time.Hour), 401},
	}
	for _, tt := range tests {
		ts := newTestServer(t, nil)
		sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
		status := 0
		for _, step := range tt.steps {
			ts.now = ts.now.Add(step)
			status = ts.ask("GET", "/", "", withCookie("portal_sid", sid)).Code
		}
		if status != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, status, tt.status)
		}
	}
}

func every(step, total time.Duration) []time.Duration {
	var list []time.Duration
	for sum := time.Duration(0); sum < total; sum += step {
		list = append(list, step)
	}
	return list
}

func TestRotationDoesNotLengthenTheSession(t *testing.T) {
	ts := newTestServer(t, nil)
	sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
	for range 24 {
		ts.now = ts.now.Add(20 * time.Minute)
		rec := ts.ask("POST", "/rotate", "", withCookie("portal_sid", sid))
		if rec.Code != http.StatusOK {
			return
		}
		sid = cookieOf(t, rec, "portal_sid").Value
	}
	t.Error("the session is older than eight hours")
}

func TestSessionEndsWithItsSignIn(t *testing.T) {
	ts := newTestServer(t, nil)
	sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
	delete(ts.users, "sign-in-1")
	rec := ts.ask("GET", "/", "", withCookie("portal_sid", sid))
	if rec.Code != http.StatusUnauthorized || cookieOf(t, rec, "portal_sid").MaxAge >= 0 {
		t.Errorf("status %d, cookies %v", rec.Code, rec.Header()["Set-Cookie"])
	}
}

func TestStrangeCookies(t *testing.T) {
	ts := newTestServer(t, nil)
	for _, value := range []string{"x", strings.Repeat("a", 5000), "%00", "../../etc/passwd", "' OR 1=1 --"} {
		rec := ts.ask("GET", "/", "", func(r *http.Request) { r.Header.Set("Cookie", "portal_sid="+value) })
		if rec.Code != http.StatusUnauthorized {
			t.Errorf("cookie %.20q: %d", value, rec.Code)
		}
	}
	rec := ts.ask("GET", "/", "", func(r *http.Request) { r.Header.Set("Cookie", strings.Repeat("a=b; ", 200)) })
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("200 cookies: %d", rec.Code)
	}
}

func TestSeenIsWrittenOnceAMinute(t *testing.T) {
	ts := newTestServer(t, nil)
	sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
	count := &countingSessions{CtxStore: ts.seen.Store.(*models.SessionStore)}
	ts.sessions.Store, ts.seen.Store = count, count
	for range 10 {
		ts.now = ts.now.Add(20 * time.Second)
		ts.ask("GET", "/", "", withCookie("portal_sid", sid))
	}
	if count.commits != 3 {
		t.Errorf("%d writes in 200 s, want 3", count.commits)
	}
}

// TestSeenBringsNoOldSessionBack: a request that is noted as seen while another
// one rotates the session must not write the old id again.
func TestSeenBringsNoOldSessionBack(t *testing.T) {
	for name, end := range map[string]string{"rotated": "/rotate", "signed out": "/out"} {
		ts := newTestServer(t, nil)
		sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
		ts.now = ts.now.Add(2 * time.Minute)
		find, once := ts.FindUser, false
		ts.FindUser = func(ctx context.Context, id string) (*User, error) {
			if !once {
				once = true
				ts.ask("POST", end, "", withCookie("portal_sid", sid))
			}
			return find(ctx, id)
		}
		if rec := ts.ask("GET", "/", "", withCookie("portal_sid", sid)); rec.Code != http.StatusOK {
			t.Errorf("%s: the request under way answers %d", name, rec.Code)
		}
		if rec := ts.ask("GET", "/", "", withCookie("portal_sid", sid)); rec.Code != http.StatusUnauthorized {
			t.Errorf("%s: the old id answers %d", name, rec.Code)
		}
	}
}

// TestChangedRolesGetANewSessionID: a refresh in the background may have read
// more roles, or fewer, than the session began with.
func TestChangedRolesGetANewSessionID(t *testing.T) {
	ts := newTestServer(t, nil)
	sid := cookieOf(t, ts.ask("POST", "/in", "", nil), "portal_sid").Value
	page := func(r *http.Request) { withCookie("portal_sid", sid)(r); r.Header.Set("Accept", "text/html,*/*") }
	if got := ts.ask("GET", "/", "", page).Header()["Set-Cookie"]; got != nil {
		t.Fatalf("a new id for nothing: %v", got)
	}
	ts.users["sign-in-1"].Role, ts.users["sign-in-1"].Held = Admin, []Role{Member, Admin}
	for name, change := range map[string]func(*http.Request){
		"a fragment": func(r *http.Request) { page(r); r.Header.Set("HX-Request", "true") },
		"a stream":   func(r *http.Request) { page(r); r.Header.Set("Accept", "text/event-stream") },
	} {
		if rec := ts.ask("GET", "/", "", change); rec.Code != http.StatusOK || rec.Header()["Set-Cookie"] != nil {
			t.Errorf("%s: %d with %v", name, rec.Code, rec.Header()["Set-Cookie"])
		}
	}
	rec := ts.ask("GET", "/audit", "", page)
	turned := cookieOf(t, rec, "portal_sid").Value
	if rec.Code != http.StatusOK || turned == sid {
		t.Fatalf("the page of the new role: %d, new id %v", rec.Code, turned != sid)
	}
	if rec := ts.ask("GET", "/", "", page); rec.Code != http.StatusUnauthorized {
		t.Errorf("the old id answers %d", rec.Code)
	}
	sid = turned
	if rec := ts.ask("GET", "/", "", page); rec.Code != http.StatusOK || rec.Header()["Set-Cookie"] != nil {
		t.Errorf("afterwards: %d with %v", rec.Code, rec.Header()["Set-Cookie"])
	}
}
