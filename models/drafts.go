package models

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Draft is a form that is not sent yet; only its owner sees it.
type Draft struct {
	ID        string // empty at CreateDraft: made there
	TID       string `gorm:"column:tid"`
	OID       string `gorm:"column:oid"`
	Kind      string // blueprint
	Body      []byte // JSON of the form
	CreatedAt time.Time
	UpdatedAt time.Time
}

// CreateDraft inserts a draft and sets its id and times.
func (s *Store) CreateDraft(ctx context.Context, d *Draft) error {
	if d.ID == "" {
		d.ID = uuid.NewString()
	}
	d.CreatedAt = s.now()
	d.UpdatedAt = d.CreatedAt
	return found(s.write(ctx).Create(d).Error, "create draft")
}

// SaveDraft writes the body of an existing draft of the same owner over the
// state that d was read in, and sets its time. Errors: ErrNotFound; ErrConflict
// when it was saved elsewhere since, and then nothing is written.
func (s *Store) SaveDraft(ctx context.Context, d *Draft) error {
	now := s.now()
	// The time is the version too, so two saves in one instant differ in it.
	if !now.After(d.UpdatedAt) {
		now = d.UpdatedAt.UTC().Add(time.Microsecond)
	}
	result := s.write(ctx).Model(&Draft{}).
		Where("id = ? AND tid = ? AND oid = ? AND updated_at = ?", d.ID, d.TID, d.OID, d.UpdatedAt.UTC()).
		Select("Body", "UpdatedAt").
		UpdateColumns(Draft{Body: d.Body, UpdatedAt: now}) // Updates takes its own time
	if result.Error == nil && result.RowsAffected == 0 {
		if _, err := s.Draft(ctx, d.TID, d.OID, d.ID); err != nil {
			return fmt.Errorf("save draft: %w", err)
		}
		return fmt.Errorf("save draft: %w", ErrConflict)
	}
	if result.Error != nil {
		return found(result.Error, "save draft")
	}
	d.UpdatedAt = now
	return nil
}

// Draft returns the draft id of this owner, or ErrNotFound.
func (s *Store) Draft(ctx context.Context, tid, oid, id string) (*Draft, error) {
	return take[Draft](s.read(ctx), "read draft", "id = ? AND tid = ? AND oid = ?", id, tid, oid)
}

// Drafts returns the drafts of an owner, newest first.
func (s *Store) Drafts(ctx context.Context, tid, oid string) ([]Draft, error) {
	var drafts []Draft
	err := s.read(ctx).Order("created_at DESC").Find(&drafts, "tid = ? AND oid = ?", tid, oid).Error
	return drafts, found(err, "list drafts")
}

// DeleteDraft removes a draft of this owner; it is no error when there is none.
func (s *Store) DeleteDraft(ctx context.Context, tid, oid, id string) error {
	err := s.write(ctx).Delete(&Draft{}, "id = ? AND tid = ? AND oid = ?", id, tid, oid).Error
	return found(err, "delete draft")
}

// DeleteOldDrafts removes drafts that nobody has touched since then, and
// returns how many.
func (s *Store) DeleteOldDrafts(ctx context.Context, touchedBefore time.Time) (int64, error) {
	result := s.write(ctx).Delete(&Draft{}, "updated_at < ?", touchedBefore.UTC())
	return result.RowsAffected, found(result.Error, "delete old drafts")
}
