package provision

import (
	"context"
	"sync"
)

// turns let one step at a time change an object whose lists are replaced as a
// whole: what one adds between the look and the call of another would be lost.
// The zero value has nobody's turn.
type turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // by object id; closed when its turn is over
}

// take waits for a turn at an object, until ctx ends. free ends it.
func (t *turns) take(ctx context.Context, object string) (free func(), err error) {
	for {
		t.mu.Lock()
		before, taken := t.taken[object]
		if !taken {
			break
		}
		t.mu.Unlock()
		select {
		case <-before:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer t.mu.Unlock()
	if t.taken == nil {
		t.taken = map[string]chan struct{}{}
	}
	over := make(chan struct{})
	t.taken[object] = over
	return func() {
		t.mu.Lock()
		delete(t.taken, object)
		t.mu.Unlock()
		close(over)
	}, nil
}

// turn waits until no other step looks at what this one changes and changes it.
// Steps that build on no look take no turns.
func (m *mover) turn(ctx context.Context) (free func(), err error) {
	_, object := m.changes()
	if m.kind.look == nil || object == "" {
		return func() {}, nil
	}
	return m.e.turns.take(ctx, object)
}
