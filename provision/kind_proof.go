package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// proofKind signs in with the client secret that the run has minted, so that the
// old one goes only when the new one works. It changes nothing in the tenant.
func proofKind() stepKind {
	return stepKind{
		name: KindProof, target: graph.KindBlueprint, changes: ofBlueprint, done: "Proved",
		what:    func(known, planned) string { return "Sign in as the blueprint with the new client secret" },
		do:      prove,
		explain: explainProof,
		left:    func(*models.Run, *models.Step) string { return "nothing: a proof changes nothing" },
	}
}

// tokenPath is where a proof is sent to, for the page of its run.
const tokenPath = "/oauth2/v2.0/token"

const noteProofGone = "The portal holds the new client secret no longer: it was saved, or its day is over. So nothing proves that it works, and the old one stays. " +
	"Try the new one where the agents run, then remove the old one; or rotate once more."

// prove gets a token as the blueprint. A new secret takes a while to reach the
// sign-in service.
func prove(ctx context.Context, m *mover) (goOn bool, err error) {
	now := m.e.o.Now()
	if m.step.StartedAt.IsZero() {
		m.step.StartedAt = now
	}
	row, err := m.e.o.Store.RunSecret(ctx, m.run.ID)
	switch {
	case isNotFound(err):
		return m.fail(ctx, failure{note: noteProofGone})
	case err != nil:
		return false, fmt.Errorf("read the secret to prove: %w", err)
	}
	m.data.KeyID = row.KeyID
	secret, err := m.e.openRunSecret(row)
	if err != nil {
		return m.fail(ctx, failure{note: "The portal cannot open the sealed secret of this run: its encryption key was changed. The old secret stays."})
	}
	m.forgetAnswer()
	longer, cancel := m.e.outlive(ctx)
	defer cancel()
	_, err = m.e.o.Entra.Acquire(longer, entra.BlueprintToken{
		BlueprintAppID: m.run.BlueprintAppID, Credential: entra.Credential{Secret: secret}, Scope: entra.GraphDefaultScope,
	})
	if err != nil {
		return m.unproved(ctx, err)
	}
	m.step.HTTPStatus = http.StatusOK
	m.step.Attempt++
	return m.finish(ctx, models.ResultSucceeded, object{})
}

// unproved decides what a sign-in that failed says of the secret.
func (m *mover) unproved(ctx context.Context, err error) (goOn bool, _ error) {
	var refused *entra.Error
	switch words, pause, out := withheld(err); {
	case ctx.Err() != nil:
		return false, nil
	case !out:
		return false, fmt.Errorf("prove a secret: %w", err)
	case !errors.As(err, &refused) || refused.Transient():
		return m.waitAtLeast(ctx, pause, waitEntra, words)
	}
	m.step.HTTPStatus, m.step.ErrorCode, m.step.ErrorMessage = refused.Status, answered(refused), refused.Description
	// 7000216: the sign-in service knows of no credential at all yet.
	if freshSecret(refused.AADSTS) || refused.AADSTS == 7000216 {
		return m.waitFor(ctx, waitDirectory, fmt.Sprintf("The sign-in service does not know the new secret everywhere yet: it answered AADSTS%d.", refused.AADSTS))
	}
	why := entra.ExplainAADSTS(refused.AADSTS, refused.Code)
	m.step.Attempt++
	return m.fail(ctx, failure{status: refused.Status, code: answered(refused), message: refused.Description, note: why.Meaning + " " + why.Fix})
}

// explainProof says what a proof that failed means.
func explainProof(s *models.Step) (Advice, bool) {
	a := Advice{Title: "The new client secret could not be proved", Text: s.Note + " The old one was not touched, and the new one stays beside it.", Fixes: []Fix{FixRetry}}
	if s.Note == noteProofGone {
		a.Title, a.Text = "The new client secret is no longer held", s.Note
	}
	return a, true
}

// proves says that a run has a secret to prove that it has minted.
func proves(run *models.Run) bool {
	return slices.ContainsFunc(run.Steps, func(s models.Step) bool { return s.Kind == KindProof && s.State != models.StepDone })
}

// keepForProof keeps the sealed secret of a run that has yet to prove it; one that
// is gone is for the step to tell.
func keepForProof(ctx context.Context, tx *models.Store, run *models.Run, now time.Time) error {
	if !proves(run) {
		return nil
	}
	secret, err := tx.RunSecret(ctx, run.ID)
	if isNotFound(err) || err == nil && !secret.EndsAt.IsZero() && now.After(secret.EndsAt) {
		return nil
	}
	if err != nil {
		return err
	}
	secret.Keep = true
	return tx.PutRunSecret(ctx, secret)
}
