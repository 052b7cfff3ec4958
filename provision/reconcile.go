package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
	m.data.Settled = m.e.o.Now().Add(m.e.o.Settle(ctx))
	m.data.Reads, m.data.Unread = 0, false
}

// settled reports whether every write of the operation shows by now, so that
// what reading does not find is not there.
func (m *mover) settled() bool { return !m.e.o.Now().Before(m.data.Settled) }

// reconcile settles an unknown outcome by reading.
func (m *mover) reconcile(ctx context.Context) (goOn bool, err error) {
	m.data.Reads++
	switch m.step.Kind {
	case KindSecret:
		return m.reconcileSecret(ctx)
	case KindRemoval:
		return m.reconcileRemoval(ctx)
	}
	settled := m.settled()
	found, err := m.find(ctx, settled)
	m.e.hook(inReconcile, m.step)
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
	case m.e.o.Now().Before(m.data.CallPaused):
		m.data.GaveUp = true
		f := failure{status: m.step.HTTPStatus, code: m.step.ErrorCode, message: m.step.ErrorMessage, requestID: m.step.GraphRequestID}
		f.note = "Graph asked for a longer pause than the portal waits. " + leftBehind(m.step.Kind)
		return m.fail(ctx, f)
	case m.announcedBy().OID != m.run.OwnerOID:
		return true, m.beginAnew(ctx)
	case m.data.Repeats >= maxRepeats:
		return m.fail(ctx, failure{
			status: m.step.HTTPStatus, code: m.step.ErrorCode, message: m.step.ErrorMessage, requestID: m.step.GraphRequestID,
			note: fmt.Sprintf("The call was sent %d times, and no answer said what became of it. %s",
				m.data.Repeats+1, leftBehind(m.step.Kind)),
		})
	}
	m.data.Repeats++
	m.step.State, m.step.GiveUpAt = models.StepWaiting, time.Time{}
	writer, ready, err := m.writer(ctx)
	if err != nil || !ready || ctx.Err() != nil {
		return false, err
	}
	m.e.hook(beforeRepeat, m.step)
	if err := m.again(ctx); err != nil {
		return false, err
	}
	return m.send(ctx, writer)
}

// leftBehind says what a call has left whose answers were lost, after reading
// found nothing to adopt, and what to do.
func leftBehind(kind string) string {
	switch kind {
	case KindSecret: // each call may have minted one, or none
		return "Whatever the calls made was removed again, so nothing is left over. Retry it later."
	case KindRemoval:
		return "The client secret still works; remove it again."
	}
	return "Reading shows that the call was never carried out, so nothing is left over. Retry it later."
}

// beginAnew ends an operation of a former owner of which reading found nothing.
// What is sent next goes out with another person's rights and needs an intent
// that says so.
func (m *mover) beginAnew(ctx context.Context) error {
	end := m.outcome(models.ResultAbandoned)
	end.Body["because"] = "the run was taken over, and reading found nothing of this"
	m.run.State = models.RunRunning
	return m.written(ctx, "end a former owner's operation", func(ctx context.Context, tx *models.Store) error {
		if _, err := tx.AppendAudit(ctx, end); err != nil {
			return err
		}
		replan(m.step)
		return nil
	})
}

// find looks for what the operation may have made: by its tag, and at the last
// when no tag came back, by name and time.
func (m *mover) find(ctx context.Context, settled bool) ([]object, error) {
	switch m.step.Kind {
	case KindBlueprint:
		return m.findBlueprint(ctx, settled)
	case KindPrincipal:
		return m.findPrincipal(ctx)
	}
	return m.findAgent(ctx, settled)
}

func (m *mover) findBlueprint(ctx context.Context, settled bool) ([]object, error) {
	tagged, err := m.reader().BlueprintsTagged(ctx, graph.OpTag(m.step.OpID))
	if err != nil {
		return nil, err
	}
	if len(tagged) > 0 || !settled {
		return blueprintObjects(tagged), nil
	}
	var untagged []graph.Blueprint
	list := graph.ListOptions{Filter: "displayName eq " + graph.ODataString(m.step.ObjectName)}
	for {
		page, err := m.reader().Blueprints(ctx, list)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Items {
			// Anybody may have made a blueprint of this name just now; only the
			// portal's own can be this one.
			ours := b.CreatedByAppID == m.e.o.SignIns.o.App.ClientID
			if ours && b.DisplayName == m.step.ObjectName && !hasOpTag(b.Tags, "") && m.since(b.CreatedDateTime) {
				untagged = append(untagged, b)
			}
		}
		if list.Next = page.Next; list.Next == "" {
			return blueprintObjects(untagged), nil
		}
	}
}

func blueprintObjects(list []graph.Blueprint) []object {
	var objects []object
	for _, b := range list {
		objects = append(objects, object{id: b.ID, appID: b.AppID, name: b.DisplayName, created: b.CreatedDateTime})
	}
	return objects
}

// findPrincipal needs no tag: a blueprint has one principal in a tenant.
func (m *mover) findPrincipal(ctx context.Context) ([]object, error) {
	p, err := m.reader().BlueprintPrincipalOf(ctx, m.run.BlueprintAppID)
	if graph.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []object{{id: p.ID, appID: p.AppID, name: p.DisplayName}}, nil
}

func (m *mover) findAgent(ctx context.Context, settled bool) ([]object, error) {
	var tagged, untagged []object
	for a, err := range m.reader().AgentIdentitiesOf(ctx, m.run.BlueprintAppID) {
		if err != nil {
			return nil, err
		}
		o := object{id: a.ID, name: a.DisplayName, created: a.CreatedDateTime}
		switch {
		case slices.Contains(a.Tags, graph.OpTag(m.step.OpID)):
			tagged = append(tagged, o)
		case a.DisplayName == m.step.ObjectName && !hasOpTag(a.Tags, m.blueprintOp()) && m.since(a.CreatedDateTime):
			untagged = append(untagged, o)
		}
	}
	if len(tagged) == 0 && settled {
		return untagged, nil
	}
	return tagged, nil
}

// since reports whether something was made after this operation began.
func (m *mover) since(created time.Time) bool {
	return created.After(m.data.Sent.Add(-clockSlack))
}

// hasOpTag reports whether an object is known as the work of an operation, not
// counting one: agent identities show their blueprint's tags beside their own.
func hasOpTag(tags []string, but string) bool {
	return slices.ContainsFunc(tags, func(t string) bool {
		return strings.HasPrefix(t, graph.OpTag("")) && (but == "" || t != graph.OpTag(but))
	})
}

// blueprintOp is the operation that made the run's blueprint.
func (m *mover) blueprintOp() string {
	for i := range m.run.Steps {
		if m.run.Steps[i].Kind == KindBlueprint {
			return m.run.Steps[i].OpID
		}
	}
	return ""
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
