package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
)

// testServer is a server with a few routes, a real session store and a clock.
type testServer struct {
	*Server
	t     *testing.T
	now   time.Time
	users map[string]*User // by sign-in id
	log   bytes.Buffer
}

func newTestServer(t *testing.T, change func(*Options)) *testServer {
	t.Helper()
	ts := &testServer{t: t, now: time.Now(), users: map[string]*User{}}
	sealer, err := models.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return ts.now }
	store, err := models.Open(t.Context(), models.Options{Path: filepath.Join(t.TempDir(), "portal.db"), Tenant: "t", Sealer: sealer, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	o := Options{
		PublicURL: "http://localhost:8080", SessionName: "portal_sid", Sessions: store.Sessions(), Now: now,
		Log: slog.New(slog.NewTextHandler(&ts.log, nil)), Heartbeat: 10 * time.Millisecond, Watch: 10 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	if ts.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	ts.FindUser = func(_ context.Context, id string) (*User, error) { return ts.users[id], nil }
	ts.OnError = func(c echo.Context, err error) { _ = c.String(statusForTest(err), err.Error()) }
	if err := ts.Add(testRoutes(ts)...); err != nil {
		t.Fatal(err)
	}
	return ts
}

// statusForTest is what handlers does with the errors, in short.
func statusForTest(err error) int {
	var (
		bad       *BadRequestError
		large     *TooLargeError
		many      *TooManyError
		lost      *MisdirectedError
		forbidden *ForbiddenError
		framework *echo.HTTPError
	)
	switch {
	case errors.Is(err, ErrSignInNeeded):
		return http.StatusUnauthorized
	case errors.Is(err, ErrCrossSite), errors.As(err, &forbidden):
		return http.StatusForbidden
	case errors.As(err, &bad):
		return bad.Status
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &many):
		return http.StatusTooManyRequests
	case errors.As(err, &lost):
		return http.StatusMisdirectedRequest
	case errors.As(err, &framework):
		return framework.Code
	}
	return http.StatusInternalServerError
}

func testRoutes(ts *testServer) []Route {
	ok := func(c echo.Context) error { return c.String(http.StatusOK, "ok") }
	return []Route{
		{Method: "GET", Path: "/", Guard: RequireUser(), Handler: ok},
		{Method: "GET", Path: "/blueprints", Guard: RequireUser(), Handler: ok},
		{Method: "GET", Path: "/blueprints/:id", Guard: RequireUser(), Handler: ok},
		{Method: "GET", Path: "/audit", Guard: RequireRole(Auditor), Handler: ok},
		{Method: "GET", Path: "/runs/:id/events", Guard: RequireUser(), Handler: ok, NoReturn: true},
		{Method: "GET", Path: "/open", Guard: Public(), Handler: ok},
		{Method: "GET", Path: "/healthz", Guard: Public(), Handler: ok},
		{Method: "GET", Path: "/panic", Guard: Public(), Handler: func(echo.Context) error { panic("a secret value") }},
		{Method: "POST", Path: "/form", Guard: Public(), Handler: func(c echo.Context) error {
			form, err := Form(c, "name", "tag[]")
			if err != nil {
				return err
			}
			return c.String(http.StatusOK, form.Encode())
		}},
		{Method: "POST", Path: "/large", Guard: Public(), MaxBody: 1 << 20, Handler: func(c echo.Context) error {
			if _, err := Form(c, "token"); err != nil {
				return err
			}
			return c.String(http.StatusOK, "ok")
		}},
		{Method: "POST", Path: "/file", Guard: Public(), MaxBody: 1 << 20, File: true, Handler: ok},
		{Method: "POST", Path: "/file-of-admins", Guard: RequireRole(Admin), MaxBody: 1 << 20, File: true, Handler: ok},
		{Method: "POST", Path: "/large-of-admins", Guard: RequireRole(Admin), MaxBody: 1 << 20, Handler: ok},
		{Method: "POST", Path: "/limited", Guard: Public(), Rate: RateToken, Handler: ok},
		{Method: "POST", Path: "/in", Guard: Public(), Handler: func(c echo.Context) error {
			ts.users["sign-in-1"] = &User{SignInID: "sign-in-1", TID: "t", OID: "o", Role: Member}
			return ts.StartSession(c, "sign-in-1")
		}},
		{Method: "POST", Path: "/rotate", Guard: RequireUser(), Handler: func(c echo.Context) error { return ts.RotateSession(c) }},
		{Method: "POST", Path: "/out", Guard: RequireUser(), Handler: func(c echo.Context) error { return ts.EndSession(c) }},
	}
}

// ask sends a request the way the portal's own pages do; change may spoil it.
func (ts *testServer) ask(method, target, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	ts.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, target, r)
	req.Host = "localhost:8080"
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if change != nil {
		change(req)
	}
	rec := httptest.NewRecorder()
	ts.ServeHTTP(rec, req)
	return rec
}

func withCookie(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

func cookieOf(t *testing.T, rec *httptest.ResponseRecorder, name string) *http.Cookie {
	t.Helper()
	for _, c := range rec.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no cookie %s in %v", name, rec.Header()["Set-Cookie"])
	return nil
}

func TestNewRefusesWrongPublicURL(t *testing.T) {
	for _, address := range []string{"", "localhost:8080", "ftp://host", "http://", "/path"} {
		if _, err := New(Options{PublicURL: address}); err == nil {
			t.Errorf("public URL %q was taken", address)
		}
	}
}

func TestRouteWithoutGuardStopsTheStart(t *testing.T) {
	ts := newTestServer(t, nil)
	for name, g := range map[string]Guard{"none": {}, "no role": RequireRole()} {
		err := ts.Add(Route{Method: "GET", Path: "/unguarded", Guard: g, Handler: func(echo.Context) error { return nil }})
		if err == nil {
			t.Errorf("%s: a route without a guard was taken", name)
		}
	}
	if rec := ts.ask("GET", "/unguarded", "", nil); rec.Code != http.StatusNotFound {
		t.Errorf("unguarded route answers %d", rec.Code)
	}
}

func TestPanicBecomesAnErrorWithoutArguments(t *testing.T) {
	ts := newTestServer(t, nil)
	var got error
	ts.OnError = func(c echo.Context, err error) { got = err; _ = c.String(http.StatusInternalServerError, "sorry") }
	if rec := ts.ask("GET", "/panic", "", nil); rec.Code != http.StatusInternalServerError {
		t.Fatalf("status %d", rec.Code)
	}
	var p *PanicError
	if !errors.As(got, &p) || !strings.Contains(p.Stack, "server_test.go") {
		t.Fatalf("error %v, stack %+v", got, p)
	}
	if strings.Contains(p.Stack, "secret value") {
		t.Error("the stack holds the value of the panic")
	}
}

// A fault of the error page itself must not cost the person the answer.
func TestPanicOfTheErrorPageIsAnswered(t *testing.T) {
	ts := newTestServer(t, nil)
	ts.OnError = func(c echo.Context, _ error) {
		c.Response().Header().Set("Content-Type", "text/html")
		panic("the page is at fault")
	}
	rec := ts.ask("GET", "/nowhere", "", nil)
	id := rec.Header().Get("X-Request-Id")
	if rec.Code != http.StatusInternalServerError || id == "" || !strings.Contains(rec.Body.String(), id) {
		t.Errorf("%d %q, request %s", rec.Code, rec.Body, id)
	}
	if kind := rec.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") || rec.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("headers %v", rec.Header())
	}
	if said := ts.log.String(); !strings.Contains(said, "panic in the error page") || !strings.Contains(said, "server_test.go") || !strings.Contains(said, "status=500") {
		t.Errorf("the log says %s", said)
	}
}

func TestAccessLogHasNoQuery(t *testing.T) {
	ts := newTestServer(t, nil)
	rec := ts.ask("GET", "/open?code=canary-of-the-query", "", func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Request-Id", "chosen-by-a-stranger")
	})
	line := ts.log.String()
	if strings.Contains(line, "canary") || strings.Contains(line, "203.0.113.9") || strings.Contains(line, "stranger") {
		t.Errorf("log line: %s", line)
	}
	if id := rec.Header().Get("X-Request-Id"); id == "" || !strings.Contains(line, "request_id="+id) {
		t.Errorf("request id %q is not in %s", id, line)
	}
	if !strings.Contains(line, "path=/open") || !strings.Contains(line, "status=200") {
		t.Errorf("log line: %s", line)
	}
}
