package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"agentidportal/models"
)

// Keys of a session row. It holds no more: who the person is stands in the
// sign-in's own row, so that a run can outlive the browser.
const (
	sessionSignIn = "sign-in"
	sessionSince  = "since"  // unix seconds, start of the session
	sessionSeen   = "seen"   // unix seconds, last request but for a minute
	sessionRights = "rights" // roles the session had when it got its id
)

// seenStep is how old "seen" gets before it is written again: one write a
// minute, not one a request.
const seenStep = time.Minute

func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.opts.Sessions
	m.HashTokenInStore = true
	m.Lifetime = s.opts.Absolute
	m.IdleTimeout = 0 // it writes at every GET; see seenStep
	m.Cookie = scs.SessionCookie{
		Name:     s.cookieName(s.opts.SessionName),
		Path:     "/",
		HttpOnly: true,
		Secure:   s.Secure(),
		SameSite: http.SameSiteLaxMode,
		Persist:  false,
	}
	return m
}

func (s *Server) cookieName(name string) string {
	if s.Secure() {
		return "__Host-" + name
	}
	return name
}

// loadSession finds out who asks. Nothing is written for a stranger.
func (s *Server) loadSession(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if isProbe(r.URL.Path) || strings.HasPrefix(r.URL.Path, "/static/") {
			return next(c)
		}
		token := ""
		if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil && len(cookie.Value) <= 128 {
			token = cookie.Value
		}
		ctx, err := s.sessions.Load(r.Context(), token)
		if err != nil {
			return fmt.Errorf("load session: %w", err)
		}
		c.SetRequest(r.WithContext(ctx))
		u, err := s.sessionUser(ctx, true)
		if err != nil {
			return err
		}
		if id := s.sessions.GetString(ctx, sessionSignIn); u == nil && id != "" {
			c.Set(keyEnded, id)
			if err := s.EndSession(c); err != nil {
				return err
			}
		}
		c.Set(string(keyUser), u)
		if u != nil && isNavigation(c) && s.sessions.GetString(ctx, sessionRights) != rights(u) {
			if err := s.RotateSession(c); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// isNavigation says whether the answer is a page. Only there a session whose
// roles have changed gets its new id: a piece of a page or a form that is sent
// meanwhile would still hold the old one.
func isNavigation(c echo.Context) bool {
	r := c.Request()
	return r.Method == http.MethodGet && !IsFragment(c) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// rights tells one set of roles from another.
func rights(u *User) string { return fmt.Sprint(u.Role, u.Held) }

// keyEnded holds the sign-in of a session that this request found over.
const keyEnded = "ended sign-in"

// EndedSignIn is the id of the sign-in whose session was found over by this
// request, or empty: signing out ends that sign-in as well.
func EndedSignIn(c echo.Context) string {
	id, _ := c.Get(keyEnded).(string)
	return id
}

// sessionUser returns the person of the loaded session, or nil when the
// session is over. With touch the request counts as a sign of life.
func (s *Server) sessionUser(ctx context.Context, touch bool) (*User, error) {
	id := s.sessions.GetString(ctx, sessionSignIn)
	if id == "" || s.FindUser == nil {
		return nil, nil
	}
	now := s.opts.Now()
	seen := time.Unix(s.sessions.GetInt64(ctx, sessionSeen), 0)
	since := time.Unix(s.sessions.GetInt64(ctx, sessionSince), 0)
	if now.Sub(seen) >= s.opts.Idle || now.Sub(since) >= s.opts.Absolute {
		return nil, nil
	}
	u, err := s.FindUser(ctx, id)
	if err != nil || u == nil {
		return nil, err
	}
	if touch && now.Sub(seen) >= seenStep {
		if err := s.noteSeen(ctx, id, now); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// noteSeen writes only to a row that is there: another request may have given
// the session a new id since, and the old one must not come back.
func (s *Server) noteSeen(ctx context.Context, signInID string, now time.Time) error {
	s.seen.Put(ctx, sessionSeen, now.Unix())
	_, _, err := s.seen.Commit(ctx)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("note the session as seen: %w", err)
	}
	if s.OnSeen == nil {
		return nil
	}
	return s.OnSeen(ctx, signInID)
}

// StartSession binds the browser to a sign-in under a new session id, so that
// an id somebody planted before is worth nothing.
func (s *Server) StartSession(c echo.Context, signInID string) error {
	ctx := c.Request().Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	now := s.opts.Now()
	s.sessions.SetDeadline(ctx, now.Add(s.opts.Absolute))
	s.sessions.Put(ctx, sessionSignIn, signInID)
	s.sessions.Put(ctx, sessionSince, now.Unix())
	s.sessions.Put(ctx, sessionSeen, now.Unix())
	return s.saveSession(c)
}

// RotateSession gives the session a new id; what it holds stays, its start
// included.
func (s *Server) RotateSession(c echo.Context) error {
	if err := s.sessions.RenewToken(c.Request().Context()); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	return s.saveSession(c)
}

// saveSession writes a session that has a new id, with the roles it is for.
func (s *Server) saveSession(c echo.Context) error {
	ctx := c.Request().Context()
	u, err := s.FindUser(ctx, s.sessions.GetString(ctx, sessionSignIn))
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	if u != nil {
		s.sessions.Put(ctx, sessionRights, rights(u))
	}
	token, expiry, err := s.sessions.Commit(ctx)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	return nil
}

// EndSession deletes the session's row and the cookie.
func (s *Server) EndSession(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	c.Set(string(keyUser), (*User)(nil))
	return nil
}

// alive says, on an open stream, whether the person may still see it. The row
// is read anew, because it may have been ended elsewhere; scs would answer from
// the request's context, so a context of its own is needed.
func (s *Server) alive(token string, guard Guard) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ctx, err := s.sessions.Load(ctx, token)
	if err != nil {
		return false
	}
	u, err := s.sessionUser(ctx, false)
	return err == nil && u != nil && guard.Allows(u)
}
