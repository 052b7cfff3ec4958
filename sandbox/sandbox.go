// Package sandbox is a pretend Microsoft Entra tenant: the sign-in and token endpoints, and the part
// of Microsoft Graph that concerns agent identities, over plain HTTP. It imports nothing of the
// portal; the portal reaches it as it reaches a real tenant.
package sandbox

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"time"
)

// Options say where the tenant lives and under which addresses it is reached.
type Options struct {
	DataFile          string            // the tenant's file, made 0600 in a folder 0700
	BaseURL           string            // issuer and authority, no trailing slash; default http://localhost:8081
	GraphURL          string            // Graph without a version; default BaseURL
	PortalURL         string            // default http://localhost:8080; its /auth/callback is the portal's redirect URI
	Hosts             []string          // Host values accepted beyond loopback and the hosts of BaseURL and GraphURL
	CAFile            string            // shown by /_sandbox/info when the sandbox has a certificate of its own
	PortalCertificate *x509.Certificate // registered as key credential of the portal's app; may be nil
	Now               func() time.Time
	Log               *slog.Logger
}

// Sandbox serves one pretend tenant.
type Sandbox struct {
	o      Options
	tenant *Tenant
	store  *store
	mux    http.Handler
	stop   context.CancelFunc
	done   chan struct{}
}

// Open opens or creates the tenant and seeds a new one. It returns an error that wraps ErrLocked when
// another process has the file.
func Open(ctx context.Context, o Options) (*Sandbox, error) {
	return nil, nil
}

// ServeHTTP answers the identity endpoints, Graph (/v1.0, /beta) and /_sandbox/*.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close writes what is pending and gives the tenant's file back.
func (s *Sandbox) Close() error { return s.store.close() }
