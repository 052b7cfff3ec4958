package models

import (
	"context"
	"time"
)

// RunSecret is a client secret a run minted, sealed until its owner has saved it.
type RunSecret struct {
	RunID, StepID  int64
	BlueprintID    string
	BlueprintAppID string
	KeyID, Hint    string
	TID, OwnerOID  string
	EndsAt         time.Time
	CreatedAt      time.Time
	Sealed         []byte // AAD run_secrets:sealed:<run id>
	SavedAt        time.Time
	ShownAt        time.Time
	Keep           bool // the run still needs it; not deleted when saved
}

// KeptSecret is a client secret its owner keeps for the token lab.
type KeptSecret struct {
	ID             string // empty at PutKeptSecret: made there
	TID, OwnerOID  string
	BlueprintID    string
	BlueprintAppID string
	BlueprintName  string
	KeyID, Hint    string
	EndsAt         time.Time
	CreatedAt      time.Time
	Sealed         []byte // AAD kept_secrets:sealed:<id>
}

// PutRunSecret inserts or replaces the secret of a run.
func (s *Store) PutRunSecret(ctx context.Context, secret *RunSecret) error { return nil }

// RunSecret returns the secret of a run, or ErrNotFound.
func (s *Store) RunSecret(ctx context.Context, runID int64) (*RunSecret, error) {
	return nil, ErrNotFound
}

// DeleteRunSecret removes the secret of a run.
func (s *Store) DeleteRunSecret(ctx context.Context, runID int64) error { return nil }

// ExpireRunSecrets deletes secrets older than age that no run still needs,
// and returns the ids of their runs.
func (s *Store) ExpireRunSecrets(ctx context.Context, age time.Duration) ([]int64, error) {
	return nil, nil
}

// PutKeptSecret inserts or replaces a kept secret.
func (s *Store) PutKeptSecret(ctx context.Context, secret *KeptSecret) error { return nil }

// KeptSecrets lists the kept secrets of a tenant by blueprint name.
func (s *Store) KeptSecrets(ctx context.Context, tid string) ([]KeptSecret, error) { return nil, nil }

// KeptSecret returns one kept secret, or ErrNotFound.
func (s *Store) KeptSecret(ctx context.Context, id string) (*KeptSecret, error) {
	return nil, ErrNotFound
}

// DeleteKeptSecret removes a kept secret.
func (s *Store) DeleteKeptSecret(ctx context.Context, id string) error { return nil }
