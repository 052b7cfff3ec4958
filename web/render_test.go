package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

func TestRenderWritesAllOrNothing(t *testing.T) {
	ts := newTestServer(t, nil)
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return errors.New("no such field")
	})
	err := ts.Add(
		Route{Method: "GET", Path: "/page", Guard: Public(), Handler: func(c echo.Context) error { return Render(c, http.StatusAccepted, text("whole")) }},
		Route{Method: "GET", Path: "/broken", Guard: Public(), Handler: func(c echo.Context) error { return Render(c, http.StatusOK, broken) }},
	)
	if err != nil {
		t.Fatal(err)
	}
	page := ts.ask("GET", "/page", "", nil)
	if page.Code != http.StatusAccepted || page.Body.String() != "whole" || page.Header().Get("Cache-Control") != "no-store" ||
		page.Header().Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Errorf("%d %q %v", page.Code, page.Body, page.Header())
	}
	if rec := ts.ask("GET", "/broken", "", nil); rec.Code != http.StatusInternalServerError || rec.Body.String() == "half a page" {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
}

func TestRedirect(t *testing.T) {
	ts := newTestServer(t, nil)
	err := ts.Add(Route{Method: "POST", Path: "/go", Guard: Public(), Handler: func(c echo.Context) error { return Redirect(c, "/blueprints") }})
	if err != nil {
		t.Fatal(err)
	}
	if rec := ts.ask("POST", "/go", "", nil); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/blueprints" {
		t.Errorf("a browser gets %d %v", rec.Code, rec.Header())
	}
	rec := ts.ask("POST", "/go", "", func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	if rec.Code != http.StatusNoContent || rec.Header().Get("HX-Redirect") != "/blueprints" {
		t.Errorf("a script gets %d %v", rec.Code, rec.Header())
	}
}

func TestRefusedFormCanBeReadForTheNextPage(t *testing.T) {
	ts := newTestServer(t, nil)
	var kept, id string
	var whole bool
	ts.OnError = func(c echo.Context, err error) {
		form := PostedForm(c)
		kept, id, whole = form.Encode(), RequestID(c), form != nil
		_ = c.NoContent(statusForTest(err))
	}
	if rec := ts.ask("POST", "/rotate", "name=Anna&tag=a&tag=b", nil); rec.Code != http.StatusUnauthorized {
		t.Fatalf("status %d", rec.Code)
	}
	if kept != "name=Anna&tag=a&tag=b" || id == "" {
		t.Errorf("kept %q of request %q", kept, id)
	}
	ts.ask("POST", "/rotate", "--x\r\n", func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") })
	if whole {
		t.Error("a form with a file passes for one that was read")
	}
	ts.ask("GET", "/audit?name=Anna", "", nil)
	if kept != "" {
		t.Errorf("a page that was only looked at keeps %q", kept)
	}
}

func TestServerHasLimitsOfTime(t *testing.T) {
	srv := newTestServer(t, nil).HTTPServer()
	if srv.ReadHeaderTimeout == 0 || srv.ReadTimeout == 0 || srv.WriteTimeout == 0 || srv.IdleTimeout == 0 || srv.MaxHeaderBytes != 32<<10 {
		t.Errorf("%+v", srv)
	}
}

// Requests that break the rules of HTTP itself are
// answered by net/http or by the server, never by a page.
func TestBrokenRequests(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil)
	address := srv.Listener.Addr().String()
	ts := newTestServer(t, func(o *Options) { o.PublicURL = "http://" + address })
	srv.Config = ts.HTTPServer()
	srv.Start()
	t.Cleanup(srv.Close)
	tests := []struct{ name, request, want string }{
		{"two hosts", "GET /open HTTP/1.1\r\nHost: " + address + "\r\nHost: evil.example\r\n\r\n", "400"},
		{"no host", "GET /open HTTP/1.1\r\n\r\n", "400"},
		{"absolute form of another host", "GET http://evil.example/open HTTP/1.1\r\nHost: " + address + "\r\n\r\n", "421"},
		{"absolute form of our host", "GET http://" + address + "/open HTTP/1.1\r\nHost: evil.example\r\n\r\n", "200"},
		{"length and chunks", "POST /form HTTP/1.1\r\nHost: " + address + "\r\nOrigin: http://" + address +
			"\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
		{"TRACE", "TRACE /open HTTP/1.1\r\nHost: " + address + "\r\n\r\n", "405"},
		{"40 KiB of headers", "GET /open HTTP/1.1\r\nHost: " + address + "\r\nX: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", "431"},
		{"a NUL in the path", "GET /open%00 HTTP/1.1\r\nHost: " + address + "\r\n\r\n", "404"},
	}
	for _, tt := range tests {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, tt.request); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " "+tt.want+" ") {
			t.Errorf("%s: %q %v, want %s", tt.name, line, err, tt.want)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}
