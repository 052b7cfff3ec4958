package models

import (
	"context"
	"time"
)

// StepState is where a step stands.
type StepState string

// The states of a step. StepUnknown means that a call went out and no answer
// came back; it is resolved by reading, never by calling again blindly.
const (
	StepPlanned StepState = "planned"
	StepStarted StepState = "started"
	StepWaiting StepState = "waiting"
	StepUnknown StepState = "unknown"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
)

// Step is one call of a run.
type Step struct {
	ID, RunID        int64
	Ordinal          int // 1 is the first
	Kind, Name       string
	Method, Path     string
	Params           []byte // JSON, without secrets
	State            StepState
	Result           string // succeeded, adopted, repeated, failed, abandoned; empty while open
	OpID             string // UUIDv7, also the client-request-id
	Attempt          int
	MaxAttempts      int
	WaitFor          string // what the page says it waits for
	NextAt, GiveUpAt time.Time
	StartedAt        time.Time
	FinishedAt       time.Time
	ObjectID         string
	ObjectAppID      string
	ObjectName       string
	HTTPStatus       int
	ErrorCode        string
	ErrorMessage     string
	GraphRequestID   string
	Duration         time.Duration
	Note             string
}

// SaveStep writes all fields of a step, or ErrNotFound.
func (s *Store) SaveStep(ctx context.Context, step *Step) error { return nil }
