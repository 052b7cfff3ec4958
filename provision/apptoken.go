package provision

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"agentidportal/entra"
	"agentidportal/models"
)

// appTokens holds the blueprints' own tokens, by run, in memory only.
type appTokens struct {
	mu   sync.Mutex
	held map[int64]accessToken
}

// blueprintToken returns a token of the run's blueprint for Graph, got with the
// secret the run has minted.
func (e *Engine) blueprintToken(ctx context.Context, run *models.Run) (entra.Secret, error) {
	e.appTokens.mu.Lock()
	held, ok := e.appTokens.held[run.ID]
	e.appTokens.mu.Unlock()
	if ok && held.lives(e.o.Now(), expiryMargin) {
		return held.token, nil
	}
	row, err := e.o.Store.RunSecret(ctx, run.ID)
	if isNotFound(err) {
		return entra.Secret{}, ErrNoSecret
	}
	if err != nil {
		return entra.Secret{}, fmt.Errorf("read run secret: %w", err)
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
	case freshSecret(refused.AADSTS):
		m.step.ErrorCode, m.step.HTTPStatus = answered(refused), refused.Status
		return m.waitFor(ctx, waitDirectory, fmt.Sprintf(
			"The sign-in service does not know the new blueprint or its secret yet: it answered AADSTS%d.", refused.AADSTS))
	}
	why := entra.ExplainAADSTS(refused.AADSTS, refused.Code)
	return m.fail(ctx, failure{
		status: refused.Status, code: answered(refused), requestID: refused.CorrelationID,
		message: refused.Description, note: why.Meaning + " " + why.Fix,
	})
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
