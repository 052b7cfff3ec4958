package sandbox

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"
)

// clocks are how far the two clocks of the tenant are moved. The directory's clock says when objects
// were made, become visible and expire; the tokens' clock fills iat, nbf and exp and judges the times in assertions. They
// are apart, because whoever tests what happens next month wants tokens that programs still accept.
type clocks struct {
	directory atomic.Int64 // seconds
	tokens    atomic.Int64
}

// follow sets the clocks by the knobs.
func (c *clocks) follow(k knobValues) {
	c.directory.Store(int64(k.ClockOffsetSec))
	c.tokens.Store(0)
	if k.TokenClock {
		c.tokens.Store(int64(k.ClockOffsetSec))
	}
}

// directoryNow is the time by the directory's clock.
func (s *Sandbox) directoryNow() time.Time {
	return s.o.Now().Add(time.Duration(s.tenant.state.clocks.directory.Load()) * time.Second).UTC()
}

// tokenNow is the time by the tokens' clock.
func (s *Sandbox) tokenNow() time.Time {
	return s.o.Now().Add(time.Duration(s.tenant.state.clocks.tokens.Load()) * time.Second).UTC()
}

// clockFace is what /_sandbox/clock shows and takes.
type clockFace struct {
	Directory time.Time `json:"directory"`
	Tokens    time.Time `json:"tokens"`
	OffsetSec int       `json:"clockOffsetSec"`
	Moved     bool      `json:"tokenClock"`
}

func (s *Sandbox) showClock(w http.ResponseWriter, _ *http.Request) {
	k := s.knobValues()
	writeJSON(w, http.StatusOK, clockFace{s.directoryNow(), s.tokenNow(), k.ClockOffsetSec, k.TokenClock})
}

// moveClock moves the directory's clock to an offset from the real time, or on by some seconds; tokens
// says whether the tokens' clock goes with it, and stays as it was when left out.
func (s *Sandbox) moveClock(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		OffsetSec  *int  `json:"offsetSec"`
		AdvanceSec *int  `json:"advanceSec"`
		Tokens     *bool `json:"tokens"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		writeControlError(w, http.StatusBadRequest, "The body is no move of the clock: %v.", err)
		return
	}
	if asked.OffsetSec != nil && asked.AdvanceSec != nil {
		writeControlError(w, http.StatusBadRequest, "Send offsetSec or advanceSec, not both.")
		return
	}
	_, ok := s.changeKnobs(w, r, func(k *knobValues) {
		switch {
		case asked.OffsetSec != nil:
			k.ClockOffsetSec = *asked.OffsetSec
		case asked.AdvanceSec != nil:
			k.ClockOffsetSec += *asked.AdvanceSec
		}
		if asked.Tokens != nil {
			k.TokenClock = *asked.Tokens
		}
	})
	if ok {
		s.showClock(w, r)
	}
}
