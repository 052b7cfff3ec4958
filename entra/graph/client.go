// Package graph is the part of Microsoft Graph the portal uses: one client with one Do, typed errors, pages as
// values and as iterators. Reads go through Client. Writes are Calls, pure values that the review page shows and
// that only Writer sends, so nothing reaches a tenant that was not shown.
//
// Wire facts: https://learn.microsoft.com/graph/api/resources/agentid-platform-overview
package graph

import (
	"context"
	"net/http"
	"strings"
	"time"

	"agentidportal/entra"
)

// DefaultBase is Graph's address in the global cloud, without a version.
const DefaultBase = "https://graph.microsoft.com"

// TokenFunc gives the access token for one request. It is asked for every attempt, so a token that expires between
// two pages is replaced without the caller's help.
type TokenFunc func(ctx context.Context) (entra.Secret, error)

// Held is the TokenFunc of a token that its caller already has, for as long as it lasts.
func Held(token entra.Secret) TokenFunc {
	return func(context.Context) (entra.Secret, error) { return token, nil }
}

// Options are what a Client is made of. Only Base and Token are needed.
type Options struct {
	Base  string                                              // https://graph.microsoft.com, no version, no trailing slash
	HTTP  *http.Client                                        // default: 30 s for a request
	Token TokenFunc                                           // whose token is sent
	Now   func() time.Time                                    // default time.Now
	Sleep func(ctx context.Context, wait time.Duration) error // waits between attempts of a GET; default a timer
}

// Client reads from Graph as one caller. It is safe for concurrent use.
type Client struct {
	base  string
	http  *http.Client
	token TokenFunc
	now   func() time.Time
	sleep func(ctx context.Context, wait time.Duration) error

	recorder *Recorder // nil: nobody asks
}

// New makes a client. Redirects are never followed, whatever the given HTTP client does: a bearer token must not
// leave for an address that an answer chose.
func New(o Options) *Client {
	c := &Client{base: strings.TrimSuffix(o.Base, "/"), token: o.Token, now: o.Now, sleep: o.Sleep}
	if c.base == "" {
		c.base = DefaultBase
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	own := http.Client{Timeout: 30 * time.Second}
	if o.HTTP != nil {
		own = *o.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &own
	return c
}

// With is the same client for another caller.
func (c *Client) With(token TokenFunc) *Client {
	other := *c
	other.token = token
	return &other
}

// Base is the address of Graph without a version, as the links inside bodies need it.
func (c *Client) Base() string { return c.base }

// Do sends one GET and decodes the answer into out (nil: the body is dropped; *[]byte: as received). A 429 or 503 is
// tried again after the pause Graph asks for, as long as that pause is short; any other refusal is a *Error. Calls
// that change something are refused here: see Writer.
func (c *Client) Do(ctx context.Context, call Call, out any) (*Response, error) {
	if call.Method != "" && call.Method != http.MethodGet {
		return nil, &MethodError{Method: call.Method, Path: call.Path}
	}
	call.Method = http.MethodGet
	return c.retry(ctx, call, out)
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
