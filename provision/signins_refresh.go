package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// refresh trades the refresh token of a sign-in for a new access token, and
// keeps the rotated refresh token. It reads the row itself: the one the caller
// saw may hold a token that was rotated since.
func (s *SignIns) refresh(ctx context.Context, signInID, key string, scopes []string) error {
	row, err := s.live(ctx, signInID)
	if err != nil {
		return err
	}
	refresh, err := s.open(row)
	if err != nil {
		// A key that was changed makes every sealed token unreadable; a new
		// sign-in mends that, an error page would not.
		s.o.Log.WarnContext(ctx, "sealed refresh token cannot be opened", "signIn", row.ID, "error", err)
		return s.lose(ctx, row)
	}
	if refresh.IsZero() {
		return s.lose(ctx, row)
	}
	if len(scopes) == 0 {
		scopes = s.o.Scopes
	}
	tokens, err := s.o.Entra.Refresh(ctx, s.o.App, refresh, scopes)
	if signInLost(err) {
		return s.lose(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("refresh sign-in: %w", err)
	}
	if !tokens.Refresh.IsZero() && tokens.Refresh.Reveal() != refresh.Reveal() {
		sealed, err := s.seal(row, tokens.Refresh)
		if err != nil {
			return err
		}
		err = s.o.Store.ReplaceRefresh(ctx, row.ID, sealed)
		if errors.Is(err, models.ErrNotFound) {
			return ErrSignInNeeded // signed out meanwhile
		}
		if err != nil {
			return fmt.Errorf("keep rotated refresh token: %w", err)
		}
	}
	s.keep(key, tokens)
	// Whoever signs out before this look is seen here; after it, End forgets
	// what was kept.
	if _, err := s.live(ctx, row.ID); err != nil {
		s.forget(row.ID)
		return err
	}
	s.rereadRoles(ctx, row, tokens.Access)
	return nil
}

// lose ends a sign-in that Entra no longer honours.
func (s *SignIns) lose(ctx context.Context, row *models.SignIn) error {
	if err := s.End(ctx, row.ID); err != nil {
		return err
	}
	return ErrSignInNeeded
}

// signInLost reports whether a refusal at refresh can be mended by a new
// sign-in only: password changed or revoked (50173), a second factor wanted
// (50076), lifetime policy (70043), or any other invalid or interactive grant.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func signInLost(err error) bool {
	var refused *entra.Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case "invalid_grant", "interaction_required", "login_required", "consent_required":
		return true
	}
	return slices.Contains([]int{50173, 50076, 70043}, refused.AADSTS)
}

// rereadRoles keeps the roles of a sign-in as fresh as its token: a lost role
// ends its rights at the next refresh.
func (s *SignIns) rereadRoles(ctx context.Context, row *models.SignIn, token entra.Secret) {
	if s.o.Graph == nil {
		return
	}
	as := s.o.Graph.With(graph.Held(token))
	roles, err := as.DirectoryRoles(ctx)
	if err != nil {
		// The old roles stand until the next refresh; Graph is the judge anyway.
		s.o.Log.WarnContext(ctx, "roles were not read again", "signIn", row.ID, "error", err)
		return
	}
	names, templates := roleNames(roles)
	if err := s.o.Store.UpdateRoles(ctx, row.ID, names, templates); err != nil && !errors.Is(err, models.ErrNotFound) {
		s.o.Log.WarnContext(ctx, "roles were not saved", "signIn", row.ID, "error", err)
	}
}

// Sweep deletes sign-ins whose time is over or whose person has gone without
// leaving a run under way, and forgets access tokens that have expired.
func (s *SignIns) Sweep(ctx context.Context) error {
	s.dropExpired(s.o.Now())
	if err := s.o.Store.DeleteIdleSignIns(ctx, s.o.Now().Add(-SignInIdle)); err != nil {
		return err
	}
	if err := s.o.Store.DeleteExpiredSignIns(ctx); err != nil {
		return fmt.Errorf("delete ended sign-ins: %w", err)
	}
	for _, id := range s.heldIDs() {
		if _, err := s.live(ctx, id); errors.Is(err, ErrSignInNeeded) {
			s.forget(id)
		}
	}
	return nil
}

// heldIDs are the sign-ins with a token in memory.
func (s *SignIns) heldIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for key := range s.access {
		id, _, _ := strings.Cut(key, " ")
		ids = append(ids, id)
	}
	return ids
}

func (s *SignIns) dropExpired(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, held := range s.access {
		if now.After(held.expires) {
			delete(s.access, key)
		}
	}
}

// refreshAAD binds a sealed refresh token to its row and its person.
func refreshAAD(row *models.SignIn) string {
	return "sign_ins:" + row.ID + ":" + row.TID + ":" + row.OID
}

func (s *SignIns) seal(row *models.SignIn, refresh entra.Secret) ([]byte, error) {
	if refresh.IsZero() {
		return nil, nil
	}
	sealed, err := s.o.Sealer.Seal([]byte(refresh.Reveal()), refreshAAD(row))
	if err != nil {
		return nil, fmt.Errorf("seal refresh token: %w", err)
	}
	return sealed, nil
}

func (s *SignIns) open(row *models.SignIn) (entra.Secret, error) {
	if len(row.RefreshSealed) == 0 {
		return entra.Secret{}, nil
	}
	plain, err := s.o.Sealer.Open(row.RefreshSealed, refreshAAD(row))
	if err != nil {
		return entra.Secret{}, fmt.Errorf("open refresh token: %w", err)
	}
	return entra.NewSecret(string(plain)), nil
}
