package handlers

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/web"
)

// jwtLike has the shape of a token; the middle says {"sub":"canary"}.
const jwtLike = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"

// upstream is a Graph that answers as the test says. Requests of an earlier
// answer may still be on their way when the next is set.
type upstream struct {
	says atomic.Pointer[http.HandlerFunc]
}

func (u *upstream) answer(says http.HandlerFunc) { u.says.Store(&says) }

// asking builds a portal with a page that reads from a Graph of the test's
// own, as agent-admin.
func asking(t *testing.T) (*testPortal, *upstream) {
	t.Helper()
	p, up := newTestPortal(t), &upstream{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*up.says.Load())(w, r) }))
	t.Cleanup(server.Close)
	p.signIn("agent-admin")
	own := p.h.Graph
	p.h.Graph = p.graphAt(server.URL, &http.Client{Timeout: time.Second})
	err := p.server.Add(web.Route{Method: "GET", Path: "/asking", Guard: web.RequireUser(), Handler: func(c echo.Context) error {
		var out struct{ Value []any }
		_, err := p.h.graph(c).Do(c.Request().Context(), graph.Call{Path: "/v1.0/applications?$search=canary", Needs: "Application.Read.All"}, &out)
		if err == nil {
			err = errors.New("Graph answered well")
		}
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.h.Graph = own })
	return p, up
}

// graphAt is a Graph client that waits for nothing between its tries.
func (p *testPortal) graphAt(base string, client *http.Client) *graph.Client {
	nobody := func(context.Context) (entra.Secret, error) { return entra.Secret{}, errors.New("nobody asks") }
	noWait := func(context.Context, time.Duration) error { return nil }
	return graph.New(graph.Options{Base: base, HTTP: client, Token: nobody, Now: p.clock.now, Sleep: noWait})
}

// says answers with Graph's error body.
func says(status int, code, message string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "11111111-aaaa-4bbb-8ccc-dddddddddddd")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"error":{"code":` + strconv.Quote(code) + `,"message":` + strconv.Quote(message) + `}}`))
	}
}

// breaks ends the connection before, or in the middle of, an answer.
func breaks(sent string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buffer, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = buffer.WriteString(sent)
		_ = buffer.Flush()
		if tcp, ok := conn.(*net.TCPConn); ok && sent == "" {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

func writes(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// TestGraphFaults plays every fault Graph or what stands before it can show.
func TestGraphFaults(t *testing.T) {
	p, up := asking(t)
	const denied = "Authorization_RequestDenied"
	tests := []struct {
		name   string
		answer http.HandlerFunc
		status int
		title  string
		words  string // in the notice
	}{
		{"400", says(400, "Request_UnsupportedQuery", "no such filter"), 502, "Graph does not take this request", "Filter by another field"},
		{"400, lag", says(400, "Request_BadRequest", "Object with id x not found."), 404, "Graph knows no such object", "Nothing with this ID"},
		{"401", says(401, "InvalidAuthenticationToken", "expired"), 502, "Graph does not accept the token", "A new sign-in says which"},
		{"403, role", says(403, denied, "Insufficient privileges"), 403, "You cannot see this page", "A role is missing"},
		{"403, scope", says(403, denied, "Required scope is missing"), 403, "You cannot see this page", "A permission of the portal is missing"},
		{"403, owner", says(403, denied, "You are not an owner"), 403, "You cannot see this page", "Only an owner may do this"},
		{"403, licence", says(403, denied, "This needs a Premium licence"), 403, "You cannot see this page", "A licence is missing"},
		{"404", says(404, "Request_ResourceNotFound", "gone"), 404, "Graph knows no such object", "Nothing with this ID"},
		{"409, changed", says(409, "Directory_ConcurrencyViolation", "retry"), 409, "Somebody was faster", "changed meanwhile"},
		{"409, exists", says(409, "Conflict", "Another object has this key"), 409, "It exists already", "exists already"},
		{"400, exists", says(400, "Request_MultipleObjectsWithSameKeyValue", "twice"), 409, "It exists already", "Read the object that is there"},
		{"412", says(412, "PreconditionFailed", "etag"), 409, "Somebody was faster", "changed meanwhile"},
		{"429", says(429, "TooManyRequests", "slow", "Retry-After", "120"), 429, "Graph asks for a pause", "until"},
		{"500", says(500, "InternalServerError", "oops"), 502, "Graph could not answer", "The fault is the sandbox's"},
		{"503", says(503, "ServiceUnavailable", "later", "Retry-After", "90"), 502, "Graph could not answer", "Graph asks to wait until"},
		{"504", says(504, "GatewayTimeout", "late"), 504, "Graph could not answer", "504 GatewayTimeout"},
		{"HTML, 502", writes(502, "text/html", "<html><h1>Bad gateway</h1><script>canary()</script>"), 502, "Graph could not answer", "Graph answered 502"},
		{"HTML, 200", writes(200, "text/html", "<html>canary</html>"), 502, "The tenant's answer cannot be read", "not what the service sends"},
		{"truncated", writes(200, "application/json", `{"value":[{"id":"1"`), 502, "The tenant's answer cannot be read", "cut off"},
		{"cut off", breaks("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"value\":"), 502, "The tenant cannot be reached", "ended before the answer was complete"},
		{"reset", breaks(""), 502, "The tenant cannot be reached", "ended before the answer was complete"},
		{"no HTTP", breaks("SSH-2.0-OpenSSH\r\n\r\n"), 502, "The tenant cannot be reached", "could not be reached"},
		{"silence", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 504, "The tenant cannot be reached", "No answer came in time"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://canary.example/", http.StatusFound)
		}, 502, "Graph does not take this request", "Graph answered 302"},
	}
	for _, tt := range tests {
		up.answer(tt.answer)
		page := p.get("/asking")
		if page.status != tt.status || page.text("h1") != tt.title || !strings.Contains(page.text(".notice-body"), tt.words) {
			t.Errorf("%s: %d %q %q, want %d %q %q", tt.name, page.status, page.text("h1"), page.text(".notice-body"), tt.status, tt.title, tt.words)
		}
		if page.text(".badge") != strconv.Itoa(tt.status) || !strings.HasPrefix(page.text("title"), "Error: ") {
			t.Errorf("%s: badge %q, title %q", tt.name, page.text(".badge"), page.text("title"))
		}
		if page.Find(".ways a, .ways form").Length() == 0 || !strings.Contains(page.text(".side"), page.header.Get("X-Request-Id")) {
			t.Errorf("%s: nothing to do, or no request id: %s", tt.name, page.text("main"))
		}
		if strings.Contains(page.body, "canary") || strings.Contains(page.Find("main").Text(), "panic") {
			t.Errorf("%s: the page repeats what it must not: %s", tt.name, page.text("main"))
		}
	}
}

// TestAddressesThatCannotBeReached tells the ways apart in which no connection
// comes about.
func TestAddressesThatCannotBeReached(t *testing.T) {
	p, _ := asking(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	_ = closed.Close()
	unknown := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "graph.example", IsNotFound: true}}
	}}}
	untrusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}
	for _, tt := range []struct {
		name, base string
		client     *http.Client
		cause      string
	}{
		{"a port nobody listens at", nobody, http.DefaultClient, "Nothing listens at the service's address"},
		{"a name nobody knows", "http://graph.example", unknown, "The name of the service is not known here"},
		{"a certificate of a stranger", secure.URL, untrusting, "The certificate of the service is not trusted"},
	} {
		p.h.Graph = p.graphAt(tt.base, tt.client)
		page := p.get("/asking")
		_, host, _ := strings.Cut(tt.base, "//")
		if page.status != 502 || page.text(".notice-title") != tt.cause {
			t.Errorf("%s: %d %q", tt.name, page.status, page.text(".notice-title"))
		}
		if !strings.Contains(page.text(".content"), host) || !strings.Contains(page.text(".content"), "What was tried") {
			t.Errorf("%s: the page does not say what was tried: %s", tt.name, page.text(".content"))
		}
		if page.Find(".side .id").Length() < 2 {
			t.Errorf("%s: no client-request-id: %s", tt.name, page.text(".side"))
		}
	}
}

// TestForeignWordsAreHarmless holds what Graph says of itself to text, and
// takes tokens out of it.
func TestForeignWordsAreHarmless(t *testing.T) {
	p, up := asking(t)
	const script = `<script>alert(1)</script><img src=x onerror=alert(2)>`
	for _, status := range []int{400, 403, 404, 409, 500} {
		up.answer(says(status, "Evil", script+" Bearer "+jwtLike+" \u202e end"))
		page := p.get("/asking")
		if page.Find("main script, main img").Length() > 0 || strings.Contains(page.body, "<script>alert") {
			t.Errorf("%d: the words became markup: %s", status, page.body)
		}
		if strings.Contains(page.body, jwtLike[:30]) || !strings.Contains(page.text("main"), "[token removed]") {
			t.Errorf("%d: the token was not taken out: %s", status, page.text("main"))
		}
		if !strings.Contains(page.text(".side"), "alert(1)") || len(hiddenIn(page)) > 0 {
			t.Errorf("%d: what Graph said is not shown as text: %s", status, page.text(".side"))
		}
		if strings.Contains(p.log.String(), jwtLike[:30]) {
			t.Errorf("%d: the token stands in the log", status)
		}
	}
}

// TestRetryAfterOfEveryKind reads the header in forms no service should send.
func TestRetryAfterOfEveryKind(t *testing.T) {
	p, up := asking(t)
	for _, tt := range []struct{ header, want, words string }{
		{"120", "120", "asks the portal to wait until"},
		{"-1", "60", "does not say how long"},
		{"0", "60", "does not say how long"},
		{"", "60", "does not say how long"},
		{"soon", "60", "does not say how long"},
		{"Thu, 01 Jan 1970 00:00:00 GMT", "60", "does not say how long"},
		{"99999", "86400", " UTC"},
		{"99999999999999999999999", "86400", " UTC"},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "86400", " UTC"},
	} {
		up.answer(says(429, "TooManyRequests", "slow", "Retry-After", tt.header))
		page := p.get("/asking")
		if page.status != 429 || page.header.Get("Retry-After") != tt.want || !strings.Contains(page.text(".notice-title"), tt.words) {
			t.Errorf("%q: %d, Retry-After %q, %q", tt.header, page.status, page.header.Get("Retry-After"), page.text(".notice-title"))
		}
	}
	tomorrow := p.clock.now().Add(24 * time.Hour).UTC()
	up.answer(says(429, "TooManyRequests", "slow", "Retry-After", "99999"))
	if page := p.get("/asking"); !strings.Contains(page.text(".notice-title"), tomorrow.Format("2 Jan 2006")) {
		t.Errorf("a pause over midnight without its day: %s", page.text(".notice-title"))
	}
}

// TestSignInFaults lets the sandbox's sign-in service fail when the code of a
// sign-in is traded.
func TestSignInFaults(t *testing.T) {
	p := newTestPortal(t)
	p.h.Entra = entra.New(entra.Options{Cloud: p.cloud, TenantID: p.info.TenantID, HTTP: &http.Client{Timeout: time.Second}, Now: p.clock.now})
	for _, tt := range []struct {
		fault  Fault
		status int
		title  string
		words  string
	}{
		{Fault{Kind: "429", RetryAfterSec: 75}, 429, "The sign-in service asks for a pause", "The sign-in service asks the portal to wait until"},
		{Fault{Kind: "503", RetryAfterSec: 75}, 502, "The sign-in service could not answer", "It asks to wait until"},
		{Fault{Kind: "500"}, 502, "The sign-in service could not answer", "The fault is the sandbox's"},
		{Fault{Kind: "reset"}, 502, "The tenant cannot be reached", "ended before the answer was complete"},
		{Fault{Kind: "half"}, 502, "The tenant cannot be reached", "ended before the answer was complete"},
		{Fault{Kind: "timeout-before", HoldMS: 20_000}, 504, "The tenant cannot be reached", "No answer came in time"},
	} {
		p.newBrowser()
		picker := p.get("/sign-in")
		tt.fault.Path, tt.fault.Count = "/*/oauth2/v2.0/token", 1
		p.setFault(tt.fault)
		page := p.submit(picker, p.persona("agent-admin").UPN, nil)
		if page.status != tt.status || page.text("h1") != tt.title || !strings.Contains(page.text(".notice-body"), tt.words) {
			t.Errorf("%s: %d %q %q", tt.fault.Kind, page.status, page.text("h1"), page.text(".notice-body"))
		}
		if strings.Contains(page.Find("main").Text()+page.Find(".ways").AttrOr("href", ""), "code=") {
			t.Errorf("%s: the code stands in the page", tt.fault.Kind)
		}
		if link := page.Find(".ways a[href='/sign-in']"); link.Length() == 0 && tt.status != 429 {
			t.Errorf("%s: no way to sign in again: %s", tt.fault.Kind, page.text(".ways"))
		}
	}
}

// setFault puts one fault in the place of all.
func (p *testPortal) setFault(f Fault) {
	p.t.Helper()
	k, err := readKnobs(p.t.Context(), nil, p.tenant)
	if err != nil {
		p.t.Fatal(err)
	}
	k.Faults = []Fault{f}
	if err := writeKnobs(p.t.Context(), nil, p.tenant, k); err != nil {
		p.t.Fatal(err)
	}
}

// TestPagesOfTheTenantShowItsFaults goes through pages people use while the
// sandbox fails: none shows half a page or a fault of the portal's own.
func TestPagesOfTheTenantShowItsFaults(t *testing.T) {
	t.Parallel() // it mostly waits
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.h.Graph = p.graphAt(p.tenant, &http.Client{Timeout: time.Second})
	b := p.info.Seed.Blueprint.ObjectID
	for _, kind := range []string{"429", "500", "503", "reset", "half"} {
		for _, path := range []string{"/blueprints", "/blueprints/" + b, "/agents", "/agents/" + p.info.Seed.Agent.ID, "/tokens"} {
			p.setFault(Fault{Kind: kind, Path: "/v1.0/**"})
			p.h.trouble.forget()
			page := p.get(path)
			if page.Find("h1").Length() != 1 || page.status == http.StatusInternalServerError || strings.Contains(page.text("main"), "fault of its own") {
				t.Errorf("%s at %s: %d %s", kind, path, page.status, page.text("main"))
			}
			if page.status >= 400 && page.Find(".ways .button").Length() == 0 {
				t.Errorf("%s at %s: nothing to do: %s", kind, path, page.text("main"))
			}
			if page.status >= 400 && page.Find(".ways a[href='/sandbox']").Length() == 0 {
				t.Errorf("%s at %s: the page does not lead to the knobs", kind, path)
			}
		}
	}
}
