package models

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func testSealer(t testing.TB, fill byte) *Sealer {
	t.Helper()
	sealer, err := NewSealer(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func testOptions(t testing.TB) Options {
	t.Helper()
	return Options{
		Path:     filepath.Join(t.TempDir(), "data", "portal.db"),
		Tenant:   "11111111-1111-1111-1111-111111111111",
		Now:      newClock().Now,
		Sealer:   testSealer(t, 7),
		StrictTx: true,
	}
}

func openStore(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// reopen opens the database for fn only.
func reopen(t testing.TB, o Options, fn func(s *Store) error) {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fn(s), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	o := testOptions(t)
	s := openStore(t, o)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{
		filepath.Dir(o.Path): 0o700, o.Path: 0o600, o.Path + ".lock": 0o600, o.Path + "-wal": 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
}

func TestOpenTwice(t *testing.T) {
	o := testOptions(t)
	openStore(t, o)
	_, err := Open(t.Context(), o)
	if !errors.Is(err, ErrLocked) {
		t.Fatalf("second open: %v, want ErrLocked", err)
	}
	if !strings.Contains(err.Error(), o.Path) {
		t.Errorf("message does not name the file: %v", err)
	}
}

func TestOpenAgainKeepsRowsAndChain(t *testing.T) {
	o := testOptions(t)
	for range 3 {
		reopen(t, o, func(s *Store) error {
			records, err := s.Audit(t.Context(), AuditFilter{})
			if len(records) != 1 || records[0].Action != ActionChainStart {
				t.Errorf("records after opening again: %+v, want the one of the start", records)
			}
			return err
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, o *Options)
		says    string
	}{
		{"folder that is a file", func(_ *testing.T, o *Options) { o.Path = filepath.Join(file, "portal.db") }, "PORTAL_DATA_DIR"},
		{"database that is a folder", func(t *testing.T, o *Options) {
			if err := os.MkdirAll(o.Path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "cannot be written"},
		{"something else in the file", func(t *testing.T, o *Options) {
			if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(o.Path, bytes.Repeat([]byte("no database "), 100), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a database"},
		{"no key", func(_ *testing.T, o *Options) { o.Sealer = nil }, "no encryption key"},
		{"another key", func(t *testing.T, o *Options) {
			reopen(t, *o, func(*Store) error { return nil })
			o.Sealer = testSealer(t, 8)
		}, "PORTAL_ENCRYPTION_KEY"},
		{"newer schema", func(t *testing.T, o *Options) {
			reopen(t, *o, func(s *Store) error {
				return s.writer.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)").Error
			})
		}, "newer version"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := testOptions(t)
			test.prepare(t, &o)
			s, err := Open(t.Context(), o)
			if err == nil {
				t.Fatal("opened", s.Close())
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("message %q, want %q in it", err, test.says)
			}
		})
	}
}

func TestExplainMissingCompiler(t *testing.T) {
	// The text of mattn/go-sqlite3's stub, static_mock.go.
	err := explainOpen("p", errors.New("Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work. This is a stub"))
	for _, want := range []string{"gcc", "CGO_ENABLED=1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("message %q, want %q in it", err, want)
		}
	}
}

func TestPathsWithSpecialLetters(t *testing.T) {
	o := testOptions(t)
	o.Path = filepath.Join(t.TempDir(), "a b?c#d%41", "portal.db")
	openStore(t, o)
	if _, err := os.Stat(o.Path); err != nil {
		t.Fatal(err)
	}
	report, err := VerifyAudit(t.Context(), o.Path)
	if err != nil || report.Records != 1 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

func TestTxRollsBackAll(t *testing.T) {
	s := openStore(t, testOptions(t))
	stop := errors.New("stop")
	err := s.Tx(t.Context(), func(tx *Store) error {
		if err := tx.SetSetting(t.Context(), "k", "v"); err != nil {
			return err
		}
		if _, err := tx.AppendAudit(t.Context(), event(ActionSignIn)); err != nil {
			return err
		}
		if v, err := tx.Setting(t.Context(), "k"); err != nil || v != "v" {
			t.Errorf("inside: %q, %v, want what was just written", v, err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if _, err := s.Setting(t.Context(), "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("setting after roll back: %v, want ErrNotFound", err)
	}
	if n, err := s.CountAudit(t.Context(), AuditFilter{}); err != nil || n != 1 {
		t.Errorf("%d records, %v, want 1", n, err)
	}
}

func TestTxPanicsOnOuterStore(t *testing.T) {
	s := openStore(t, testOptions(t))
	uses := map[string]func(ctx context.Context){
		"write": func(ctx context.Context) { _ = s.SetSetting(ctx, "k", "v") },
		"read":  func(ctx context.Context) { _, _ = s.Setting(ctx, "k") },
		"tx":    func(ctx context.Context) { _ = s.Tx(ctx, func(*Store) error { return nil }) },
		"audit": func(ctx context.Context) { _, _ = s.AppendAudit(ctx, event(ActionSignIn)) },
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
				if s.InTx() {
					t.Error("still inside after the panic")
				}
			}()
			_ = s.Tx(t.Context(), func(*Store) error {
				if !s.InTx() {
					t.Error("InTx is false inside")
				}
				use(t.Context())
				return nil
			})
		})
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("after the panics: %v", err)
	}
}

func TestTxOfOthersIsNoFault(t *testing.T) {
	s := openStore(t, testOptions(t))
	inside, done := make(chan struct{}), make(chan error)
	go func() {
		done <- s.Tx(t.Context(), func(tx *Store) error {
			close(inside)
			return tx.Tx(t.Context(), func(joined *Store) error { return joined.SetSetting(t.Context(), "a", "1") })
		})
	}()
	<-inside
	if _, err := s.Setting(t.Context(), "b"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Writes that wait for a transaction must not stop it: with statements kept
// prepared, each waited for the other for ever.
func TestTxGoesOnWhileOthersWait(t *testing.T) {
	s := openStore(t, testOptions(t))
	drafts := make([]Draft, 3)
	for i := range drafts {
		drafts[i] = Draft{TID: "t", OID: "o", Kind: "blueprint", Body: []byte("{}")}
		if err := s.CreateDraft(t.Context(), &drafts[i]); err != nil {
			t.Fatal(err)
		}
	}
	var waiting sync.WaitGroup
	done := make(chan error, 1)
	go func() {
		done <- s.Tx(t.Context(), func(tx *Store) error {
			for i := range drafts {
				waiting.Go(func() {
					if err := s.SaveDraft(t.Context(), &drafts[i]); err != nil {
						t.Error(err)
					}
				})
				time.Sleep(20 * time.Millisecond) // until it waits for the connection
			}
			_, err := tx.AppendAudit(t.Context(), intent("op"))
			return err
		})
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the transaction and the writes that wait for it block each other")
	}
	waiting.Wait()
}

func event(action string) NewAudit {
	return NewAudit{Kind: AuditEvent, Actor: "t/o", Action: action}
}
