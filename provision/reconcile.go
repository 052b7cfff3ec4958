package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// clockSlack is how far our clock and the directory's may be apart.
const clockSlack = 2 * time.Minute

// lose makes the step one whose outcome nobody knows. From now on it is read,
// and sent again only when reading finds nothing after the settle window.
func (m *mover) lose(ctx context.Context, note string) {
	m.step.State, m.step.NextAt, m.step.Note = models.StepUnknown, time.Time{}, note
	ctx, cancel := m.e.outlive(ctx)
	defer cancel()
	m.data.Settled = m.e.o.Now().Add(m.window(ctx))
	m.data.Reads, m.data.Unread = 0, false
}

// window is how long a write may stay invisible; asked once for all the steps
// that move together.
func (m *mover) window(ctx context.Context) time.Duration {
	if m.shared == nil {
		return m.e.o.Settle(ctx)
	}
	if m.shared.window == nil {
		window := m.e.o.Settle(ctx)
		m.shared.window = &window
	}
	return *m.shared.window
}

// settleSoon settles an unknown outcome by reading. A step that moves with
// others is read together with theirs, after all that was answered is written.
func (m *mover) settleSoon(ctx context.Context) (goOn bool, err error) {
	if m.shared != nil {
		return true, m.saved(ctx)
	}
	return m.reconcile(ctx)
}

// settled reports whether every write of the operation shows by now, so that
// what reading does not find is not there.
func (m *mover) settled() bool { return !m.e.o.Now().Before(m.data.Settled) }

// reconcile settles an unknown outcome by reading.
func (m *mover) reconcile(ctx context.Context) (goOn bool, err error) {
	m.data.Reads++
	if m.kind.settle != nil {
		return m.kind.settle(ctx, m)
	}
	settled := m.settled()
	found, err := m.kind.find(ctx, m, settled)
	m.hook(inReconcile)
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	m.hasRead()
	switch {
	case len(found) == 1:
		return m.finish(ctx, models.ResultAdopted, found[0])
	case len(found) > 1:
		return m.fail(ctx, failure{note: ambiguous(m.step, found)})
	case !settled:
		return m.readAgain(ctx)
	}
	return m.repeat(ctx)
}

// readAgain waits before the next read, at the latest until the window ends.
func (m *mover) readAgain(ctx context.Context) (goOn bool, err error) {
	m.step.State = models.StepUnknown
	note := "The portal looks whether something was made before it sends anything again."
	if LeavesNothing(m.kind.name) {
		note = "The portal looks whether it is gone before it sends anything again."
	}
	if _, err := m.waitFor(ctx, waitReading, note); err != nil {
		return false, err
	}
	if m.step.NextAt.After(m.data.Settled) {
		m.step.NextAt = m.data.Settled
		return false, m.saved(ctx)
	}
	return false, nil
}

// cannotRead waits for better times: without a read nothing may be sent again,
// and the step must not end while something may have been made. A person may
// give it up.
func (m *mover) cannotRead(ctx context.Context, err error) (goOn bool, _ error) {
	m.step.State = models.StepUnknown
	if ctx.Err() != nil {
		return false, m.saved(ctx) // cut off by the stop; the next start reads
	}
	if errors.Is(err, ErrSignInNeeded) {
		return false, m.park(ctx)
	}
	m.note(err)
	if m.step.HTTPStatus == http.StatusUnauthorized {
		m.e.o.SignIns.Drop(m.signIn.ID)
	}
	m.data.Unread = true
	note := "The portal could not read whether the object exists. It asks again."
	return m.waitAtLeast(ctx, pauseOf(err), waitReading, note)
}

// hasRead ends what an earlier read that failed has left: its answer is none to
// the call.
func (m *mover) hasRead() {
	if m.data.Unread {
		m.forgetAnswer()
		m.data.Paused = time.Time{}
	}
	m.data.Unread = false
}

// pauseOf is the pause that Graph asked for with a refusal.
func pauseOf(err error) time.Duration {
	var refusal *graph.Error
	if errors.As(err, &refusal) {
		return refusal.RetryAfter
	}
	return 0
}

// maxRepeats is how often an operation is sent again whose answers are lost
// each time, though reading shows that nothing came of it.
const maxRepeats = 3

// repeat sends the operation again after reading found nothing: what became of
// it is known now, so from here on it waits and fails like one that was refused.
func (m *mover) repeat(ctx context.Context) (goOn bool, err error) {
	switch {
	case ctx.Err() != nil:
		return false, m.saved(ctx)
	case m.run.CancelledBy != "":
		return true, m.beginAnew(ctx, "the run was cancelled, and reading found nothing of this")
	case m.e.o.Now().Before(m.data.CallPaused):
		m.data.GaveUp = true
		f := failure{status: m.step.HTTPStatus, code: m.step.ErrorCode, message: m.step.ErrorMessage, requestID: m.step.GraphRequestID}
		f.note = "Graph asked for a longer pause than the portal waits. " + m.leftBehind()
		return m.fail(ctx, f)
	case m.announcedBy().OID != m.run.OwnerOID:
		return true, m.beginAnew(ctx, "the run was taken over, and reading found nothing of this")
	case m.data.Repeats >= maxRepeats:
		return m.fail(ctx, failure{
			status: m.step.HTTPStatus, code: m.step.ErrorCode, message: m.step.ErrorMessage, requestID: m.step.GraphRequestID,
			note: fmt.Sprintf("The call was sent %d times, and no answer said what became of it. %s",
				m.data.Repeats+1, m.leftBehind()),
		})
	}
	m.data.Repeats++
	m.step.State, m.step.GiveUpAt = models.StepWaiting, time.Time{}
	if m.shared != nil {
		m.step.NextAt, m.step.WaitFor = time.Time{}, "" // it goes out with the others
		return true, m.saved(ctx)
	}
	writer, ready, err := m.writer(ctx)
	if err != nil || !ready || ctx.Err() != nil {
		return false, err
	}
	if ready, goOn, err := m.aim(ctx); err != nil || !ready {
		return goOn, err
	}
	m.hook(beforeRepeat)
	if err := m.begin(ctx); err != nil {
		return false, err
	}
	return m.send(ctx, writer)
}

// leftBehind says what a call has left whose answers were lost, after reading
// found nothing to adopt, and what to do.
func (m *mover) leftBehind() string {
	if m.kind.lost != "" {
		return m.kind.lost
	}
	return "Reading shows that the call was never carried out, so nothing is left over. Retry it later."
}

// beginAnew ends an operation of which reading found nothing, and plans its
// step again. What a new owner sends goes out with his rights and needs an
// intent that says so; what was cancelled is not sent at all.
func (m *mover) beginAnew(ctx context.Context, because string) error {
	end := m.outcome(models.ResultAbandoned)
	end.Body["because"] = because
	m.run.State = models.RunRunning
	return m.written(ctx, "end an operation", func(ctx context.Context, tx *models.Store) error {
		if _, err := tx.AppendAudit(ctx, end); err != nil {
			return err
		}
		replan(m.step)
		return nil
	})
}

// since reports whether something was made after this operation began.
func (m *mover) since(created time.Time) bool {
	return created.After(m.data.Sent.Add(-clockSlack))
}

// ambiguous asks a person to choose: the portal cannot tell which object is
// this run's, and taking the wrong one is worse than stopping.
func ambiguous(s *models.Step, found []object) string {
	ids := make([]string, 0, len(found))
	for _, o := range found {
		ids = append(ids, o.id)
	}
	return fmt.Sprintf("No answer said what became of the call, and %d objects named “%s” could be what it made: %s. "+
		"Look at them in the directory and delete those nobody needs; “Retry failed” then makes a new one.",
		len(found), s.ObjectName, strings.Join(ids, ", "))
}
