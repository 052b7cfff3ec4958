package provision

import (
	"context"
	"fmt"
	"time"

	"agentidportal/models"
)

// park lets the run wait for its owner's next sign-in. An operation that is
// open stays open, so that it goes on as itself.
func (m *mover) park(ctx context.Context) error {
	if m.step.State == models.StepStarted {
		// Nothing of this attempt has left: the token is fetched before.
		m.step.State = models.StepWaiting
	}
	m.forgetWait()
	m.data.Unread = m.step.State == models.StepUnknown
	m.run.State = models.RunWaitingSignIn
	return m.saved(ctx)
}

// holdBack makes a step wait that is not sent: Graph wants no more now.
func (m *mover) holdBack(ctx context.Context, until time.Time) error {
	s := m.step
	if s.State == models.StepPlanned {
		s.State = models.StepWaiting
	}
	s.NextAt, s.WaitFor, s.Note = until, waitGraph, "Graph asked for a pause: too many calls in a short time."
	m.run.State = models.RunWaiting
	return m.saved(ctx)
}

// forgetWait takes away what an earlier wait has left on the step: the run
// waits for a person now, and the time until it gives up begins anew after that.
func (m *mover) forgetWait() {
	s := m.step
	s.NextAt, s.GiveUpAt, s.WaitFor = time.Time{}, time.Time{}, ""
	m.forgetAnswer()
	if s.State != models.StepUnknown {
		s.Note = ""
	}
}

// waitFor makes the step wait for the next, longer pause. Past its time the
// step gives up, unless a call of it may have been carried out: that is never
// left unsettled.
func (m *mover) waitFor(ctx context.Context, what, note string) (goOn bool, err error) {
	return m.waitAtLeast(ctx, 0, what, note)
}

func (m *mover) waitAtLeast(ctx context.Context, least time.Duration, what, note string) (goOn bool, err error) {
	now := m.e.o.Now()
	s := m.step
	if s.StartedAt.IsZero() {
		s.StartedAt = now
	}
	if s.GiveUpAt.IsZero() {
		s.GiveUpAt, s.MaxAttempts = now.Add(giveUpAfter), attempts(m.e.o.Pause, giveUpAfter)
	}
	if s.State != models.StepUnknown && now.Add(least).After(s.GiveUpAt) {
		m.data.GaveUp = true
		return m.fail(ctx, failure{
			status: s.HTTPStatus, code: s.ErrorCode, message: s.ErrorMessage, requestID: s.GraphRequestID,
			note: fmt.Sprintf("%s The portal tried %s and gave up. Retry it later: nothing is made twice.", note, times(s.Attempt)),
		})
	}
	if s.State == models.StepStarted || s.State == models.StepPlanned {
		s.State = models.StepWaiting
	}
	tries := s.Attempt
	if s.State == models.StepUnknown {
		tries = m.data.Reads
	} else if s.OpID == "" {
		s.Attempt++
		tries = s.Attempt
	}
	if least > 0 {
		m.data.Paused = now.Add(least)
	}
	s.NextAt = now.Add(max(least, m.pause(max(tries, 1))))
	s.WaitFor, s.Note = what, note
	m.run.State = models.RunWaiting
	return false, m.saved(ctx)
}

// pause is the wait before the next attempt; the same for all the steps that
// move together, so that they come back together.
func (m *mover) pause(attempt int) time.Duration {
	if m.shared == nil {
		return m.e.o.Pause(attempt)
	}
	if _, known := m.shared.pauses[attempt]; !known {
		m.shared.pauses[attempt] = m.e.o.Pause(attempt)
	}
	return m.shared.pauses[attempt]
}

func times(n int) string {
	if n <= 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// paused reports whether a run waits because whoever answered asked for that
// pause. Only a person who says so ends it.
func paused(run *models.Run, now time.Time) bool {
	if run.State == models.RunWaitingSignIn {
		return false
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.State != models.StepWaiting && s.State != models.StepUnknown || !s.NextAt.After(now) {
			continue
		}
		if data, err := dataOf(s); err == nil && data.Paused.After(now) {
			return true
		}
	}
	return false
}
