package provision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

const (
	// SignInLife is how long a sign-in lasts at most, whatever its refresh
	// token would allow.
	SignInLife = 8 * time.Hour
	// SignInIdle is how long a sign-in without a run under way outlives its
	// person's last request: the 30 minutes of a browser session, and the two in
	// which a request need not have been noted.
	SignInIdle = 32 * time.Minute
	// expiryMargin is how long before its end an access token is replaced, so
	// that it does not expire on its way to Graph.
	expiryMargin = 2 * time.Minute
)

// ErrSignInNeeded means that the portal holds no usable sign-in of a person:
// he signed out, his eight hours are over, or Entra took the refresh token
// back.
var ErrSignInNeeded = errors.New("a new sign-in is needed")

// SignInsOptions are the parts of SignIns.
type SignInsOptions struct {
	Store  *models.Store
	Entra  *entra.Client
	Graph  *graph.Client // optional: roles are read again at each refresh
	App    entra.App
	Sealer *models.Sealer
	Scopes []string // asked for at refresh; the same as at sign-in
	Now    func() time.Time
	Log    *slog.Logger
}

// SignIns holds the delegated tokens of people: access tokens in memory,
// refresh tokens sealed in the database. It is safe for concurrent use.
type SignIns struct {
	o       SignInsOptions
	flights singleflight.Group

	mu     sync.Mutex
	access map[string]accessToken // by sign-in id and scopes
	ended  func(tid, oid string)  // tells the engine to park the person's runs
}

type accessToken struct {
	token   entra.Secret
	expires time.Time
}

// lives reports whether the token can be sent for as long as margin from now.
func (t accessToken) lives(now time.Time, margin time.Duration) bool {
	return now.Add(margin).Before(t.expires)
}

// NewSignIns returns SignIns with no token in memory.
func NewSignIns(o SignInsOptions) *SignIns {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &SignIns{o: o, access: map[string]accessToken{}, ended: func(string, string) {}}
}

// Add records the sign-in of a person whose ID token was checked, and keeps
// his access token. The refresh token is sealed so that its row cannot be
// moved to another person. What also writes is committed with the row, or
// neither is; nil writes nothing.
func (s *SignIns) Add(ctx context.Context, who entra.Identity, tokens *entra.Tokens, roles []graph.DirectoryRole, also func(*models.Store, *models.SignIn) error) (*models.SignIn, error) {
	now := s.o.Now()
	row := &models.SignIn{
		ID: uuid.NewString(), TID: who.TenantID, OID: who.ObjectID, Name: who.Name, Username: who.Username,
		AuthTime: who.AuthTime, Scopes: tokens.Scope, ExpiresAt: now.Add(SignInLife), SeenAt: now, CreatedAt: now,
	}
	row.Roles, row.RoleTemplateIDs = roleNames(roles)
	sealed, err := s.seal(row, tokens.Refresh)
	if err != nil {
		return nil, err
	}
	row.RefreshSealed = sealed
	err = s.o.Store.Tx(ctx, func(tx *models.Store) error {
		if err := tx.SaveSignIn(ctx, row); err != nil || also == nil {
			return err
		}
		return also(tx, row)
	})
	if err != nil {
		return nil, fmt.Errorf("save sign-in: %w", err)
	}
	s.keep(accessKey(row.ID, nil), tokens)
	return row, nil
}

func roleNames(roles []graph.DirectoryRole) (names, templates []string) {
	for _, r := range roles {
		names = append(names, r.DisplayName)
		templates = append(templates, r.RoleTemplateID)
	}
	return names, templates
}

// Token returns an access token of a sign-in for Graph, or for the scopes
// given. A token near its end is refreshed; callers that come meanwhile wait
// for the same refresh. The error is ErrSignInNeeded when only a new sign-in
// helps, and something else when trying later may help.
func (s *SignIns) Token(ctx context.Context, signInID string, scopes ...string) (entra.Secret, error) {
	key := accessKey(signInID, scopes)
	// A flight under way may be one for other scopes. A token that is too short
	// for the margin is used all the same: asking again would bring its like.
	for served := ""; served != key; {
		if token, ok := s.cached(key); ok {
			return s.handOut(ctx, signInID, token)
		}
		var err error
		if served, err = s.fly(ctx, signInID, key, scopes); err != nil {
			return entra.Secret{}, err
		}
	}
	token, ok := s.held(key, 0)
	if token, err := s.handOut(ctx, signInID, token); err != nil || ok {
		return token, err
	}
	return entra.Secret{}, errTokenEnded
}

// handOut looks at the sign-in last of all: its person may have signed out
// while the token was on its way.
func (s *SignIns) handOut(ctx context.Context, signInID string, token entra.Secret) (entra.Secret, error) {
	if _, err := s.live(ctx, signInID); err != nil {
		return entra.Secret{}, err
	}
	return token, nil
}

// errTokenEnded is a refresh that brought nothing one could send.
var errTokenEnded = errors.New("the sign-in service gave a token that has ended already")

// fly refreshes, or waits for a refresh under way, and returns the key that was
// served. One flight a sign-in, whatever the scopes: each refresh may rotate the
// refresh token, and two at once would lose one of them.
func (s *SignIns) fly(ctx context.Context, signInID, key string, scopes []string) (served string, err error) {
	result := s.flights.DoChan(signInID, func() (any, error) {
		if _, ok := s.cached(key); ok {
			return key, nil
		}
		// It goes on when the first caller leaves, for those who wait.
		return key, s.refresh(context.WithoutCancel(ctx), signInID, key, scopes)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-result:
		served, _ = r.Val.(string)
		return served, r.Err
	}
}

// TokenFunc returns Token bound to one sign-in, as graph.Client wants it.
func (s *SignIns) TokenFunc(signInID string) graph.TokenFunc {
	return func(ctx context.Context) (entra.Secret, error) { return s.Token(ctx, signInID) }
}

// Of returns the newest usable sign-in of a person, wherever he signed in, or
// ErrSignInNeeded.
func (s *SignIns) Of(ctx context.Context, tid, oid string) (*models.SignIn, error) {
	row, err := s.o.Store.LatestSignIn(ctx, tid, oid)
	return usable(row, err)
}

// End forgets a sign-in: its row, its tokens. Runs of the person wait for his
// next sign-in unless he has another. Ending what has ended is no error.
func (s *SignIns) End(ctx context.Context, signInID string) error {
	return s.EndWith(ctx, signInID, func(*models.Store, *models.SignIn) error { return nil })
}

// EndWith is End that commits what also writes with the row's end, or neither.
// It is not called when the sign-in has ended already.
func (s *SignIns) EndWith(ctx context.Context, signInID string, also func(*models.Store, *models.SignIn) error) error {
	var row *models.SignIn
	err := s.o.Store.Tx(ctx, func(tx *models.Store) (err error) {
		// Read inside: of two who end it at once only one finds it.
		if row, err = usable(tx.SignIn(ctx, signInID)); err != nil && !errors.Is(err, ErrSignInNeeded) {
			return err
		}
		if err := tx.DeleteSignIn(ctx, signInID); err != nil || row == nil {
			return err
		}
		return also(tx, row)
	})
	if err != nil {
		return fmt.Errorf("delete sign-in: %w", err)
	}
	// After the row: a refresh that sees the row may still keep its token.
	s.forget(signInID)
	if row != nil {
		s.ended(row.TID, row.OID)
	}
	return nil
}

// Drop forgets the access tokens of a sign-in, so that the next Token gets a
// fresh one: Graph has refused the one in memory.
func (s *SignIns) Drop(signInID string) { s.forget(signInID) }

// live returns the row of a sign-in that has not ended.
func (s *SignIns) live(ctx context.Context, signInID string) (*models.SignIn, error) {
	row, err := s.o.Store.SignIn(ctx, signInID)
	return usable(row, err)
}

// usable turns "no such row", which an ended sign-in is too, into
// ErrSignInNeeded.
func usable(row *models.SignIn, err error) (*models.SignIn, error) {
	if errors.Is(err, models.ErrNotFound) {
		return nil, ErrSignInNeeded
	}
	if err != nil {
		return nil, fmt.Errorf("find sign-in: %w", err)
	}
	return row, nil
}

func (s *SignIns) cached(key string) (entra.Secret, bool) { return s.held(key, expiryMargin) }

// held is the token in memory when it lives for margin at least.
func (s *SignIns) held(key string, margin time.Duration) (entra.Secret, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.access[key]
	if !ok || !held.lives(s.o.Now(), margin) {
		return entra.Secret{}, false
	}
	return held.token, true
}

func (s *SignIns) keep(key string, tokens *entra.Tokens) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access[key] = accessToken{token: tokens.Access, expires: tokens.ExpiresAt}
}

func (s *SignIns) forget(signInID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.access {
		if strings.HasPrefix(key, signInID+" ") {
			delete(s.access, key)
		}
	}
}

// accessKey names a token in memory: its sign-in and what it was asked for.
func accessKey(signInID string, scopes []string) string {
	return signInID + " " + strings.Join(scopes, " ")
}
