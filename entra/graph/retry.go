package graph

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A page waits for a throttled read, but not long: Graph may ask for minutes, and then the reader is told so.
const (
	maxAttempts = 4
	maxPause    = 10 * time.Second
)

// retry is the one retry loop of the package, for reads only. It never sends before the pause Graph asked for is over.
func (c *Client) retry(ctx context.Context, call Call, out any) (*Response, error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, newRequestID(), call, out)
		wait, again := pause(err, attempt)
		if !again {
			return answer, reading(err)
		}
		if err := c.sleep(ctx, wait); err != nil {
			return answer, err
		}
	}
}

// reading takes the mark of an open outcome off a read that Graph wants as a POST.
func reading(err error) error {
	var open *UnknownOutcomeError
	if errors.As(err, &open) {
		return open.Err
	}
	return err
}

func pause(err error, attempt int) (time.Duration, bool) {
	var refusal *Error
	if !errors.As(err, &refusal) || attempt >= maxAttempts {
		return 0, false
	}
	if refusal.Status != http.StatusTooManyRequests && refusal.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	wait := refusal.RetryAfter
	if wait == 0 {
		wait = time.Second << (attempt - 1) // 1, 2, 4 s where Graph names no pause
	}
	return wait, wait <= maxPause
}
