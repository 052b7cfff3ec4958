package entra

import "fmt"

// Error is a refusal of the sign-in service (protocol.md 3.1). Its text has
// the OAuth error and the AADSTS code only.
type Error struct {
	Code          string // OAuth error, such as invalid_client
	Description   string // as received, tokens replaced
	Suberror      string
	AADSTS        int // first code, 0 when there is none
	Codes         []int
	Status        int // HTTP status
	TraceID       string
	CorrelationID string
	Timestamp     string
	Body          string // as received, tokens replaced, cut at 4 KiB
}

// Error returns the OAuth error and the AADSTS code, nothing else.
func (e *Error) Error() string { return fmt.Sprintf("%s (AADSTS%d)", e.Code, e.AADSTS) }

// Explanation says what a refusal means here and what to do about it.
type Explanation struct{ Meaning, Fix string }

// ExplainAADSTS explains a refusal by its code.
func ExplainAADSTS(code int, oauthError string) Explanation { return Explanation{} }
