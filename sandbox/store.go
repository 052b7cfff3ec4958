package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	_ "github.com/mattn/go-sqlite3" // the driver
)

// ErrLocked is returned by Open when another process has the tenant's file.
var ErrLocked = errors.New("another sandbox is using this tenant file: stop it first, or choose another data folder")

const schema = `
CREATE TABLE IF NOT EXISTS objects (kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (n INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`

// store is the tenant's file: one row an object, so that a write costs the same in a large tenant as
// in a small one. With WAL and synchronous=NORMAL a commit is in the hands of the operating system
// when it returns: it survives the death of this process, though not that of the machine
// (https://sqlite.org/wal.html).
type store struct {
	db   *sql.DB
	lock *flock.Flock

	mu       sync.Mutex
	pending  []*journalEntry // answered requests without effect, not yet in the file
	last     int64           // number of the newest entry
	reserved int64           // numbers up to here may have been handed out before a crash
}

// change is one row to write; json nil means delete.
type change struct {
	kind kind
	id   string
	json []byte
}

// openStore creates the folder (0700) and file (0600) if need be, takes the lock and reads the rows.
func openStore(ctx context.Context, path string) (*store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the sandbox folder: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the sandbox tenant %s: %w", path, err)
	}
	if !held {
		return nil, fmt.Errorf("%s: %w", path, ErrLocked)
	}
	s := &store{lock: lock}
	if err := s.open(ctx, path); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open makes the tables. The schema is only ever added to, so there are no migrations.
func (s *store) open(ctx context.Context, path string) error {
	// SQLite would create the file by the umask; make it ourselves so that only its owner can read it.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("create the sandbox tenant: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create the sandbox tenant: %w", err)
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"NORMAL"}, "_busy_timeout": {"5000"}, "_txlock": {"immediate"},
	}.Encode()}
	if s.db, err = sql.Open("sqlite3", dsn.String()); err != nil {
		return fmt.Errorf("open the sandbox tenant: %w", err)
	}
	// One connection: every statement here is short, and SQLite has one writer anyway.
	s.db.SetMaxOpenConns(1)
	if _, err := s.db.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("prepare the sandbox tenant %s: %w", path, err)
	}
	return s.openJournal(ctx)
}

// close writes what is pending and gives the lock back.
func (s *store) close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.closeJournal(), s.db.Close())
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}

// load reads every object into a new state and returns the highest place in the order of creation.
func (s *store) load(ctx context.Context) (*state, int64, error) {
	found, err := s.db.QueryContext(ctx, `SELECT kind, json FROM objects`)
	if err != nil {
		return nil, 0, fmt.Errorf("read the sandbox tenant: %w", err)
	}
	defer found.Close()
	st, seq := newState(), int64(0)
	for found.Next() {
		var k kind
		var text []byte
		if err := found.Scan(&k, &text); err != nil {
			return nil, 0, fmt.Errorf("read the sandbox tenant: %w", err)
		}
		o := k.empty()
		if o == nil {
			return nil, 0, fmt.Errorf("read the sandbox tenant: it holds objects of the kind %q, which this version does not know", k)
		}
		if err := json.Unmarshal(text, o); err != nil {
			return nil, 0, fmt.Errorf("read a %s of the sandbox tenant: %w", k, err)
		}
		st.put(o)
		seq = max(seq, o.head().Seq)
	}
	return st, seq, found.Err()
}

// commit writes the changes, the journal entry of their request and all entries before it in one
// transaction.
func (s *store) commit(ctx context.Context, changes []change, e *journalEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := len(s.pending)
	if e != nil {
		s.enqueue(e)
	}
	if err := s.flush(ctx, changes); err != nil {
		s.pending = s.pending[:waiting] // the write did not happen, so its entry must not say it did
		return err
	}
	return nil
}

// flush writes the changes and all pending journal entries; the caller holds the lock.
func (s *store) flush(ctx context.Context, changes []change) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write to the sandbox tenant: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // a no-op after Commit
	for _, c := range changes {
		if err := c.apply(ctx, tx); err != nil {
			return fmt.Errorf("write %s %s to the sandbox tenant: %w", c.kind, c.id, err)
		}
	}
	if err := s.writeEntries(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write to the sandbox tenant: %w", err)
	}
	s.pending = s.pending[:0]
	return nil
}

func (c change) apply(ctx context.Context, tx *sql.Tx) error {
	if c.json == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM objects WHERE kind = ? AND id = ?`, c.kind, c.id)
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO objects (kind, id, json) VALUES (?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json`, c.kind, c.id, c.json)
	return err
}

// setting reads a value of the meta table, "" when it is not there.
func (s *store) setting(ctx context.Context, name string) (string, error) {
	var value string
	err := s.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func (s *store) setSetting(ctx context.Context, name, value string) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// flushEvery bounds how many entries of reads a crash can lose.
const flushEvery = 500 * time.Millisecond
