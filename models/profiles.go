package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"
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

// PutTokenProfile inserts or replaces a profile. ErrConflict: its owner has
// another one of that name.
func (s *Store) PutTokenProfile(ctx context.Context, p *TokenProfile) error {
	if p.ID == "" {
		p.ID = uuid.NewString()
	}
	p.ChangedAt = s.now()
	if p.CreatedAt.IsZero() {
		p.CreatedAt = p.ChangedAt
	}
	toUTC(&p.CreatedAt, &p.LastRunAt)
	err := s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(p).Error
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
