// Package entra gets tokens from Microsoft Entra ID for people and for agents,
// as a trace of hops, and decodes, verifies and explains what comes back.
//
// It talks to the endpoints of one tenant of one cloud; the sandbox tenant is
// just another cloud. Nothing here stores a token, and nothing here prints one.
package entra

import (
	"crypto/subtle"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every way of printing a Secret gives.
const redacted = "[redacted]"

// Secret holds a client secret or a token. It prints as "[redacted]" however
// it is formatted, encoded or logged; only Reveal gives the value. The value
// stands behind a pointer because fmt prints fields for a verb like %p
// without asking Format.
type Secret struct{ value *string }

// NewSecret wraps a value that must not be printed.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value itself, for the one place that sends or shows it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares two values in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// Len returns the length of the value in bytes.
func (s Secret) Len() int { return len(s.Reveal()) }

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// GoString returns "[redacted]" for %#v.
func (s Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb, so that not even %x leaks bytes.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON encodes "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText encodes "[redacted]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue logs "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Value refuses: a secret reaches the database only sealed, never as it is.
func (s Secret) Value() (driver.Value, error) {
	return nil, errors.New("a secret must be sealed before it is stored")
}
