package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// secretAsk is what a client secret is made from.
type secretAsk struct {
	Ends time.Time `json:"ends,omitzero"`
	Keep bool      `json:"keep,omitempty"` // sealed, for the token lab
	Name string    `json:"name,omitempty"` // of the blueprint, for who looks at what is kept
}

func secretKind() stepKind {
	return stepKind{
		name: KindSecret, target: graph.KindBlueprint, changes: ofBlueprint, done: "Created",
		ask: func(k known) any {
			return secretAsk{Ends: k.spec.SecretEnds(k.started), Keep: k.spec.KeepSecret, Name: k.spec.DisplayName}
		},
		call: asking(func(k known, ask secretAsk, _, opID string) graph.Call {
			return graph.AddPasswordCall(k.blueprintID, secretName(opID), ask.Ends)
		}),
		what: func(k known, _ planned) string {
			ends := k.spec.SecretEnds(k.started)
			if ends.IsZero() {
				return "Add client secret “portal:…”" // nobody has chosen its life yet
			}
			return fmt.Sprintf("Add client secret “portal:…”, ends %s", ends.Format("2 Jan 2006"))
		},
		read:    readSecret,
		keep:    keepSecret,
		settle:  settleSecret,
		lagNote: noteBlueprintNew,
		// Each call may have minted one, or none.
		lost: "Whatever the calls made was removed again, so nothing is left over. Retry it later.",
		left: func(run *models.Run, s *models.Step) string {
			return fmt.Sprintf("a client secret named “%s” at the blueprint %s, whose value nobody knows", secretName(s.OpID), run.BlueprintID)
		},
	}
}

// secretName is the display name of a secret, by which one whose answer was
// lost is found again.
func secretName(opID string) string {
	if opID == "" {
		return ""
	}
	return secretMark + opID
}

const secretMark = "portal:"

// SecretOp returns the operation that made a client secret, from the name that
// the secret has in the directory; ours is false for names of other making.
func SecretOp(name string) (opID string, ours bool) { return strings.CutPrefix(name, secretMark) }

// readSecret wants the secret itself: without it the answer is worth nothing.
func readSecret(body []byte) (object, error) {
	made, err := answering(func(c graph.PasswordCredential) object {
		return object{id: c.KeyID, name: c.DisplayName, secret: c.SecretText, hint: c.Hint, ends: c.EndDateTime}
	})(body)
	if err == nil && made.secret.IsZero() {
		return object{}, errEmptyAnswer
	}
	return made, err
}

// settleSecret settles a secret whose answer was lost. Its value is lost for
// good, so a secret that was made is removed before another one is: an unseen
// secret never stays alive.
func settleSecret(ctx context.Context, m *mover) (goOn bool, err error) {
	if m.data.RemoveOp != "" {
		// A removal was under way when the process stopped or an answer was lost.
		if done, err := m.sendRemoval(ctx); err != nil || !done {
			return false, err
		}
	}
	settled := m.settled()
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.hook(inReconcile)
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
	m.hook(afterRemoval)
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
