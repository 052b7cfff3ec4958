package models

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestPingChangesNothing: probes come every few seconds, for years.
func TestPingChangesNothing(t *testing.T) {
	c, o := newClock(), testOptions(t)
	o.Now = c.Now
	s := openStore(t, o)
	pool, err := s.reader.DB()
	if err != nil {
		t.Fatal(err)
	}
	watch, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	// It grows when another connection commits: https://www.sqlite.org/pragma.html#pragma_data_version
	version := func() (n int64) {
		t.Helper()
		if err := watch.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := version()
	for range 3 {
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.add(pingEvery)
	}
	if after := version(); after != before {
		t.Error("something was committed")
	}
	if err := s.SetSetting(t.Context(), "ping", "kept"); err != nil || version() == before {
		t.Errorf("a real write does not show: %v", err)
	}
}

// TestPingProbesSeldom: a stranger who asks all the time stops nobody's writes.
func TestPingProbesSeldom(t *testing.T) {
	c, o := newClock(), testOptions(t)
	o.Now = c.Now
	s := openStore(t, o)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel() // a probe fails now
	if err := s.Ping(gone); err != nil {
		t.Errorf("a second probe within the moment: %v", err)
	}
	c.add(pingEvery)
	if err := s.Ping(gone); err == nil {
		t.Error("no probe after it")
	}
}

// TestPingTellsOfAFullDisk while that is news, and until a write succeeds.
func TestPingTellsOfAFullDisk(t *testing.T) {
	c, o := newClock(), testOptions(t)
	o.Now = c.Now
	s := openStore(t, o)
	room := func(pages string) {
		t.Helper()
		var n int
		if err := s.writer.Raw("PRAGMA max_page_count = " + pages).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
	}
	large := func() error {
		return s.Tx(t.Context(), func(tx *Store) error {
			return tx.SetSetting(t.Context(), "large", strings.Repeat("x", 1<<20))
		})
	}
	room("1") // no more than there is
	if err := large(); err == nil {
		t.Fatal("the disk is not full")
	}
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("a full disk: %v", err)
	}
	c.add(faultFor)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("a while later: %v", err)
	}
	if err := large(); err == nil || s.Ping(t.Context()) == nil {
		t.Errorf("full again: %v", err)
	}
	room("100000")
	if err := errors.Join(large(), s.Ping(t.Context())); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}
