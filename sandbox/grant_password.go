package sandbox

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"
)

// grantPassword is the resource owner password grant, for tests of programs: no picker, no consent.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc
func (s *Sandbox) grantPassword(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	if q.username == "" {
		return nil, refuseMissing("username")
	}
	if q.password == "" {
		return nil, refuseMissing("password")
	}
	if len(q.scope) == 0 {
		return nil, refuseMissing("scope")
	}
	u, refused := s.checkPassword(q)
	if refused != nil {
		return nil, refused
	}
	in, refused := s.signInOf(u.ID, newID(), q.now, "")
	if refused != nil {
		return nil, refused
	}
	return s.userTokens(ctx, q, in, q.scope)
}

// checkPassword finds the user. Agent users and people without a password cannot come this way. The
// codes tell an unknown user from a wrong password: Entra does, and programs depend on it.
func (s *Sandbox) checkPassword(q *tokenRequest) (*user, *refusal) {
	var u *user
	_ = s.tenant.read(func(st *state) error {
		u = st.userByUPN[strings.ToLower(q.username)]
		return nil
	})
	switch {
	case u == nil || !u.visible(q.directory):
		return nil, refuseUnknownUser(q.username)
	case !u.AccountEnabled:
		return nil, refuseDisabledUser()
	case u.PasswordHash == "" || u.isAgentUser():
		return nil, refuse400("invalid_grant", 50056, "Invalid or null password: password doesn't exist in the directory for this user.")
	case s.lockout.locked(u.ID, q.now):
		return nil, refuse400("invalid_grant", 50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
	}
	// A wrong password is counted after all else is right, so nobody locks out who does not exist.
	if subtle.ConstantTimeCompare([]byte(u.PasswordHash), []byte(hashSecret(q.password))) != 1 {
		s.lockout.failed(u.ID, q.now)
		return nil, refuse400("invalid_grant", 50126, "Error validating credentials due to invalid username or password.")
	}
	s.lockout.forget(u.ID)
	return u, nil
}

// Smart lockout: the account is closed for a minute after ten wrong passwords.
// https://learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout
const (
	lockoutAfter = 10
	lockoutLasts = time.Minute
)

// lockout counts wrong passwords, in memory: a restart forgives.
type lockout struct {
	mu    sync.Mutex
	tries map[string]failures // user id ->
}

type failures struct {
	count int
	last  time.Time
}

func (l *lockout) locked(userID string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.tries[userID]
	return f.count >= lockoutAfter && now.Sub(f.last) < lockoutLasts
}

func (l *lockout) failed(userID string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries == nil {
		l.tries = map[string]failures{}
	}
	f := l.tries[userID]
	if now.Sub(f.last) >= lockoutLasts {
		f.count = 0
	}
	l.tries[userID] = failures{f.count + 1, now}
}

func (l *lockout) forget(userID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, userID)
}

// forgetAll forgives everybody: after a reset the same people are new.
func (l *lockout) forgetAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.tries)
}

// userRealm tells a client how the people of a domain sign in. MSAL asks before it sends a password.
type userRealm struct {
	Version       string `json:"ver"`
	AccountType   string `json:"account_type"`
	DomainName    string `json:"domain_name,omitempty"`
	CloudInstance string `json:"cloud_instance_name,omitempty"`
	CloudAudience string `json:"cloud_audience_urn,omitempty"`
}

// showUserRealm answers for any name, also of nobody, so that it tells no one who exists; it knows
// the one domain of the tenant, whose people have passwords here (Managed).
func (s *Sandbox) showUserRealm(w http.ResponseWriter, r *http.Request) {
	_, domain, _ := strings.Cut(r.PathValue("upn"), "@")
	if !strings.EqualFold(domain, tenantDomain) {
		writeJSON(w, http.StatusOK, userRealm{Version: "1.0", AccountType: "Unknown"})
		return
	}
	writeJSON(w, http.StatusOK, userRealm{"1.0", "Managed", tenantDomain, hostOf(s.o.BaseURL), "urn:federation:MicrosoftOnline"})
}
