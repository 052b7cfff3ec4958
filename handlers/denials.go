package handlers

import (
	"maps"
	"sync"
	"time"
)

// A refused GET has no rate of its own, and each record is a write that waits
// for the disk: so a person gets one record for a page and a minute.
const (
	denialPause = time.Minute
	maxDenials  = 4096 // persons times pages
)

// denialKey is who was refused where.
type denialKey struct{ personID, method, route string }

// denial is the last record of a refusal, and how many came after it.
type denial struct {
	at     time.Time
	seq    int64 // 0 while it is being written
	missed int
}

// denials knows which refusals have just been recorded. It holds at most
// maxDenials; what is forgotten is in the log, as every refusal is.
type denials struct {
	mu   sync.Mutex
	last map[denialKey]denial
}

// next says whether a refusal is due for a record, and how many were counted
// since the last one. Where it is not due, seq is the record that stands for it.
func (d *denials) next(key denialKey, now time.Time) (seq int64, missed int, due bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	last, known := d.last[key]
	if known && now.Sub(last.at).Abs() < denialPause {
		last.missed++
		d.last[key] = last
		return last.seq, 0, false
	}
	if !known && len(d.last) >= maxDenials {
		maps.DeleteFunc(d.last, func(_ denialKey, l denial) bool { return now.Sub(l.at).Abs() >= denialPause })
	}
	if d.last == nil || !known && len(d.last) >= maxDenials {
		d.last = map[denialKey]denial{}
	}
	d.last[key] = denial{at: now}
	return 0, last.missed, true
}

// kept notes the number of the record that next asked for.
func (d *denials) kept(key denialKey, seq int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, known := d.last[key]; known {
		last.seq = seq
		d.last[key] = last
	}
}

// forget lets the next refusal be recorded, as this one could not be.
func (d *denials) forget(key denialKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.last, key)
}
