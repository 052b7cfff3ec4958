package models

import (
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
	o.StrictTx = false
	if dir := os.Getenv("PORTAL_BENCH_DIR"); dir != "" {
		o.Path = filepath.Join(dir, "million.db")
		if _, err := os.Stat(o.Path); err == nil {
			return o.Path
		}
	}
	reopen(b, o, func(s *Store) error {
		for n := 0; n < 1_000_000; {
			err := s.Tx(b.Context(), func(tx *Store) error {
				for range 5000 {
					op := fmt.Sprintf("019b0000-0000-7000-8000-%012d", n)
					appendAll(b, tx, intent(op), outcome(op, ResultSucceeded))
					n += 2
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return o.Path
}
