package handlers

import (
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"agentidportal/entra"
)

const (
	// heldFor is how long a user token waits to be used.
	heldFor = 10 * time.Minute
	// labLife is how long what somebody tested stays after the last look at it.
	labLife = time.Hour
	// maxResults of each sign-in are kept, the newest.
	maxResults = 20
)

// labMemory keeps what people test with and what came of it: tokens in memory
// alone, by sign-in, until the sign-in ends or nobody has looked for an hour.
type labMemory struct {
	mu     sync.Mutex
	people map[string]*labPerson
	// ended are sign-ins that are over, and when: what they have under way still
	// comes to its end, and is not kept.
	ended map[string]time.Time
	// clock is asked when nobody else does; waiting says that it will be.
	clock   func() time.Time
	waiting bool
}

// labPerson is what one sign-in has in the lab.
type labPerson struct {
	seen    time.Time
	hops    *entra.HopCache
	results []*labResult
	user    *heldToken
	device  *heldDevice
	offered labForm // of an interactive sign-in whose link is shown
	started []labSignIn
}

// labSignIn is a sign-in of the lab under way. Tabs may be at several, so each is
// known by the nonce of its attempt.
type labSignIn struct {
	nonce string
	form  labForm
}

// start remembers what a sign-in is for; the oldest makes room.
func (p *labPerson) start(nonce string, form labForm) {
	if p.started = append(p.started, labSignIn{nonce, form}); len(p.started) > maxResults {
		p.started = p.started[1:]
	}
}

// finish is what a sign-in was for, once; without scope for one not known.
func (p *labPerson) finish(nonce string) (form labForm) {
	p.started = slices.DeleteFunc(p.started, func(s labSignIn) bool {
		if s.nonce != nonce {
			return false
		}
		form = s.form
		return true
	})
	return form
}

// heldToken is a user token (Tc) that somebody signed in for.
type heldToken struct {
	tokens         *entra.Tokens
	jwt            *entra.JWT
	blueprintAppID string
	until          time.Time
	// fault says why the last sign-in brought none; then there is no token.
	fault string
}

// heldDevice is a device code that waits for its approval.
type heldDevice struct {
	code *entra.DeviceCode
	form labForm
	id   string
}

// labResult is a try that can be looked at and used again.
type labResult struct {
	id    string
	try   *labTry
	trace *entra.Trace
	used  *labUse // the last call with the token, nil before the first
}

// labUse is a call with the token of a result.
type labUse struct {
	call entra.ResourceCall
	done *entra.Used
	err  error
}

// of returns what a sign-in has, and forgets what is too old of all.
func (m *labMemory) of(signInID string, now time.Time) *labPerson {
	m.tidy(now)
	p := m.people[signInID]
	if p == nil {
		p = &labPerson{hops: entra.NewHopCache()}
		if _, over := m.ended[signInID]; !over {
			m.people[signInID] = p
			m.tidyLater()
		}
	}
	p.seen = now
	if p.user != nil && !now.Before(p.user.until) {
		p.user = nil
	}
	return p
}

// tidy forgets what nobody has looked for, and sign-ins that ended long ago.
func (m *labMemory) tidy(now time.Time) {
	if m.people == nil {
		m.people, m.ended = map[string]*labPerson{}, map[string]time.Time{}
	}
	maps.DeleteFunc(m.people, func(_ string, p *labPerson) bool { return now.Sub(p.seen) > labLife })
	maps.DeleteFunc(m.ended, func(_ string, at time.Time) bool { return now.Sub(at) > labLife })
}

// tidyLater forgets in time also where nobody opens the lab any more.
func (m *labMemory) tidyLater() {
	if m.clock == nil || m.waiting {
		return
	}
	m.waiting = true
	time.AfterFunc(labLife/4, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.waiting = false
		if m.tidy(m.clock()); len(m.people) > 0 {
			m.tidyLater()
		}
	})
}

// change runs with what a sign-in has, one at a time.
func (m *labMemory) change(signInID string, now time.Time, with func(p *labPerson)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	with(m.of(signInID, now))
}

// cache is the token cache of a sign-in.
func (m *labMemory) cache(signInID string, now time.Time) (cache *entra.HopCache) {
	m.change(signInID, now, func(p *labPerson) { cache = p.hops })
	return cache
}

// keep remembers a try and names it.
func (m *labMemory) keep(signInID string, now time.Time, try *labTry, trace *entra.Trace) *labResult {
	result := &labResult{id: rand.Text(), try: try, trace: trace}
	m.change(signInID, now, func(p *labPerson) {
		p.results = append(p.results, result)
		if len(p.results) > maxResults {
			p.results = p.results[1:]
		}
	})
	return result
}

// result finds a try by its name; nil when it is forgotten, or somebody else's.
func (m *labMemory) result(signInID, id string, now time.Time) (found *labResult) {
	m.change(signInID, now, func(p *labPerson) {
		for _, r := range p.results {
			if r.id == id {
				copied := *r
				found = &copied
			}
		}
	})
	return found
}

// noteUse remembers the last call with the token of a try.
func (m *labMemory) noteUse(signInID, id string, now time.Time, use *labUse) {
	m.change(signInID, now, func(p *labPerson) {
		for _, r := range p.results {
			if r.id == id {
				r.used = use
			}
		}
	})
}

// forget drops all that a sign-in has; it has ended.
func (m *labMemory) forget(signInID string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tidy(now)
	m.ended[signInID] = now
	delete(m.people, signInID)
}

// heldUser is the user token a sign-in holds, nil when there is none.
func (m *labMemory) heldUser(signInID string, now time.Time) (held *heldToken) {
	m.change(signInID, now, func(p *labPerson) { held = p.user })
	return held
}
