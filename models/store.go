// Package models holds the portal's rows, what must be true of them, and the
// only SQL of the program. A Store is one SQLite file with one writer and a
// read-only pool; every change of several rows goes through Store.Tx.
package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofrs/flock"
	"gorm.io/gorm"

	"agentidportal/migrations"
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
	writer  *gorm.DB // one connection; inside Tx the transaction
	reader  *gorm.DB // read-only pool; inside Tx the transaction
	lock    *flock.Flock
	inTx    bool
	strict  *strictTx
	fault   *lastFault
}

// Open opens the database at o.Path, brings its schema up to date and starts
// the audit chain when there is none. Errors: ErrLocked, ErrWrongKey,
// migrations.ErrNewerSchema, or a sentence that says what to do.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Sealer == nil {
		return nil, errors.New("open database: no encryption key given")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	lock, err := prepareFile(o.Path)
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, lock: lock, fault: &lastFault{}}
	if o.StrictTx {
		s.strict = &strictTx{}
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(explainOpen(o.Path, err), s.Close())
	}
	return s, nil
}

// open fills the two pools; the writer first, because it makes the file.
func (s *Store) open(ctx context.Context) (err error) {
	if s.writer, err = openWriter(ctx, s.options); err != nil {
		return err
	}
	db, err := s.writer.DB()
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := migrations.Up(ctx, db); err != nil {
		return err
	}
	if s.reader, err = openReader(ctx, s.options); err != nil {
		return err
	}
	return s.startChain(ctx)
}

// Close checkpoints the write-ahead log, closes the file and gives up the lock.
func (s *Store) Close() error {
	return errors.Join(closePool(s.reader, ""), closePool(s.writer, "PRAGMA wal_checkpoint(TRUNCATE)"), s.lock.Close())
}

// Tx runs fn in one transaction, committed when fn returns nil. Inside, only
// the store given to fn may be used, and nothing may wait for the network:
// there is one writer. Inside a transaction Tx joins it.
func (s *Store) Tx(ctx context.Context, fn func(tx *Store) error) error {
	if s.inTx {
		return fn(s)
	}
	var refused error
	err := s.write(ctx).Transaction(func(db *gorm.DB) error {
		leave := s.strict.enter()
		defer leave()
		refused = fn(&Store{options: s.options, writer: db, reader: db, inTx: true})
		return refused
	})
	s.fault.note(err, s.now())
	if err != nil && refused == nil {
		return fmt.Errorf("begin or commit transaction: %w", err)
	}
	return err
}

// now is the time that rows get: UTC, in microseconds.
func (s *Store) now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

// write gives the connection for changes.
func (s *Store) write(ctx context.Context) *gorm.DB {
	s.strict.check()
	return s.writer.WithContext(ctx)
}

// read gives a connection for reading; inside Tx it sees what Tx has written.
func (s *Store) read(ctx context.Context) *gorm.DB {
	s.strict.check()
	return s.reader.WithContext(ctx)
}

// found turns "no such row" into ErrNotFound and a broken key into ErrConflict.
func found(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fmt.Errorf("%s: %w", what, ErrConflict)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// changed is found for updates: no row changed means there was none.
func changed(result *gorm.DB, what string) error {
	if result.Error == nil && result.RowsAffected == 0 {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return found(result.Error, what)
}

// toUTC makes times comparable as the text SQLite keeps of them.
func toUTC(times ...*time.Time) {
	for _, t := range times {
		*t = t.UTC().Truncate(time.Microsecond)
	}
}

// take reads one row.
func take[T any](db *gorm.DB, what string, where ...any) (*T, error) {
	var row T
	if err := db.Take(&row, where...).Error; err != nil {
		return nil, found(err, what)
	}
	return &row, nil
}
