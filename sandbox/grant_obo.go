package sandbox

import (
	"context"
	"slices"
	"strings"
	"time"
)

// grantOnBehalfOf changes the token of a person into one for another resource. An agent identity shows
// a token that the person's client got for the blueprint (Tc); an ordinary application one for itself.
// https://learn.microsoft.com/entra/agent-id/agent-on-behalf-of-oauth-flow
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
func (s *Sandbox) grantOnBehalfOf(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	if q.userAssertion == "" {
		return nil, refuseMissing("assertion")
	}
	if q.tokenUse == "" {
		return nil, refuseMissing("requested_token_use")
	}
	if refused := q.checkTokenUse(); refused != nil {
		return nil, refused
	}
	if len(q.scope) == 0 {
		return nil, refuseMissing("scope")
	}
	claims, refused := s.readUserAssertion(ctx, q)
	if refused != nil {
		return nil, refused
	}
	// The user is read anew: a person who left is not acted for, however good the token was.
	in, refused := s.signInOf(claims.ObjectID, claims.SessionID, time.Unix(claims.IssuedAt, 0).UTC(), "")
	if refused != nil {
		return nil, refused
	}
	return s.userTokens(ctx, q, in, q.scope)
}

// checkTokenUse: the parameter has one value.
func (q *tokenRequest) checkTokenUse() *refusal {
	if q.tokenUse != "on_behalf_of" {
		return refuseMalformed("The value of requested_token_use is not supported.")
	}
	return nil
}

// userAssertion are the claims of a token that stands for a person.
type userAssertion struct {
	assertionClaims
	ObjectID  string `json:"oid"`
	SessionID string `json:"sid"`
	IssuedAt  int64  `json:"iat"`
}

// readUserAssertion checks the assertion: a token of this tenant, for this client, of a person, in its
// time. A token for Graph never passes, whatever its audience: its signature is for Graph alone.
func (s *Sandbox) readUserAssertion(ctx context.Context, q *tokenRequest) (*userAssertion, *refusal) {
	var claims userAssertion
	if !readClaims(q.userAssertion, &claims) {
		return nil, refuseBadJWT("it is not in the form of a JWT or its claims cannot be read.")
	}
	if claims.Issuer != s.v2Issuer() && claims.Issuer != s.v1Issuer() {
		return nil, refuseUserAssertion("The key was not found.")
	}
	ours, err := s.keys.verifies(ctx, q.userAssertion)
	if err != nil {
		return nil, refuseServerError(err)
	}
	if !ours {
		return nil, refuseUserAssertion("The provided signature value did not match the expected signature value.")
	}
	if refused := s.checkUserAudience(q.issuedTo, claims.Audience); refused != nil {
		return nil, refused
	}
	if claims.isApp() || claims.ObjectID == "" {
		return nil, refuseAppOnBehalfOf(q.issuedTo.id)
	}
	return &claims, checkUserAssertionTime(q.now, &claims)
}

func checkUserAssertionTime(now time.Time, claims *userAssertion) *refusal {
	if from, until, ok := claims.within(now); !ok {
		return refuseUserAssertionTime(now, from, until)
	}
	return nil
}

// checkUserAudience: for an agent identity the token must be for its blueprint, for an ordinary
// application for itself; the codes differ.
func (s *Sandbox) checkUserAudience(c *client, given audience) *refusal {
	names := append([]string{c.app.AppID, "api://" + c.app.AppID}, c.app.IdentifierURIs...)
	fits := slices.ContainsFunc(given, func(aud string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, aud) })
	})
	switch {
	case fits:
		return nil
	case c.isAgent():
		return refuseUserAssertion("The audience '" + strings.Join(given, " ") + "' is not the agent identity blueprint '" + c.app.AppID + "'.")
	}
	return refuseUserAudience(strings.Join(given, " "), c.id)
}
