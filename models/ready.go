package models

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

// faultFor is how long a write that failed for want of a disk counts: a disk
// that is full shows at the commit only, which Ping never reaches.
const faultFor = 30 * time.Second

// pingEvery is how long an answer of Ping stands: anybody may ask, and each
// probe keeps others from writing for a moment.
const pingEvery = 5 * time.Second

// lastFault remembers the last such write, and the last probe that was none.
type lastFault struct {
	mu     sync.Mutex
	at     time.Time
	err    error
	pinged time.Time
}

// note takes what a transaction ended with. Faults of forms, rows and callers
// say nothing of the disk.
func (f *lastFault) note(err error, now time.Time) {
	var fault sqlite3.Error
	if err != nil && !errors.As(err, &fault) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		f.err = nil
	case fault.Code == sqlite3.ErrFull || fault.Code == sqlite3.ErrIoErr || fault.Code == sqlite3.ErrReadonly || fault.Code == sqlite3.ErrCorrupt:
		f.at, f.err = now, err
	}
}

// lately returns what is known without a probe; false when nothing is.
func (f *lastFault) lately(now time.Time) (known bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil && now.Sub(f.at) < faultFor {
		return true, f.err
	}
	return now.Sub(f.pinged) < pingEvery, nil
}

func (f *lastFault) probed(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pinged = now
}

// errPinged rolls the probe of Ping back.
var errPinged = errors.New("only a probe")

// Ping says whether the database can be written, and changes nothing: it takes
// the writer, writes and rolls back. The last write counts too, for a moment.
func (s *Store) Ping(ctx context.Context) error {
	if known, err := s.fault.lately(s.now()); err != nil {
		return fmt.Errorf("write lately: %w", err)
	} else if known {
		return nil
	}
	err := s.Tx(ctx, func(tx *Store) error {
		if err := tx.SetSetting(ctx, "ping", "only a probe"); err != nil {
			return err
		}
		return errPinged
	})
	if !errors.Is(err, errPinged) {
		return fmt.Errorf("write a probe: %w", err)
	}
	s.fault.probed(s.now())
	return nil
}
