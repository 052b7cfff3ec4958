package models

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"
)

// RunSecret is a client secret a run minted, sealed until its owner has saved it.
type RunSecret struct {
	RunID          int64 `gorm:"primaryKey;autoIncrement:false"`
	StepID         int64
	BlueprintID    string
	BlueprintAppID string
	KeyID, Hint    string
	TID            string `gorm:"column:tid"`
	OwnerOID       string `gorm:"column:owner_oid"`
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
	TID            string `gorm:"column:tid"`
	OwnerOID       string `gorm:"column:owner_oid"`
	BlueprintID    string
	BlueprintAppID string
	BlueprintName  string
	KeyID, Hint    string
	EndsAt         time.Time
	CreatedAt      time.Time
	Sealed         []byte // AAD kept_secrets:sealed:<id>
}

// PutRunSecret inserts or replaces the secret of a run.
func (s *Store) PutRunSecret(ctx context.Context, secret *RunSecret) error {
	if secret.CreatedAt.IsZero() {
		secret.CreatedAt = s.now()
	}
	toUTC(&secret.EndsAt, &secret.CreatedAt, &secret.SavedAt, &secret.ShownAt)
	err := s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(secret).Error
	return found(err, "store secret of run")
}

// RunSecret returns the secret of a run, or ErrNotFound.
func (s *Store) RunSecret(ctx context.Context, runID int64) (*RunSecret, error) {
	return take[RunSecret](s.read(ctx), "read secret of run", "run_id = ?", runID)
}

// RunSecretsOf returns the secrets that runs hold of a blueprint, newest first.
func (s *Store) RunSecretsOf(ctx context.Context, tid, blueprintID string) ([]RunSecret, error) {
	var secrets []RunSecret
	err := s.read(ctx).Order("created_at DESC, run_id DESC").Find(&secrets, "tid = ? AND blueprint_id = ?", tid, blueprintID).Error
	return secrets, found(err, "list secrets of runs")
}

// DeleteRunSecret removes the secret of a run; it is no error when there is none.
func (s *Store) DeleteRunSecret(ctx context.Context, runID int64) error {
	return found(s.write(ctx).Delete(&RunSecret{}, "run_id = ?", runID).Error, "delete secret of run")
}

// ExpireRunSecrets deletes secrets older than age that no run still needs,
// and returns the ids of their runs.
func (s *Store) ExpireRunSecrets(ctx context.Context, age time.Duration) ([]int64, error) {
	var ids []int64
	err := s.Tx(ctx, func(tx *Store) error {
		const old = "created_at <= ? AND NOT keep"
		before := tx.now().Add(-age)
		if err := tx.read(ctx).Model(&RunSecret{}).Where(old, before).Order("run_id").Pluck("run_id", &ids).Error; err != nil {
			return fmt.Errorf("find old secrets of runs: %w", err)
		}
		return found(tx.write(ctx).Delete(&RunSecret{}, old, before).Error, "delete old secrets of runs")
	})
	return ids, err
}

// PutKeptSecret inserts or replaces a kept secret.
func (s *Store) PutKeptSecret(ctx context.Context, secret *KeptSecret) error {
	if secret.ID == "" {
		secret.ID = uuid.NewString()
	}
	if secret.CreatedAt.IsZero() {
		secret.CreatedAt = s.now()
	}
	toUTC(&secret.EndsAt, &secret.CreatedAt)
	err := s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(secret).Error
	return found(err, "keep secret")
}

// KeptSecrets lists the kept secrets of a tenant by blueprint name.
func (s *Store) KeptSecrets(ctx context.Context, tid string) ([]KeptSecret, error) {
	var secrets []KeptSecret
	err := s.read(ctx).Order("blueprint_name, created_at DESC").Find(&secrets, "tid = ?", tid).Error
	return secrets, found(err, "list kept secrets")
}

// KeptSecret returns one kept secret, or ErrNotFound.
func (s *Store) KeptSecret(ctx context.Context, id string) (*KeptSecret, error) {
	return take[KeptSecret](s.read(ctx), "read kept secret", "id = ?", id)
}

// DeleteKeptSecret removes a kept secret; it is no error when there is none.
func (s *Store) DeleteKeptSecret(ctx context.Context, id string) error {
	return found(s.write(ctx).Delete(&KeptSecret{}, "id = ?", id).Error, "delete kept secret")
}
