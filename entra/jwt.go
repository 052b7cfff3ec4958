package entra

import "time"

// JWT is a token that was decoded, not verified.
type JWT struct {
	Raw          Secret
	Header       []Claim
	Claims       []Claim
	HasSignature bool
	Parts        int
	Notes        []string // what is odd about it, in sentences
}

// Claim is one member of the header or the payload, in the order found.
type Claim struct {
	Name  string
	Value any
	Text  string
}

// DecodeError says what is wrong with a pasted token and how to mend it. It
// never holds any of what was pasted.
type DecodeError struct{ What, Fix string }

// Error returns what is wrong.
func (e *DecodeError) Error() string { return e.What }

// Decode reads a token without verifying it.
func Decode(raw string) (*JWT, error) { return nil, &DecodeError{What: "This is not a token."} }

// Text returns a claim as text, empty when absent.
func (j *JWT) Text(claim string) string { return "" }

// Time returns a claim as a time.
func (j *JWT) Time(claim string) (time.Time, bool) { return time.Time{}, false }
