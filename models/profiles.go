package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// TokenProfile is a named way to get a token in the lab. Whoever may see it may
// read its settings; a secret it names stays its owner's.
type TokenProfile struct {
	ID       string // empty at PutTokenProfile: made there
	TID      string `gorm:"column:tid"`
	OwnerOID string `gorm:"column:owner_oid"`
	Name     string // one of its kind among those of its owner, whatever the case
	Shared   bool   // others of the tenant see it too
	Mode     string
	Settings TokenSettings `gorm:"serializer:json"`
	// KeptSecretID names a row of kept_secrets, which may be gone by now; empty:
	// the credential is asked each time.
	KeptSecretID string
	CreatedAt    time.Time
	ChangedAt    time.Time
	LastRunAt    time.Time // zero: never run
	LastResult   string    // ResultSucceeded or ResultFailed; empty: never run
}

// TokenSettings are what a profile asks for: no secret, and no person. Names of
// agents and blueprints are those of when it was saved.
type TokenSettings struct {
	AgentID        string `json:"agentId,omitempty"`
	AgentName      string `json:"agentName,omitempty"`
	BlueprintAppID string `json:"blueprintAppId,omitempty"`
	BlueprintName  string `json:"blueprintName,omitempty"`
	AppID          string `json:"appId,omitempty"`
	Username       string `json:"username,omitempty"` // of an agent user
	OtherTenantID  string `json:"otherTenantId,omitempty"`
	OtherAppID     string `json:"otherAppId,omitempty"`
	Scope          string `json:"scope"`
	Reuse          bool   `json:"reuse,omitempty"` // hops come from the cache
}

// ErrNameTaken is a conflict of names: the owner has another profile of that one.
var ErrNameTaken = fmt.Errorf("the name is taken: %w", ErrConflict)

// PutTokenProfile inserts a profile that was never saved, or changes one in the
// state it was read in. ErrNameTaken: its owner has another one of that name;
// ErrConflict: it was changed meanwhile; ErrNotFound: it was deleted.
func (s *Store) PutTokenProfile(ctx context.Context, p *TokenProfile) error {
	if p.ID == "" {
		p.ID = uuid.NewString()
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	if !p.CreatedAt.IsZero() {
		return s.changeTokenProfile(ctx, p, now)
	}
	p.CreatedAt, p.ChangedAt = now, now
	toUTC(&p.LastRunAt)
	return profileSaved(s.write(ctx).Create(p).Error)
}

// changeTokenProfile leaves alone what a run notes. The time is the version too,
// so two changes in one instant differ in it.
func (s *Store) changeTokenProfile(ctx context.Context, p *TokenProfile, now time.Time) error {
	if !now.After(p.ChangedAt) {
		now = p.ChangedAt.UTC().Add(time.Microsecond)
	}
	saved := *p
	saved.ChangedAt = now
	result := s.write(ctx).Model(&TokenProfile{}).Where("id = ? AND tid = ? AND changed_at = ?", p.ID, p.TID, p.ChangedAt.UTC()).
		Select("Name", "Shared", "Mode", "Settings", "KeptSecretID", "ChangedAt").UpdateColumns(saved)
	if result.Error == nil && result.RowsAffected == 0 {
		if _, err := s.TokenProfile(ctx, p.TID, p.OwnerOID, p.ID); err != nil {
			return fmt.Errorf("save token profile: %w", err)
		}
		return fmt.Errorf("save token profile: %w", ErrConflict)
	}
	if result.Error != nil {
		return profileSaved(result.Error)
	}
	*p = saved
	return nil
}

// profileSaved names the one conflict that an insert or a change can meet.
func profileSaved(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("save token profile: %w", ErrNameTaken)
	}
	return found(err, "save token profile")
}

// TokenProfiles returns the profiles of a person and those that others of the
// tenant share, by name.
func (s *Store) TokenProfiles(ctx context.Context, tid, oid string) ([]TokenProfile, error) {
	var profiles []TokenProfile
	err := s.read(ctx).Order("name, id").Find(&profiles, "tid = ? AND (owner_oid = ? OR shared)", tid, oid).Error
	return profiles, found(err, "list token profiles")
}

// TokenProfile returns a profile as a person sees it; ErrNotFound also for one
// that its owner does not share.
func (s *Store) TokenProfile(ctx context.Context, tid, oid, id string) (*TokenProfile, error) {
	return take[TokenProfile](s.read(ctx), "read token profile", "id = ? AND tid = ? AND (owner_oid = ? OR shared)", id, tid, oid)
}

// NoteProfileRun keeps when a profile was run last and what came of it; it is
// no error when it is gone.
func (s *Store) NoteProfileRun(ctx context.Context, id, result string) error {
	err := s.write(ctx).Model(&TokenProfile{}).Where("id = ?", id).
		Select("LastRunAt", "LastResult").UpdateColumns(TokenProfile{LastRunAt: s.now(), LastResult: result}).Error
	return found(err, "note run of token profile")
}

// DeleteTokenProfile removes a profile; it is no error when there is none.
func (s *Store) DeleteTokenProfile(ctx context.Context, tid, id string) error {
	return found(s.write(ctx).Delete(&TokenProfile{}, "id = ? AND tid = ?", id, tid).Error, "delete token profile")
}
