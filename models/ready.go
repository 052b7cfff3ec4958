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

// lastFault remembers the last such write.
type lastFault struct {
	mu  sync.Mutex
	at  time.Time
	err error
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

func (f *lastFault) since(from time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil && f.at.After(from) {
		return f.err
	}
	return nil
}

// errPinged rolls the probe of Ping back.
var errPinged = errors.New("only a probe")

// Ping says whether the database can be written, and changes nothing: it takes
// the writer, writes and rolls back. The last write counts too, for a moment.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.fault.since(s.now().Add(-faultFor)); err != nil {
		return fmt.Errorf("write lately: %w", err)
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
	return nil
}
