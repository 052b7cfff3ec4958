package entra

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options are the parts of a Client.
type Options struct {
	Cloud    Cloud
	TenantID string           // a GUID
	HTTP     *http.Client     // nil: NewHTTPClient(Cloud, nil); redirects are never followed
	Now      func() time.Time // nil: time.Now
}

// Client talks to the sign-in service of one tenant. It is safe for
// concurrent use and holds no token, only the tenant's public keys.
type Client struct {
	cloud    Cloud
	tenantID string
	http     *http.Client
	now      func() time.Time
	keys     *keyCache

	mu     sync.Mutex
	others map[string]*Client // for other tenants, by tenant id
}

// New returns a client for one tenant. It makes no request.
func New(o Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		o.HTTP = NewHTTPClient(o.Cloud, nil)
	}
	c := &Client{
		cloud:    o.Cloud,
		tenantID: strings.ToLower(o.TenantID),
		http:     limited(o.HTTP),
		now:      o.Now,
		others:   map[string]*Client{},
	}
	c.keys = &keyCache{fetch: c.fetchKeys, now: o.Now}
	return c
}

// Cloud returns the addresses the client uses.
func (c *Client) Cloud() Cloud { return c.cloud }

// TenantID returns the tenant the client belongs to.
func (c *Client) TenantID() string { return c.tenantID }

// For returns a client for another tenant of the same cloud, through the same
// connections.
func (c *Client) For(tenantID string) *Client {
	if strings.EqualFold(tenantID, c.tenantID) {
		return c
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.ToLower(tenantID)
	if c.others[key] == nil {
		if len(c.others) >= maxOthers {
			clear(c.others) // their keys are read again
		}
		c.others[key] = New(Options{Cloud: c.cloud, TenantID: tenantID, HTTP: c.http, Now: c.now})
	}
	return c.others[key]
}

// maxOthers bounds the clients for other tenants that keep their keys.
const maxOthers = 32

// tenantURL returns an address below the tenant's own path.
func (c *Client) tenantURL(path string) string {
	return c.cloud.Login + "/" + url.PathEscape(c.tenantID) + path
}

func (c *Client) tokenURL() string     { return c.tenantURL("/oauth2/v2.0/token") }
func (c *Client) authorizeURL() string { return c.tenantURL("/oauth2/v2.0/authorize") }

// Issuer returns the issuer of the tenant's version 2 tokens, as a federated
// credential for a managed identity names it.
func (c *Client) Issuer() string { return c.issuerV2() }

// issuerV2 is the exact issuer of version 2 tokens and of ID tokens.
func (c *Client) issuerV2() string { return c.tenantURL("/v2.0") }

// issuerV1 is the issuer of version 1 tokens, with its trailing slash.
func (c *Client) issuerV1() string { return c.cloud.V1Issuer + "/" + c.tenantID + "/" }

// ownIssuer reports whether an issuer is this tenant. The form below the
// login address is what a sandbox at Microsoft's addresses writes.
func (c *Client) ownIssuer(issuer string) bool {
	return issuer == c.issuerV2() || issuer == c.issuerV1() || issuer == c.tenantURL("/")
}
