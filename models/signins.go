package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// seenEvery is how often a sign-in notes that its person was seen.
const seenEvery = time.Minute

// SignIn is one sign-in of a person at the portal: the delegated rights that
// pages and runs act with. It outlives the browser session while a run of
// the person is unfinished.
type SignIn struct {
	ID              string
	TID             string `gorm:"column:tid"`
	OID             string `gorm:"column:oid"`
	Name, Username  string
	Roles           []string `gorm:"serializer:json"` // display names
	RoleTemplateIDs []string `gorm:"column:role_template_ids;serializer:json"`
	AuthTime        time.Time
	RefreshSealed   []byte // AAD sign_ins:<id>:<tid>:<oid>
	Scopes          string // blank-separated
	ExpiresAt       time.Time
	SeenAt          time.Time
	CreatedAt       time.Time
}

// SaveSignIn inserts or replaces a sign-in.
func (s *Store) SaveSignIn(ctx context.Context, in *SignIn) error {
	if in.CreatedAt.IsZero() {
		in.CreatedAt = s.now()
	}
	if in.SeenAt.IsZero() {
		in.SeenAt = in.CreatedAt
	}
	// A person without any role has no nil list but an empty one.
	in.Roles, in.RoleTemplateIDs = append([]string{}, in.Roles...), append([]string{}, in.RoleTemplateIDs...)
	toUTC(&in.AuthTime, &in.ExpiresAt, &in.SeenAt, &in.CreatedAt)
	return found(s.write(ctx).Save(in).Error, "save sign-in")
}

// SignIn returns a sign-in that has not expired, or ErrNotFound.
func (s *Store) SignIn(ctx context.Context, id string) (*SignIn, error) {
	return take[SignIn](s.read(ctx), "read sign-in", "id = ? AND expires_at > ?", id, s.now())
}

// LatestSignIn returns the newest unexpired sign-in of a person, or ErrNotFound.
func (s *Store) LatestSignIn(ctx context.Context, tid, oid string) (*SignIn, error) {
	return take[SignIn](s.read(ctx).Order("created_at DESC"), "read latest sign-in",
		"tid = ? AND oid = ? AND expires_at > ?", tid, oid, s.now())
}

// OlderSignIns returns the unexpired sign-ins of a person but for the newest of
// them, the oldest last.
func (s *Store) OlderSignIns(ctx context.Context, tid, oid string, newest int) ([]SignIn, error) {
	var older []SignIn
	err := s.read(ctx).Order("created_at DESC, rowid DESC").Offset(newest).Limit(1000).
		Find(&older, "tid = ? AND oid = ? AND expires_at > ?", tid, oid, s.now()).Error
	return older, found(err, "list older sign-ins")
}

// DeleteSignIn removes a sign-in; it is no error when there is none.
func (s *Store) DeleteSignIn(ctx context.Context, id string) error {
	return found(s.write(ctx).Delete(&SignIn{}, "id = ?", id).Error, "delete sign-in")
}

// ReplaceRefresh stores the refresh token that replaced the former one.
func (s *Store) ReplaceRefresh(ctx context.Context, id string, sealed []byte) error {
	result := s.write(ctx).Model(&SignIn{}).Where("id = ?", id).Update("refresh_sealed", sealed)
	return changed(result, "replace refresh token")
}

// TouchSignIn notes that the person was seen, at most once a minute.
func (s *Store) TouchSignIn(ctx context.Context, id string) error {
	// The read pool answers first: most requests need no write at all.
	in, err := s.SignIn(ctx, id)
	if err != nil {
		return err
	}
	now := s.now()
	if now.Sub(in.SeenAt) < seenEvery {
		return nil
	}
	result := s.write(ctx).Model(&SignIn{}).Where("id = ?", id).Update("seen_at", now)
	return changed(result, "note that a person was seen")
}

// UpdateRoles replaces the directory roles of a sign-in.
func (s *Store) UpdateRoles(ctx context.Context, id string, names, templateIDs []string) error {
	result := s.write(ctx).Model(&SignIn{}).Where("id = ?", id).
		Select("Roles", "RoleTemplateIDs").
		Updates(SignIn{Roles: append([]string{}, names...), RoleTemplateIDs: append([]string{}, templateIDs...)})
	return changed(result, "update roles")
}

// DeleteExpiredSignIns removes sign-ins and sessions that are over.
func (s *Store) DeleteExpiredSignIns(ctx context.Context) error {
	return s.Tx(ctx, func(tx *Store) error {
		now := tx.now()
		if err := tx.write(ctx).Delete(&SignIn{}, "expires_at <= ?", now).Error; err != nil {
			return fmt.Errorf("delete expired sign-ins: %w", err)
		}
		return found(deleteSessionsBefore(tx.write(ctx), now), "delete expired sessions")
	})
}

// DeleteIdleSignIns removes sign-ins whose person was not seen since then and
// has no run under way: nobody acts with them any more.
func (s *Store) DeleteIdleSignIns(ctx context.Context, seenBefore time.Time) error {
	unfinished := s.write(ctx).Model(&Run{}).Select("1").
		Where("runs.tid = sign_ins.tid AND runs.owner_oid = sign_ins.oid AND runs.state IN ?", []RunState{RunRunning, RunWaiting, RunWaitingSignIn})
	err := s.write(ctx).Delete(&SignIn{}, "seen_at <= ? AND NOT EXISTS (?)", seenBefore.UTC(), unfinished).Error
	return found(err, "delete idle sign-ins")
}

func deleteSessionsBefore(db *gorm.DB, now time.Time) error {
	return db.Delete(&sessionRow{}, "expires_us <= ?", now.UnixMicro()).Error
}
