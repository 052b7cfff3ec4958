package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/entra/graph"
)

// fake is a server that answers from a table and remembers what it was asked.
type fake struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []*http.Request
	sent  []string // bodies
	waits []time.Duration
}

// newFake answers every request with handler; requests are recorded first.
func newFake(t *testing.T, handler http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		f.seen, f.sent = append(f.seen, r), append(f.sent, string(body))
		f.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) client() *graph.Client {
	return graph.New(graph.Options{
		Base: f.URL, HTTP: f.Client(), Token: bearer("token-of-ann"), Now: clock,
		Sleep: func(_ context.Context, wait time.Duration) error {
			f.waits = append(f.waits, wait)
			return nil
		},
	})
}

// count is how many requests came.
func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

// uris are the requests as method and address, as they went over the wire.
func (f *fake) uris() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var uris []string
	for _, r := range f.seen {
		uris = append(uris, r.Method+" "+r.RequestURI)
	}
	return uris
}

func bearer(text string) graph.TokenFunc {
	return func(context.Context) (entra.Secret, error) { return entra.NewSecret(text), nil }
}

func clock() time.Time { return time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC) }

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "9d7d0000-0000-4000-8000-000000000001")
		w.Header().Set("client-request-id", r.Header.Get("client-request-id"))
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestDoSendsWhatGraphWantsAndKeepsItsIDs(t *testing.T) {
	f := newFake(t, answer(200, `{"id":"1","displayName":"Ann"}`))
	var user graph.User
	res, err := f.client().Do(t.Context(), graph.Call{Path: "/v1.0/me", Eventual: true}, &user)
	if err != nil {
		t.Fatal(err)
	}
	if user.DisplayName != "Ann" {
		t.Errorf("display name = %q", user.DisplayName)
	}
	got := f.seen[0].Header
	for name, want := range map[string]string{
		"Authorization": "Bearer token-of-ann", "Accept": "application/json", "OData-Version": "4.0",
		"ConsistencyLevel": "eventual", "return-client-request-id": "true", "Content-Type": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, got.Get(name), want)
		}
	}
	if res.RequestID != "9d7d0000-0000-4000-8000-000000000001" || res.Status != 200 {
		t.Errorf("response = %+v", res)
	}
	if _, err := graph.ParseGUID(res.ClientRequestID); err != nil || res.ClientRequestID != got.Get("client-request-id") {
		t.Errorf("client-request-id = %q, sent %q", res.ClientRequestID, got.Get("client-request-id"))
	}
}

// readMe is the simplest read: one object, by Do alone.
func readMe(ctx context.Context, c *graph.Client) error {
	_, err := c.Do(ctx, graph.Call{Path: "/v1.0/me", Needs: "User.Read"}, new(graph.User))
	return err
}

func TestWithSendsAnotherTokenAndLeavesTheFirstAlone(t *testing.T) {
	f := newFake(t, answer(200, `{}`))
	first := f.client()
	second := first.With(bearer("token-of-bob"))
	for _, c := range []*graph.Client{second, first} {
		if err := readMe(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := f.seen[0].Header.Get("Authorization"), f.seen[1].Header.Get("Authorization"); a != "Bearer token-of-bob" || b != "Bearer token-of-ann" {
		t.Errorf("authorizations = %q, %q", a, b)
	}
}

func TestDoRefusesWrites(t *testing.T) {
	f := newFake(t, answer(200, `{}`))
	var fault *graph.MethodError
	_, err := f.client().Do(t.Context(), graph.Call{Method: "DELETE", Path: "/v1.0/applications/1"}, nil)
	if !errors.As(err, &fault) || f.count() != 0 {
		t.Errorf("err = %v, requests = %d", err, f.count())
	}
}

func TestDoRefusesPathsThatLeaveTheAPI(t *testing.T) {
	f := newFake(t, answer(200, `{}`))
	for _, path := range []string{
		"/v1.0/applications/../users", "/v1.0/applications/%2e%2e/users", "/v1.0//users", "/v1.0/users/", "/v2.0/users",
		"//evil.example/v1.0/users", "@evil.example/v1.0/users", "/v1.0/a%2f..%2fb", "/v1.0/users\r\nX: y", "/v1.0/a%5c..%5cb",
		".evil.example/v1.0/users", "",
	} {
		if _, err := f.client().Do(t.Context(), graph.Call{Path: path}, nil); err == nil {
			t.Errorf("path %q was sent as %v", path, f.uris())
		}
	}
	if f.count() != 0 {
		t.Errorf("requests = %v", f.uris())
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newFake(t, answer(200, `{}`))
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/v1.0/me", http.StatusFound)
	})
	err := readMe(t.Context(), f.client())
	var refusal *graph.Error
	if !errors.As(err, &refusal) || refusal.Status != 302 {
		t.Errorf("err = %v", err)
	}
	if len(elsewhere.seen) != 0 {
		t.Error("the token went to another host")
	}
}

func TestAnAnswerWithoutAnEndIsCutOff(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		block := strings.Repeat(" ", 1<<20)
		for range 9 {
			io.WriteString(w, block)
		}
	})
	if err := readMe(t.Context(), f.client()); !errors.Is(err, graph.ErrTooLarge) {
		t.Errorf("err = %v", err)
	}
}

func TestATokenThatCannotBeHadIsNoAnswerOfGraph(t *testing.T) {
	f := newFake(t, answer(200, `{}`))
	wanted := errors.New("sign in again")
	c := f.client().With(func(context.Context) (entra.Secret, error) { return entra.Secret{}, wanted })
	if err := readMe(t.Context(), c); !errors.Is(err, wanted) || f.count() != 0 {
		t.Errorf("err = %v, requests = %d", err, f.count())
	}
}

func TestReadsWaitAsLongAsGraphAsks(t *testing.T) {
	now := clock()
	tests := []struct {
		name   string
		status int
		header string
		fails  int // how many answers are refusals
		waits  []time.Duration
		want   int // status of the error, 0 for none
	}{
		{"seconds", 429, "3", 1, []time.Duration{3 * time.Second}, 0},
		{"a date of Graph's clock", 503, now.Add(time.Hour + 5*time.Second).Format(http.TimeFormat), 1, []time.Duration{5 * time.Second}, 0},
		{"no header", 429, "", 2, []time.Duration{time.Second, 2 * time.Second}, 0},
		{"nonsense", 503, "soon", 1, []time.Duration{time.Second}, 0},
		{"negative", 429, "-7", 1, []time.Duration{time.Second}, 0},
		{"longer than a page may take", 429, "120", 9, nil, 429},
		{"for ever", 503, "1", 9, []time.Duration{time.Second, time.Second, time.Second}, 503},
		{"another fault", 500, "1", 9, nil, 500},
		{"a gateway", 502, "", 9, nil, 502},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			left := tt.fails
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if left--; left < 0 {
					answer(200, `{"id":"1"}`)(w, r)
					return
				}
				w.Header().Set("Date", now.Add(time.Hour).Format(http.TimeFormat)) // Graph's clock is an hour ahead
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				answer(tt.status, `{"error":{"code":"TooManyRequests","message":"Slow down."}}`)(w, r)
			})
			err := readMe(t.Context(), f.client())
			if diff := cmp.Diff(tt.waits, f.waits); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			var refusal *graph.Error
			if got := errors.As(err, &refusal); got != (tt.want != 0) || got && refusal.Status != tt.want {
				t.Errorf("err = %v, want status %d", err, tt.want)
			}
		})
	}
}

func TestEachAttemptHasItsOwnRequestID(t *testing.T) {
	f := newFake(t, answer(503, ``))
	err := readMe(t.Context(), f.client())
	ids := map[string]bool{}
	for _, r := range f.seen {
		ids[r.Header.Get("client-request-id")] = true
	}
	if err == nil || len(ids) != f.count() || len(ids) != 4 {
		t.Errorf("err = %v, %d ids in %d requests", err, len(ids), f.count())
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	f := newFake(t, answer(429, ``))
	ctx, cancel := context.WithCancel(t.Context())
	c := graph.New(graph.Options{Base: f.URL, Token: bearer("t"), Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}})
	if err := readMe(ctx, c); !errors.Is(err, context.Canceled) || f.count() != 1 {
		t.Errorf("err = %v, requests = %d", err, f.count())
	}
}
