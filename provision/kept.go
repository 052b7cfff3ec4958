package provision

import (
	"fmt"

	"agentidportal/entra"
	"agentidportal/models"
)

// SealKept seals a secret to be kept for the token lab; kept.ID must be set.
func SealKept(sealer *models.Sealer, kept *models.KeptSecret, secret entra.Secret) error {
	sealed, err := sealer.Seal([]byte(secret.Reveal()), keptSecretAAD(kept.ID))
	if err != nil {
		return fmt.Errorf("seal kept secret: %w", err)
	}
	kept.Sealed = sealed
	return nil
}
