package provision

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// reconcileSecret settles a secret whose answer was lost. Its value is lost for
// good, so a secret that was made is removed before another one is: an unseen
// secret never stays alive.
func (m *mover) reconcileSecret(ctx context.Context) (goOn bool, err error) {
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.e.hook(inReconcile, m.step)
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	unseen := secretsNamed(blueprint, secretName(m.step.OpID))
	if m.data.RemoveOp != "" {
		// A removal was under way when the process stopped or an answer was lost.
		if done, err := m.finishRemoval(ctx, unseen); err != nil || !done {
			return false, err
		}
		return m.reconcileSecret(ctx)
	}
	for _, keyID := range unseen {
		if done, err := m.removeUnseen(ctx, keyID); err != nil || !done {
			return false, err
		}
	}
	if len(unseen) == 0 && m.e.o.Now().Before(m.data.Settled) {
		return m.readAgain(ctx)
	}
	return m.repeat(ctx)
}

func secretsNamed(b *graph.Blueprint, name string) []string {
	var keys []string
	for _, c := range b.PasswordCredentials {
		if c.DisplayName == name {
			keys = append(keys, c.KeyID)
		}
	}
	return keys
}

// removeUnseen removes one unseen secret, as an operation of its own.
func (m *mover) removeUnseen(ctx context.Context, keyID string) (done bool, err error) {
	opID, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("make operation id: %w", err)
	}
	m.data.RemoveOp, m.data.Remove = opID.String(), keyID
	call := graph.RemovePasswordCall(m.run.BlueprintID, keyID)
	intent := m.removal(models.AuditIntent)
	if intent.Body, err = callBody(call); err != nil {
		return false, err
	}
	intent.Body["why"] = "The answer that held this secret was lost, so nobody has seen it."
	m.data.Calls++
	err = m.e.o.Store.Tx(ctx, func(tx *models.Store) error {
		if _, err := tx.AppendAudit(ctx, intent); err != nil {
			return err
		}
		return m.save(ctx, tx)
	})
	if err != nil {
		return false, fmt.Errorf("record intent: %w", err)
	}
	return m.sendRemoval(ctx, call)
}

// finishRemoval ends a removal of which only the intent is known: by reading
// that the secret is gone, or by sending it again, which changes nothing twice.
func (m *mover) finishRemoval(ctx context.Context, unseen []string) (done bool, err error) {
	for _, keyID := range unseen {
		if keyID == m.data.Remove {
			m.data.Calls++
			return m.sendRemoval(ctx, graph.RemovePasswordCall(m.run.BlueprintID, keyID))
		}
	}
	return true, m.endRemoval(ctx, models.ResultAdopted)
}

func (m *mover) sendRemoval(ctx context.Context, call graph.Call) (done bool, err error) {
	writer := m.e.o.Writer.With(m.e.o.SignIns.TokenFunc(m.signIn.ID))
	_, err = writer.Send(ctx, m.data.RemoveOp, call, nil)
	m.e.hook(afterRemoval, m.step)
	var refusal *graph.Error
	switch {
	case err == nil:
		return true, m.endRemoval(ctx, models.ResultSucceeded)
	case !graph.Unknown(err) && errors.As(err, &refusal) && goneAlready(refusal):
		return true, m.endRemoval(ctx, models.ResultSucceeded)
	}
	// Whatever it was, the secret may live: the removal stays open and is tried
	// again, and nothing is minted before it has an end.
	_, err = m.cannotRead(ctx, err)
	return false, err
}

func (m *mover) endRemoval(ctx context.Context, result string) error {
	outcome := m.removal(models.AuditOutcome)
	outcome.Result = result
	m.data.RemoveOp, m.data.Remove = "", ""
	// The operation's effect was found and undone, so nothing of it can still
	// come to light: minting again need not wait for the window to end.
	m.data.Settled = m.e.o.Now()
	err := m.e.o.Store.Tx(ctx, func(tx *models.Store) error {
		if _, err := tx.AppendAudit(ctx, outcome); err != nil {
			return err
		}
		return m.save(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("record outcome: %w", err)
	}
	return nil
}

// removal is a record of the removal under way.
func (m *mover) removal(kind models.AuditKind) models.NewAudit {
	a := m.record(kind, m.data.RemoveOp)
	a.Action = models.ActionCredentialRemove
	a.Body["keyId"], a.Body["name"] = m.data.Remove, blueprintName(m.run)
	return a
}

// reconcileRemoval settles the removal of a secret that a person asked for.
func (m *mover) reconcileRemoval(ctx context.Context) (goOn bool, err error) {
	// A replica that lags may not know the secret or the blueprint yet: absence
	// proves the removal only once the window has ended.
	settled := !m.e.o.Now().Before(m.data.Settled)
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.e.hook(inReconcile, m.step)
	if graph.IsNotFound(err) && settled {
		return m.finish(ctx, models.ResultAdopted, object{id: m.data.KeyID})
	}
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	for _, c := range blueprint.PasswordCredentials {
		if c.KeyID == m.data.KeyID {
			return m.repeat(ctx)
		}
	}
	if !settled {
		return m.readAgain(ctx)
	}
	return m.finish(ctx, models.ResultAdopted, object{id: m.data.KeyID})
}
