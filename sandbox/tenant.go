package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Tenant is the pretend directory: its whole state in memory, every change written through to the
// store before it is seen by anybody.
type Tenant struct {
	mu       sync.RWMutex
	state    *state
	seq      int64
	store    *store
	now      func() time.Time // directory clock
	tokenNow func() time.Time // what sign-ins go by
}

// read runs fn over a state that does not change meanwhile. Objects may be kept afterwards (they are
// never changed in place), lists may not.
func (t *Tenant) read(fn func(*state) error) error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return fn(t.state)
}

// write runs fn as one transaction: when it returns nil, its changes and the journal entry of the
// request in ctx are committed together; when it returns an error, nothing has happened.
func (t *Tenant) write(ctx context.Context, fn func(*txn) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	tx := &txn{state: t.state, tenant: t, now: t.now().UTC(), changed: map[changeKey]object{}, seq: t.seq}
	if err := fn(tx); err != nil {
		tx.undo()
		return err
	}
	if err := tx.commit(ctx); err != nil {
		tx.undo()
		return err
	}
	t.seq = tx.seq
	return nil
}

// changeKey names a row of the objects table.
type changeKey struct {
	kind kind
	id   string
}

// txn is a write in progress; the state it embeds already shows its changes.
type txn struct {
	*state
	now     time.Time
	tenant  *Tenant
	seq     int64
	undone  []func()
	order   []changeKey
	changed map[changeKey]object // nil = removed
	status  int
	ids     []string
}

// put adds the object, or replaces the one of the same kind and id. A new object gets its place in
// the order of creation, and the current time when it has none.
func (tx *txn) put(o object) {
	h := o.head()
	if h.Seq == 0 {
		tx.seq++
		h.Seq = tx.seq
	}
	if h.CreatedAt.IsZero() {
		h.CreatedAt = tx.now
	}
	old := tx.state.put(o)
	tx.undone = append(tx.undone, func() {
		tx.state.drop(o)
		if old != nil {
			tx.state.put(old)
		}
	})
	tx.note(o, o)
}

// remove takes the object out of the tenant.
func (tx *txn) remove(o object) {
	tx.state.drop(o)
	tx.undone = append(tx.undone, func() { tx.state.put(o) })
	tx.note(o, nil)
}

// answer tells the journal how the request was answered and which objects it touched; without it an
// entry says 200 and names the objects that were put or removed.
func (tx *txn) answer(status int, ids ...string) {
	tx.status = status
	tx.ids = ids
}

// note remembers what the transaction did last to an object; a row is written once, however often the
// object changed.
func (tx *txn) note(o, now object) {
	key := changeKey{o.kind(), o.head().ID}
	if _, known := tx.changed[key]; !known {
		tx.order = append(tx.order, key)
	}
	tx.changed[key] = now
}

// undo takes the changes back, newest first, as if the transaction had never been.
func (tx *txn) undo() {
	for i := len(tx.undone) - 1; i >= 0; i-- {
		tx.undone[i]()
	}
}

// commit encodes what changed and hands it to the store together with the entry of the request.
func (tx *txn) commit(ctx context.Context) error {
	var changes []change
	for _, key := range tx.order {
		o := tx.changed[key]
		if o == nil {
			changes = append(changes, change{kind: key.kind, id: key.id})
			continue
		}
		text, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", key.kind, key.id, err)
		}
		changes = append(changes, change{kind: key.kind, id: key.id, json: text})
	}
	e := entryOf(ctx)
	if e != nil {
		e.settle(tx)
	}
	// A client that goes away must not turn an accepted write into half a write.
	return tx.tenant.store.commit(context.WithoutCancel(ctx), changes, e)
}

// newID makes a random object id.
func newID() string { return uuid.NewString() }

// sweep removes codes, sessions and refresh tokens whose time is over.
func (t *Tenant) sweep(ctx context.Context) error {
	now := t.tokenNow()
	var old []object
	_ = t.read(func(st *state) error {
		old = appendExpired(old, st.authCodes, func(c *authCode) bool { return now.After(c.ExpiresAt) })
		old = appendExpired(old, st.sessions, func(b *browserSession) bool { return now.After(b.ExpiresAt) })
		old = appendExpired(old, st.deviceCodes, func(d *deviceCode) bool { return now.After(d.ExpiresAt) })
		old = appendExpired(old, st.refreshTokens, func(r *refreshToken) bool { return now.After(r.ExpiresAt) })
		return nil
	})
	if len(old) == 0 {
		return nil
	}
	return t.write(ctx, func(tx *txn) error {
		for _, o := range old {
			tx.remove(o)
		}
		return nil
	})
}

// longOver is how long after its end a code still gets the answer that its time is over, instead of
// that of a code which never was.
const longOver = time.Hour

// dropOld removes codes that are long over whenever a new one is made, two at a time: they stand in
// the order of their making, so a tenant that runs for months holds only those of its last hour, and
// no request pays for many.
func dropOld[T object](tx *txn, codes *table[T], ends func(T) time.Time) {
	for range 2 {
		if codes.len() == 0 || tx.tenant.tokenNow().Before(ends(codes.list[0]).Add(longOver)) {
			return
		}
		tx.remove(codes.list[0])
	}
}

func appendExpired[T object](old []object, t *table[T], expired func(T) bool) []object {
	for o := range t.all() {
		if expired(o) {
			old = append(old, o)
		}
	}
	return old
}

// reset removes every object and puts the seed in, in one transaction.
func (t *Tenant) reset(ctx context.Context, o Options) error {
	return t.write(ctx, func(tx *txn) error {
		tx.clear(func(kind) bool { return true })
		return seed(tx, o)
	})
}

// clear removes the objects of the chosen kinds, newest first: taking from the end of a list moves
// nothing.
func (tx *txn) clear(chosen func(kind) bool) {
	for _, o := range slices.Backward(tx.everything()) {
		if chosen(o.kind()) {
			tx.remove(o)
		}
	}
}
