package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// caller is who a Graph token speaks for. For an app-only token ObjectID is the service principal and
// Scopes is empty; for a user token ObjectID is the user and Roles is empty.
type caller struct {
	AppID    string
	ObjectID string
	App      bool     // app-only
	Scopes   []string // scp
	Roles    []string // app roles
}

// has tells whether the token carries one of the named permissions, of the sort that fits it.
func (c caller) has(permissions ...string) bool {
	held := c.Scopes
	if c.App {
		held = c.Roles
	}
	return slices.ContainsFunc(held, func(h string) bool { return slices.Contains(permissions, h) })
}

// graphError is an answer of Graph that is not a success.
type graphError struct {
	Status  int
	Code    string
	Message string
}

func (e *graphError) Error() string { return e.Code + ": " + e.Message }

func badToken(message string) *graphError {
	return &graphError{http.StatusUnauthorized, "InvalidAuthenticationToken", message}
}

// authenticate checks the bearer token of a Graph request: signed by this tenant, for Graph, in its
// time, and by somebody who is still there and enabled.
func (s *Sandbox) authenticate(r *http.Request) (caller, *graphError) {
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	raw = strings.TrimSpace(raw)
	if !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return caller{}, badToken("Access token is empty.")
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return caller{}, badToken("CompactToken parsing failed with error code: 80049217")
	}
	ours, err := s.keys.verifies(r.Context(), raw)
	if err != nil {
		return caller{}, &graphError{http.StatusServiceUnavailable, "ServiceUnavailable", "The signing key is not ready."}
	}
	if !ours {
		return caller{}, badToken("Access token validation failure. Invalid signature.")
	}
	var c claims
	text, err := decodeSegment(parts[1])
	if err != nil || json.Unmarshal(text, &c) != nil {
		return caller{}, badToken("CompactToken parsing failed with error code: 80049217")
	}
	if bad := s.checkGraphClaims(&c); bad != nil {
		return caller{}, bad
	}
	who := caller{AppID: c.AppID, ObjectID: c.ObjectID, App: c.IDType == "app", Scopes: strings.Fields(c.Scopes), Roles: c.Roles}
	if e := entryOf(r.Context()); e != nil {
		e.Caller = who.ObjectID
	}
	return who, s.checkPresent(who)
}

func (s *Sandbox) checkGraphClaims(c *claims) *graphError {
	now := s.tokenNow().Unix()
	switch {
	case c.Audience != graphResource && c.Audience != graphAppID:
		return badToken("Access token validation failure. Invalid audience.")
	case c.Issuer != s.v1Issuer():
		return badToken("Access token validation failure. Invalid issuer.")
	case now >= c.Expires:
		return badToken("Lifetime validation failed, the token is expired.")
	case now < c.NotBefore:
		return badToken("Lifetime validation failed, the token is not yet valid.")
	}
	return nil
}

// checkPresent refuses callers that were deleted or disabled after their token was issued.
func (s *Sandbox) checkPresent(who caller) *graphError {
	var ok bool
	_ = s.tenant.read(func(st *state) error {
		if p := st.principals.get(who.ObjectID); who.App {
			ok = p != nil && p.AccountEnabled
			return nil
		}
		u := st.users.get(who.ObjectID)
		ok = u != nil && u.AccountEnabled
		return nil
	})
	if !ok {
		return badToken("The identity of the calling application could not be established.")
	}
	return nil
}
