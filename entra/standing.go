package entra

import (
	"strings"
	"time"
)

// Standing says what a token's own words are worth and whether anybody could
// use it. The times of a token count only once its signature does: anyone can
// write an exp (RFC 7519 4.1.4) into a token of their own.
type Standing string

// The standings. Only of the first three is known who wrote the claims.
const (
	StandingLive       Standing = "live"       // genuine, and its time is now
	StandingEarly      Standing = "early"      // genuine, not valid yet
	StandingOver       Standing = "over"       // genuine, and its time is over or has no end
	StandingUnsigned   Standing = "unsigned"   // nobody signed it
	StandingForged     Standing = "forged"     // changed, or signed by somebody else
	StandingUnproven   Standing = "unproven"   // of another issuer, or keys that cannot be read
	StandingCutOff     Standing = "cut off"    // the end is missing, as far as can be told
	StandingUnreadable Standing = "unreadable" // encrypted, or its claims are damaged
)

// Standing judges a token by its signature first and its times after.
func (j *JWT) Standing(v Verdict, now time.Time) Standing {
	switch {
	case j.CutOff() || v.Short:
		return StandingCutOff
	case j.Encrypted || j.Damaged:
		return StandingUnreadable
	case j.Unsigned():
		return StandingUnsigned
	case v.State == VerdictInvalid:
		return StandingForged
	case v.State != VerdictValid:
		return StandingUnproven
	case !j.Live(now):
		return StandingOver
	}
	if from, ok := j.Time("nbf"); ok && from.Sub(now) > clockSkew {
		return StandingEarly
	}
	return StandingLive
}

// Genuine says whether the tenant's signature stands behind the claims.
func (s Standing) Genuine() bool {
	return s == StandingLive || s == StandingEarly || s == StandingOver
}

// Unsigned reports whether nobody signed the token: its signature is empty, or
// its header says so (RFC 7519 6).
func (j *JWT) Unsigned() bool {
	return !j.Encrypted && (!j.HasSignature || strings.EqualFold(j.HeaderText("alg"), "none"))
}

// CutOff reports whether the end of a token is missing, as when only a part of
// it was copied: it ends before the signature, or within it after a number of
// characters that no bytes are written in (RFC 4648 4).
func (j *JWT) CutOff() bool {
	if strings.EqualFold(j.HeaderText("alg"), "none") {
		return false
	}
	raw := j.Raw.Reveal()
	return j.Parts == 2 || j.Parts == 3 && (len(raw)-strings.LastIndexByte(raw, '.')-1)%4 == 1
}

// Unproven takes back what was judged well of claims that nobody vouches for.
// What is missing or unexpected stays so.
func Unproven(notes []ClaimNote) []ClaimNote {
	for i := range notes {
		if notes[i].For == Expected || notes[i].For == Present {
			notes[i].For = Unsure
		}
	}
	return notes
}
