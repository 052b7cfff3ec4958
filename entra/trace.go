package entra

import "time"

// ModeName names a way an agent gets a token.
type ModeName string

// The modes Acquire knows: those of agents, the blueprint's own, the grants of
// ordinary applications, and an agent as the credential of one in another tenant.
const (
	ModeAutonomous        ModeName = "autonomous"
	ModeOnBehalfOf        ModeName = "on-behalf-of"
	ModeAgentUser         ModeName = "agent-user"
	ModeBlueprint         ModeName = "blueprint"
	ModeClientCredentials ModeName = "client-credentials"
	ModeRefreshToken      ModeName = "refresh-token"
	ModePassword          ModeName = "password"
	ModeDeviceCode        ModeName = "device-code"
	ModeInteractive       ModeName = "interactive"
	ModeCrossTenant       ModeName = "cross-tenant"
)

// HopName names one request of a mode.
type HopName string

// The hops: T1 is the blueprint's exchange token, T2 the agent's, Tc the
// person's token for the blueprint, TR the token for the resource. The device
// hop brings no token but the codes with which a person approves.
const (
	HopT1     HopName = "T1"
	HopT2     HopName = "T2"
	HopTc     HopName = "Tc"
	HopTR     HopName = "TR"
	HopDevice HopName = "device"
)

// HopState tells how a hop ended.
type HopState string

// A hop is answered with a token, its token was handed in without a request,
// it is refused by Entra, not reached because an earlier one failed, or failed
// before an answer could be read.
const (
	HopAnswered  HopState = "answered"
	HopGiven     HopState = "given"
	HopRefused   HopState = "refused"
	HopUnreached HopState = "unreached"
	HopFailed    HopState = "failed"
)

// Trace records what one Acquire did, also when it failed.
type Trace struct {
	Mode     ModeName
	Started  time.Time
	Duration time.Duration // of the whole try; zero when all came from the cache
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
	TenantID      string // whose sign-in service was asked
	Cached        bool   // kept from an earlier try, which Started and Duration tell of
	Request       []Field
	Planned       []Field // what it would have sent; set when no request was made
	Status        int     // HTTP status, 0 when there was no answer
	Started       time.Time
	Duration      time.Duration
	Answer        *Answer // set when answered or given
	Reply         []Field // what came back where that is no token
	Err           *Error  // set when refused
	Fault         string  // set when failed: one sentence
	Unsent        bool    // failed before the request could be sent
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
	From   HopName // the hop whose token it carries, empty for all other fields
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
	Refresh   Secret // zero when none came
	ID        Secret // the ID token, zero when none came
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
	if h := t.last(); h != nil {
		return h.ends()
	}
	return time.Time{}
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

// Hop returns the hop of a name, nil when the mode has none.
func (t *Trace) Hop(name HopName) *Hop {
	for i := range t.Hops {
		if t.Hops[i].Name == name {
			return &t.Hops[i]
		}
	}
	return nil
}

// Complete reports whether every hop brought what it was for.
func (t *Trace) Complete() bool {
	for i := range t.Hops {
		if s := t.Hops[i].State; s != HopAnswered && s != HopGiven {
			return false
		}
	}
	return len(t.Hops) > 0
}

func (t *Trace) last() *Hop {
	if len(t.Hops) == 0 {
		return nil
	}
	return &t.Hops[len(t.Hops)-1]
}
