package entra

import (
	"net/http"
	"time"
)

// Options are the parts of a Client.
type Options struct {
	Cloud    Cloud
	TenantID string           // a GUID
	HTTP     *http.Client     // nil: a client with our limits; redirects are never followed
	Now      func() time.Time // nil: time.Now
}

// Client talks to the sign-in service of one tenant. It is safe for
// concurrent use and holds no token.
type Client struct {
	cloud    Cloud
	tenantID string
	http     *http.Client
	now      func() time.Time
}

// New returns a client for one tenant. It makes no request.
func New(o Options) *Client {
	return &Client{cloud: o.Cloud, tenantID: o.TenantID, http: o.HTTP, now: o.Now}
}

// Cloud returns the addresses the client uses.
func (c *Client) Cloud() Cloud { return c.cloud }

// TenantID returns the tenant the client belongs to.
func (c *Client) TenantID() string { return c.tenantID }
