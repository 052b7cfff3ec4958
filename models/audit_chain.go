package models

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

const privateKeyPlace = "audit_keys:private_sealed:1"

type auditKeys struct {
	ID            int64
	Instance      string
	Public        []byte
	PrivateSealed []byte
}

// startChain writes record 1 with a new key pair, or checks that the key pair
// of the chain can be opened: with a wrong encryption key nothing sealed in
// this database could be read, and it is better to say so at the start.
func (s *Store) startChain(ctx context.Context) error {
	return s.Tx(ctx, func(tx *Store) error {
		var keys []auditKeys
		if err := tx.read(ctx).Find(&keys).Error; err != nil {
			return fmt.Errorf("read audit keys: %w", err)
		}
		if len(keys) == 0 {
			return tx.newChain(ctx)
		}
		if _, err := s.options.Sealer.Open(keys[0].PrivateSealed, privateKeyPlace); err != nil {
			if errors.Is(err, ErrWrongKey) {
				return fmt.Errorf("%w; give the portal the key this database was made with (PORTAL_ENCRYPTION_KEY)", err)
			}
			return fmt.Errorf("open the audit's private key: %w", err)
		}
		return nil
	})
}

// newChain appends record 1, which names the instance and its public key;
// whoever holds a copy of it can later tell this history from another one.
func (s *Store) newChain(ctx context.Context) error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return fmt.Errorf("make audit keys: %w", err)
	}
	sealed, err := s.options.Sealer.Seal(private.Seed(), privateKeyPlace)
	if err != nil {
		return err
	}
	keys := auditKeys{ID: 1, Instance: uuid.NewString(), Public: public, PrivateSealed: sealed}
	if err := s.write(ctx).Create(&keys).Error; err != nil {
		return fmt.Errorf("store audit keys: %w", err)
	}
	rec, err := s.AppendAudit(ctx, NewAudit{
		Kind: AuditEvent, Actor: ActorPortal, Action: ActionChainStart, TargetKind: "audit", TargetID: keys.Instance,
		Body: map[string]any{
			"format":     "portal-audit-v1",
			"instance":   keys.Instance,
			"public_key": base64.StdEncoding.EncodeToString(public),
		},
	})
	if err == nil && rec.Seq != 1 {
		return errors.New("the audit has records but its keys are gone; restore a backup")
	}
	return err
}
