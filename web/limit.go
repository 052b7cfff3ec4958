package web

import (
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// RateClass names requests that are counted together.
type RateClass string

// Classes of requests that cost something to answer.
const (
	RateSignIn   RateClass = "sign-in"
	RateCallback RateClass = "callback"
	RateToken    RateClass = "token"
	RateWrite    RateClass = "write"
	RateDecode   RateClass = "decode"
)

// DefaultRates are requests a minute for each person, or for each address
// before sign-in.
func DefaultRates() map[RateClass]int {
	return map[RateClass]int{RateSignIn: 10, RateCallback: 20, RateToken: 20, RateWrite: 60, RateDecode: 60}
}

type rateBucket struct {
	class RateClass
	key   string
}

// limiter holds one bucket a class and person. Buckets that are full again
// say nothing, so they are dropped.
type limiter struct {
	perMinute map[RateClass]int
	now       func() time.Time
	mu        sync.Mutex
	buckets   map[rateBucket]*rate.Limiter
}

const maxBuckets = 10_000

func newLimiter(perMinute map[RateClass]int, now func() time.Time) *limiter {
	return &limiter{perMinute: perMinute, now: now, buckets: map[rateBucket]*rate.Limiter{}}
}

func (l *limiter) take(class RateClass, key string) error {
	n := l.perMinute[class]
	if class == "" || n <= 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	id := rateBucket{class, key}
	b := l.buckets[id]
	if b == nil {
		l.sweep(now)
		b = rate.NewLimiter(rate.Limit(float64(n)/60), n)
		l.buckets[id] = b
	}
	r := b.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &TooManyError{RetryAfter: wait}
	}
	return nil
}

func (l *limiter) sweep(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	for id, b := range l.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.buckets, id)
		}
	}
	if len(l.buckets) >= maxBuckets {
		// Everybody is busy at once: start over rather than grow.
		clear(l.buckets)
	}
}

// rateKey counts people by who they are, and others by their address. One
// customer has a whole /64 of IPv6: https://www.rfc-editor.org/rfc/rfc6177
func rateKey(c echo.Context) string {
	if u := CurrentUser(c); u != nil {
		return u.TID + "/" + u.OID
	}
	ip, err := netip.ParseAddr(c.RealIP())
	if err != nil || ip.Unmap().Is4() {
		return c.RealIP()
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}
