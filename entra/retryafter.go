package entra

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// RetryAfter reads a Retry-After header in both of its forms, seconds and a
// date: the pause asked for, 0 for none, a day at most.
// https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
func RetryAfter(header string, now time.Time) time.Duration {
	const longest = 24 * time.Hour
	// A number too large to read is the largest of its sign, and still a pause.
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), int64(longest/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(0, at.Sub(now)), longest)
	}
	return 0
}

// Transient reports whether the refusal passes by itself, whoever asks: the
// service is overloaded or at fault (90033, 90055, 5xx), or the same request
// came too often (429, 50196).
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (e *Error) Transient() bool {
	switch e.AADSTS {
	case 90033, 90055, 50196:
		return true
	}
	return e.Code == "temporarily_unavailable" || e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError
}
