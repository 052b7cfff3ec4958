package provision

import (
	"bytes"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentidportal/models"
)

// movedClock is a clock that tests push forward.
type movedClock struct{ ahead atomic.Int64 }

func (c *movedClock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *movedClock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

func TestTokenIsRefreshedOnceForAll(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, idle: true})
	admin := b.admin(t)
	first, err := b.signIns.Token(t.Context(), admin.SignInID)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := b.signIns.Token(t.Context(), admin.SignInID); again.Reveal() != first.Reveal() {
		t.Error("a token that is good was replaced")
	}
	before, err := b.store.SignIn(t.Context(), admin.SignInID)
	if err != nil {
		t.Fatal(err)
	}

	b.signIns.Drop(admin.SignInID)
	var refreshes atomic.Int32
	b.faults.add(fault{path: "/oauth2/v2.0/token", times: 100, do: func() {
		refreshes.Add(1)
		time.Sleep(30 * time.Millisecond)
	}})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := b.signIns.Token(t.Context(), admin.SignInID); err != nil {
				t.Errorf("token: %v", err)
			}
		})
	}
	all.Wait()
	if n := refreshes.Load(); n != 1 {
		t.Errorf("%d refreshes for 50 callers, want 1", n)
	}
	after, err := b.store.SignIn(t.Context(), admin.SignInID)
	if err != nil || bytes.Equal(before.RefreshSealed, after.RefreshSealed) {
		t.Errorf("the rotated refresh token was not kept (%v)", err)
	}
}

func TestRefreshReadsTheRolesAgain(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	dev := b.signIn(t, "agent-dev@"+b.info.Domain) // recorded as an Administrator by the test
	b.signIns.Drop(dev.SignInID)
	if _, err := b.signIns.Token(t.Context(), dev.SignInID); err != nil {
		t.Fatal(err)
	}
	row, err := b.store.SignIn(t.Context(), dev.SignInID)
	if err != nil || len(row.Roles) != 1 || row.Roles[0] != "Agent ID Developer" {
		t.Errorf("roles %v, %v", row.Roles, err)
	}
}

func TestRefusedRefreshEndsTheSignIn(t *testing.T) {
	tests := []struct {
		name  string
		fault fault
		ended bool
	}{
		{"revoked", fault{status: http.StatusBadRequest, code: "invalid_grant", message: "AADSTS50173: revoked"}, true},
		{"second factor", fault{status: http.StatusBadRequest, code: "invalid_grant", message: "AADSTS50076: MFA"}, true},
		{"interaction", fault{status: http.StatusBadRequest, code: "interaction_required", message: "AADSTS50076: MFA"}, true},
		{"lifetime", fault{status: http.StatusBadRequest, code: "invalid_grant", message: "AADSTS70043: expired"}, true},
		{"portal's own secret", fault{status: http.StatusUnauthorized, code: "invalid_client", message: "AADSTS7000215: wrong"}, false},
		{"no answer", fault{before: true}, false},
		{"server fault", fault{status: http.StatusServiceUnavailable, code: "temporarily_unavailable", message: "AADSTS90033: later"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, benchOptions{idle: true})
			admin := b.admin(t)
			b.signIns.Drop(admin.SignInID)
			tt.fault.path, tt.fault.oauth = "/oauth2/v2.0/token", true
			b.faults.add(tt.fault)
			_, err := b.signIns.Token(t.Context(), admin.SignInID)
			if errors.Is(err, ErrSignInNeeded) != tt.ended || err == nil {
				t.Errorf("error %v", err)
			}
			_, err = b.store.SignIn(t.Context(), admin.SignInID)
			if errors.Is(err, models.ErrNotFound) != tt.ended {
				t.Errorf("row: %v, want ended %v", err, tt.ended)
			}
			if _, err := b.signIns.Token(t.Context(), admin.SignInID); (err == nil) == tt.ended {
				t.Errorf("next token: %v", err)
			}
		})
	}
}

func TestSignInEndsAfterEightHours(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, idle: true})
	admin := b.admin(t)
	clock.forward(SignInLife + time.Minute)
	if _, err := b.signIns.Token(t.Context(), admin.SignInID); !errors.Is(err, ErrSignInNeeded) {
		t.Errorf("token: %v", err)
	}
	if _, err := b.signIns.Of(t.Context(), admin.TID, admin.OID); !errors.Is(err, ErrSignInNeeded) {
		t.Errorf("usable sign-in: %v", err)
	}
	if err := b.signIns.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(b.signIns.access) != 0 {
		t.Errorf("%d access tokens are still in memory", len(b.signIns.access))
	}
}

func TestSealedTokenCannotMoveToAnotherPerson(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin, user := b.admin(t), b.signIn(t, "user@"+b.info.Domain)
	row, err := b.store.SignIn(t.Context(), admin.SignInID)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.ReplaceRefresh(t.Context(), user.SignInID, row.RefreshSealed); err != nil {
		t.Fatal(err)
	}
	b.signIns.Drop(user.SignInID)
	if _, err := b.signIns.Token(t.Context(), user.SignInID); !errors.Is(err, ErrSignInNeeded) {
		t.Errorf("token with another's refresh token: %v", err)
	}
}

func TestNewestSignInIsUsed(t *testing.T) {
	var clock movedClock
	b := newBench(t, benchOptions{now: clock.now, idle: true})
	first := b.admin(t)
	clock.forward(time.Minute)
	second := b.admin(t)
	row, err := b.signIns.Of(t.Context(), first.TID, first.OID)
	if err != nil || row.ID != second.SignInID {
		t.Errorf("sign-in %v, %v; want the second", row, err)
	}
	if err := b.signIns.End(t.Context(), second.SignInID); err != nil {
		t.Fatal(err)
	}
	if row, err := b.signIns.Of(t.Context(), first.TID, first.OID); err != nil || row.ID != first.SignInID {
		t.Errorf("sign-in %v, %v; want the first", row, err)
	}
}
