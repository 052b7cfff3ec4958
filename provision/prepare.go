package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"agentidportal/entra/graph"
)

// preparing makes a stepKind's prepare of a function that takes what was asked
// for as a value.
func preparing[T any](with func(ask T, found *graph.Blueprint) T) func(json.RawMessage, *graph.Blueprint) (json.RawMessage, error) {
	return func(raw json.RawMessage, found *graph.Blueprint) (json.RawMessage, error) {
		var ask T
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &ask); err != nil {
				return nil, fmt.Errorf("decode what a step was asked for: %w", err)
			}
		}
		text, err := json.Marshal(with(ask, found))
		if err != nil {
			return nil, fmt.Errorf("encode what a step was asked for: %w", err)
		}
		return text, nil
	}
}

// prepared reads the blueprint whose lists the call replaces, so that what
// others have put there stays. It is done once for an operation, before its
// intent says what will be sent. Not ready: the step waits, or has failed.
func (m *mover) prepared(ctx context.Context) (ready bool, err error) {
	if m.kind.prepare == nil || m.step.OpID != "" {
		return true, nil
	}
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	if err != nil {
		return m.unprepared(ctx, err)
	}
	ask, err := m.asked()
	if err != nil {
		return false, err
	}
	m.data.Ask, err = m.kind.prepare(ask, blueprint)
	return err == nil, err
}

// unprepared handles a blueprint that could not be read: nothing was sent.
func (m *mover) unprepared(ctx context.Context, err error) (ready bool, _ error) {
	if ctx.Err() != nil {
		return false, nil
	}
	if errors.Is(err, ErrSignInNeeded) {
		return false, m.park(ctx)
	}
	m.note(err)
	var refusal *graph.Error
	known := errors.As(err, &refusal)
	switch {
	case known && refusal.Status == http.StatusUnauthorized:
		_, err = m.unauthorized(ctx, refusal)
	case known && m.lagging(refusal):
		_, err = m.waitFor(ctx, waitDirectory, m.kind.lagNote)
	case known && refusal.Status < http.StatusInternalServerError && refusal.Status != http.StatusTooManyRequests:
		_, err = m.fail(ctx, failureOf(refusal))
	default:
		_, err = m.waitAtLeast(ctx, pauseOf(err), waitGraph, "The portal reads the blueprint before it changes a list of it, and could not. Nothing was sent.")
	}
	return false, err
}
