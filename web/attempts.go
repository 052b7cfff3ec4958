package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// Attempt is a sign-in that has been started and not come back.
type Attempt struct {
	State, Nonce, Verifier string
	// Return is the page to go to afterwards, checked by ReturnPath.
	Return string
	// For says what the sign-in is for, where it is not the session.
	For string
}

// Attempts holds sign-ins under way in memory: no row is written for people
// who may never come back. The oldest makes room when it is full.
type Attempts struct {
	max int
	ttl time.Duration
	now func() time.Time

	mu     sync.Mutex
	byHash map[[32]byte]storedAttempt
	order  [][32]byte // oldest first; may name attempts that are gone
}

type storedAttempt struct {
	Attempt
	browser [32]byte // hash of the cookie of the browser that started it
	expires time.Time
}

// NewAttempts holds at most limit attempts, each for ttl.
func NewAttempts(limit int, ttl time.Duration, now func() time.Time) *Attempts {
	return &Attempts{max: limit, ttl: ttl, now: now, byHash: map[[32]byte]storedAttempt{}}
}

// put keeps an attempt for the browser that holds the cookie value.
func (a *Attempts) put(at Attempt, browser string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for len(a.order) > 0 {
		old, ok := a.byHash[a.order[0]]
		if ok && len(a.byHash) < a.max && now.Before(old.expires) {
			break
		}
		delete(a.byHash, a.order[0])
		a.order = a.order[1:]
	}
	key := sha256.Sum256([]byte(at.State))
	at.State = ""
	a.byHash[key] = storedAttempt{Attempt: at, browser: sha256.Sum256([]byte(browser)), expires: now.Add(a.ttl)}
	a.order = append(a.order, key)
}

// take returns the attempt of a state and forgets it, also when the browser is
// another one or the time is over: a state is good for one look.
func (a *Attempts) take(state, browser string) (Attempt, bool) {
	key := sha256.Sum256([]byte(state))
	a.mu.Lock()
	at, ok := a.byHash[key]
	delete(a.byHash, key)
	a.mu.Unlock()
	if !ok || state == "" || browser == "" || !a.now().Before(at.expires) {
		return Attempt{}, false
	}
	hash := sha256.Sum256([]byte(browser))
	if subtle.ConstantTimeCompare(hash[:], at.browser[:]) != 1 {
		return Attempt{}, false
	}
	return at.Attempt, true
}

// StartAttempt keeps a sign-in under way and binds it to this browser by a
// random cookie. Tabs of one browser share the cookie. The attempt comes back
// with a state, a nonce and a PKCE verifier, each of at least 128 random bits.
func (s *Server) StartAttempt(c echo.Context, returnPath string) Attempt {
	return s.StartAttemptFor(c, "", returnPath)
}

// StartAttemptFor is StartAttempt for a sign-in that starts no session: its
// purpose comes back with it.
func (s *Server) StartAttemptFor(c echo.Context, purpose, returnPath string) Attempt {
	name := s.attemptCookie()
	browser := ""
	if cookie, err := c.Cookie(name); err == nil && len(cookie.Value) >= 26 && len(cookie.Value) <= 64 {
		browser = cookie.Value
	} else {
		browser = rand.Text()
	}
	at := Attempt{
		State:    rand.Text() + rand.Text(),
		Nonce:    rand.Text() + rand.Text(),
		Verifier: rand.Text() + rand.Text(), // 52 characters; RFC 7636 asks for 43 to 128
		Return:   returnPath,
		For:      purpose,
	}
	s.attempts.put(at, browser)
	c.SetCookie(&http.Cookie{
		Name: name, Value: browser, Path: "/", MaxAge: int(s.attempts.ttl.Seconds()),
		HttpOnly: true, Secure: s.Secure(), SameSite: http.SameSiteLaxMode,
	})
	return at
}

// TakeAttempt returns the attempt a callback belongs to. Each state is
// answered once, to the browser that started it.
func (s *Server) TakeAttempt(c echo.Context, state string) (Attempt, bool) {
	browser := ""
	if cookie, err := c.Cookie(s.attemptCookie()); err == nil {
		browser = cookie.Value
	}
	return s.attempts.take(state, browser)
}

func (s *Server) attemptCookie() string { return s.cookieName(s.opts.SessionName + "_start") }
