package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
		v.reading = r
		v.work.Go(func() { v.read(r, by.SignInID) })
	}
	v.mu.Unlock()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read is one reading, from its first request to the snapshot in its place.
func (v *Inventory) read(r *reading, signInID string) {
	ctx, cancel := context.WithTimeout(v.e.stopping, inventoryTime)
	defer cancel()
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

// Forget drops the snapshot, as after the sandbox was filled anew.
func (v *Inventory) Forget(ctx context.Context) error {
	if err := v.e.o.Store.ForgetInventory(ctx, v.e.o.Entra.TenantID()); err != nil {
		return err
	}
	v.put(nil)
	return nil
}

// touch is what a run has changed, by kind; made are objects that must show.
type touch struct {
	run  *models.Run
	ids  map[graph.Kind][]string
	made map[string]bool
}

// afterRun has the objects that a run changed read again.
func (v *Inventory) afterRun(run *models.Run) {
	t := v.touchedBy(run)
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(t.ids) == 0 || v.e.stopping.Err() != nil {
		return
	}
	if v.reading != nil {
		v.reading.touched = append(v.reading.touched, t)
	}
	v.patches++
	v.work.Go(func() {
		v.patch(t)
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.patches--; v.patches == 0 && v.quiet != nil {
			close(v.quiet)
			v.quiet = nil
		}
	})
}

// touchedBy gathers what the steps of a run made or changed.
func (v *Inventory) touchedBy(run *models.Run) touch {
	t := touch{run: run, ids: map[graph.Kind][]string{}, made: map[string]bool{}}
	add := func(kind graph.Kind, id string) {
		if id != "" && !slices.Contains(t.ids[kind], id) {
			t.ids[kind] = append(t.ids[kind], id)
		}
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.State != models.StepDone {
			continue
		}
		m, err := v.e.moverOf(run, s)
		if err != nil {
			continue
		}
		kind, id := m.changes()
		if id == "" {
			kind, id = m.kind.target, s.ObjectID
			t.made[strings.ToLower(id)] = true
		}
		switch kind {
		case graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser:
			add(kind, id)
		}
	}
	return t
}

// patch reads what a run touched until all that it made shows, or the directory
// has had its time.
func (v *Inventory) patch(t touch) {
	ctx, cancel := context.WithTimeout(v.e.stopping, v.e.o.Settle(v.e.stopping)+time.Minute)
	defer cancel()
	for attempt := 1; ctx.Err() == nil; attempt++ {
		missing, err := v.patchOnce(ctx, t)
		if err != nil && ctx.Err() == nil {
			v.e.o.Log.InfoContext(ctx, "the inventory cannot be brought up to date", "run", t.run.ID, "error", err)
		}
		if err != nil || missing == 0 {
			return
		}
		timer := time.NewTimer(v.e.o.Pause(attempt))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// patchOnce reads the touched objects; missing counts those the run made that do
// not show yet.
func (v *Inventory) patchOnce(ctx context.Context, t touch) (missing int, err error) {
	former, err := v.Snapshot(ctx)
	if err != nil || former == nil {
		return 0, err // the first reading will find them
	}
	signIn, err := v.e.o.SignIns.Of(ctx, t.run.TID, t.run.OwnerOID)
	if err != nil {
		return 0, err
	}
	r := &inventoryReader{g: v.e.o.Graph.With(v.e.o.SignIns.TokenFunc(signIn.ID)), by: t.run.OwnerUsername, now: v.e.o.Now()}
	if err := r.some(ctx, t.ids); err != nil {
		return 0, fmt.Errorf("read what run %d touched: %w", t.run.ID, err)
	}
	items := r.items(former)
	var strangers []string
	for _, id := range peopleIn(items) {
		if former.Item(id) == nil {
			strangers = append(strangers, id)
		}
	}
	people, err := r.people(ctx, strangers)
	if err != nil {
		return 0, err
	}
	read := map[string]bool{}
	for i := range items {
		read[strings.ToLower(items[i].ID)] = true
	}
	var gone []string
	for _, ids := range t.ids {
		for _, id := range ids {
			switch {
			case read[strings.ToLower(id)]:
			case t.made[strings.ToLower(id)]:
				missing++
			default:
				gone = append(gone, id)
			}
		}
	}
	return missing, v.replace(ctx, append(items, people...), gone)
}

// replace puts items in place of those with the same id, and takes others out.
func (v *Inventory) replace(ctx context.Context, put []Item, gone []string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current == nil {
		return nil
	}
	for _, id := range gone {
		if item := v.current.Item(id); item != nil && graph.Kind(item.Kind) == graph.KindBlueprint {
			// The directory deletes the principal with its blueprint.
			if p := v.current.Principal(item.AppID); p != nil {
				gone = append(gone, p.ID)
			}
		}
	}
	if err := v.e.o.Store.PatchInventory(ctx, v.current.TID, put, gone); err != nil {
		return err
	}
	out := map[string]bool{}
	for _, id := range gone {
		out[strings.ToLower(id)] = true
	}
	for i := range put {
		out[strings.ToLower(put[i].ID)] = true
	}
	next := *v.current.Inventory
	next.Items = slices.DeleteFunc(slices.Clone(next.Items), func(i Item) bool { return out[strings.ToLower(i.ID)] })
	next.Items = append(next.Items, put...)
	v.current = newSnapshot(&next)
	return nil
}

// some reads the objects of a touch.
func (r *inventoryReader) some(ctx context.Context, ids map[graph.Kind][]string) (err error) {
	if r.blueprints, err = r.g.SomeBlueprints(ctx, ids[graph.KindBlueprint]); err != nil {
		return err
	}
	if r.principals, err = r.g.SomePrincipals(ctx, ids[graph.KindBlueprintPrincipal]); err != nil {
		return err
	}
	if r.agents, err = r.g.SomeAgents(ctx, ids[graph.KindAgentIdentity]); err != nil {
		return err
	}
	r.users, err = r.g.SomeAgentUsers(ctx, ids[graph.KindAgentUser])
	return err
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
