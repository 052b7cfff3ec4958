package models

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// figure prints a line that `make bench` collects.
func figure(name string, value float64, unit, limit string, ok bool) {
	verdict := "ok"
	if !ok {
		verdict = "short"
	}
	fmt.Printf("FIGURE %s %.2f %s limit %s %s\n", name, value, unit, limit, verdict)
}

// BenchmarkAuditAppends appends intents and outcomes one transaction each, as
// runs do, with synchronous=FULL.
func BenchmarkAuditAppends(b *testing.B) {
	o := testOptions(b)
	s := openStore(b, o)
	n := 0
	for b.Loop() {
		op := fmt.Sprintf("op-%d", n)
		appendAll(b, s, intent(op), outcome(op, ResultSucceeded))
		n += 2
	}
	if n < 100 {
		return // the first, short round only measures how many there should be
	}
	rate := float64(n) / b.Elapsed().Seconds()
	figure("audit_appends", rate, "per_s", ">=1000", rate >= 1000)
}

// BenchmarkAuditVerify1M checks a history of 1,000,000 records with words.
func BenchmarkAuditVerify1M(b *testing.B) {
	path := million(b)
	for b.Loop() {
		start := time.Now()
		report, err := VerifyAudit(b.Context(), path)
		if err != nil || report.ExitCode() != 0 || report.Records < 1_000_000 {
			b.Fatal(report, err)
		}
		seconds := time.Since(start).Seconds()
		figure("audit_verify_1m", seconds, "s", "<=4", seconds <= 4)
	}
}

// million makes the history once; PORTAL_BENCH_DIR keeps it between rounds.
func million(b *testing.B) string {
	b.Helper()
	o := testOptions(b)
	if dir := os.Getenv("PORTAL_BENCH_DIR"); dir != "" {
		o.Path = filepath.Join(dir, "million.db")
		if _, err := os.Stat(o.Path); err == nil {
			return o.Path
		}
	}
	reopen(b, o, func(s *Store) error {
		head, err := s.AuditRecord(b.Context(), 1)
		if err != nil {
			return err
		}
		db, err := s.writer.DB()
		if err != nil {
			return err
		}
		tx, err := db.BeginTx(b.Context(), nil)
		if err != nil {
			return err
		}
		return errors.Join(seed(b, tx, head), tx.Commit())
	})
	return o.Path
}

// seed appends whole acts as AppendAudit would, in one transaction and with
// statements prepared once: only the checking is measured.
func seed(b *testing.B, tx *sql.Tx, head AuditRecord) error {
	b.Helper()
	prepare := func(query string) *sql.Stmt {
		stmt, err := tx.PrepareContext(b.Context(), query)
		if err != nil {
			b.Fatal(err)
		}
		return stmt
	}
	record := prepare("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	words := prepare("INSERT INTO audit_words VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
	prev := head.Hash[:]
	for seq := int64(2); seq <= 1_000_001; seq++ {
		op := fmt.Sprintf("019b0000-0000-7000-8000-%012d", seq/2)
		a := intent(op)
		if seq%2 == 1 {
			a = outcome(op, ResultSucceeded)
		}
		r, w := &auditRow{Seq: seq, AtUS: head.At.UnixMicro() + seq, Tenant: head.Tenant, Prev: prev}, newWords(seq, a.Words)
		r.fill(a)
		var err error
		if r.Body, err = canonicalBody(withWords(a.Body, w)); err != nil {
			return err
		}
		sum, _ := r.sum(nil)
		prev = sum[:]
		_, err = record.ExecContext(b.Context(), r.Seq, r.AtUS, r.Tenant, r.OpID, r.Kind, r.Actor, r.TargetKind, r.TargetID, r.Action, r.Result, r.RunID, r.Body, r.Prev, prev)
		if err != nil {
			return err
		}
		if _, err := words.ExecContext(b.Context(), w.Seq, w.Key, w.ActorName, w.ActorUsername, w.TargetName, w.IP, w.UserAgent, w.Reason); err != nil {
			return err
		}
	}
	return nil
}
