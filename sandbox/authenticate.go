package sandbox

import "net/http"

// caller is who a Graph token speaks for. For an app-only token ObjectID is the service principal and
// Scopes is empty; for a user token ObjectID is the user and Roles is empty.
type caller struct {
	AppID    string
	ObjectID string
	App      bool     // app-only
	Scopes   []string // scp
	Roles    []string // app roles
	WIDs     []string // directory role template ids of the user
}

// has tells whether the token carries one of the named permissions, of the sort that fits it.
func (c caller) has(permissions ...string) bool {
	held := c.Scopes
	if c.App {
		held = c.Roles
	}
	for _, p := range permissions {
		for _, h := range held {
			if h == p {
				return true
			}
		}
	}
	return false
}

// holds tells whether the user has one of the directory roles, by template id.
func (c caller) holds(templateIDs ...string) bool {
	for _, id := range templateIDs {
		for _, w := range c.WIDs {
			if w == id {
				return true
			}
		}
	}
	return false
}

// graphError is an answer of Graph that is not a success; writeGraphError gives it its body.
type graphError struct {
	Status  int
	Code    string
	Message string
}

func (e *graphError) Error() string { return e.Code + ": " + e.Message }

// authenticate checks the bearer token of a Graph request against the sandbox's own keys.
func (s *Sandbox) authenticate(r *http.Request) (caller, *graphError) {
	return caller{}, &graphError{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty."}
}
