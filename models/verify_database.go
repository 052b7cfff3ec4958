package models

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"agentidportal/migrations"
)

// verifyDatabase checks the file's structure beside the history; both only read.
func verifyDatabase(ctx context.Context, path string, report *VerifyReport) error {
	var pages VerifyReport
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return forVerify(ctx, path, func(db *sql.DB) error { return checkPages(ctx, db, &pages) })
	})
	group.Go(func() error {
		return forVerify(ctx, path, func(db *sql.DB) error { return verifyHistory(ctx, db, report) })
	})
	err := group.Wait()
	report.Faults = append(pages.Faults, report.Faults...)
	return err
}

// verifyHistory reads in one transaction: a portal that runs may append
// meanwhile, and this sees one moment of it.
func verifyHistory(ctx context.Context, db *sql.DB, report *VerifyReport) (err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if err := checkSchema(ctx, tx, report); err != nil {
		return err
	}
	check := newChainCheck(report)
	if err := walkHistory(ctx, tx, check); err != nil {
		return err
	}
	check.finish()
	return errors.Join(checkOpen(ctx, tx, check), checkKeys(ctx, tx, report))
}

func forVerify(ctx context.Context, path string, fn func(db *sql.DB) error) error {
	db, err := openForVerify(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

// openForVerify opens a database read-only. One on a read-only medium, with
// no log beside it, is opened as a file that nobody changes.
// https://www.sqlite.org/wal.html#read_only_databases
func openForVerify(ctx context.Context, path string) (*sql.DB, error) {
	const pragmas = "mode=ro&_query_only=1&_busy_timeout=5000"
	db, err := openSingle(ctx, dsn(path, pragmas))
	if err == nil {
		return db, nil
	}
	if _, walErr := os.Stat(path + "-wal"); walErr == nil {
		return nil, explainOpen(path, err)
	}
	db, again := openSingle(ctx, dsn(path, pragmas+"&immutable=1"))
	if again != nil {
		return nil, explainOpen(path, err)
	}
	return db, nil
}

func openSingle(ctx context.Context, name string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkPages finds structural damage; a flipped bit inside a row only the chain finds.
func checkPages(ctx context.Context, db *sql.DB, report *VerifyReport) error {
	answers, err := column(ctx, db, "PRAGMA quick_check(5)")
	if err != nil {
		return fmt.Errorf("quick_check: %w", err)
	}
	for _, answer := range answers {
		if answer != "ok" {
			report.fault(0, "the database file is damaged: %s", answer)
		}
	}
	return nil
}

// auditSchema lists the audit's tables, indexes and triggers with their text.
const auditSchema = `SELECT type || ' ' || name || char(10) || coalesce(sql, '') FROM sqlite_schema
	WHERE tbl_name IN ('audit', 'audit_words', 'audit_open') ORDER BY 1`

// checkSchema compares the audit's tables and triggers with those a database
// of the same version gets from this program. Without a trigger a change
// would still break the chain, but somebody took it away.
func checkSchema(ctx context.Context, tx *sql.Tx, report *VerifyReport) error {
	var version int64
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	if err != nil || version == 0 {
		return errors.Join(errors.New("this is not a portal database"), err)
	}
	if version > migrations.Latest() {
		return fmt.Errorf("%w: verify it with that version", migrations.ErrNewerSchema)
	}
	has, err := column(ctx, tx, auditSchema)
	if err != nil {
		return err
	}
	want, err := compiledSchema(ctx, version)
	if err != nil {
		return err
	}
	for _, text := range want {
		if !slices.Contains(has, text) {
			report.fault(0, "missing or changed in the database: %s", firstLine(text))
		}
	}
	for _, text := range has {
		if !slices.Contains(want, text) {
			report.fault(0, "not made by the portal: %s", firstLine(text))
		}
	}
	return nil
}

// compiledSchema is what the migrations of this program give.
func compiledSchema(ctx context.Context, version int64) (texts []string, err error) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	if err := migrations.UpTo(ctx, db, version); err != nil {
		return nil, err
	}
	return column(ctx, db, auditSchema)
}

// checkOpen compares the list that pages show with what the chain says.
func checkOpen(ctx context.Context, tx *sql.Tx, check *chainCheck) error {
	listed, err := column(ctx, tx, "SELECT op_id FROM audit_open ORDER BY op_id")
	if err != nil {
		return err
	}
	if !slices.Equal(listed, slices.Sorted(maps.Keys(check.open))) {
		check.report.fault(0, "the list of open intents does not fit the history")
	}
	return nil
}

// checkKeys compares the public key with the one record 1 names.
func checkKeys(ctx context.Context, tx *sql.Tx, report *VerifyReport) error {
	var public, body []byte
	err := tx.QueryRowContext(ctx, "SELECT k.public, a.body FROM audit_keys k, audit a WHERE a.seq = 1").Scan(&public, &body)
	if errors.Is(err, sql.ErrNoRows) {
		report.fault(0, "the audit's key is gone")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read audit keys: %w", err)
	}
	if !bytes.Contains(body, []byte(`"public_key":"`+base64.StdEncoding.EncodeToString(public)+`"`)) {
		report.fault(1, "record 1 names another key than the database has")
	}
	return nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// column reads the texts of a query with one column.
func column(ctx context.Context, q querier, query string) (texts []string, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read database: %w", err)
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func sortedIntents(open map[string]OpenIntent) []OpenIntent {
	return slices.SortedFunc(maps.Values(open), func(a, b OpenIntent) int { return cmp.Compare(a.Seq, b.Seq) })
}
