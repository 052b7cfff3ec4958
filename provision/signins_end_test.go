package provision

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentidportal/models"
)

// TestSignOutDuringARefresh: whatever the refresh brings comes too late.
func TestSignOutDuringARefresh(t *testing.T) {
	tests := map[string]fault{
		"while the token is asked for": {method: http.MethodPost, path: "/oauth2/v2.0/token"},
		"while the roles are read":     {method: http.MethodGet, path: "/transitiveMemberOf"},
	}
	for name, moment := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{idle: true})
			admin := b.admin(t)
			b.signIns.Drop(admin.SignInID)
			struck := false
			moment.do = func() {
				struck = true
				if err := b.signIns.End(t.Context(), admin.SignInID); err != nil {
					t.Errorf("end: %v", err)
				}
			}
			b.faults.add(moment)
			token, err := b.signIns.Token(t.Context(), admin.SignInID)
			if !struck {
				t.Fatal("nobody signed out")
			}
			if !errors.Is(err, ErrSignInNeeded) || !token.IsZero() {
				t.Errorf("a token was handed out: %v", err)
			}
			b.nothingKept(t, admin.SignInID)
		})
	}
}

// TestEndForgetsASignInWhoseTimeIsOver: its row cannot be read any more, its
// token is in memory all the same.
func TestEndForgetsASignInWhoseTimeIsOver(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, idle: true})
	admin := b.admin(t)
	clock.forward(SignInLife)
	if err := b.signIns.End(t.Context(), admin.SignInID); err != nil {
		t.Fatal(err)
	}
	b.nothingKept(t, admin.SignInID)
	clock.forward(-SignInLife)
	if _, err := b.store.SignIn(t.Context(), admin.SignInID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the row is still there: %v", err)
	}
}

// TestManyScopesAtOnce: refreshes of one sign-in come one after another, and
// each caller waits for his own.
func TestManyScopesAtOnce(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	b.signIns.Drop(admin.SignInID)
	begun, goOn := make(chan struct{}), make(chan struct{})
	b.faults.add(fault{path: "/oauth2/v2.0/token", do: func() { close(begun); <-goOn }})
	var all sync.WaitGroup
	ask := func(scopes ...string) {
		all.Go(func() {
			if _, err := b.signIns.Token(t.Context(), admin.SignInID, scopes...); err != nil {
				t.Errorf("%v: %v", scopes, err)
			}
		})
	}
	ask()
	<-begun
	for _, scope := range []string{"User.Read", "Application.Read.All", "AgentIdentity.Read.All", "Organization.Read.All", "User.ReadBasic.All"} {
		ask(scope)
	}
	time.Sleep(20 * time.Millisecond) // until they wait
	close(goOn)
	all.Wait()
}

// TestSweepForgetsTokensOfThoseWhoHaveGone: their sign-ins are deleted, and an
// access token would live on for most of an hour.
func TestSweepForgetsTokensOfThoseWhoHaveGone(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, idle: true})
	gone, here := b.admin(t), b.signIn(t, "agent-dev@"+b.info.Domain)
	clock.forward(SignInIdle + time.Minute)
	if err := b.store.TouchSignIn(t.Context(), here.SignInID); err != nil {
		t.Fatal(err)
	}
	if err := b.signIns.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.nothingKept(t, gone.SignInID)
	if _, ok := b.signIns.cached(accessKey(here.SignInID, nil)); !ok {
		t.Error("the token of somebody at work was forgotten")
	}
}

func (b *bench) nothingKept(t *testing.T, signInID string) {
	t.Helper()
	if _, err := b.store.SignIn(t.Context(), signInID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the sign-in is back: %v", err)
	}
	for key := range b.signIns.access {
		if strings.HasPrefix(key, signInID) {
			t.Error("an access token is in memory")
		}
	}
}

// TestTwoSignOutsAtOnceAreOne: a sign-in ends once, so one record says so.
func TestTwoSignOutsAtOnceAreOne(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	var told atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := b.signIns.EndWith(t.Context(), admin.SignInID, func(*models.Store, *models.SignIn) error {
				told.Add(1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := told.Load(); n != 1 {
		t.Errorf("%d ends were recorded, want 1", n)
	}
}
