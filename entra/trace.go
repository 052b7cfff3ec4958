package entra

import "time"

// ModeName names a way an agent gets a token.
type ModeName string

// The modes Acquire knows.
const (
	ModeAutonomous ModeName = "autonomous"
	ModeBlueprint  ModeName = "blueprint"
)

// HopName names one request of a mode.
type HopName string

// The hops: T1 is the blueprint's exchange token, T2 the agent's, Tc the
// person's token for the blueprint, TR the token for the resource.
const (
	HopT1 HopName = "T1"
	HopT2 HopName = "T2"
	HopTc HopName = "Tc"
	HopTR HopName = "TR"
)

// HopState tells how a hop ended.
type HopState string

// A hop is answered with a token, refused by Entra, not reached because an
// earlier one failed, or failed before an answer could be read.
const (
	HopAnswered  HopState = "answered"
	HopRefused   HopState = "refused"
	HopUnreached HopState = "unreached"
	HopFailed    HopState = "failed"
)

// Trace records what one Acquire did, also when it failed.
type Trace struct {
	Mode     ModeName
	Started  time.Time
	Duration time.Duration
	Hops     []Hop
	Links    []Link
}

// Hop is one request to the token endpoint with its answer or refusal.
type Hop struct {
	Name          HopName
	Sentence      string // what this hop asks for, as a heading without a full stop
	State         HopState
	ClientID      string
	Endpoint      string
	Request       []Field
	Status        int // HTTP status, 0 when there was no answer
	Started       time.Time
	Duration      time.Duration
	Answer        *Answer // set when answered
	Err           *Error  // set when refused
	Fault         string  // set when failed: one sentence
	JWT           *JWT    // set when the token could be decoded
	Signature     Verdict
	Opaque        bool // the token is not a JWT we can read
	CorrelationID string
}

// Field is one field of a request form. Value never holds a secret: a masked
// field has its Length and a Hint, or a Note that says where it came from.
type Field struct {
	Name   string
	Value  string
	Note   string
	Masked bool
	Length int
	Hint   string
}

// Answer is what the token endpoint gave.
type Answer struct {
	TokenType string
	Scope     string
	ExpiresIn time.Duration
	ExpiresAt time.Time
	Token     Secret
}

// Link is one check that two hops belong together.
type Link struct {
	Text   string
	Holds  bool
	Detail string
}

// Token returns the token of the last hop, zero unless it was answered.
func (t *Trace) Token() Secret {
	if h := t.last(); h != nil && h.Answer != nil {
		return h.Answer.Token
	}
	return Secret{}
}

// ExpiresAt returns when the token of the last hop expires, zero without one:
// by its exp, which its receivers go by, else by the answer's expires_in.
func (t *Trace) ExpiresAt() time.Time {
	h := t.last()
	if h == nil || h.Answer == nil {
		return time.Time{}
	}
	if h.JWT != nil {
		if at, ok := h.JWT.Time("exp"); ok {
			return at
		}
	}
	return h.Answer.ExpiresAt
}

// Failed returns the hop that was refused or failed, nil when all answered.
func (t *Trace) Failed() *Hop {
	for i := range t.Hops {
		if s := t.Hops[i].State; s == HopRefused || s == HopFailed {
			return &t.Hops[i]
		}
	}
	return nil
}

func (t *Trace) last() *Hop {
	if len(t.Hops) == 0 {
		return nil
	}
	return &t.Hops[len(t.Hops)-1]
}
