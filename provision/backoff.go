package provision

import (
	"math/rand/v2"
	"time"
)

const (
	// giveUpAfter is how long the directory may take to catch up; several
	// minutes are ordinary.
	giveUpAfter = 5 * time.Minute
	// lagAge is from which age an object is known everywhere: what the directory
	// still does not find then is gone.
	lagAge       = 15 * time.Minute
	firstPause   = 2 * time.Second
	longestPause = 30 * time.Second
)

// pause grows by half with each attempt and is jittered by a fifth, so that the
// runs of a bulk change do not come back all at once.
func pause(attempt int) time.Duration {
	wait := float64(firstPause)
	for range min(attempt-1, 20) {
		wait *= 1.5
	}
	wait = min(wait, float64(longestPause))
	return time.Duration(wait * (0.8 + 0.4*rand.Float64()))
}

// attempts is how many attempts fit into the time before giving up; the page
// says "attempt 4 of 12".
func attempts(pause func(int) time.Duration, within time.Duration) int {
	n := 1
	for total := time.Duration(0); n < 99; n++ {
		total += max(pause(n), time.Millisecond)
		if total > within {
			break
		}
	}
	return n
}
