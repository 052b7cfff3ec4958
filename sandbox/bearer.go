package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// service is one of those the sandbox plays. They differ in their addresses, in the words of their
// refusals, and in how they name who calls.
type service int

const (
	serviceEntra service = iota
	serviceGraph
	serviceManagement
	serviceEcho
)

// serviceOf tells by the first segment of the path which service a request is for.
func serviceOf(r *http.Request) service {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch strings.ToLower(first) {
	case "v1.0", "beta":
		return serviceGraph
	case "subscriptions", "tenants":
		return serviceManagement
	case "echo":
		return serviceEcho
	}
	return serviceEntra
}

// tokenProblem is what an API may find wrong with a token, in the order in which it looks.
type tokenProblem int

const (
	tokenMissing tokenProblem = iota + 1
	tokenScheme
	tokenUnreadable
	tokenForged
	tokenForeign
	tokenElsewhere
	tokenExpired
	tokenEarly
	tokenUnchecked // the keys are not ready
)

// tokenFault says what is wrong; claims is nil when they could not be read.
type tokenFault struct {
	problem tokenProblem
	claims  *claims
}

// checkBearer checks the token of a request as every API should: signed with RS256 by a key of this
// tenant, from either of its issuers, for one of the audiences, and in its time. An API asks nobody
// whether the caller still exists: until it expires, a token speaks for itself.
// https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
func (s *Sandbox) checkBearer(r *http.Request, audiences []string) (*claims, *tokenFault) {
	header := r.Header.Get("Authorization")
	scheme, raw, _ := strings.Cut(header, " ")
	raw = strings.TrimSpace(raw)
	switch {
	case header == "":
		return nil, &tokenFault{tokenMissing, nil}
	case !strings.EqualFold(scheme, "Bearer"):
		return nil, &tokenFault{tokenScheme, nil}
	case raw == "":
		return nil, &tokenFault{tokenMissing, nil}
	}
	c := &claims{}
	if !readClaims(raw, c) {
		return nil, &tokenFault{tokenUnreadable, nil}
	}
	ours, err := s.keys.verifies(r.Context(), raw)
	switch {
	case err != nil:
		return nil, &tokenFault{tokenUnchecked, c}
	case !ours:
		return nil, &tokenFault{tokenForged, c}
	}
	if problem := s.checkClaims(c, audiences); problem != 0 {
		return nil, &tokenFault{problem, c}
	}
	if e := entryOf(r.Context()); e != nil {
		e.Caller = c.ObjectID
	}
	return c, nil
}

// checkClaims checks what a good signature does not say: that the token is from this tenant, for this
// API, for now.
func (s *Sandbox) checkClaims(c *claims, audiences []string) tokenProblem {
	now := s.tokenNow().Unix()
	switch {
	case c.TenantID != tenantID || c.Issuer != s.v1Issuer() && c.Issuer != s.v2Issuer():
		return tokenForeign
	case !slices.Contains(audiences, c.Audience):
		return tokenElsewhere
	case now >= c.Expires:
		return tokenExpired
	case now < c.NotBefore:
		return tokenEarly
	}
	return 0
}

// clientID is who asked for the token, whatever its version calls the claim.
func (c *claims) clientID() string {
	if c.Version == "2.0" {
		return c.Party
	}
	return c.AppID
}

// isApp tells tokens of applications from those of people; v2 tokens say so only where the API asks.
func (c *claims) isApp() bool { return c.IDType == "app" || c.IDType == "" && c.Scopes == "" }

// askForToken writes a WWW-Authenticate header; the parameters come in pairs. A quote in a value would
// end it (RFC 9110 5.6.4), and values hold what callers sent.
func askForToken(w http.ResponseWriter, pairs ...string) {
	var params []string
	for i := 0; i < len(pairs); i += 2 {
		params = append(params, fmt.Sprintf(`%s="%s"`, pairs[i], headerText(pairs[i+1])))
	}
	w.Header().Set("WWW-Authenticate", "Bearer "+strings.Join(params, ", "))
}

func headerText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, text)
}

// clockText writes a time as the services of Microsoft do in their sentences.
func clockText(unix int64) string { return time.Unix(unix, 0).UTC().Format("1/2/2006 3:04:05 PM") }
