package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"agentidportal/handlers"
	"agentidportal/models"
	"agentidportal/provision"
)

// shutdownTime is how long a stop waits for requests and for the Graph call
// under way; what is left is taken up at the next start.
const shutdownTime = 25 * time.Second

// maxConnections is how many connections are answered at once; the next one
// waits for one of them to end. Event streams among them have a limit of their
// own (web.SSE), so that pages always find room.
const maxConnections = 256

// App is the running portal: its store, its sandbox when there is one, its
// engine and its server.
type App struct {
	store   *models.Store
	sandbox *sandboxServer // nil with a real tenant or a sandbox of its own process
	engine  *provision.Engine
	signIns *provision.SignIns
	server  *http.Server
	listen  net.Listener
	url     string
	info    *handlers.SandboxInfo // nil with a real tenant
	log     *slog.Logger
}

// Wiring is what tests put in place of the world: time, pauses, the transport
// to the tenant and the named points of a run. The zero value is production.
type Wiring struct {
	Now       func() time.Time
	Transport http.RoundTripper
	Hook      func(point string)
	Pause     func(attempt int) time.Duration
	Settle    func(ctx context.Context) time.Duration
	Log       *slog.Logger
}

// NewApp opens everything c names. What it opened is closed again when a later
// part fails; the error says what to do.
func NewApp(ctx context.Context, c Config, w Wiring) (_ *App, err error) {
	if w.Now == nil {
		w.Now = time.Now
	}
	if w.Log == nil {
		w.Log = slog.Default()
	}
	a := &App{log: w.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	key, err := c.sealingKey()
	if err != nil {
		return nil, err
	}
	sealer, err := models.NewSealer(key)
	if err != nil {
		return nil, fmt.Errorf("use the encryption key: %w", err)
	}
	if a.listen, err = listen(ctx, c.Addr, "PORTAL_ADDR", "addr"); err != nil {
		return nil, err
	}
	a.url = c.PublicURL
	if a.url == "" {
		a.url = origin("http", a.listen)
	}
	t, err := a.openTenant(ctx, c, w)
	if err != nil {
		return nil, err
	}
	a.info = t.info
	if a.store, err = openStore(ctx, c, w, sealer, t.id); err != nil {
		return nil, err
	}
	return a, a.build(ctx, c, w, t, sealer)
}

// openStore opens the portal's own database under its lock.
func openStore(ctx context.Context, c Config, w Wiring, sealer *models.Sealer, tenantID string) (*models.Store, error) {
	store, err := models.Open(ctx, models.Options{Path: c.database(), Tenant: tenantID, Now: w.Now, Sealer: sealer, Log: w.Log})
	if errors.Is(err, models.ErrLocked) {
		return nil, fmt.Errorf("another portal is using %s; stop it, or give this one a folder of its own with PORTAL_DATA_DIR or --data-dir", c.database())
	}
	if err != nil {
		return nil, fmt.Errorf("open the portal's database %s: %w", c.database(), err)
	}
	if err := sameTenant(ctx, store, c.database(), tenantID); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// sameTenant keeps the rows of a sandbox and of a real tenant apart, also where
// PORTAL_DATABASE_URL leads both to one file: record 1 names whose file it is.
func sameTenant(ctx context.Context, store *models.Store, path, tenantID string) error {
	first, err := store.AuditRecord(ctx, 1)
	if err != nil {
		return fmt.Errorf("read whose database %s is: %w", path, err)
	}
	if !strings.EqualFold(first.Tenant, tenantID) {
		return fmt.Errorf("the database %s belongs to the tenant %s, and this portal is for %s; name another file with PORTAL_DATABASE_URL", path, first.Tenant, tenantID)
	}
	return nil
}

// URL is the address people use.
func (a *App) URL() string { return a.url }

// Run serves until ctx ends, then stops in order: no new requests, the Graph
// call under way to its end, the database last. It closes the App.
func (a *App) Run(ctx context.Context) error {
	work, stopWork := context.WithCancel(ctx)
	defer stopWork()
	group, groupCtx := errgroup.WithContext(work)
	group.Go(func() error {
		if err := a.server.Serve(netutil.LimitListener(a.listen, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the portal: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		if err := a.engine.Work(groupCtx); err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("carry out runs: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-groupCtx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		return a.server.Shutdown(stop)
	})
	return errors.Join(group.Wait(), a.Close())
}

// Close releases what NewApp opened. It is safe on an App that never ran.
func (a *App) Close() error {
	var faults []error
	if a.server != nil {
		faults = append(faults, a.server.Close())
		a.server = nil
	}
	if a.listen != nil {
		_ = a.listen.Close() // the server has closed it already when it ran
		a.listen = nil
	}
	if a.sandbox != nil {
		stop, cancel := context.WithTimeout(context.Background(), shutdownTime)
		faults = append(faults, a.sandbox.close(stop))
		cancel()
		a.sandbox = nil
	}
	if a.store != nil {
		faults = append(faults, a.store.Close())
		a.store = nil
	}
	return errors.Join(faults...)
}
