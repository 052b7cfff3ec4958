package entra

import "context"

// VerdictState tells what is known about a signature.
type VerdictState string

// The states of a Verdict.
const (
	VerdictValid     VerdictState = "valid"
	VerdictInvalid   VerdictState = "invalid"
	VerdictUnchecked VerdictState = "unchecked"
)

// Verdict is the outcome of checking a signature.
type Verdict struct {
	State  VerdictState
	Reason string
	KeyID  string
}

// Verify checks a token's signature with the tenant's published keys.
func (c *Client) Verify(ctx context.Context, j *JWT) Verdict {
	return Verdict{State: VerdictUnchecked}
}
