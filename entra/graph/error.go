package graph

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is a refusal by Graph, kept as it came: the admin reads code, message and request-id on the page.
// https://learn.microsoft.com/graph/errors
type Error struct {
	Status          int    // HTTP status
	Code            string // error.code; may be empty
	Message         string // error.message, control characters and tokens removed, at most 1,000 characters
	RequestID       string
	ClientRequestID string
	RetryAfter      time.Duration // 0 when Graph asked for no pause
	Method, Path    string        // Path without the query
	Date            string        // as Graph wrote it
	Needs           string        // least delegated permission of the call, as its builder names it
}

// Error names the call, the status and Graph's code. The message stays in its field: it may quote directory text.
func (e *Error) Error() string {
	code := e.Code
	if code == "" {
		code = http.StatusText(e.Status)
	}
	return fmt.Sprintf("%s %s: Graph answered %d %s", e.Method, e.Path, e.Status, code)
}

// Lag says whether the refusal is the one Graph gives while a new object has not reached every replica yet: it names
// an object that exists as not found. Only the caller knows that he has just created it.
// https://learn.microsoft.com/entra/agent-id/preview-known-issues
func (e *Error) Lag() bool {
	switch e.Code {
	case "AgentIdentity_AgentBlueprintPrincipalDoesNotExist", "NoBackingApplicationObject":
		return true
	}
	if e.Status == http.StatusNotFound {
		return true
	}
	if e.Status != http.StatusBadRequest {
		return false
	}
	// Graph gives the same code for every bad request, so here the text is all there is.
	text := strings.ToLower(e.Message)
	for _, sign := range []string{
		"not found", "does not exist", "nobackingapplicationobject",
		"does not reference a valid application object", "reference-property objects are not present",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// UnknownOutcomeError is a write of which nobody knows whether Graph carried it out: the request left, and the
// answer was lost or was a fault of the server. It must be settled by reading, never by sending again.
type UnknownOutcomeError struct {
	ClientRequestID string
	Err             error
}

// Error gives the cause after the words that nobody knows the outcome.
func (e *UnknownOutcomeError) Error() string { return "outcome unknown: " + e.Err.Error() }

// Unwrap gives the cause: a *Error after a 5xx, a transport error otherwise.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// MethodError is a writing call handed to the reading client. It is a fault in our code, no refusal.
type MethodError struct{ Method, Path string }

// Error names the call that was refused.
func (e *MethodError) Error() string {
	return fmt.Sprintf("%s %s: the reading client sends GET only", e.Method, e.Path)
}

// IsNotFound says whether Graph knows no such object.
func IsNotFound(err error) bool { return status(err) == http.StatusNotFound }

// IsForbidden says whether Graph refused for want of a permission, a role or ownership.
func IsForbidden(err error) bool { return status(err) == http.StatusForbidden }

// Unknown says whether a write may have happened all the same.
func Unknown(err error) bool {
	var e *UnknownOutcomeError
	return errors.As(err, &e)
}

func status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}
