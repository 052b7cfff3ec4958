package provision

import (
	"context"
	"errors"
	"sync"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// How old a snapshot may be before it is read anew for whoever looks at it: the
// longer a reading takes, the longer.
const (
	freshLeast = 30 * time.Second
	freshMost  = 15 * time.Minute
	freshTimes = 100
)

// inventoryTime bounds one reading.
const inventoryTime = 15 * time.Minute

// Inventory keeps the snapshot of the tenant: read in the background with the
// rights of whoever asks, and patched after each run with what the run touched.
// It is safe for concurrent use.
type Inventory struct {
	e *Engine

	mu      sync.Mutex
	loaded  bool
	current *Snapshot
	reading *reading
	patches int           // under way
	quiet   chan struct{} // closed when neither a reading nor a patch is under way
	work    sync.WaitGroup
}

// reading is one pass over the tenant.
type reading struct {
	by      string
	started time.Time
	came    counts
	done    chan struct{}
	err     error
	touched []touch // by runs that ended meanwhile
	drop    context.CancelFunc
	dropped bool // the tenant was filled anew meanwhile: what was read is of no use
}

// Inventory is the snapshot that the engine's runs keep up to date.
func (e *Engine) Inventory() *Inventory { return e.inventory }

// Snapshot is the last snapshot; nil when none was taken yet.
func (v *Inventory) Snapshot(ctx context.Context) (*Snapshot, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.load(ctx)
}

// load reads the snapshot of an earlier process once.
func (v *Inventory) load(ctx context.Context) (*Snapshot, error) {
	if v.loaded {
		return v.current, nil
	}
	kept, err := v.e.o.Store.Inventory(ctx, v.e.o.Entra.TenantID())
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		v.current = newSnapshot(kept)
	}
	v.loaded = true
	return v.current, nil
}

// Stale says whether a snapshot should be read anew before it is shown.
func (v *Inventory) Stale(s *Snapshot) bool {
	fresh := min(max(freshTimes*s.Took, freshLeast), freshMost)
	if v.e.o.InventoryFresh > 0 {
		fresh = v.e.o.InventoryFresh
	}
	age := v.e.o.Now().Sub(s.ReadAt)
	return age >= fresh || age < 0
}

// Progress is how far a reading is; nil when nobody reads.
func (v *Inventory) Progress() *Progress {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.reading == nil {
		return nil
	}
	r := v.reading
	return &Progress{
		By: r.by, Started: r.started, Blueprints: int(r.came.blueprints.Load()), Principals: int(r.came.principals.Load()),
		Agents: int(r.came.agents.Load()), Users: int(r.came.users.Load()),
	}
}

// Refresh reads the tenant anew with the token of a sign-in, or joins the reading
// under way. It waits until that is done, or ctx ends: the reading goes on then.
func (v *Inventory) Refresh(ctx context.Context, by models.Actor) error {
	v.mu.Lock()
	r := v.reading
	if r == nil && v.e.stopping.Err() != nil {
		v.mu.Unlock()
		return v.e.stopping.Err()
	}
	if r == nil {
		r = &reading{by: by.Username, started: v.e.o.Now().UTC().Truncate(time.Microsecond), done: make(chan struct{})}
		var reading context.Context
		reading, r.drop = context.WithTimeout(v.e.stopping, inventoryTime)
		v.reading = r
		v.work.Go(func() { v.read(reading, r, by.SignInID) })
	}
	v.mu.Unlock()
	select {
	case <-r.done:
		if r.dropped {
			return v.Refresh(ctx, by)
		}
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read is one reading, from its first request to the snapshot in its place.
func (v *Inventory) read(ctx context.Context, r *reading, signInID string) {
	defer r.drop()
	err := v.readAll(ctx, r, signInID)
	v.mu.Lock()
	r.err, v.reading = err, nil
	late := r.touched
	v.mu.Unlock()
	close(r.done)
	if err != nil && ctx.Err() == nil {
		v.e.o.Log.WarnContext(ctx, "the inventory cannot be read", "error", err)
	}
	for _, t := range late {
		v.patch(t) // the pages may have been read before the run changed them
	}
}

func (v *Inventory) readAll(ctx context.Context, r *reading, signInID string) error {
	former, err := v.Snapshot(ctx)
	if err != nil {
		return err
	}
	calls := &graph.Recorder{}
	reader := &inventoryReader{
		g: v.e.o.Graph.With(v.e.o.SignIns.TokenFunc(signInID)).Recording(calls), by: r.by, now: r.started, came: &r.came,
	}
	if err := reader.all(ctx); err != nil {
		return err
	}
	items := reader.items(former)
	people, err := reader.people(ctx, peopleIn(items))
	if err != nil {
		return err
	}
	next := &models.Inventory{
		TID: v.e.o.Entra.TenantID(), ReadAt: r.started, ReadBy: r.by, Took: v.e.o.Now().Sub(r.started), Calls: len(calls.Sent()),
		Unread: reader.unread, Items: append(items, people...),
	}
	if err := v.e.o.Store.ReplaceInventory(ctx, next); err != nil {
		return err
	}
	v.put(newSnapshot(next))
	return nil
}

func (v *Inventory) put(s *Snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current, v.loaded = s, true
}

// Forget drops the snapshot and the reading under way, as after the sandbox was
// filled anew.
func (v *Inventory) Forget(ctx context.Context) error {
	v.mu.Lock()
	r := v.reading
	if r != nil {
		r.dropped = true
		r.drop()
	}
	v.mu.Unlock()
	if r != nil {
		select {
		case <-r.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := v.e.o.Store.ForgetInventory(ctx, v.e.o.Entra.TenantID()); err != nil {
		return err
	}
	v.put(nil)
	return nil
}

// Quiet waits until no run's changes are being read, or ctx ends.
func (v *Inventory) Quiet(ctx context.Context) {
	v.mu.Lock()
	if v.patches == 0 {
		v.mu.Unlock()
		return
	}
	if v.quiet == nil {
		v.quiet = make(chan struct{})
	}
	quiet := v.quiet
	v.mu.Unlock()
	select {
	case <-quiet:
	case <-ctx.Done():
	}
}
