package entra

import "time"

// clocksApart is how far two clocks may stand before it is worth a word. Entra
// ID itself takes five minutes.
const clocksApart = 2 * time.Minute

// ServiceTime is the time that the sign-in service's clock showed when it
// answered: by the end of the token that it gave, less its life, or by the
// timestamp of the refusal. ok is false when the answer does not tell.
func (h *Hop) ServiceTime() (at time.Time, ok bool) {
	switch {
	case h.Err != nil:
		at, err := time.Parse("2006-01-02 15:04:05Z", h.Err.Timestamp)
		return at, err == nil
	case h.JWT == nil || h.Answer == nil || h.State != HopAnswered || h.Answer.ExpiresIn <= 0:
		return time.Time{}, false
	}
	exp, ok := h.JWT.Time("exp")
	return exp.Add(-h.Answer.ExpiresIn), ok
}

// ClockAhead is how far the sign-in service's clock was ahead of this
// machine's when a hop was answered, negative for behind; 0 when they agree,
// or nobody knows.
func (h *Hop) ClockAhead() time.Duration {
	at, ok := h.ServiceTime()
	if !ok {
		return 0
	}
	ahead := at.Sub(h.Started.Add(h.Duration))
	if ahead.Abs() < clocksApart {
		return 0
	}
	return ahead.Round(time.Second)
}
