package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Pragmas of every connection, in the DSN so that each pooled one gets them.
// FULL: a committed intent survives a power cut.
const (
	commonPragmas = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=1&_recursive_triggers=1&_cache_size=-16000"
	writerPragmas = commonPragmas + "&_txlock=immediate"
	readerPragmas = commonPragmas + "&mode=ro&_query_only=1"
	readers       = 4
)

// prepareFile makes the folder and the file, readable by its owner only, and
// takes the lock that keeps a second process out.
func prepareFile(path string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unwritable(path, err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, unwritable(path, err)
	}
	if !got {
		return nil, fmt.Errorf("%w: %s; stop the other portal, or give this one its own data folder", ErrLocked, path)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = errors.Join(file.Chmod(0o600), file.Close())
	}
	if err != nil {
		return nil, errors.Join(unwritable(path, err), lock.Close())
	}
	return lock, nil
}

func unwritable(path string, err error) error {
	return fmt.Errorf("data folder %s cannot be written (%w); choose another one with PORTAL_DATA_DIR, or give the portal's user the right to write there", filepath.Dir(path), err)
}

// explainOpen says what to do about a binary built without a C compiler:
// mattn/go-sqlite3 is then without SQLite, which it tells at the first use.
func explainOpen(path string, err error) error {
	if strings.Contains(err.Error(), "CGO_ENABLED=0") {
		return errors.New("this portal was built without a C compiler and so without SQLite; install gcc and build it again with CGO_ENABLED=1")
	}
	return fmt.Errorf("open database %s: %w", path, err)
}

func openWriter(ctx context.Context, o Options) (*gorm.DB, error) {
	db, err := sql.Open("sqlite3", dsn(o.Path, writerPragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	// Not through gorm: a prepared PRAGMA that returns rows breaks later commits.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_size_limit=67108864"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// Nothing is prepared ahead here: gorm waits for a statement that another
	// goroutine prepares with its cache locked, and that one waits for the only
	// connection, which a transaction may hold that needs the cache.
	// https://gorm.io/docs/performance.html#Caches-Prepared-Statement
	return openGorm(db, o, false)
}

func openReader(ctx context.Context, o Options) (*gorm.DB, error) {
	db, err := sql.Open("sqlite3", dsn(o.Path, readerPragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers) // else connections and their caches come and go
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return openGorm(db, o, true)
}

func openGorm(db *sql.DB, o Options, prepare bool) (*gorm.DB, error) {
	g, err := gorm.Open(sqlite.New(sqlite.Config{Conn: db}), &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            prepare,
		TranslateError:         true,
		NowFunc:                o.Now,
		// Errors are returned; values never reach a log.
		Logger: logger.NewSlogLogger(o.Log, logger.Config{LogLevel: logger.Silent, ParameterizedQueries: true}),
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return g, nil
}

// dsn writes a path as a SQLite URI; "?", "#" and "%" in it are escaped.
// https://www.sqlite.org/uri.html
func dsn(path, pragmas string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: pragmas}
	return u.String()
}

func closePool(g *gorm.DB, last string) error {
	if g == nil {
		return nil
	}
	db, err := g.DB()
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	if last != "" {
		_, err = db.ExecContext(context.Background(), last)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
