package handlers

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"
)

// lockedBuffer holds the log of a portal: engine, requests and test use it at
// once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// Bytes returns a copy of what was logged.
func (l *lockedBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// String returns what was logged.
func (l *lockedBuffer) String() string { return string(l.Bytes()) }

// testClock is real time plus what a test has added to it.
type testClock struct{ ahead atomic.Int64 }

func (c *testClock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// forward moves the clock of the portal, not that of the sandbox.
func (c *testClock) forward(d time.Duration) { c.ahead.Add(int64(d)) }
