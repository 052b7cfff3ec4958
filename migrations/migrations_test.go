package migrations

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	_ "github.com/mattn/go-sqlite3"
)

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "x.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func tables(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type IN ('table', 'trigger')")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestUp(t *testing.T) {
	db := open(t)
	for range 2 { // an empty file, then a current one
		if err := Up(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		provider, err := newProvider(db)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := provider.GetDBVersion(t.Context()); err != nil || v != Latest() {
			t.Errorf("version %d, %v; want %d", v, err, Latest())
		}
	}
	has := tables(t, db)
	for _, want := range []string{"runs", "steps", "audit", "audit_words", "audit_no_update", "audit_no_delete", "audit_append_only"} {
		if !slices.Contains(has, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestUpTo(t *testing.T) {
	db := open(t)
	if err := UpTo(t.Context(), db, 1); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(tables(t, db), "audit") {
		t.Error("version 1 has the audit already")
	}
	if err := Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(tables(t, db), "audit") {
		t.Error("no audit after going on from version 1")
	}
}

func TestUpRefusesNewerSchema(t *testing.T) {
	db := open(t)
	if err := Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)", Latest()+1); err != nil {
		t.Fatal(err)
	}
	if err := Up(t.Context(), db); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("%v, want ErrNewerSchema", err)
	}
}

// TestUpNamesDraftsOfBefore: lists show the drafts of a database of before they
// had columns for it, and a form that cannot be read stops nothing.
func TestUpNamesDraftsOfBefore(t *testing.T) {
	db := open(t)
	if err := UpTo(t.Context(), db, 3); err != nil {
		t.Fatal(err)
	}
	for id, body := range map[string]string{
		"open": `{"displayName":" Payroll ","done":["basics","people"]}`, "old": `{"displayName":"Old"}`,
		"null": `{"displayName":"","done":null}`, "run": `{"displayName":"Done","done":["basics","people","credential","agents"],"runId":7}`, "broken": `{`,
	} {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO drafts VALUES (?, 't', 'o', 'blueprint', ?, 0, 0)", id, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"open": "Payroll/credential/0", "old": "Old/basics/0", "null": "/basics/0", "run": "Done/review/7", "broken": "//0"} {
		var got string
		if err := db.QueryRowContext(t.Context(), "SELECT title || '/' || step || '/' || run_id FROM drafts WHERE id = ?", id).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", id, got, err, want)
		}
	}
}
