package provision

import (
	"sync"
	"time"
)

// Graph takes 3,000 writes of one application in one tenant in 2 minutes 30
// seconds. https://learn.microsoft.com/graph/throttling-limits
const (
	writesAllowed = 3000
	writesWindow  = 150 * time.Second
)

// gate keeps the whole engine within the write limits of Graph, and out of the
// pauses it has asked for. The zero value is open.
type gate struct {
	mu     sync.Mutex
	pauses map[string]time.Time // by kind of step
	sent   []time.Time          // writes of the window, oldest first
}

// pause closes the gate for a kind of step until the latest time it was given.
func (g *gate) pause(kind string, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pauses == nil {
		g.pauses = map[string]time.Time{}
	}
	if until.After(g.pauses[kind]) {
		g.pauses[kind] = until
	}
}

// closed is until when no call of a kind may be sent; zero: one may.
func (g *gate) closed(kind string, now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := g.pauses[kind]
	if g.prune(now); len(g.sent) >= writesAllowed {
		if free := g.sent[len(g.sent)-writesAllowed].Add(writesWindow); free.After(until) {
			until = free
		}
	}
	if until.After(now) {
		return until
	}
	return time.Time{}
}

// count notes a write that is about to be sent.
func (g *gate) count(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.prune(now)
	g.sent = append(g.sent, now)
}

func (g *gate) prune(now time.Time) {
	old := 0
	for old < len(g.sent) && now.Sub(g.sent[old]) >= writesWindow {
		old++
	}
	g.sent = g.sent[old:]
}
