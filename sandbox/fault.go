package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// faultKind is what goes wrong. The first three are answers, the others are what happens to a
// connection; the names say whether the request has taken effect by then.
type faultKind string

const (
	faultThrottled   faultKind = "429"
	faultUnavailable faultKind = "503"
	faultServer      faultKind = "500"
	faultReset       faultKind = "reset"          // connection reset, nothing has happened
	faultResetAfter  faultKind = "reset-after"    // connection reset, the request has taken effect
	faultHalf        faultKind = "half"           // half of the answer's body, then the connection ends
	faultSilent      faultKind = "timeout-before" // no answer, nothing has happened
	faultSilentAfter faultKind = "timeout-after"  // no answer, the request has taken effect
)

func faultKinds() []faultKind {
	return []faultKind{faultThrottled, faultUnavailable, faultServer, faultReset, faultResetAfter, faultHalf, faultSilent, faultSilentAfter}
}

// fault makes requests fail. Method and Caller match any when empty. In Path, * stands for one
// segment and ** for any number of them. Caller is the client id or the object id of who asks.
type fault struct {
	Kind          faultKind `json:"kind"`
	Method        string    `json:"method,omitempty"`
	Path          string    `json:"path"`
	Caller        string    `json:"caller,omitempty"`
	RetryAfterSec int       `json:"retryAfterSec,omitempty"` // of 429 and 503
	HoldMs        int       `json:"holdMs,omitempty"`        // how long a timeout keeps the connection; 0: a minute
	Count         int       `json:"count,omitempty"`         // how often it hits; 0: as long as it is there
	Hits          int       `json:"hits"`                    // how often it has hit
}

// spent tells whether the fault has hit as often as it should.
func (f fault) spent() bool { return f.Count > 0 && f.Hits >= f.Count }

const (
	maxFaults = 50
	maxCount  = 1_000_000
)

// checkFaults says in a sentence each what is wrong with a list of faults.
func checkFaults(list []fault) []string {
	var wrong []string
	say := func(n int, text string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("Fault %d: %s.", n+1, fmt.Sprintf(text, args...)))
	}
	if len(list) > maxFaults {
		return []string{fmt.Sprintf("There may be %d faults at once, not %d.", maxFaults, len(list))}
	}
	for i, f := range list {
		if !slices.Contains(faultKinds(), f.Kind) {
			say(i, "the kind %q is none of 429, 503, 500, reset, reset-after, half, timeout-before, timeout-after", f.Kind)
		}
		if !slices.Contains([]string{"", "GET", "POST", "PUT", "PATCH", "DELETE"}, f.Method) {
			say(i, "the method %q is none of GET, POST, PUT, PATCH, DELETE", f.Method)
		}
		if !strings.HasPrefix(f.Path, "/") {
			say(i, "the path %q must start with a slash; /** is every path", f.Path)
		}
		if strings.HasPrefix(f.Path, "/_sandbox") {
			say(i, "the sandbox's own addresses take no faults")
		}
		for _, number := range []struct {
			name       string
			value, max int
		}{{"retryAfterSec", f.RetryAfterSec, 3600}, {"holdMs", f.HoldMs, maxDelayMs}, {"count", f.Count, maxCount}, {"hits", f.Hits, maxCount}} {
			if number.value < 0 || number.value > number.max {
				say(i, "the value of %s must be 0 to %d, not %d", number.name, number.max, number.value)
			}
		}
		if f.RetryAfterSec > 0 && f.Kind != faultThrottled && f.Kind != faultUnavailable {
			say(i, "retryAfterSec belongs to 429 and 503")
		}
		if f.HoldMs > 0 && f.Kind != faultSilent && f.Kind != faultSilentAfter {
			say(i, "holdMs belongs to timeout-before and timeout-after")
		}
	}
	return wrong
}

// fits tells whether the fault is meant for the request. callers are the names of who asks; they are
// found only when a fault wants to know.
func (f fault) fits(r *http.Request, callers func() []string) bool {
	if f.spent() || f.Method != "" && f.Method != r.Method || !pathFits(f.Path, r.URL.Path) {
		return false
	}
	return f.Caller == "" || slices.ContainsFunc(callers(), func(c string) bool { return strings.EqualFold(c, f.Caller) })
}

// pathFits compares segment by segment, without regard to case as Graph and Entra do.
func pathFits(pattern, path string) bool {
	return segmentsFit(strings.Split(strings.Trim(pattern, "/"), "/"), strings.Split(strings.Trim(path, "/"), "/"))
}

// segmentsFit keeps the place of the last ** to come back to, so that a pattern with many of them
// costs no more than pattern times path.
func segmentsFit(pattern, path []string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(path) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == "*" || strings.EqualFold(pattern[p], path[i])):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}
