package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
)

// wordsCursor walks the words beside the records, without a join.
type wordsCursor struct {
	rows *sql.Rows
	next *wordsRow // nil at the end
	lone []int64   // seq of words without a record
}

func newWordsCursor(ctx context.Context, tx *sql.Tx) (*wordsCursor, error) {
	rows, err := tx.QueryContext(ctx, "SELECT seq, key, actor_name, actor_username, target_name, ip, user_agent, reason FROM audit_words ORDER BY seq")
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	c := &wordsCursor{rows: rows}
	if err := c.step(); err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return c, nil
}

func (c *wordsCursor) step() error {
	c.next = nil
	if !c.rows.Next() {
		return c.rows.Err()
	}
	w := &wordsRow{}
	if err := c.rows.Scan(&w.Seq, &w.Key, &w.ActorName, &w.ActorUsername, &w.TargetName, &w.IP, &w.UserAgent, &w.Reason); err != nil {
		return fmt.Errorf("read words: %w", err)
	}
	c.next = w
	return nil
}

// of returns the words of record seq, nil when there are none.
func (c *wordsCursor) of(seq int64) (*wordsRow, error) {
	for c.next != nil && c.next.Seq < seq {
		c.lone = append(c.lone, c.next.Seq)
		if err := c.step(); err != nil {
			return nil, err
		}
	}
	if c.next == nil || c.next.Seq != seq {
		return nil, nil
	}
	w := c.next
	return w, c.step()
}

// rest notes the words after the last record.
func (c *wordsCursor) rest() error {
	_, err := c.of(math.MaxInt64)
	return err
}
