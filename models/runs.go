package models

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
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
	TID            string `gorm:"column:tid"`
	OwnerOID       string `gorm:"column:owner_oid"`
	OwnerName      string
	OwnerUsername  string
	RunAs          string // me, blueprint
	Reason         string
	Spec           []byte // JSON
	State          RunState
	BlueprintID    string
	BlueprintAppID string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	FinishedAt     time.Time
	CancelledBy    string // user principal name; empty while nobody has
	Steps          []Step `gorm:"-"`
}

// OwnedBy reports whether a run belongs to a person. Names are for display
// only; tenant and object id tell people apart.
func (r *Run) OwnedBy(tid, oid string) bool { return r.TID == tid && r.OwnerOID == oid }

// RunFilter narrows a list of runs; zero fields do not.
type RunFilter struct {
	States      []RunState
	TID         string
	OwnerOID    string
	BlueprintID string
	Before      int64 // keyset: runs with a smaller id
	Limit       int   // 0: 50
}

// defaultLimit is the number of rows of a list page.
const defaultLimit = 50

// CreateRun inserts a run with its steps, sets their ids, and appends audit
// (its empty RunID is filled in), all in one transaction. When its owner has
// a run with the same RequestID, that one is loaded into run and existing is
// true. Errors: ErrConflict when somebody else has used the RequestID.
func (s *Store) CreateRun(ctx context.Context, run *Run, audit ...NewAudit) (existing bool, err error) {
	err = s.Tx(ctx, func(tx *Store) error {
		former, err := tx.RunByRequest(ctx, run.RequestID)
		if err == nil {
			if former.TID != run.TID || former.OwnerOID != run.OwnerOID {
				return fmt.Errorf("create run: request id of another person: %w", ErrConflict)
			}
			*run, existing = *former, true
			return nil
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		return tx.insertRun(ctx, run, audit)
	})
	return existing, err
}

func (s *Store) insertRun(ctx context.Context, run *Run, audit []NewAudit) error {
	run.CreatedAt = s.now()
	run.UpdatedAt = run.CreatedAt
	toUTC(&run.FinishedAt)
	if err := s.write(ctx).Create(run).Error; err != nil {
		return found(err, "create run")
	}
	if err := s.insertSteps(ctx, run); err != nil {
		return err
	}
	for _, a := range audit {
		if a.RunID == "" {
			a.RunID = strconv.FormatInt(run.ID, 10)
		}
		if _, err := s.AppendAudit(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// RunByRequest returns the run that a request started, with its steps, or
// ErrNotFound.
func (s *Store) RunByRequest(ctx context.Context, requestID string) (*Run, error) {
	if requestID == "" {
		return nil, errors.New("create run: no request id")
	}
	run, err := take[Run](s.read(ctx), "read run", "request_id = ?", requestID)
	if err != nil {
		return nil, err
	}
	return run, s.loadSteps(ctx, run)
}

// Run returns a run with its steps in order, or ErrNotFound.
func (s *Store) Run(ctx context.Context, id int64) (*Run, error) {
	run, err := take[Run](s.read(ctx), "read run", "id = ?", id)
	if err != nil {
		return nil, err
	}
	return run, s.loadSteps(ctx, run)
}

// Runs lists runs without steps, newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	query := s.read(ctx).Order("id DESC").Limit(limitOr(f.Limit))
	if len(f.States) > 0 {
		query = query.Where("state IN ?", f.States)
	}
	if f.TID != "" {
		query = query.Where("tid = ?", f.TID)
	}
	if f.OwnerOID != "" {
		query = query.Where("owner_oid = ?", f.OwnerOID)
	}
	if f.BlueprintID != "" {
		query = query.Where("blueprint_id = ?", f.BlueprintID)
	}
	if f.Before > 0 {
		query = query.Where("id < ?", f.Before)
	}
	var runs []Run
	err := query.Find(&runs).Error
	return runs, found(err, "list runs")
}

// UnfinishedRuns returns the runs that are neither done nor failed, with
// steps, oldest first.
func (s *Store) UnfinishedRuns(ctx context.Context) ([]Run, error) {
	var runs []Run
	err := s.read(ctx).Order("id").Find(&runs, "state IN ?", []RunState{RunRunning, RunWaiting, RunWaitingSignIn}).Error
	if err != nil {
		return nil, fmt.Errorf("list unfinished runs: %w", err)
	}
	for i := range runs {
		if err := s.loadSteps(ctx, &runs[i]); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// SaveRun writes all fields of a run but its steps, its start and its spec, which
// no run changes, or ErrNotFound.
func (s *Store) SaveRun(ctx context.Context, run *Run) error {
	run.UpdatedAt = s.now()
	toUTC(&run.FinishedAt, &run.CreatedAt)
	return changed(updateAll(s.write(ctx), run, run.ID, "spec"), "save run")
}

// RunCounts counts runs by state.
func (s *Store) RunCounts(ctx context.Context) (map[RunState]int, error) {
	var rows []struct {
		State RunState
		N     int
	}
	err := s.read(ctx).Model(&Run{}).Select("state, count(*) AS n").Group("state").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count runs: %w", err)
	}
	counts := make(map[RunState]int, len(rows))
	for _, row := range rows {
		counts[row.State] = row.N
	}
	return counts, nil
}

// updateAll writes every column of a row but some, zero values too, and never
// makes one.
func updateAll(db *gorm.DB, row any, id int64, but ...string) *gorm.DB {
	return db.Model(row).Where("id = ?", id).Select("*").Omit(append(but, "id", "created_at")...).Updates(row)
}

func limitOr(n int) int {
	if n <= 0 {
		return defaultLimit
	}
	return n
}
