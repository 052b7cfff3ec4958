package graph

import (
	"net/http"
	"time"

	"agentidportal/entra"
)

// Caller says whose token a call goes out with.
type Caller string

// The two callers of the portal's calls. The zero value is the signed-in person.
const (
	AsPerson    Caller = ""
	AsBlueprint Caller = "blueprint"
)

// Call is one request to Graph as a value: the review page shows it and the run sends it. It holds no token.
type Call struct {
	Method string // GET when empty
	Path   string // with version and query: /v1.0/applications/…
	Body   any    // marshalled as JSON; nil sends no body
	Needs  string // least delegated permission, or application permission when As is the blueprint
	As     Caller

	// Eventual asks for the advanced query engine; $search, $count and some filters need it.
	// https://learn.microsoft.com/graph/aad-advanced-queries
	Eventual bool
}

// Response is what Graph said around the body of an answer.
type Response struct {
	Status          int
	RequestID       string // Graph's own id, the one Microsoft's support asks for
	ClientRequestID string // ours, as echoed or as sent
	Duration        time.Duration
	Date            time.Time // Graph's clock; zero when the header is missing
	RetryAfter      time.Duration
}

func responseOf(res *http.Response, sentID string, took time.Duration, now time.Time) *Response {
	r := &Response{
		Status:          res.StatusCode,
		RequestID:       headerText(res.Header, "request-id"),
		ClientRequestID: headerText(res.Header, "client-request-id"),
		Duration:        took,
	}
	if r.ClientRequestID == "" {
		r.ClientRequestID = sentID
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		r.Date, now = date, date // a pause until a moment is a moment of the clock that named it
	}
	r.RetryAfter = entra.RetryAfter(res.Header.Get("Retry-After"), now)
	return r
}

// headerText is a header made fit for a page and a log line: ids are short, an answer from a proxy may not be.
func headerText(h http.Header, name string) string {
	return clean(h.Get(name), 100)
}
