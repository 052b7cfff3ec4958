package provision

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

// ErrNoneToSignIn is the ErrNoSecret of a run whose blueprint has to sign in.
var ErrNoneToSignIn = fmt.Errorf("the blueprint cannot sign in: %w", ErrNoSecret)

// appTokens holds the blueprints' own tokens, by run, in memory only.
type appTokens struct {
	mu   sync.Mutex
	held map[int64]accessToken
}

// secretFor returns the newest secret that the blueprint of a run can sign in
// with: one that the run has minted or holds on to, or that its owner was given
// by another run. ErrNoneToSignIn when there is none.
func secretFor(ctx context.Context, store *models.Store, run *models.Run, now time.Time) (*models.RunSecret, error) {
	secrets, err := store.RunSecretsOf(ctx, run.TID, run.BlueprintID)
	if err != nil {
		return nil, fmt.Errorf("look for a secret of the blueprint: %w", err)
	}
	for i := range secrets {
		s := &secrets[i]
		open := s.RunID == run.ID || s.Keep || run.OwnedBy(s.TID, s.OwnerOID)
		if open && (s.EndsAt.IsZero() || now.Before(s.EndsAt)) {
			return s, nil
		}
	}
	return nil, ErrNoneToSignIn
}

// blueprintToken returns a token of the run's blueprint for Graph, got with the
// secret that secretFor finds.
func (e *Engine) blueprintToken(ctx context.Context, run *models.Run) (entra.Secret, error) {
	e.appTokens.mu.Lock()
	held, ok := e.appTokens.held[run.ID]
	e.appTokens.mu.Unlock()
	if ok && held.lives(e.o.Now(), expiryMargin) {
		return held.token, nil
	}
	row, err := secretFor(ctx, e.o.Store, run, e.o.Now())
	if err != nil {
		return entra.Secret{}, err
	}
	secret, err := e.openRunSecret(row)
	if err != nil {
		return entra.Secret{}, err
	}
	trace, err := e.o.Entra.Acquire(ctx, entra.BlueprintToken{
		BlueprintAppID: run.BlueprintAppID, Credential: entra.Credential{Secret: secret}, Scope: entra.GraphDefaultScope,
	})
	if err != nil {
		return entra.Secret{}, fmt.Errorf("get a token as the blueprint: %w", err)
	}
	e.appTokens.mu.Lock()
	defer e.appTokens.mu.Unlock()
	e.appTokens.held[run.ID] = accessToken{token: trace.Token(), expires: trace.ExpiresAt()}
	return trace.Token(), nil
}

func (e *Engine) dropBlueprintToken(runID int64) {
	e.appTokens.mu.Lock()
	defer e.appTokens.mu.Unlock()
	delete(e.appTokens.held, runID)
}

// tokenRefused decides what becomes of a step whose blueprint got no token. A
// new secret and a new principal take a while to reach the sign-in service.
func (m *mover) tokenRefused(ctx context.Context, err error) (goOn bool, _ error) {
	var refused *entra.Error
	switch words, pause, out := withheld(err); {
	case ctx.Err() != nil:
		return false, nil
	case errors.Is(err, ErrNoSecret):
		return m.fail(ctx, failure{note: noteSecretGone})
	case errors.Is(err, errSealed):
		return m.fail(ctx, failure{note: "The portal cannot open the sealed secret of this run: its encryption key was changed. The blueprint cannot sign in without it."})
	case !out:
		return false, err
	case !errors.As(err, &refused) || refused.Transient():
		return m.waitAtLeast(ctx, pause, waitEntra, words)
	case freshSecret(refused.AADSTS) && (m.young() || m.secretYoung(ctx)):
		m.step.ErrorCode, m.step.HTTPStatus = answered(refused), refused.Status
		return m.waitFor(ctx, waitDirectory, fmt.Sprintf(
			"The sign-in service does not know the new blueprint or its secret yet: it answered AADSTS%d.", refused.AADSTS))
	}
	why := entra.ExplainAADSTS(refused.AADSTS, refused.Code)
	f := failure{status: refused.Status, code: answered(refused), message: refused.Description, note: why.Meaning + " " + why.Fix}
	if refused.CorrelationID != "" { // no request-id of Graph
		f.note += " Microsoft’s support asks for the correlation ID " + refused.CorrelationID + "."
	}
	return m.fail(ctx, f)
}

// secretYoung reports whether the sign-in service may not know the secret yet.
func (m *mover) secretYoung(ctx context.Context) bool {
	secret, err := secretFor(ctx, m.e.o.Store, m.run, m.e.o.Now())
	return err == nil && m.e.o.Now().Sub(secret.CreatedAt) < lagAge
}

// freshSecret reports whether a refusal is ordinary for a blueprint or a secret
// made seconds ago: unknown application, unknown or invalid secret, no service
// principal yet.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func freshSecret(aadsts int) bool {
	switch aadsts {
	case 700016, 7000215, 7000229:
		return true
	}
	return false
}

func isNotFound(err error) bool { return errors.Is(err, models.ErrNotFound) }
