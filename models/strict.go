package models

import (
	"bytes"
	"runtime"
	"sync"
)

// strictTx remembers which goroutines are inside Tx. The outer store used
// there would wait for ever for the one writer, or read what the transaction
// has not committed; in tests it panics instead. Nil: not checked.
type strictTx struct {
	mu     sync.Mutex
	inside map[string]bool
}

// enter notes the goroutine until the returned function is called.
func (t *strictTx) enter() (leave func()) {
	if t == nil {
		return func() {}
	}
	id := goroutine()
	t.set(id, true)
	return func() { t.set(id, false) }
}

// check panics when the goroutine is inside Tx.
func (t *strictTx) check() {
	if t.here() {
		panic("models: the outer store was used inside Tx; use the store given to the function")
	}
}

// here says whether the goroutine is inside Tx.
func (t *strictTx) here() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inside[goroutine()]
}

func (t *strictTx) set(id string, inside bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inside == nil {
		t.inside = map[string]bool{}
	}
	if !inside {
		delete(t.inside, id)
		return
	}
	t.inside[id] = true
}

// InTx says whether the calling goroutine is inside Tx of a store opened with
// StrictTx. Transports of tests ask it: nothing waits for the network there.
func (s *Store) InTx() bool { return s.inTx || s.strict.here() }

// goroutine names the calling goroutine: the first line of its stack is
// "goroutine 12 [running]:".
func goroutine() string {
	var buffer [64]byte
	line := buffer[:runtime.Stack(buffer[:], false)]
	fields := bytes.Fields(line)
	return string(fields[1])
}
