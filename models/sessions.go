package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// SessionStore keeps browser sessions for scs (its CtxStore). Tokens arrive
// hashed: scs runs with HashTokenInStore.
type SessionStore struct {
	store *Store
	known bool // no new rows
}

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	Data      []byte
	ExpiresUS int64 `gorm:"column:expires_us"`
}

// TableName is for gorm.
func (sessionRow) TableName() string { return "sessions" }

// Sessions returns the session rows of this database.
func (s *Store) Sessions() *SessionStore { return &SessionStore{store: s} }

// Known returns the same sessions for those who only change what is there:
// writing one that was ended or renamed meanwhile is ErrNotFound.
func (t *SessionStore) Known() *SessionStore { return &SessionStore{store: t.store, known: true} }

// FindCtx returns the data of a session that has not expired.
func (t *SessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var row sessionRow
	err := t.store.read(ctx).Take(&row, "token = ? AND expires_us > ?", token, t.store.now().UnixMicro()).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return row.Data, true, nil
}

// CommitCtx writes a session.
func (t *SessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	row := sessionRow{Token: token, Data: b, ExpiresUS: expiry.UnixMicro()}
	if t.known {
		return changed(t.store.write(ctx).Model(&row).Select("Data", "ExpiresUS").Updates(row), "write session")
	}
	err := t.store.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	return found(err, "write session")
}

// DeleteCtx removes a session.
func (t *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	return found(t.store.write(ctx).Delete(&sessionRow{}, "token = ?", token).Error, "delete session")
}

// Find is FindCtx without a context, which scs.Store asks for.
func (t *SessionStore) Find(token string) ([]byte, bool, error) {
	return t.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context, which scs.Store asks for.
func (t *SessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return t.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context, which scs.Store asks for.
func (t *SessionStore) Delete(token string) error { return t.DeleteCtx(context.Background(), token) }
