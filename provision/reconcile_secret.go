package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// reconcileSecret settles a secret whose answer was lost. Its value is lost for
// good, so a secret that was made is removed before another one is: an unseen
// secret never stays alive.
func (m *mover) reconcileSecret(ctx context.Context) (goOn bool, err error) {
	if m.data.RemoveOp != "" {
		// A removal was under way when the process stopped or an answer was lost.
		if done, err := m.sendRemoval(ctx); err != nil || !done {
			return false, err
		}
	}
	settled := m.settled()
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.e.hook(inReconcile, m.step)
	switch {
	case graph.IsNotFound(err) && settled:
		f := failure{note: "The blueprint is gone from the directory, and every secret of it with it. Nothing is left over."}
		return m.fail(ctx, f)
	case err != nil:
		return m.cannotRead(ctx, err)
	}
	m.hasRead()
	for _, keyID := range secretsNamed(blueprint, secretName(m.step.OpID)) {
		if done, err := m.removeUnseen(ctx, keyID); err != nil || !done {
			return false, err
		}
	}
	if !settled {
		return m.readAgain(ctx) // the lost call may still come to light
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

func hasSecret(b *graph.Blueprint, keyID string) bool {
	return slices.ContainsFunc(b.PasswordCredentials, func(c graph.PasswordCredential) bool { return c.KeyID == keyID })
}

// removeUnseen removes one unseen secret, as an operation of its own.
func (m *mover) removeUnseen(ctx context.Context, keyID string) (done bool, err error) {
	if ctx.Err() != nil {
		return false, m.saved(ctx)
	}
	opID, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("make operation id: %w", err)
	}
	m.data.RemoveOp, m.data.Remove = opID.String(), keyID
	intent := m.removal(models.AuditIntent)
	if intent.Body, err = m.announced(graph.RemovePasswordCall(m.run.BlueprintID, keyID)); err != nil {
		return false, err
	}
	intent.Body["keyId"] = keyID
	intent.Body["why"] = "The answer that held this secret was lost, so nobody has seen it."
	err = m.written(ctx, "record intent", func(ctx context.Context, tx *models.Store) error {
		_, err := tx.AppendAudit(ctx, intent)
		return err
	})
	if err != nil {
		return false, err
	}
	return m.sendRemoval(ctx)
}

// sendRemoval sends the removal under way, as often as it takes: a second one
// changes nothing, and only its own answer tells for sure that the secret is
// gone. One that says so before the window has ended may come from a replica
// that has not seen the secret yet.
func (m *mover) sendRemoval(ctx context.Context) (done bool, err error) {
	m.data.Calls++
	answer, err := m.removeCall(ctx)
	m.e.hook(afterRemoval, m.step)
	var refusal *graph.Error
	gone := !graph.Unknown(err) && errors.As(err, &refusal) && goneAlready(refusal)
	switch {
	case err == nil, gone && m.settled():
		return true, m.endRemoval(ctx, answer)
	case gone:
		_, err = m.readAgain(ctx)
	default:
		// Whatever it was, the secret may live: the removal stays open and is
		// tried again, and nothing is minted before it has an end.
		_, err = m.cannotRead(ctx, err)
	}
	return false, err
}

func (m *mover) removeCall(ctx context.Context) (*graph.Response, error) {
	ctx, cancel := m.e.outlive(ctx)
	defer cancel()
	writer := m.e.o.Writer.With(m.e.o.SignIns.TokenFunc(m.signIn.ID))
	return writer.Send(ctx, m.data.RemoveOp, graph.RemovePasswordCall(m.run.BlueprintID, m.data.Remove), nil)
}

// endRemoval ends the removal under way. The window of the lost call stands:
// what it made may come to light a second time.
func (m *mover) endRemoval(ctx context.Context, answer *graph.Response) error {
	outcome := m.removal(models.AuditOutcome)
	outcome.Result = models.ResultSucceeded
	if answer != nil {
		withAnswer(outcome.Body, answer.Status, "", answer.RequestID)
	}
	m.data.RemoveOp, m.data.Remove = "", ""
	return m.written(ctx, "record outcome", func(ctx context.Context, tx *models.Store) error {
		_, err := tx.AppendAudit(ctx, outcome)
		return err
	})
}

// removal is a record of the removal under way.
func (m *mover) removal(kind models.AuditKind) models.NewAudit {
	a := m.record(kind, m.data.RemoveOp, ownerOf(m.run))
	a.Action = models.ActionCredentialRemove
	a.Body["keyId"], a.Body["name"], a.Body["step"] = m.data.Remove, m.step.ObjectName, m.step.Ordinal
	return a
}

// reconcileRemoval settles the removal of a secret that a person asked for.
func (m *mover) reconcileRemoval(ctx context.Context) (goOn bool, err error) {
	// A replica that lags may not know the secret or the blueprint yet: absence
	// proves the removal only once the window has ended.
	settled := m.settled()
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.e.hook(inReconcile, m.step)
	if graph.IsNotFound(err) && settled {
		return m.finish(ctx, models.ResultAdopted, object{id: m.data.KeyID})
	}
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	m.hasRead()
	switch {
	case !settled:
		return m.readAgain(ctx)
	case hasSecret(blueprint, m.data.KeyID):
		return m.repeat(ctx)
	}
	return m.finish(ctx, models.ResultAdopted, object{id: m.data.KeyID})
}
