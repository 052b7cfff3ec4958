package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestForm(t *testing.T) {
	ts := newTestServer(t, nil)
	many := strings.Repeat("tag=1&", maxFields+1)
	const multipart = "--x\r\nContent-Disposition: form-data; name=\"name\"; filename=\"a\"\r\n\r\nhello\r\n--x--\r\n"
	tests := []struct {
		name, path, body, kind string
		status                 int
		want                   string
	}{
		{"plain", "/form", "name=Anna", "", 200, "name=Anna"},
		{"with a charset", "/form", "name=Anna", "application/x-www-form-urlencoded; charset=utf-8", 200, "name=Anna"},
		{"several of a list", "/form", "tag=a&tag=b", "", 200, "tag=a&tag=b"},
		{"empty", "/form", "", "", 200, ""},
		{"the query is no field", "/form?name=query", "name=body", "", 200, "name=body"},
		{"unknown field", "/form", "name=a&is_admin=1", "", 400, ""},
		{"field twice", "/form", "name=a&name=b", "", 400, ""},
		{"a bad escape", "/form", "name=%zz", "", 400, ""},
		{"a semicolon", "/form", "name=a;b=c", "", 400, ""},
		{"1,000 fields", "/form", many, "", 400, ""},
		{"a file", "/form", multipart, "multipart/form-data; boundary=x", 415, ""},
		{"JSON", "/form", `{"name":"a"}`, "application/json", 415, ""},
		{"a plain form where a file belongs", "/file", "name=a", "", 415, ""},
		{"a file where one belongs", "/file", multipart, "multipart/form-data; boundary=x", 200, "ok"},
		{"no type", "/form", "name=a", "-", 415, ""},
		{"65 KiB", "/form", "name=" + strings.Repeat("a", 65<<10), "", 413, ""},
		{"900 KiB where 1 MiB is allowed", "/large", "token=" + strings.Repeat("a", 900<<10), "", 200, "ok"},
		{"1.1 MiB where 1 MiB is allowed", "/large", "token=" + strings.Repeat("a", 1100<<10), "", 413, ""},
	}
	for _, tt := range tests {
		rec := ts.ask("POST", tt.path, tt.body, func(r *http.Request) {
			switch tt.kind {
			case "":
			case "-":
				r.Header.Del("Content-Type")
			default:
				r.Header.Set("Content-Type", tt.kind)
			}
		})
		if rec.Code != tt.status || tt.status == 200 && rec.Body.String() != tt.want {
			t.Errorf("%s: %d %.60q, want %d %q", tt.name, rec.Code, rec.Body, tt.status, tt.want)
		}
		if strings.Contains(rec.Body.String(), "is_admin") {
			t.Errorf("%s: the answer names the field", tt.name)
		}
	}
}

func TestBodyOfUnknownLengthIsCapped(t *testing.T) {
	ts := newTestServer(t, nil)
	rec := ts.ask("POST", "/form", "name="+strings.Repeat("a", 70<<10), func(r *http.Request) { r.ContentLength = -1 })
	if rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", rec.Code)
	}
}

// TestBodyOfSomebodyRefused: who may not send a file gets a refusal, and no
// more than a plain form of his is read.
func TestBodyOfSomebodyRefused(t *testing.T) {
	ts := newTestServer(t, nil)
	ts.OnError = func(c echo.Context, err error) {
		kept := PostedForm(c)
		_ = c.String(statusForTest(err), kept.Get("name"))
	}
	for _, path := range []string{"/file-of-admins", "/large-of-admins"} {
		if rec := ts.ask("POST", path, "name=short", nil); rec.Code != http.StatusUnauthorized || rec.Body.String() != "short" {
			t.Errorf("%s: %d %q", path, rec.Code, rec.Body)
		}
		body := strings.NewReader("name=" + strings.Repeat("a", 900<<10))
		rec := ts.ask("POST", path, "", func(r *http.Request) { r.Body = io.NopCloser(body); r.ContentLength = -1 })
		if rec.Code != http.StatusUnauthorized || rec.Body.Len() != 0 {
			t.Errorf("%s: %d with %d bytes", path, rec.Code, rec.Body.Len())
		}
		if read := 900<<10 - body.Len(); read > 80<<10 {
			t.Errorf("%s: %d bytes were read", path, read)
		}
	}
}

func TestRatesCountANetworkOfIPv6(t *testing.T) {
	ts := newTestServer(t, func(o *Options) { o.Rates = map[RateClass]int{RateToken: 1} })
	for _, tt := range []struct {
		from   string
		status int
	}{
		{"[2001:db8:0:1::1]:5", 200},
		{"[2001:db8:0:1::2]:5", 429},
		{"[2001:db8:0:2::1]:5", 200},
		{"192.0.2.1:5", 200},
		{"192.0.2.2:5", 200},
		{"[::ffff:192.0.2.1]:5", 200},
		{"192.0.2.1:6", 429},
	} {
		if rec := ts.ask("POST", "/limited", "", func(r *http.Request) { r.RemoteAddr = tt.from }); rec.Code != tt.status {
			t.Errorf("%s: %d, want %d", tt.from, rec.Code, tt.status)
		}
	}
}

func TestRates(t *testing.T) {
	ts := newTestServer(t, func(o *Options) { o.Rates = map[RateClass]int{RateToken: 3} })
	from := func(ip string) func(*http.Request) {
		return func(r *http.Request) { r.RemoteAddr = ip + ":1"; r.Header.Set("X-Forwarded-For", "198.51.100.7") }
	}
	for i := range 3 {
		if rec := ts.ask("POST", "/limited", "", from("192.0.2.1")); rec.Code != 200 {
			t.Fatalf("request %d: %d", i+1, rec.Code)
		}
	}
	if rec := ts.ask("POST", "/limited", "", from("192.0.2.1")); rec.Code != http.StatusTooManyRequests {
		t.Errorf("the fourth: %d, want 429", rec.Code)
	}
	if rec := ts.ask("POST", "/limited", "", from("192.0.2.2")); rec.Code != 200 {
		t.Errorf("another address: %d", rec.Code)
	}
	if rec := ts.ask("POST", "/form", "name=x", from("192.0.2.1")); rec.Code != 200 {
		t.Errorf("a route without a class: %d", rec.Code)
	}
	ts.now = ts.now.Add(20e9)
	if rec := ts.ask("POST", "/limited", "", from("192.0.2.1")); rec.Code != 200 {
		t.Errorf("20 s later: %d", rec.Code)
	}
}

func TestRatesOffByDefault(t *testing.T) {
	ts := newTestServer(t, nil)
	for range 200 {
		if rec := ts.ask("POST", "/limited", "", nil); rec.Code != 200 {
			t.Fatalf("status %d", rec.Code)
		}
	}
}
