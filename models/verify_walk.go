package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// walkBatch is how many records go from the reader to the checker at once.
const walkBatch = 256

// pairedRow is a record beside its words, nil when there are none.
type pairedRow struct {
	record auditRow
	words  *wordsRow
}

// walkHistory reads on one goroutine and hashes on another: SQLite is the
// slower of the two, and this hides the hashing behind it. Batches go round
// and keep their buffers.
func walkHistory(ctx context.Context, tx *sql.Tx, check *chainCheck) error {
	full, empty := make(chan []pairedRow, 2), make(chan []pairedRow, 3)
	for range cap(empty) {
		empty <- make([]pairedRow, walkBatch)
	}
	var lone []int64
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		defer close(full)
		lone, err = readHistory(ctx, tx, full, empty)
		return err
	})
	group.Go(func() error {
		for batch := range full {
			for i := range batch {
				check.add(&batch[i].record, batch[i].words)
			}
			empty <- batch[:walkBatch]
		}
		return nil
	})
	err := group.Wait()
	for _, seq := range lone {
		check.report.fault(seq, "there are personal words of record %d but no such record", seq)
	}
	return err
}

// readHistory reads records and words side by side, both in order of seq. It
// returns the seq of words that no record owns.
func readHistory(ctx context.Context, tx *sql.Tx, full chan<- []pairedRow, empty <-chan []pairedRow) (lone []int64, err error) {
	words, err := newWordsCursor(ctx, tx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, words.rows.Close()) }()
	records, err := tx.QueryContext(ctx, `SELECT seq, at_us, tenant, op_id, kind, actor, target_kind, target_id, action, result, run_id, body, prev, hash
		FROM audit ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	for n := walkBatch; n == walkBatch; {
		batch := <-empty
		if n, err = readBatch(records, words, batch); err != nil {
			return nil, err
		}
		full <- batch[:n]
	}
	err = words.rest()
	return words.lone, err
}

// readBatch fills a batch; fewer than walkBatch rows means the end.
func readBatch(records *sql.Rows, words *wordsCursor, batch []pairedRow) (n int, err error) {
	for n < walkBatch && records.Next() {
		p := &batch[n]
		if err := p.record.scan(records); err != nil {
			return 0, err
		}
		if p.words, err = words.of(p.record.Seq); err != nil {
			return 0, err
		}
		n++
	}
	if err := records.Err(); err != nil {
		return 0, fmt.Errorf("read audit: %w", err)
	}
	return n, nil
}

// scan copies a row into the buffers r has.
func (r *auditRow) scan(rows *sql.Rows) error {
	var body, prev, hash sql.RawBytes
	err := rows.Scan(&r.Seq, &r.AtUS, &r.Tenant, &r.OpID, &r.Kind, &r.Actor, &r.TargetKind, &r.TargetID, &r.Action, &r.Result, &r.RunID,
		&body, &prev, &hash)
	if err != nil {
		return fmt.Errorf("read audit: %w", err)
	}
	r.Body, r.Prev, r.Hash = append(r.Body[:0], body...), append(r.Prev[:0], prev...), append(r.Hash[:0], hash...)
	return nil
}
