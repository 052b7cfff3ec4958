package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestStrangeRequestsOnTheWire writes requests byte by byte to the portal's own
// server: what net/http refuses never reaches a page, the rest gets one.
func TestStrangeRequestsOnTheWire(t *testing.T) {
	t.Parallel() // it mostly waits
	p := newTestPortal(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := p.server.HTTPServer()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	host := strings.TrimPrefix(p.url, "http://")
	const form = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for _, tt := range []struct {
		name, request string
		status        int
		words         string
	}{
		{"a foreign Host", "GET / HTTP/1.1\r\nHost: evil.example\r\n", 421, "The portal has another address"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n", 400, ""},
		{"no Host", "GET / HTTP/1.1\r\n", 400, ""},
		{"an absolute address", "GET http://evil.example/ HTTP/1.1\r\nHost: " + host + "\r\n", 421, "The portal has another address"},
		{"forwarded by nobody", "GET / HTTP/1.1\r\nHost: " + host + "\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", 200, "Agent ID Portal"},
		{"an encoded slash", "GET /settings%2f..%2fblueprints HTTP/1.1\r\nHost: " + host + "\r\n", 404, "There is no such page"},
		{"encoded dots", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: " + host + "\r\n", 404, "There is no such page"},
		{"a NUL", "GET /runs%00 HTTP/1.1\r\nHost: " + host + "\r\n", 404, "There is no such page"},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: " + host + "\r\nX-Canary: canary\r\n", 405, "takes no such request"},
		{"CONNECT", "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n", 405, "takes no such request"},
		{"a length and chunks", "POST /settings/theme HTTP/1.1\r\nHost: " + host + "\r\n" + form + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na=12\r\n0\r\n", 400, ""},
		{"an unknown coding", "POST /settings/theme HTTP/1.1\r\nHost: " + host + "\r\n" + form + "Transfer-Encoding: gzip\r\n", 501, ""},
		{"a packed body", "POST /settings/theme HTTP/1.1\r\nHost: " + host + "\r\n" + form + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", 400, "The form cannot be read"},
		{"a file nobody asked for", "POST /settings/theme HTTP/1.1\r\nHost: " + host + "\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 4\r\n\r\n--x-", 415, "This is no form of the portal"},
		{"no content type", "POST /settings/theme HTTP/1.1\r\nHost: " + host + "\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 4\r\n\r\na=12", 415, "This is no form of the portal"},
		{"a body announced too large", "POST /settings/theme HTTP/1.1\r\nHost: " + host + "\r\n" + form + "Content-Length: 99999999\r\n", 413, "That is too much at once"},
		{"200 cookies", "GET / HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Repeat("Cookie: portal_sandbox_sid=x\r\n", 200), 200, "Agent ID Portal"},
		{"a large event id", "GET /runs/1/events HTTP/1.1\r\nHost: " + host + "\r\nAccept: text/event-stream\r\nLast-Event-ID: " + strings.Repeat("9", 1<<20) + "\r\n", 431, ""},
		{"an event id of others", "GET /runs/1/events HTTP/1.1\r\nHost: " + host + "\r\nAccept: text/event-stream\r\nLast-Event-ID: 1; drop table\r\n", 401, ""},
		{"no HTTP", "\x16\x03\x01\x02\x00\r\n", 400, ""},
	} {
		status, header, body := onTheWire(t, listener.Addr().String(), tt.request)
		if status != tt.status || !strings.Contains(body, tt.words) {
			t.Errorf("%s: %d, want %d %q: %.300s", tt.name, status, tt.status, tt.words, body)
		}
		for _, leak := range []string{"canary", "evil.example", "203.0.113.9", `{"message"`, "goroutine"} {
			if strings.Contains(body, leak) {
				t.Errorf("%s: the answer holds %q", tt.name, leak)
			}
		}
		if tt.words != "" && (header.Get("Content-Security-Policy") == "" || header.Get("X-Request-Id") == "") {
			t.Errorf("%s: a page without its headers: %v", tt.name, header)
		}
	}
}

// onTheWire sends a request as it stands and reads what comes back. An answer
// may come before all was taken, so a failed write is no fault.
func onTheWire(t *testing.T, address, request string) (int, http.Header, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() { _, _ = fmt.Fprint(conn, request+"\r\n") }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Errorf("no answer to %.60q: %v", request, err)
		return 0, http.Header{}, ""
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20)) // a cut answer fails the assertions
	return res.StatusCode, res.Header, string(body)
}
