package web

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Guard says who may use a route. The zero Guard is none: a route with it
// stops the start, so that nothing is open by mistake.
type Guard struct {
	kind  guardKind
	roles []Role
}

type guardKind int

const (
	guardMissing guardKind = iota
	guardPublic
	guardUser
)

// Public lets everybody in.
func Public() Guard { return Guard{kind: guardPublic} }

// RequireUser lets everybody in who is signed in.
func RequireUser() Guard { return Guard{kind: guardUser} }

// RequireRole lets people in who hold one of the roles. Admin holds them all.
func RequireRole(roles ...Role) Guard {
	if len(roles) == 0 {
		return Guard{}
	}
	return Guard{kind: guardUser, roles: roles}
}

// IsZero says that no guard was named.
func (g Guard) IsZero() bool { return g.kind == guardMissing }

// IsPublic says that nobody has to sign in.
func (g Guard) IsPublic() bool { return g.kind == guardPublic }

// Roles returns the roles of which one is needed; none means any person.
func (g Guard) Roles() []Role { return g.roles }

// Allows says whether u, who may be nil, passes.
func (g Guard) Allows(u *User) bool {
	switch g.kind {
	case guardPublic:
		return true
	case guardUser:
		return u != nil && (len(g.roles) == 0 || u.Has(g.roles...))
	default:
		return false
	}
}

// Route is one line of the route table.
type Route struct {
	Method, Path string
	Guard        Guard
	Handler      echo.HandlerFunc
	// Rate is the class the route counts in; empty counts in none.
	Rate RateClass
	// MaxBody is the largest body in bytes; 0 means 64 KiB.
	MaxBody int64
	// File marks a POST whose form has a file in it, multipart/form-data and
	// nothing else; the handler reads its parts.
	File bool
	// NoReturn marks a GET that is no page of its own: a stream, a fragment.
	NoReturn bool
	// Stream marks an event stream, which lasts as long as it is listened to.
	Stream bool
}

const defaultBody = 64 << 10

// keyGuard holds the guard that let a request in, for streams that outlive it.
const keyGuard = "guard"

// Add registers routes. A route without a guard is an error, and none is
// registered then.
func (s *Server) Add(routes ...Route) error {
	for _, r := range routes {
		if r.Guard.IsZero() {
			return fmt.Errorf("route %s %s has no guard", r.Method, r.Path)
		}
	}
	for _, r := range routes {
		s.echo.Add(r.Method, r.Path, s.guarded(r))
		if r.Method == http.MethodGet {
			// Probes and link checkers ask with HEAD; net/http drops the body.
			s.echo.Add(http.MethodHead, r.Path, s.guarded(r))
			s.pages[r.Path] = !r.Guard.IsPublic() && !r.NoReturn
		}
	}
	return nil
}

func (s *Server) guarded(r Route) echo.HandlerFunc {
	limit := r.MaxBody
	if limit == 0 {
		limit = defaultBody
	}
	return func(c echo.Context) error {
		if err := s.rates.take(r.Rate, rateKey(c)); err != nil {
			return err
		}
		u := CurrentUser(c)
		if !r.Guard.Allows(u) {
			// The refusal's page may offer the form again; more than a plain
			// form is not read of somebody who may not send it.
			capBody(c, min(limit, defaultBody))
			if u == nil {
				return ErrSignInNeeded
			}
			return &ForbiddenError{Need: r.Guard.roles, User: u}
		}
		if err := limitBody(c, limit, r.File); err != nil {
			return err
		}
		c.Set(keyGuard, r.Guard)
		if r.Stream {
			return r.Handler(c)
		}
		return s.inTime(c, r.Handler)
	}
}
