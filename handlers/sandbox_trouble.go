package handlers

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	troubleFor      = 3 * time.Second        // how long what the knobs say is believed
	troublePatience = 500 * time.Millisecond // how long a page waits to hear it
)

// trouble remembers for a moment which knobs of the sandbox are on, so that
// every page can say so and few have to ask.
type trouble struct {
	mu    sync.Mutex
	at    time.Time
	knobs *Knobs // nil when the sandbox did not tell
}

// read returns how the knobs stand; nil for a sandbox that does not answer in
// time: its silence shows on the page by itself.
func (t *trouble) read(ctx context.Context, client *http.Client, base string, now time.Time) *Knobs {
	t.mu.Lock()
	defer t.mu.Unlock()
	if age := now.Sub(t.at); !t.at.IsZero() && age >= 0 && age < troubleFor {
		return t.knobs
	}
	// The answer is for everybody, also when the one who asked has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), troublePatience)
	defer cancel()
	t.at, t.knobs = now, nil
	if k, err := readKnobs(ctx, client, base); err == nil {
		t.knobs = k
	}
	return t.knobs
}

// forget makes the next page ask: a knob was turned here.
func (t *trouble) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = time.Time{}
}
