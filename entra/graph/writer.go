package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Writer sends the calls that change a tenant. Only the run engine holds one: it commits an audit intent before
// every Send, and nothing else may write (a test reads the sources for that).
type Writer struct{ client *Client }

// NewWriter makes a writer that sends as the client's caller.
func NewWriter(c *Client) *Writer { return &Writer{client: c} }

// With is the same writer for another caller.
func (w *Writer) With(token TokenFunc) *Writer { return &Writer{client: w.client.With(token)} }

// Send sends one call once, with opID as its client-request-id, and decodes the answer into out (nil: dropped). It
// never sends again: an answer that was lost makes Unknown(err) true, and the caller settles it by reading. A refusal
// is a *Error; a request that never left (no connection, no token) is neither.
func (w *Writer) Send(ctx context.Context, opID string, call Call, out any) (*Response, error) {
	if err := (Part{OpID: opID, Call: call}).check(); err != nil {
		return nil, err
	}
	return w.client.once(ctx, opID, call, out)
}

// check refuses what is no write, or not ready to be sent.
func (p Part) check() error {
	call := p.Call
	if call.Method == "" || call.Method == http.MethodGet {
		return fmt.Errorf("send %s: a writer sends no reads", call.Path)
	}
	// A placeholder is a hole in a reviewed plan; one that is left here would create nonsense in the tenant.
	hole, err := call.hole()
	if err != nil {
		return fmt.Errorf("send %s %s: %w", call.Method, call.Path, err)
	}
	if hole != "" {
		return fmt.Errorf("send %s %s: %s is not filled in", call.Method, call.Path, hole)
	}
	if strings.TrimSpace(p.OpID) == "" {
		return fmt.Errorf("send %s %s: no operation id", call.Method, call.Path)
	}
	return checkPath(call.Path)
}
