// Package provision makes multi-step changes to a tenant that survive a crash
// and can be repeated safely. It is the only thing that writes to Graph and the
// only background work of the portal.
//
// A run is rows: the run, its steps, and the audit records of each call. The
// rows are the queue. Every call is announced by an audit intent before it is
// sent and closed by exactly one outcome; a call whose answer was lost is
// settled by reading, never by sending again blindly.
package provision

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Errors of the acts on a run, beside those of models.
var (
	// ErrNotOwner means that only the owner of the run may do this.
	ErrNotOwner = errors.New("only the owner of this run may do this")
	// ErrNotNow means that the run is not in a state in which this makes sense.
	ErrNotNow = errors.New("the run is not in a state for this")
	// ErrNoSecret means that the portal no longer holds the secret.
	ErrNoSecret = errors.New("the secret is no longer kept")
)

// Options are the parts of an Engine.
type Options struct {
	Store   *models.Store
	Entra   *entra.Client
	Graph   *graph.Client
	Writer  *graph.Writer
	SignIns *SignIns
	Sealer  *models.Sealer
	Now     func() time.Time
	Log     *slog.Logger

	// Settle is how long a write may stay invisible to reads; nil: LiveSettle.
	Settle func(ctx context.Context) time.Duration
	// Pause is the wait before attempt n+1; nil: growing with jitter, 2 to 30 s.
	Pause func(attempt int) time.Duration
	// Hook is called at the points KillPoints names; tests stop the process there.
	Hook func(point string)
	// RequireReason refuses every run that no reason is given for.
	RequireReason bool
	// Workers is how many runs move at once; 0: four.
	Workers int
	// Concurrency is how many requests of one run may be on their way; 0: four.
	// Batch is how many calls go into one of them, 1 to 20; 0: twenty.
	Concurrency, Batch int
	// Grace is how long a call under way may take when the portal stops, or the
	// person who waits for it leaves; 0: 15 s. Reads are cut off at once.
	Grace time.Duration
	// InLine is how long a person waits for a run of one step; 0: 20 s.
	InLine time.Duration
	// InventoryFresh is how old a snapshot may be before it is read anew; 0: the
	// longer a reading takes, the older.
	InventoryFresh time.Duration
	// SweepTime bounds the run of a token check; 0: five minutes.
	SweepTime time.Duration
}

// LiveSettle is how long a write may stay invisible to reads in a real tenant.
const LiveSettle = 2 * time.Minute

// Engine starts runs and moves them on. It is safe for concurrent use.
type Engine struct {
	o    Options
	wake chan struct{}

	mu      sync.Mutex
	claimed map[int64]bool                       // runs that somebody moves just now
	wanted  map[int64]int                        // runs that people wait to change, and how many
	woken   woken                                // whom the scheduler moves whatever their pause
	watched map[int64]map[chan struct{}]struct{} // who watches which run

	held map[int64]time.Time // runs whose steps all wait for what one of them waits for

	appTokens appTokens
	gate      gate
	turns     turns
	inventory *Inventory
	sweeps    *Sweeps

	stopping context.Context // ends when Work does, for those who move a run in line
	stop     context.CancelFunc
}

// New returns an engine that does not work yet; see Work.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Settle == nil {
		o.Settle = func(context.Context) time.Duration { return LiveSettle }
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	if o.Hook == nil {
		o.Hook = func(string) {}
	}
	if o.Workers <= 0 {
		o.Workers = 4
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.Batch <= 0 || o.Batch > graph.MaxParts {
		o.Batch = graph.MaxParts
	}
	if o.Grace <= 0 {
		o.Grace = 15 * time.Second
	}
	if o.InLine <= 0 {
		o.InLine = 20 * time.Second
	}
	if o.SweepTime <= 0 {
		o.SweepTime = sweepTime
	}
	e := &Engine{
		o: o, wake: make(chan struct{}, 1),
		claimed: map[int64]bool{}, wanted: map[int64]int{}, held: map[int64]time.Time{}, woken: newWoken(), watched: map[int64]map[chan struct{}]struct{}{},
		appTokens: appTokens{held: map[int64]accessToken{}},
	}
	e.inventory, e.sweeps = &Inventory{e: e}, &Sweeps{e: e}
	e.stopping, e.stop = context.WithCancel(context.Background())
	if o.SignIns != nil {
		o.SignIns.ended = e.park
	}
	return e
}

// TenantIssuer is the issuer of the tenant's own tokens: what a federated
// credential for a managed identity trusts.
func (e *Engine) TenantIssuer() string { return e.o.Entra.Issuer() }

// faultsOf is what is wrong with a spec now: a certificate may have ended since
// it was uploaded.
func (e *Engine) faultsOf(spec BlueprintSpec) map[string]string {
	faults := spec.Validate()
	if spec.HasCertificate() && faults["certificate"] == "" {
		if fault := spec.Certificate.ended(e.o.Now()); fault != "" {
			faults["certificate"] = fault
		}
	}
	return faults
}

// Start records a run of a spec, to be moved by Work: the run, its steps and
// the audit event in one transaction. The same request id of the same person
// gives the same run, however often it is sent; it must not be empty. A spec
// that cannot be run gives *models.InvalidError.
func (e *Engine) Start(ctx context.Context, a models.Actor, requestID string, spec BlueprintSpec) (*models.Run, error) {
	if faults := e.faultsOf(spec); len(faults) > 0 {
		return nil, &models.InvalidError{Fields: faults}
	}
	if requestID == "" || spec.Into != nil {
		return nil, errors.New("start run: no request id, or a blueprint that is there: AddAgents adds to one")
	}
	spec, err := e.resolvedFor(ctx, a, spec)
	if err != nil {
		return nil, err
	}
	run, err := e.specRun(a, spec)
	if err != nil {
		return nil, err
	}
	return e.start(ctx, a, requestID, run)
}
