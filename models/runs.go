package models

import (
	"context"
	"time"
)

// RunState is where a run stands.
type RunState string

// The states of a run.
const (
	RunRunning       RunState = "running"
	RunWaiting       RunState = "waiting"         // for the directory to catch up, or for a human choice
	RunWaitingSignIn RunState = "waiting-sign-in" // its owner has to sign in again
	RunDone          RunState = "done"
	RunFailed        RunState = "failed"
)

// Run is one change of several steps, started by one person.
type Run struct {
	ID             int64
	RequestID      string // unique: a double click finds the same run
	Kind           string
	Title          string
	TID, OwnerOID  string
	OwnerName      string
	OwnerUsername  string
	SignInID       string
	RunAs          string // me, blueprint
	Reason         string
	Spec           []byte // JSON
	State          RunState
	BlueprintID    string
	BlueprintAppID string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	FinishedAt     time.Time
	Steps          []Step
}

// RunFilter narrows a list of runs; zero fields do not.
type RunFilter struct {
	States      []RunState
	TID         string
	OwnerOID    string
	BlueprintID string
	Before      int64 // keyset: runs with a smaller id
	Limit       int   // 0: 50
}

// CreateRun inserts a run with its steps, sets their ids, and appends audit,
// all in one transaction. When a run with the same RequestID exists, it is
// loaded into run instead and existing is true.
func (s *Store) CreateRun(ctx context.Context, run *Run, audit ...NewAudit) (existing bool, err error) {
	return false, nil
}

// Run returns a run with its steps in order, or ErrNotFound.
func (s *Store) Run(ctx context.Context, id int64) (*Run, error) { return nil, ErrNotFound }

// Runs lists runs without steps, newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) { return nil, nil }

// UnfinishedRuns returns the runs that are neither done nor failed, with steps, oldest first.
func (s *Store) UnfinishedRuns(ctx context.Context) ([]Run, error) { return nil, nil }

// SaveRun writes all fields of a run but its steps.
func (s *Store) SaveRun(ctx context.Context, run *Run) error { return nil }

// RunCounts counts runs by state.
func (s *Store) RunCounts(ctx context.Context) (map[RunState]int, error) { return nil, nil }
