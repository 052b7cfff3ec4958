// Package sandbox is a pretend Microsoft Entra tenant: the sign-in and token endpoints, and the part
// of Microsoft Graph that concerns agent identities, over plain HTTP. It imports nothing of the
// portal; the portal reaches it as it reaches a real tenant.
package sandbox

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrSeed is returned by Open when the tenant's file holds another seed than the one asked for.
var ErrSeed = errors.New("reset that tenant on its page, or with POST /_sandbox/reset, or choose another data folder")

// Options say where the tenant lives and under which addresses it is reached.
type Options struct {
	DataFile          string            // the tenant's file, made 0600 in a folder 0700
	BaseURL           string            // issuer and authority, no trailing slash; default http://localhost:8081
	GraphURL          string            // Graph without a version; default BaseURL
	V1Issuer          string            // base of the issuer of v1 tokens; default BaseURL
	PortalURL         string            // default http://localhost:8080; its /auth/callback is the portal's redirect URI
	Hosts             []string          // Host values accepted beyond loopback and the hosts of BaseURL and GraphURL
	Seed              string            // what a new tenant starts with, one of SeedNames; default small
	CAFile            string            // shown by /_sandbox/info when the sandbox has a certificate of its own
	PortalCertificate *x509.Certificate // registered as key credential of the portal's app; may be nil
	Now               func() time.Time
	Log               *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.BaseURL == "" {
		o.BaseURL = "http://localhost:8081"
	}
	if o.GraphURL == "" {
		o.GraphURL = o.BaseURL
	}
	if o.V1Issuer == "" {
		o.V1Issuer = o.BaseURL
	}
	if o.PortalURL == "" {
		o.PortalURL = "http://localhost:8080"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == "" {
		o.Seed = seedSmall
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Sandbox serves one pretend tenant.
type Sandbox struct {
	o      Options
	tenant *Tenant
	store  *store
	keys   *keyring
	// federation signs for issuers outside Entra; made when first asked for.
	federation func() *keyring
	lockout    lockout
	polls      polls
	hosts      map[string]bool
	handler    http.Handler
	stop       context.CancelFunc
	done       chan struct{}
}

// Open opens or creates the tenant and seeds a new one. The error wraps ErrLocked when another
// process has the file.
func Open(ctx context.Context, o Options) (*Sandbox, error) {
	asked := o.Seed
	o = o.withDefaults()
	if !slices.Contains(SeedNames(), o.Seed) {
		return nil, fmt.Errorf("the seed %q is none of %s", o.Seed, strings.Join(SeedNames(), ", "))
	}
	file, err := openStore(ctx, o.DataFile)
	if err != nil {
		return nil, err
	}
	st, seq, err := file.load(ctx)
	if err != nil {
		return nil, errors.Join(err, file.close())
	}
	s := &Sandbox{o: o, store: file, tenant: &Tenant{state: st, seq: seq, store: file}, done: make(chan struct{})}
	s.tenant.now, s.tenant.tokenNow = s.directoryNow, s.tokenNow
	if s.hosts, err = allowedHosts(o); err != nil {
		return nil, errors.Join(err, file.close())
	}
	if err := s.prepare(ctx, asked); err != nil {
		return nil, errors.Join(err, file.close())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	// Not cut off by Close, which waits: keys half made would be made again at each start.
	s.keys = newKeyring(context.WithoutCancel(ctx), file, "signing keys", o.Now())
	s.federation = sync.OnceValue(func() *keyring { return newKeyring(background, file, "federation keys", o.Now()) })
	s.handler = s.routes()
	go s.flushNowAndThen(background)
	return s, nil
}

// prepare seeds a new tenant, or brings what the options say into an old one. The seed that was asked
// for must be the one an old tenant has: nobody's work is thrown away at a start.
func (s *Sandbox) prepare(ctx context.Context, asked string) error {
	if s.tenant.state.users.len() == 0 {
		if err := s.reseed(ctx, s.o.Seed); err != nil {
			return fmt.Errorf("seed the sandbox tenant: %w", err)
		}
		return nil
	}
	has, err := s.seedName(ctx)
	if err != nil {
		return err
	}
	if asked != "" && asked != has {
		return fmt.Errorf("%s holds a tenant with the seed %s, not %s: %w", s.o.DataFile, has, asked, ErrSeed)
	}
	if err := s.tenant.sweep(ctx); err != nil {
		return fmt.Errorf("remove expired sign-ins: %w", err)
	}
	return s.tenant.adopt(ctx, s.o)
}

// flushNowAndThen keeps the journal in the file at most half a second behind.
func (s *Sandbox) flushNowAndThen(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.store.flushPending(ctx); err != nil && ctx.Err() == nil {
				s.o.Log.Error("write the journal", slog.Any("error", err))
			}
		}
	}
}

const (
	seedSetting  = "seed"
	seedImported = "import" // instead of a seed, when the tenant came from an export
)

// seedName says what the tenant started with. Tenants older than the choice have the small seed.
func (s *Sandbox) seedName(ctx context.Context) (string, error) {
	name, err := s.store.setting(ctx, seedSetting)
	if err != nil {
		return "", fmt.Errorf("read the seed's name: %w", err)
	}
	return cmp.Or(name, seedSmall), nil
}

// reseed puts the named seed in the place of all there is.
func (s *Sandbox) reseed(ctx context.Context, name string) error {
	o := s.o
	o.Seed = name
	if err := s.tenant.reset(ctx, o); err != nil {
		return err
	}
	s.lockout.forgetAll()
	return s.store.setSetting(ctx, seedSetting, name)
}

// ServeHTTP answers the identity endpoints, Graph (/v1.0, /beta), Azure Resource Manager (/subscriptions,
// /tenants), the Echo API (/echo) and /_sandbox/*.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.hosts[hostname(r.Host)] {
		// A page of another site must not reach the sandbox through a name it made resolve to loopback.
		http.Error(w, "This sandbox does not answer to the host name "+hostname(r.Host)+".", http.StatusMisdirectedRequest)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// Close writes what is pending and gives the tenant's file back.
func (s *Sandbox) Close() error {
	s.stop()
	<-s.done
	<-s.keys.ready
	return s.store.close()
}

func (s *Sandbox) routes() http.Handler {
	control, services := s.controlRoutes(), map[service]http.Handler{
		serviceEntra: s.answered(s.identityRoutes()), serviceGraph: s.answered(http.HandlerFunc(s.serveGraph)),
		serviceManagement: s.answered(http.HandlerFunc(s.serveManagement)), serviceEcho: s.answered(http.HandlerFunc(s.serveEcho)),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if first == "" || first == "_sandbox" {
			control.ServeHTTP(w, r)
			return
		}
		services[serviceOf(r)].ServeHTTP(w, r)
	})
}
