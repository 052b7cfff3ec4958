package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// timedServer serves one route, GET and POST, over a real connection.
func timedServer(t *testing.T, change func(*Options), handler echo.HandlerFunc) (ts *testServer, address string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	address = srv.Listener.Addr().String()
	ts = newTestServer(t, func(o *Options) {
		o.PublicURL = "http://" + address
		change(o)
	})
	err := ts.Add(Route{Method: "GET", Path: "/timed", Guard: Public(), Handler: handler}, Route{Method: "POST", Path: "/timed", Guard: Public(), Handler: handler})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config = ts.HTTPServer()
	srv.Start()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return ts, address
}

// begin sends text to the server as it stands.
func begin(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestASlowPageIsAnswered: what the tenant takes counts neither as reading nor
// as writing, and ends no request.
func TestASlowPageIsAnswered(t *testing.T) {
	const short = 50 * time.Millisecond
	_, address := timedServer(t, func(o *Options) { o.Read, o.Write = short, short }, func(c echo.Context) error {
		if c.Request().Method == http.MethodPost {
			if _, err := Form(c, "name"); err != nil {
				return err
			}
		}
		select {
		case <-c.Request().Context().Done():
			return context.Cause(c.Request().Context())
		case <-time.After(4 * short):
			return c.String(http.StatusOK, "made")
		}
	})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		body := ""
		if method == http.MethodPost {
			body = "name=Anna"
		}
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+"/timed", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s: %v", method, err)
			continue
		}
		got, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK || string(got) != "made" {
			t.Errorf("%s: %d %q %v", method, res.StatusCode, got, err)
		}
	}
}

// TestAPageOutOfPatienceIsAnswered with an error that can be worded, in a
// request that still holds its form and has time to be.
func TestAPageOutOfPatienceIsAnswered(t *testing.T) {
	ts := newTestServer(t, func(o *Options) { o.Patience = time.Millisecond })
	err := ts.Add(Route{Method: "POST", Path: "/patient", Guard: Public(), Handler: func(c echo.Context) error {
		if _, err := Form(c, "name"); err != nil {
			return err
		}
		<-c.Request().Context().Done()
		return c.Request().Context().Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got error
	ts.OnError = func(c echo.Context, err error) {
		got = err
		_ = c.String(http.StatusGatewayTimeout, PostedForm(c).Encode())
		if err := c.Request().Context().Err(); err != nil {
			t.Errorf("the page about it is made in a request that has ended: %v", err)
		}
	}
	rec := ts.ask("POST", "/patient", "name=Anna", nil)
	if !errors.Is(got, context.DeadlineExceeded) || rec.Code != http.StatusGatewayTimeout || rec.Body.String() != "name=Anna" {
		t.Errorf("%v: %d %q", got, rec.Code, rec.Body)
	}
}

// TestSlowReadersAreCutOff: the answer has its own time to leave in.
func TestSlowReadersAreCutOff(t *testing.T) {
	ended := make(chan error, 1)
	_, address := timedServer(t, func(o *Options) { o.Write = 50 * time.Millisecond }, func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		var err error
		for piece := make([]byte, 1<<20); err == nil; {
			_, err = c.Response().Write(piece)
		}
		ended <- err
		return err
	})
	begin(t, address, "GET /timed HTTP/1.1\nHost: "+address+"\n\n")
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the answer ended with %v", err)
	}
}

// TestSlowSendersAreCutOff: a form that never comes whole keeps nobody busy.
func TestSlowSendersAreCutOff(t *testing.T) {
	ended := make(chan error, 1)
	_, address := timedServer(t, func(o *Options) { o.Read = 50 * time.Millisecond }, func(c echo.Context) error {
		_, err := Form(c, "name")
		ended <- err
		return err
	})
	conn := begin(t, address, "POST /timed HTTP/1.1\nHost: "+address+"\nOrigin: http://"+address+
		"\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 100\n\nname=An")
	var bad *BadRequestError
	if err := <-ended; !errors.As(err, &bad) {
		t.Errorf("the form ended with %v", err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, " 400 ") {
		t.Errorf("answered %q, %v", line, err)
	}
}
