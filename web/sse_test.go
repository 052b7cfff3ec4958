package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}

// streamServer serves an event stream over a real connection.
func streamServer(t *testing.T, handler func(*EventStream) error) (ts *testServer, open func(path ...string) *http.Response) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	address := "http://" + srv.Listener.Addr().String()
	ts = newTestServer(t, func(o *Options) { o.PublicURL = address })
	serve := func(c echo.Context) error {
		e, err := SSE(c)
		if err != nil {
			return err
		}
		defer e.Close()
		return handler(e)
	}
	err := ts.Add(
		Route{Method: "GET", Path: "/events", Guard: RequireUser(), NoReturn: true, Stream: true, Handler: serve},
		Route{Method: "GET", Path: "/events-of-auditors", Guard: RequireRole(Auditor), NoReturn: true, Stream: true, Handler: serve},
	)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config = ts.HTTPServer()
	srv.Start()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	rec := ts.ask("POST", "/in", "", func(r *http.Request) { r.Host = ts.public.Host })
	sid := cookieOf(t, rec, "portal_sid")
	return ts, func(path ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+append(path, "/events")[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(sid)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
}

func TestEventStreamSends(t *testing.T) {
	_, open := streamServer(t, func(e *EventStream) error {
		if err := e.Send("steps", text("<p>\r\none\n</p>")); err != nil {
			return err
		}
		return e.Send("empty", text(""))
	})
	res := open()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := "retry: 3000\n\nevent: steps\ndata: <p>\ndata: one\ndata: </p>\n\nevent: empty\ndata:\n\n"
	if string(body) != want {
		t.Errorf("got %q, want %q", body, want)
	}
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", res.Header)
	}
}

func TestEventStreamBeatsAndEnds(t *testing.T) {
	ended := make(chan error, 1)
	ts, open := streamServer(t, func(e *EventStream) error {
		ended <- e.Wait(nil)
		return nil
	})
	res := open()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), ": still here") {
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	ts.streams.end()
	if err := <-ended; !errors.Is(err, ErrStreamEnded) {
		t.Errorf("ended with %v", err)
	}
}

func TestEventStreamEndsWithTheSession(t *testing.T) {
	ended := make(chan error, 1)
	ts, open := streamServer(t, func(e *EventStream) error {
		if err := e.server.opts.Sessions.DeleteCtx(t.Context(), ""); err != nil {
			return err
		}
		ended <- e.Wait(nil)
		return nil
	})
	ts.FindUser = endingUser(ts)
	open()
	if err := <-ended; !errors.Is(err, ErrStreamEnded) {
		t.Errorf("ended with %v", err)
	}
}

// endingUser knows the person for the request itself and not after it.
func endingUser(ts *testServer) func(context.Context, string) (*User, error) {
	asked := 0
	return func(_ context.Context, id string) (*User, error) {
		if asked++; asked > 1 {
			return nil, nil
		}
		return ts.users[id], nil
	}
}

// TestEventStreamEndsWithTheRole: a stream lives longer than a request, so the
// guard of its route is asked again.
func TestEventStreamEndsWithTheRole(t *testing.T) {
	ended := make(chan error, 1)
	ts, open := streamServer(t, func(e *EventStream) error {
		ended <- e.Wait(nil)
		return nil
	})
	asked := 0
	ts.FindUser = func(context.Context, string) (*User, error) {
		if asked++; asked > 1 {
			return &User{Role: Operator}, nil
		}
		return &User{Role: Auditor}, nil
	}
	open("/events-of-auditors")
	if err := <-ended; !errors.Is(err, ErrStreamEnded) {
		t.Errorf("ended with %v", err)
	}
}

// TestStreamsAreWatchedOften: an ended session is noticed within two seconds,
// however seldom the stream shows a sign of life.
func TestStreamsAreWatchedOften(t *testing.T) {
	var o Options
	o.fill()
	if o.Watch <= 0 || o.Watch >= 2*time.Second {
		t.Errorf("watched every %s", o.Watch)
	}
}

// deafWriter is a browser that has gone before the first byte.
type deafWriter struct{ *httptest.ResponseRecorder }

func (deafWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAStreamThatNeverBeganGivesItsPlaceBack(t *testing.T) {
	ts, _ := streamServer(t, func(e *EventStream) error { return e.Wait(nil) })
	sid := cookieOf(t, ts.ask("POST", "/in", "", func(r *http.Request) { r.Host = ts.public.Host }), "portal_sid")
	for range 5 {
		req := httptest.NewRequest(http.MethodGet, "/events", nil)
		req.Host = ts.public.Host
		req.AddCookie(sid)
		ts.ServeHTTP(deafWriter{httptest.NewRecorder()}, req)
	}
	if ts.streams.sum != 0 {
		t.Errorf("%d places are taken by nobody", ts.streams.sum)
	}
}

func TestEventStreamEndsWithTheBrowser(t *testing.T) {
	ended := make(chan error, 1)
	_, open := streamServer(t, func(e *EventStream) error {
		ended <- e.Wait(nil)
		return nil
	})
	open().Body.Close()
	if err := <-ended; !errors.Is(err, ErrStreamEnded) {
		t.Errorf("ended with %v", err)
	}
}

func TestEventStreamLimit(t *testing.T) {
	ts, open := streamServer(t, func(e *EventStream) error { return e.Wait(nil) })
	for i := range 4 {
		if res := open(); res.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: %d", i+1, res.StatusCode)
		}
	}
	if res := open(); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the fifth: %d, want 429", res.StatusCode)
	}
	ts.streams.end()
}

func TestStreamsTotal(t *testing.T) {
	s := newStreams(4, 3)
	var last func()
	for _, session := range []string{"a", "b", "c"} {
		leave, ok := s.enter(session)
		if !ok {
			t.Fatal("refused too early")
		}
		last = leave
	}
	if _, ok := s.enter("d"); ok {
		t.Error("one too many")
	}
	last()
	last() // a second close gives nothing back
	if _, ok := s.enter("d"); !ok {
		t.Error("a place was given back and is not free")
	}
	if _, ok := s.enter("e"); ok {
		t.Error("closing twice freed two places")
	}
}
