package entra

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// maxBody caps what is read of any answer.
const maxBody = 8 << 20

// errBodyTooLarge ends the reading of an answer beyond maxBody.
var errBodyTooLarge = errors.New("the answer is larger than 8 MiB")

// NewHTTPClient returns an HTTP client with the limits every call to a
// Microsoft cloud keeps: short timeouts, no redirects, no proxy from the
// environment, and, outside the sandbox, no address inside our own network.
// It trusts the authorities in roots alone; nil means those of the machine.
func NewHTTPClient(cloud Cloud, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !cloud.Sandbox {
		dialer.Control = refuseInside
	}
	return limited(&http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DialContext:           dialer.DialContext,
			TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: 15 * time.Second,
			IdleConnTimeout:       90 * time.Second,
			MaxConnsPerHost:       8,
			MaxIdleConnsPerHost:   8,
			ForceAttemptHTTP2:     true,
		},
	})
}

// limited copies a client and adds the limits that are not the transport's.
func limited(client *http.Client) *http.Client {
	copied := *client
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if copied.Timeout == 0 {
		copied.Timeout = 30 * time.Second
	}
	if _, done := copied.Transport.(cappedTransport); !done {
		next := copied.Transport
		if next == nil {
			next = http.DefaultTransport
		}
		copied.Transport = cappedTransport{next}
	}
	return &copied
}

// refuseInside runs after name resolution, so that a name which points into
// our own network is refused as well.
func refuseInside(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read address to dial: %w", err)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("read address to dial: %w", err)
	}
	if inside(ip.Unmap()) {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}

func inside(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return true
	}
	// What the checks above let pass and no public service has: "this network",
	// the shared space of carriers and clouds (RFC 6598), and the IPv6 prefixes
	// that reach IPv4 addresses by translation or tunnel (RFC 6052, 8215, 3056, 4380).
	// https://www.iana.org/assignments/iana-ipv4-special-registry
	for _, special := range []string{"0.0.0.0/8", "100.64.0.0/10", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"} {
		if netip.MustParsePrefix(special).Contains(ip) {
			return true
		}
	}
	return false
}

// cappedTransport ends the reading of a body that is too large.
type cappedTransport struct{ next http.RoundTripper }

// RoundTrip sends the request and caps the body of its answer.
func (t cappedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &cappedBody{ReadCloser: resp.Body, left: maxBody}
	return resp, nil
}

// CloseIdleConnections passes on what http.Client asks of a transport.
func (t cappedTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type cappedBody struct {
	io.ReadCloser
	left int64
}

// Read fails, rather than ends, past the cap: a cut answer is no answer.
func (b *cappedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errBodyTooLarge
	}
	return n, err
}
