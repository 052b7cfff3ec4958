package graph

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// Sent is one request that went to Graph, for the reader of a page. It holds neither token nor body; the query may hold
// what somebody searched for, so it is for that person's page alone and not for a log.
type Sent struct {
	Method, Path string // Path with version and query, as sent
	Status       int    // 0 when no answer came
	RequestID    string // Graph's own id; empty without an answer
	At           time.Time
	Took         time.Duration // our clock, with the way there and back
}

// Recorder keeps the requests of one page in the order their answers came. The zero value is ready; it is safe for
// concurrent use.
type Recorder struct {
	mu   sync.Mutex
	sent []Sent
}

// Sent returns what has been recorded so far.
func (r *Recorder) Sent() []Sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

// Recording is the same client with a recorder: every attempt of every call is added to r.
func (c *Client) Recording(r *Recorder) *Client {
	other := *c
	other.recorder = r
	return &other
}

// note adds an attempt. An answer that was a refusal counts as one; a request that never left the machine does too,
// with status 0, so that a page can show which part failed.
func (r *Recorder) note(call Call, at time.Time, took time.Duration, answer *Response, err error) {
	if r == nil {
		return
	}
	s := Sent{Method: call.Method, Path: call.Path, At: at, Took: took}
	var refused *Error
	switch {
	case answer != nil:
		s.Status, s.RequestID = answer.Status, answer.RequestID
	case errors.As(err, &refused):
		s.Status, s.RequestID = refused.Status, refused.RequestID
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, s)
}
