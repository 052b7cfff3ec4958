package sandbox

import (
	"context"
	"errors"
	"slices"
	"time"
)

// How long things stay, by the directory's clock.
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
const (
	binKept      = 30 * 24 * time.Hour // from deletion to purge
	cleanUpAfter = 24 * time.Hour      // from a principal's deletion to that of its identities
)

// due tells whether something in the bin waits to be done by now.
func (st *state) due(now time.Time) bool {
	return !st.nextPurge.IsZero() && !now.Before(st.nextPurge) || st.dueCleanUp(now) != nil
}

// dueCleanUp is a deleted principal whose day is over, or nil.
func (st *state) dueCleanUp(now time.Time) *deletedItem {
	for _, d := range st.cleanUps {
		if !now.Before(d.CreatedAt.Add(cleanUpAfter)) {
			return d
		}
	}
	return nil
}

// expect remembers when the next item has to leave the bin, so that a request need not go through all.
// The time may be early, after an item was restored; then a look at the bin sets it right.
func (st *state) expect(d *deletedItem) {
	if at := d.CreatedAt.Add(binKept); st.nextPurge.IsZero() || at.Before(st.nextPurge) {
		st.nextPurge = at
	}
}

// catchUp does what Entra does in the background: a day after a blueprint's principal was deleted its
// identities follow, after thirty days the bin forgets. It runs before a request is answered and never
// by a timer, so what a request sees depends on the clock alone, also after a crash. No request asked
// for it, so the journal has no entry of it.
func (s *Sandbox) catchUp(ctx context.Context) error {
	now, due := s.directoryNow(), false
	_ = s.tenant.read(func(st *state) error {
		due = st.due(now)
		return nil
	})
	if !due {
		return nil
	}
	return s.tenant.write(withEntry(ctx, nil), func(tx *txn) error { return tx.catchUp(now) })
}

// catchUp goes through what is due in the order in which it became so: identities that follow stay in
// the bin for thirty days of their own.
func (tx *txn) catchUp(now time.Time) error {
	for d := tx.dueCleanUp(now); d != nil; d = tx.dueCleanUp(now) {
		if err := tx.cleanUp(d, d.CreatedAt.Add(cleanUpAfter)); err != nil {
			return err
		}
	}
	kept := slices.Clone(tx.deleted.list)
	tx.nextPurge = time.Time{}
	for _, d := range kept {
		if now.Before(d.CreatedAt.Add(binKept)) {
			tx.expect(d)
			continue
		}
		purge(tx, d)
	}
	return nil
}

// cleanUp moves the identities of a deleted principal to the bin, as of the time it should have
// happened; a principal that was made anew meanwhile keeps them.
func (tx *txn) cleanUp(d *deletedItem, at time.Time) error {
	done := clone(d)
	done.CleanUp = ""
	tx.put(done)
	if tx.principal(d.CleanUp) != nil {
		return nil
	}
	now := tx.now
	tx.now = at
	defer func() { tx.now = now }()
	for _, p := range slices.Clone(tx.agentsByBlueprint.of(d.CleanUp)) {
		if fault := softDelete(tx, p); fault != nil {
			return errors.New(fault.Message)
		}
	}
	return nil
}
