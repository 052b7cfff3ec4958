// Package migrations holds the portal's schema as plain SQL and brings a
// database up to it. The way is forward only.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
)

//go:embed *.sql
var files embed.FS

// ErrNewerSchema says that a newer portal has already changed the database.
var ErrNewerSchema = errors.New("database was made by a newer version of the portal")

// Up applies what db lacks, each file in its own transaction. It refuses a
// database with a newer schema than this program knows: ErrNewerSchema.
func Up(ctx context.Context, db *sql.DB) error {
	return UpTo(ctx, db, 0)
}

// UpTo is Up that stops at a version; 0 is the latest.
func UpTo(ctx context.Context, db *sql.DB, version int64) error {
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	has, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	latest := Latest()
	if has > latest {
		return fmt.Errorf("%w: its schema is %d, this program knows %d; install the newer portal or restore a backup", ErrNewerSchema, has, latest)
	}
	if version == 0 {
		version = latest
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate schema from %d to %d: %w", has, version, err)
	}
	return nil
}

// Latest is the version of the newest migration.
func Latest() int64 {
	// Listing embedded files needs no database.
	entries, err := files.ReadDir(".")
	if err != nil || len(entries) == 0 {
		return 0
	}
	version, err := goose.NumericComponent(entries[len(entries)-1].Name())
	if err != nil {
		return 0
	}
	return version
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	all, err := read()
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, nil, goose.WithGoMigrations(all...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// read makes a migration of each file. SQLite takes a file whole, and goose's
// own reader of SQL takes megabytes of memory to divide a small one. Its marks
// stay in the files for its command.
func read() ([]*goose.Migration, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	all := make([]*goose.Migration, len(entries))
	for i, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		version, err := goose.NumericComponent(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read migrations: %s: %w", entry.Name(), err)
		}
		all[i] = goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, string(text))
			return err
		}}, nil)
	}
	return all, nil
}
