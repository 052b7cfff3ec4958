package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// order tells the sandbox to let faults happen.
func (f *graphFixture) order(list ...fault) {
	f.t.Helper()
	f.knobs(func(k *knobs) { k.Faults = list })
}

// hits are how often each fault has struck.
func (f *graphFixture) hits() []int {
	var n []int
	for _, each := range f.s.faults() {
		n = append(n, each.Hits)
	}
	return n
}

// attempt creates a blueprint on a connection of its own: a client sends no POST again by itself.
func (f *graphFixture) attempt(name string, patience time.Duration) (status int, text []byte, err error) {
	f.t.Helper()
	body := quoted(map[string]any{"displayName": name, "sponsors@odata.bind": []string{userLink("sponsor")}})
	r := request(f.t, http.MethodPost, f.url+blueprints, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+f.admin())
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err = io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

// made tells whether the blueprint is there, and which entries of the journal say so.
func (f *graphFixture) made(name string) (there bool, journaled []float64) {
	f.t.Helper()
	there = len(f.must(200, "GET", blueprints+"?$filter=displayName%20eq%20'"+name+"'", f.admin(), "").values()) == 1
	for _, e := range f.do("GET", "/_sandbox/journal", "", "").body["entries"].([]any) {
		if entry := e.(map[string]any); entry["method"] == "POST" && entry["path"] == blueprints {
			journaled = append(journaled, entry["status"].(float64))
		}
	}
	return there, journaled
}

// TestFaultsOfConnections: what the client sees, whether the request took effect, and that the journal
// holds the requests that did.
func TestFaultsOfConnections(t *testing.T) {
	short := 200 * time.Millisecond
	for _, tc := range []struct {
		kind   faultKind
		effect bool
		fits   func(status int, text []byte, err error) bool
	}{
		{faultReset, false, func(_ int, _ []byte, err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{faultResetAfter, true, func(_ int, _ []byte, err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{faultHalf, true, func(status int, text []byte, err error) bool {
			return status == 201 && len(text) > 100 && errors.Is(err, io.ErrUnexpectedEOF)
		}},
		{faultSilent, false, func(_ int, _ []byte, err error) bool { return timedOut(err) }},
		{faultSilentAfter, true, func(_ int, _ []byte, err error) bool { return timedOut(err) }},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			t.Parallel()
			f := newGraph(t)
			f.order(fault{Kind: tc.kind, Method: "POST", Path: blueprints, Count: 1})
			status, text, err := f.attempt("Lost", short)
			if !tc.fits(status, text, err) {
				t.Errorf("status %d, body %q, %v", status, text, err)
			}
			there, journaled := f.made("Lost")
			if there != tc.effect || (len(journaled) == 1 && journaled[0] == 201) != tc.effect {
				t.Errorf("made %v, journal %v, want effect %v", there, journaled, tc.effect)
			}
			if status, text, err = f.attempt("Next", time.Minute); status != 201 || err != nil {
				t.Errorf("after the fault: %d %s %v", status, text, err)
			}
		})
	}
}

func timedOut(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// TestATimeoutEndsByItself: a client without patience of its own is let go after the hold.
func TestATimeoutEndsByItself(t *testing.T) {
	f := newGraph(t)
	f.order(fault{Kind: faultSilent, Path: "/**", HoldMs: 20})
	if status, text, err := f.attempt("Held", time.Minute); err == nil {
		t.Errorf("answered %d %s", status, text)
	}
}

// TestFaultsThatAnswer: each in the words of the service, counted down, with the journal knowing.
func TestFaultsThatAnswer(t *testing.T) {
	f := newGraph(t)
	f.order(
		fault{Kind: faultThrottled, Path: "/v1.0/me", RetryAfterSec: 7, Count: 2},
		fault{Kind: faultUnavailable, Path: "/beta/**", Method: "GET"},
		fault{Kind: faultServer, Path: "/*/oauth2/v2.0/token"},
	)
	admin := f.admin()
	for range 2 {
		a := f.must(429, "GET", "/v1.0/me", admin, "")
		if a.header.Get("Retry-After") != "7" || a.code() != "TooManyRequests" || a.header.Get("request-id") == "" {
			t.Errorf("%v %s", a.header, a.raw)
		}
	}
	f.must(200, "GET", "/v1.0/me", admin, "")
	for range 3 {
		if a := f.must(503, "GET", "/beta/me", admin, ""); a.code() != "ServiceUnavailable" || a.header.Get("Retry-After") != "" {
			t.Errorf("%v %s", a.header, a.raw)
		}
	}
	token := f.do("POST", "/"+tenantID+"/oauth2/v2.0/token", "", "")
	if token.status != 500 || token.text("error") != "server_error" {
		t.Errorf("token: %d %s", token.status, token.raw)
	}
	f.order(fault{Kind: faultThrottled, Path: "/*/oauth2/v2.0/token", RetryAfterSec: 1, Hits: 3})
	if token = f.do("POST", "/"+tenantID+"/oauth2/v2.0/token", "", ""); token.status != 429 || !strings.HasPrefix(token.text("error_description"), "AADSTS90055: ") {
		t.Errorf("token: %d %s", token.status, token.raw)
	}
	if got := f.hits(); len(got) != 1 || got[0] != 4 {
		t.Errorf("hits %v", got)
	}
	seen := map[float64]int{}
	for _, e := range f.do("GET", "/_sandbox/journal", "", "").body["entries"].([]any) {
		seen[e.(map[string]any)["status"].(float64)]++
	}
	if seen[429] != 3 || seen[503] != 3 || seen[500] != 1 || seen[200] != 1 {
		t.Errorf("journal %v", seen)
	}
}

// TestFaultsByCaller: at Graph by object id or client id, at Entra by the client id in the form, which
// is still whole for who reads it next.
func TestFaultsByCaller(t *testing.T) {
	l := newLab(t)
	f := &graphFixture{t: t, s: l.Sandbox, url: l.url, clock: l.clock}
	f.order(
		fault{Kind: faultThrottled, Path: "/v1.0/**", Caller: strings.ToUpper(seedID("user agent-dev"))},
		fault{Kind: faultUnavailable, Path: "/v1.0/**", Caller: seedID("app client")},
		fault{Kind: faultServer, Path: "/**/token", Caller: l.info.Client.ClientID},
	)
	f.must(200, "GET", "/v1.0/me", f.admin(), "")
	f.must(429, "GET", "/v1.0/me", f.personToken("agent-dev", "User.Read"), "")
	f.must(503, "GET", "/v1.0/users", f.clientToken(), "")
	access(t, l.token(t, l.basics()...))
	if a := l.token(t, "client_id", l.info.Client.ClientID); a.StatusCode != 500 {
		t.Errorf("the client got %d %s", a.StatusCode, a.text)
	}
	r := request(t, http.MethodPost, l.url+"/"+tenantID+"/oauth2/v2.0/token", strings.NewReader("grant_type=client_credentials"))
	r.SetBasicAuth(l.info.Client.ClientID, "x")
	if a := l.do(t, r); a.StatusCode != 500 {
		t.Errorf("the client by Basic got %d %s", a.StatusCode, a.text)
	}
}

// TestFaultsInABatch: a part is throttled for itself, the batch is answered with 200.
// https://learn.microsoft.com/graph/throttling#throttling-and-batching
func TestFaultsInABatch(t *testing.T) {
	f := newGraph(t)
	f.order(fault{Kind: faultReset, Path: "/v1.0/me"}, fault{Kind: faultThrottled, Path: "/v1.0/me", RetryAfterSec: 3, Count: 1})
	a := f.must(200, "POST", "/v1.0/$batch", f.admin(), `{"requests":[{"id":"1","method":"GET","url":"/me"},{"id":"2","method":"GET","url":"/me"}]}`)
	got := map[string]float64{}
	for _, v := range a.body["responses"].([]any) {
		part := v.(map[string]any)
		got[part["id"].(string)] = part["status"].(float64)
		if part["status"] == 429.0 && part["headers"].(map[string]any)["Retry-After"] != "3" {
			t.Errorf("part %v", part)
		}
	}
	if got["1"] != 429 || got["2"] != 200 {
		t.Errorf("statuses %v", got)
	}
	if hits := f.hits(); hits[0] != 0 || hits[1] != 1 {
		t.Errorf("hits %v", hits)
	}
}

// TestFaultsCountUnderLoad: a fault that is to hit five times hits five times, whoever comes at once.
func TestFaultsCountUnderLoad(t *testing.T) {
	f := newGraph(t)
	f.order(fault{Kind: faultThrottled, Path: "/v1.0/me", Count: 5})
	token, hit := f.admin(), make(chan int)
	for range 40 {
		go func() { hit <- f.do("GET", "/v1.0/me", token, "").status }()
	}
	seen := map[int]int{}
	for range 40 {
		seen[<-hit]++
	}
	if seen[429] != 5 || seen[200] != 35 {
		t.Errorf("statuses %v", seen)
	}
}
