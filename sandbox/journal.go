package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

const (
	journalKept    = 100_000 // entries
	journalBatch   = 256     // entries kept in memory before they are written
	journalReserve = 1_000   // numbers reserved at a time
)

// journalEntry is one request that the emulated Entra or Graph answered (a part of a batch is one of
// its own). Caller is the object id of the token's subject at Graph, the client id at Entra.
type journalEntry struct {
	N               int64     `json:"n"`
	Time            time.Time `json:"time"`
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Caller          string    `json:"caller"`
	Status          int       `json:"status"`
	ObjectIDs       []string  `json:"objectIds"`
	ClientRequestID string    `json:"clientRequestId"`
	Batch           string    `json:"batch"`

	queued bool // its number is given; it is in the file, or about to be
}

type entryKey struct{}

// The entry travels in the context, not as a parameter, because a write happens far below the
// middleware that knows the request. withEntry marks ctx as serving the request of the entry; a write under it commits the entry too.
func withEntry(ctx context.Context, e *journalEntry) context.Context {
	return context.WithValue(ctx, entryKey{}, e)
}

// entryOf returns the entry of the request being served, nil outside a request.
func entryOf(ctx context.Context) *journalEntry {
	e, _ := ctx.Value(entryKey{}).(*journalEntry)
	return e
}

// settle fills in what the write says about itself.
func (e *journalEntry) settle(tx *txn) {
	e.Status = tx.status
	if e.Status == 0 {
		e.Status = 200
	}
	ids := tx.ids
	if ids == nil {
		for _, key := range tx.order {
			if key.kind.inDirectory() {
				ids = append(ids, key.id)
			}
		}
	}
	e.ObjectIDs = append(e.ObjectIDs, ids...)
}

// inDirectory tells directory objects from what only signs people in; the ids of the latter are
// hashes of tokens and say nothing.
func (k kind) inDirectory() bool {
	switch k {
	case kindRefreshToken, kindAuthCode, kindBrowserSession, kindDeviceCode, kindKnobs:
		return false
	}
	return true
}

// record adds the entry of a request whose effect, if any, is already committed.
func (s *store) record(ctx context.Context, e *journalEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueue(e)
	if len(s.pending) < journalBatch {
		return nil
	}
	return s.flush(ctx, nil)
}

// enqueue gives the entry its number; a request that writes twice keeps its first.
func (s *store) enqueue(e *journalEntry) {
	if e.ObjectIDs == nil {
		e.ObjectIDs = []string{}
	}
	if !e.queued {
		s.last++
		e.N = s.last
		e.queued = true
	}
	s.pending = append(s.pending, e)
}

// writeEntries puts the pending entries into the transaction of a write, drops the oldest, and
// reserves numbers when the reserve is used up.
func (s *store) writeEntries(ctx context.Context, tx *sql.Tx) error {
	for _, e := range s.pending {
		text, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("encode journal entry: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO journal (n, json) VALUES (?, ?)
			ON CONFLICT (n) DO UPDATE SET json = excluded.json`, e.N, string(text)); err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
	}
	if len(s.pending) > 0 {
		if _, err := tx.ExecContext(ctx, `DELETE FROM journal WHERE n <= ?`, s.last-journalKept); err != nil {
			return fmt.Errorf("shorten the journal: %w", err)
		}
	}
	if s.last <= s.reserved {
		return nil
	}
	s.reserved = s.last + journalReserve
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('journal', ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.FormatInt(s.reserved, 10))
	return err
}

// openJournal goes on with the numbers. Entries of reads are written in batches, so a crash may lose
// the newest of them; numbers are reserved ahead and never given twice.
func (s *store) openJournal(ctx context.Context) error {
	text, err := s.setting(ctx, "journal")
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if text == "" {
		return nil
	}
	if s.last, err = strconv.ParseInt(text, 10, 64); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	s.reserved = s.last
	return nil
}

// closeJournal writes what is pending and gives unused numbers back.
func (s *store) closeJournal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	if err := s.flush(ctx, nil); err != nil {
		return err
	}
	return s.setSetting(ctx, "journal", strconv.FormatInt(s.last, 10))
}

// entriesAfter returns the kept entries with numbers above n, oldest first, and the newest number.
func (s *store) entriesAfter(ctx context.Context, n int64) ([]json.RawMessage, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.flush(ctx, nil); err != nil {
		return nil, 0, err
	}
	found, err := s.db.QueryContext(ctx, `SELECT json FROM journal WHERE n > ? ORDER BY n`, n)
	if err != nil {
		return nil, 0, fmt.Errorf("read the journal: %w", err)
	}
	defer found.Close()
	entries := []json.RawMessage{}
	for found.Next() {
		var text []byte
		if err := found.Scan(&text); err != nil {
			return nil, 0, fmt.Errorf("read the journal: %w", err)
		}
		entries = append(entries, text)
	}
	return entries, s.last, found.Err()
}

// flushPending writes entries that have waited; called now and then.
func (s *store) flushPending(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) == 0 {
		return nil
	}
	return s.flush(ctx, nil)
}
