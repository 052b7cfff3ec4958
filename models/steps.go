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
	ID, RunID      int64
	Ordinal        int   // 1 is the first
	Needs          []int `gorm:"serializer:json"` // ordinals that must be done before; nil: as steps were ordered of old
	Kind, Name     string
	Method, Path   string
	Params         []byte // JSON, without secrets
	State          StepState
	Result         string // succeeded, adopted, repeated, failed, abandoned; empty while open
	OpID           string // UUIDv7, also the client-request-id
	Attempt        int
	MaxAttempts    int
	WaitFor        string // what the page says it waits for
	NextAt         time.Time
	GiveUpAt       time.Time
	StartedAt      time.Time
	FinishedAt     time.Time
	ObjectID       string
	ObjectAppID    string
	ObjectName     string
	HTTPStatus     int `gorm:"column:http_status"`
	ErrorCode      string
	ErrorMessage   string
	GraphRequestID string
	Duration       time.Duration
	Note           string
}

// SaveStep writes all fields of a step, or ErrNotFound.
func (s *Store) SaveStep(ctx context.Context, step *Step) error {
	step.utc()
	return changed(updateAll(s.write(ctx), step, step.ID), "save step")
}

// stepBatch keeps an insert below SQLite's limit of 32,766 variables.
const stepBatch = 500

func (s *Store) insertSteps(ctx context.Context, run *Run) error {
	if len(run.Steps) == 0 {
		return nil
	}
	for i := range run.Steps {
		run.Steps[i].RunID = run.ID
		if run.Steps[i].Ordinal == 0 {
			run.Steps[i].Ordinal = i + 1
		}
		run.Steps[i].utc()
	}
	return found(s.write(ctx).CreateInBatches(run.Steps, stepBatch).Error, "create steps")
}

func (s *Store) loadSteps(ctx context.Context, run *Run) error {
	run.Steps = nil
	return found(s.read(ctx).Order("ordinal").Find(&run.Steps, "run_id = ?", run.ID).Error, "read steps")
}

func (t *Step) utc() { toUTC(&t.NextAt, &t.GiveUpAt, &t.StartedAt, &t.FinishedAt) }
