package models

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// TokenCheck says what tokens must hold: those of one agent identity, or of all
// of a blueprint. It has settings and counts, never a token or a secret.
type TokenCheck struct {
	ID             string // empty at CreateTokenCheck: made there
	TID            string `gorm:"column:tid"`
	OwnerOID       string `gorm:"column:owner_oid"` // who saved it first
	Name           string
	Mode, Scope    string
	Assertions     []CheckAssertion `gorm:"serializer:json"`
	BlueprintID    string           // object id; empty when it could not be read
	BlueprintAppID string
	BlueprintName  string
	AgentID        string // empty: all agents of the blueprint
	AgentName      string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	CheckSummary   `gorm:"embedded"`
}

// CheckAssertion is one thing that a token must hold, by the names of package
// entra.
type CheckAssertion struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// CheckSummary is what came of the last run of a check, in numbers of agents.
type CheckSummary struct {
	RanAt     time.Time // zero: never with these settings
	Passed    int
	Failed    int // a token came and does not hold what it must
	NotIssued int // refused, or no answer
	NotAsked  int // the run ended before
}

// CreateTokenCheck inserts a check and sets its id and times.
func (s *Store) CreateTokenCheck(ctx context.Context, c *TokenCheck) error {
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	c.CreatedAt = s.now()
	c.UpdatedAt = c.CreatedAt
	return found(s.write(ctx).Create(c).Error, "create token check")
}

// SaveTokenCheck writes the settings of an existing check over the state that c
// was read in, and forgets the last run: it tells of other settings. Errors:
// ErrNotFound; ErrConflict when it was saved elsewhere since.
func (s *Store) SaveTokenCheck(ctx context.Context, c *TokenCheck) error {
	now := s.now()
	// The time is the version too, so two saves in one instant differ in it.
	if !now.After(c.UpdatedAt) {
		now = c.UpdatedAt.UTC().Add(time.Microsecond)
	}
	saved := *c
	saved.UpdatedAt, saved.CheckSummary = now, CheckSummary{}
	result := s.write(ctx).Model(&TokenCheck{}).
		Where("id = ? AND tid = ? AND updated_at = ?", c.ID, c.TID, c.UpdatedAt.UTC()).
		Select(
			"Name", "Mode", "Scope", "Assertions", "BlueprintID", "BlueprintAppID", "BlueprintName", "AgentID", "AgentName", "UpdatedAt",
			"RanAt", "Passed", "Failed", "NotIssued", "NotAsked",
		).
		UpdateColumns(saved) // Updates takes its own time
	if result.Error == nil && result.RowsAffected == 0 {
		if _, err := s.TokenCheck(ctx, c.TID, c.ID); err != nil {
			return fmt.Errorf("save token check: %w", err)
		}
		return fmt.Errorf("save token check: %w", ErrConflict)
	}
	if result.Error != nil {
		return found(result.Error, "save token check")
	}
	*c = saved
	return nil
}

// NoteTokenCheckRun writes what came of a run, unless the check was changed or
// deleted since it was read.
func (s *Store) NoteTokenCheckRun(ctx context.Context, c *TokenCheck, sum CheckSummary) error {
	toUTC(&sum.RanAt)
	err := s.write(ctx).Model(&TokenCheck{}).
		Where("id = ? AND tid = ? AND updated_at = ?", c.ID, c.TID, c.UpdatedAt.UTC()).
		Select("RanAt", "Passed", "Failed", "NotIssued", "NotAsked").
		UpdateColumns(TokenCheck{CheckSummary: sum}).Error
	return found(err, "note run of token check")
}

// TokenCheck returns one check of a tenant, or ErrNotFound.
func (s *Store) TokenCheck(ctx context.Context, tid, id string) (*TokenCheck, error) {
	return take[TokenCheck](s.read(ctx), "read token check", "id = ? AND tid = ?", id, tid)
}

// TokenChecks lists the checks of a tenant by name.
func (s *Store) TokenChecks(ctx context.Context, tid string) ([]TokenCheck, error) {
	var checks []TokenCheck
	err := s.read(ctx).Order("name COLLATE NOCASE, id").Find(&checks, "tid = ?", tid).Error
	return checks, found(err, "list token checks")
}

// TokenChecksFor lists the checks of a mode that are meant for an agent identity
// of a blueprint, or for all of it, by name.
func (s *Store) TokenChecksFor(ctx context.Context, tid, blueprintAppID, agentID, mode string) ([]TokenCheck, error) {
	var checks []TokenCheck
	err := s.read(ctx).Order("name COLLATE NOCASE, id").
		Find(&checks, "tid = ? AND blueprint_app_id = ? AND agent_id IN ('', ?) AND mode = ?", tid, blueprintAppID, agentID, mode).Error
	return checks, found(err, "list token checks of an agent")
}

// DeleteTokenCheck removes a check; it is no error when there is none.
func (s *Store) DeleteTokenCheck(ctx context.Context, tid, id string) error {
	return found(s.write(ctx).Delete(&TokenCheck{}, "id = ? AND tid = ?", id, tid).Error, "delete token check")
}
