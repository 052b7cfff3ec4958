package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"agentidportal/entra"
)

// NoAnswerError is a call without an answer that can be read: the network or a
// proxy is at fault, or the answer was cut. Err is what the network or the
// decoder said; it holds no address and no body.
type NoAnswerError struct {
	Method, Path    string // Path without the query
	Address         string // Graph's address, without a version
	ClientRequestID string
	Status          int    // 0 when nothing came back
	RequestID       string // empty when nothing came back
	Err             error
}

// Error names the call and what the network or the decoder said.
func (e *NoAnswerError) Error() string { return fmt.Sprintf("%s %s: %v", e.Method, e.Path, e.Err) }

// Unwrap returns what the network or the decoder said.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// Fault says in a sentence what went wrong.
func (e *NoAnswerError) Fault() *entra.FaultError {
	cut := errors.Is(e.Err, io.EOF) || errors.Is(e.Err, io.ErrUnexpectedEOF)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if e.Status != 0 && !cut && (errors.As(e.Err, &syntax) || errors.As(e.Err, &kind) || errors.Is(e.Err, ErrTooLarge)) {
		return &entra.FaultError{
			Kind: entra.FaultAnswer, Address: e.Address,
			Reason: fmt.Sprintf("Graph answered %d, and the answer is not the JSON it should be: it was cut off, or something between here and Graph answered.", e.Status),
		}
	}
	return entra.Unreached(e.Err, e.Address)
}
