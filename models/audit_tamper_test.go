package models

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tamperedStore is a closed database of 12 records: the start, five acts of
// two records each, one open intent.
func tamperedStore(t *testing.T) (path string) {
	t.Helper()
	o := testOptions(t)
	reopen(t, o, func(s *Store) error {
		for _, op := range []string{"a", "b", "c", "d", "e"} {
			appendAll(t, s, intent(op), outcome(op, ResultSucceeded))
		}
		appendAll(t, s, intent("open"))
		return nil
	})
	return o.Path
}

const dropTriggers = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_append_only;"

// withoutTriggers runs a script as somebody with write access would: the
// triggers are taken away and put back exactly as they were.
func withoutTriggers(t *testing.T, path, script string) {
	t.Helper()
	db := rawDB(t, path)
	triggers, err := column(t.Context(), db, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	execute(t, db, dropTriggers+script)
	for _, trigger := range triggers {
		execute(t, db, trigger)
	}
}

func rawDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn(path, "_foreign_keys=0"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, script string) {
	t.Helper()
	if _, err := db.ExecContext(context.WithoutCancel(t.Context()), script); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

func TestTriggersRefuse(t *testing.T) {
	for name, script := range map[string]string{
		"update":            "UPDATE audit SET actor = 'x' WHERE seq = 3",
		"delete":            "DELETE FROM audit WHERE seq = 12",
		"delete all":        "DELETE FROM audit",
		"replace":           "INSERT OR REPLACE INTO audit SELECT seq, at_us, tenant, op_id, kind, 'x', target_kind, target_id, action, result, run_id, body, prev, hash FROM audit WHERE seq = 12",
		"upsert":            "INSERT INTO audit SELECT * FROM audit WHERE seq = 12 ON CONFLICT (seq) DO UPDATE SET actor = 'x'",
		"gap":               "INSERT INTO audit SELECT 20, at_us, tenant, '', 'event', actor, '', '', action, '', '', body, hash, hash FROM audit WHERE seq = 12",
		"wrong predecessor": "INSERT INTO audit SELECT 13, at_us, tenant, '', 'event', actor, '', '', action, '', '', body, prev, hash FROM audit WHERE seq = 12",
		"no seq":            "INSERT INTO audit (at_us, tenant, op_id, kind, actor, target_kind, target_id, action, result, run_id, body, prev, hash) SELECT at_us, tenant, '', 'event', actor, '', '', action, '', '', body, hash, hash FROM audit WHERE seq = 12",
		"insert or ignore":  "INSERT OR IGNORE INTO audit SELECT 3, at_us, tenant, '', 'event', actor, '', '', action, '', '', body, hash, hash FROM audit WHERE seq = 12",
	} {
		t.Run(name, func(t *testing.T) {
			path := tamperedStore(t)
			_, err := rawDB(t, path).ExecContext(t.Context(), script)
			if err == nil || !strings.Contains(err.Error(), "audit: records are") {
				t.Errorf("error %v, want that of a trigger", err)
			}
			report, err := VerifyAudit(t.Context(), path)
			if err != nil || report.ExitCode() != 0 || report.Records != 12 {
				t.Errorf("afterwards: %+v, %v", report, err)
			}
		})
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	tests := []struct {
		name   string
		script string // run with the triggers away
		first  int64  // first bad seq, 0: no record named
		says   string
	}{
		{"actor edited", "UPDATE audit SET actor = 't/mallory' WHERE seq = 4", 4, "its hash does not fit"},
		{"time edited", "UPDATE audit SET at_us = at_us + 1 WHERE seq = 4", 4, "its hash does not fit"},
		{"result edited", "UPDATE audit SET result = 'failed' WHERE seq = 5", 5, "its hash does not fit"},
		{"body edited", "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'Invoice', 'Payroll') AS BLOB) WHERE seq = 6", 6, "its hash does not fit"},
		{"text moved between columns", "UPDATE audit SET actor = '', target_kind = actor || target_kind WHERE seq = 6", 6, "its hash does not fit"},
		{"hash edited", "UPDATE audit SET hash = zeroblob(32) WHERE seq = 6", 6, "its hash does not fit"},
		{"deleted in the middle", "DELETE FROM audit WHERE seq IN (4, 5)", 4, "record 4 is missing"},
		{"deleted and renumbered", "DELETE FROM audit WHERE seq IN (4, 5); UPDATE audit SET seq = seq - 2 WHERE seq > 5", 4, "does not follow"},
		{"first deleted", "DELETE FROM audit WHERE seq = 1", 1, "record 1 is missing"},
		{"all deleted", "DELETE FROM audit; DELETE FROM audit_words; DELETE FROM audit_open", 1, "the history is empty"},
		{"reordered", "UPDATE audit SET seq = -4 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = -4", 4, "does not follow"},
		{"inserted at the end", "INSERT INTO audit SELECT 13, at_us, tenant, '', 'event', actor, '', '', action, '', '', body, hash, hash FROM audit WHERE seq = 12", 13, "its hash does not fit"},
		{"name changed", "UPDATE audit_words SET actor_name = 'Mallory' WHERE seq = 4", 4, "the personal words of record 4 were changed"},
		{"words moved", "UPDATE audit_words SET seq = -1 WHERE seq = 4; UPDATE audit_words SET seq = 4 WHERE seq = 6", 4, "the personal words of record 4"},
		{"words added", "INSERT INTO audit_words SELECT 1, key, actor_name, actor_username, target_name, ip, user_agent, reason FROM audit_words WHERE seq = 2", 1, "the personal words of record 1"},
		{"words of no record", "INSERT INTO audit_words SELECT 0, key, actor_name, actor_username, target_name, ip, user_agent, reason FROM audit_words WHERE seq = 2", 0, "no such record"},
		{"intent forgotten", "DELETE FROM audit_open", 0, "list of open intents"},
		{"key replaced", "UPDATE audit_keys SET public = zeroblob(32)", 1, "names another key"},
		{"key gone", "DELETE FROM audit_keys", 0, "key is gone"},
		{"tail cut between intent and outcome", "DELETE FROM audit WHERE seq > 10; DELETE FROM audit_words WHERE seq > 10", 0, "list of open intents"},
		{"index gone", "DROP INDEX audit_once", 0, "missing or changed in the database: index audit_once"},
		{"trigger added", "CREATE TRIGGER sly AFTER INSERT ON audit_words BEGIN SELECT 1; END", 0, "not made by the portal: trigger sly"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := tamperedStore(t)
			withoutTriggers(t, path, test.script)
			report, err := VerifyAudit(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if report.ExitCode() != 1 || report.FirstBad() != test.first {
				t.Errorf("exit %d, first bad %d; want 1, %d", report.ExitCode(), report.FirstBad(), test.first)
			}
			if !strings.Contains(faultText(report), test.says) {
				t.Errorf("faults:\n%swant %q among them", faultText(report), test.says)
			}
		})
	}
}

func faultText(r VerifyReport) string {
	var b strings.Builder
	for _, f := range r.Faults {
		b.WriteString(f.What + "\n")
	}
	return b.String()
}

func TestVerifySchema(t *testing.T) {
	for name, script := range map[string]string{
		"trigger audit_no_update":   "DROP TRIGGER audit_no_update",
		"trigger audit_no_delete":   "DROP TRIGGER audit_no_delete",
		"trigger audit_append_only": "DROP TRIGGER audit_append_only; CREATE TRIGGER audit_append_only BEFORE INSERT ON audit WHEN 0 BEGIN SELECT 1; END",
	} {
		t.Run(name, func(t *testing.T) {
			path := tamperedStore(t)
			execute(t, rawDB(t, path), script)
			report, err := VerifyAudit(t.Context(), path)
			if err != nil || report.ExitCode() != 1 || !strings.Contains(faultText(report), name) {
				t.Errorf("report %+v, %v; want a fault that names %s", report, err, name)
			}
		})
	}
}

// TestVerifyCannotSee holds what docs/audit.md says the chain alone does not
// prove, so that nobody promises more.
func TestVerifyCannotSee(t *testing.T) {
	path := tamperedStore(t)
	withoutTriggers(t, path, `DELETE FROM audit WHERE seq > 11; DELETE FROM audit_words WHERE seq > 11; DELETE FROM audit_open`)
	report, err := VerifyAudit(t.Context(), path)
	if err != nil || report.ExitCode() != 0 || report.Records != 11 {
		t.Errorf("a tail cut after a whole act: %+v, %v", report, err)
	}
}

func TestVerifyErasedWordsIsNoFault(t *testing.T) {
	path := tamperedStore(t)
	execute(t, rawDB(t, path), "DELETE FROM audit_words WHERE seq IN (2, 3)")
	report, err := VerifyAudit(t.Context(), path)
	if err != nil || report.ExitCode() != 0 || report.Erased != 2 {
		t.Errorf("report %+v, %v; want exit 0 and 2 erased", report, err)
	}
}

func TestVerifyReportsOpenIntents(t *testing.T) {
	report, err := VerifyAudit(t.Context(), tamperedStore(t))
	if err != nil || report.ExitCode() != 0 || report.Records != 12 || len(report.Head) != 64 {
		t.Fatalf("report %+v, %v", report, err)
	}
	want := OpenIntent{Seq: 12, OpID: "open", Action: ActionBlueprintCreate}
	if len(report.OpenIntents) != 1 || report.OpenIntents[0] != want {
		t.Errorf("open intents %+v, want %+v", report.OpenIntents, want)
	}
}

func TestVerifyBesideARunningPortal(t *testing.T) {
	o := testOptions(t)
	s := openStore(t, o)
	for range 3 {
		appendAll(t, s, event(ActionSignIn))
		report, err := VerifyAudit(t.Context(), o.Path)
		if err != nil || report.ExitCode() != 0 {
			t.Errorf("report %+v, %v", report, err)
		}
	}
}

func TestVerifyUnreadableInput(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(tamperedStore(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data []byte // nil: no file
		exit int
	}{
		{"no file", nil, 2},
		{"empty", []byte{}, 2},
		{"picture", []byte("\x89PNG\r\n\x1a\n and more than sixteen bytes"), 2},
		{"short text", []byte("hello"), 2},
		{"another database", otherDatabase(t), 2},
		{"half a database", whole[:len(whole)/2], 2},
		{"no record in the export", []byte("{\"seq\":"), 2},
		{"wrong hash text", []byte(`{"seq":1,"body":{},"prev":"zz","hash":"00"}`), 2},
		{"export of something else", []byte(`{"a":1}`), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(test.name, " ", "-"))
			if test.data != nil {
				if err := os.WriteFile(path, test.data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			report, err := VerifyAudit(t.Context(), path)
			// A damaged file may be unreadable or readable with faults; it is never well.
			if report.ExitCode() == 0 || (test.exit == 2) != (err != nil) && test.name != "half a database" {
				t.Errorf("exit %d, error %v; want exit %d", report.ExitCode(), err, test.exit)
			}
		})
	}
}

func otherDatabase(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	execute(t, rawDB(t, path), "CREATE TABLE t (x)")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestVerifyFlippedBits flips one bit of the file at a time, in texts that
// only records and words hold (an index may hold a copy of the others):
// quick_check does not see it, the chain does.
func TestVerifyFlippedBits(t *testing.T) {
	path := tamperedStore(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, word := range []string{"Invoice helper", "Alice", "127.0.0.1"} {
		for at := range whole {
			if !bytes.HasPrefix(whole[at:], []byte(word)) {
				continue
			}
			found++
			flipped := bytes.Clone(whole)
			flipped[at+1] ^= 4
			other := filepath.Join(t.TempDir(), "flipped.db")
			if err := os.WriteFile(other, flipped, 0o600); err != nil {
				t.Fatal(err)
			}
			if report, err := VerifyAudit(t.Context(), other); err == nil && report.ExitCode() == 0 {
				t.Errorf("a flipped bit in %q at %d is not found", word, at)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d places to flip", found)
	}
}
