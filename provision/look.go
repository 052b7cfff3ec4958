package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// aim has the call built on what the tenant holds now. An operation that is open
// was announced with another call when that has changed: it ends, and the step
// begins anew. Not ready: the step was written, and goOn says how it goes on.
func (m *mover) aim(ctx context.Context) (ready, goOn bool, err error) {
	if m.kind.look == nil {
		return true, false, nil
	}
	ask, err := m.kind.look(ctx, m)
	if err != nil {
		goOn, err = m.cannotLook(ctx, err)
		return false, goOn, err
	}
	text, err := json.Marshal(ask)
	if err != nil {
		return false, false, fmt.Errorf("encode what a step was asked for: %w", err)
	}
	same := bytes.Equal(text, m.data.Ask)
	m.data.Ask = text
	if same || m.step.OpID == "" {
		return true, false, nil
	}
	return false, true, m.beginAnew(ctx, "what it changes was changed meanwhile, so another call is needed")
}

// cannotLook waits for better times, or ends the step: nothing of it is under way.
func (m *mover) cannotLook(ctx context.Context, err error) (goOn bool, _ error) {
	if ctx.Err() != nil {
		return false, nil // cut off by the stop; the next start reads
	}
	if errors.Is(err, ErrSignInNeeded) {
		return false, m.park(ctx)
	}
	m.note(err)
	var refusal *graph.Error
	known := errors.As(err, &refusal)
	switch {
	case known && refusal.Status == http.StatusUnauthorized:
		return m.unauthorized(ctx, refusal)
	case known && m.lagging(refusal):
		return m.waitFor(ctx, waitDirectory, m.kind.lagNote)
	case known && refusal.Status < http.StatusInternalServerError && refusal.Status != http.StatusTooManyRequests:
		return m.fail(ctx, failureOf(refusal))
	}
	return m.waitAtLeast(ctx, pauseOf(err), waitGraph, "The portal could not read what is there now, and sends nothing without. It asks again.")
}

// adoptExisting deals with a refusal that says that what is to be made exists:
// what reading finds is taken for it.
func adoptExisting(ctx context.Context, m *mover, _ *graph.Error) (goOn bool, err error) {
	const says = "Graph says that this exists already"
	found, err := m.kind.find(ctx, m, true)
	switch {
	case err != nil:
		m.lose(ctx, says+".")
		return m.cannotRead(ctx, err)
	case len(found) == 0:
		return m.waitFor(ctx, waitDirectory, says+", and does not show it yet.")
	}
	return m.finish(ctx, models.ResultAdopted, found[0])
}

// settleGone is stepKind.settle of what takes something away; there reads whether
// it is still there. A replica that lags may not know it yet, so that absence
// proves nothing before the window has ended.
func settleGone(there func(context.Context, *mover) (bool, error)) func(context.Context, *mover) (bool, error) {
	return func(ctx context.Context, m *mover) (goOn bool, err error) {
		settled := m.settled()
		still, err := there(ctx, m)
		m.hook(inReconcile)
		if err != nil {
			return m.cannotRead(ctx, err)
		}
		m.hasRead()
		switch {
		case !settled:
			return m.readAgain(ctx)
		case still:
			return m.repeat(ctx)
		}
		return m.finish(ctx, models.ResultAdopted, object{})
	}
}

// confirmGoneBy is stepKind.whenAlready of what takes something away: what no read
// has shown is not believed.
func confirmGoneBy(there func(context.Context, *mover) (bool, error)) func(context.Context, *mover, *graph.Error) (bool, error) {
	return func(ctx context.Context, m *mover, _ *graph.Error) (goOn bool, err error) {
		still, err := there(ctx, m)
		switch {
		case err != nil:
			m.lose(ctx, "Graph says that it is gone already.")
			return m.cannotRead(ctx, err)
		case still:
			return m.waitFor(ctx, waitDirectory, "The directory does not know it everywhere yet.")
		}
		return m.finish(ctx, models.ResultSucceeded, object{})
	}
}

// lostRemoval is stepKind.lost of what takes something away.
const lostRemoval = "Reading shows that it is still there; remove it again."

func missing(e *graph.Error) bool { return e.Status == http.StatusNotFound }

// answeringIfAny is answering for calls that Graph may also answer with nothing.
func answeringIfAny[T any](made func(T) object) func([]byte) (object, error) {
	return func(body []byte) (object, error) {
		if len(bytes.TrimSpace(body)) == 0 {
			return object{}, nil
		}
		return answering(made)(body)
	}
}

// lookAtBlueprint is stepKind.look of calls that replace a list of the run's
// blueprint: with adds what is there to what was asked for, so that it stays.
func lookAtBlueprint[T any](with func(ask T, found *graph.Blueprint) T) func(context.Context, *mover) (any, error) {
	return func(ctx context.Context, m *mover) (any, error) {
		found, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
		if err != nil {
			return nil, err
		}
		ask, err := askedOf[T](m)
		if err != nil {
			return nil, err
		}
		return with(ask, found), nil
	}
}
