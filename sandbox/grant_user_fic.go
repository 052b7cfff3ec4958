package sandbox

import (
	"context"
	"strings"

	"github.com/google/uuid"
)

// grantAgentUser gives an agent identity a token of its agent user. T1 proves the blueprint, T2 the
// agent itself; the user has no credential of its own.
// https://learn.microsoft.com/entra/agent-id/agent-user-oauth-flow
func (s *Sandbox) grantAgentUser(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	if q.userFIC == "" {
		return nil, refuseMissing("user_federated_identity_credential")
	}
	if q.tokenUse != "" {
		if refused := q.checkTokenUse(); refused != nil {
			return nil, refused
		}
	}
	if len(q.scope) == 0 {
		return nil, refuseMissing("scope")
	}
	if refused := s.checkT2(ctx, q); refused != nil {
		return nil, refused
	}
	u, refused := s.agentUser(q)
	if refused != nil {
		return nil, refused
	}
	// Nobody signed in: each token is a session of its own.
	in, refused := s.signInOf(u.ID, newID(), q.now, "")
	if refused != nil {
		return nil, refused
	}
	return s.userTokens(ctx, q, in, q.scope)
}

// checkT2: the token of the very agent for the exchange resource. The codes are those of federated
// credentials, because that is what T2 is for the user.
func (s *Sandbox) checkT2(ctx context.Context, q *tokenRequest) *refusal {
	var claims assertionClaims
	if !readClaims(q.userFIC, &claims) {
		return refuseBadJWT("the user_federated_identity_credential cannot be read.")
	}
	if claims.Issuer != s.v2Issuer() {
		return refuseFederatedIssuer(claims.Issuer).asGrant()
	}
	ours, err := s.keys.verifies(ctx, q.userFIC)
	if err != nil {
		return refuseServerError(err)
	}
	agent := q.issuedTo.principal.ID
	switch {
	case !ours:
		return refuseAssertionSignature("The signature does not fit a key of the issuer.").asGrant()
	case !claims.isApp():
		return refuseUserTokenAsFIC().asGrant()
	case len(claims.Audience) != 1 || claims.Audience[0] != exchangeAppID:
		return refuseFederatedAudience(strings.Join(claims.Audience, " ")).asGrant()
	case claims.Subject != agent || claims.Party != agent:
		return refuseFederatedSubject(claims.Subject).asGrant()
	}
	if refused := checkAssertionTime(q.now, &claims); refused != nil {
		return refused.asGrant()
	}
	return nil
}

// agentUser finds the user by the one name that the request gives. It must be the agent's own: the
// link from agent user to agent identity is what stands for a federated credential, and it cannot be
// changed. https://learn.microsoft.com/entra/agent-id/agent-users
func (s *Sandbox) agentUser(q *tokenRequest) (*user, *refusal) {
	switch _, err := uuid.Parse(q.userID); {
	case q.username == "" && q.userID == "":
		return nil, refuseMissing("username")
	case q.username != "" && q.userID != "":
		return nil, refuseMalformed("Send either username or user_id.")
	case q.userID != "" && err != nil: // a UPN in user_id ends so in Entra, too
		return nil, refuse400("server_error", 50000, "There was an error issuing a token or an issue with our sign-in service.")
	}
	var u *user
	_ = s.tenant.read(func(st *state) error {
		if u = st.users.get(q.userID); q.userID == "" {
			u = st.userByUPN[strings.ToLower(q.username)]
		}
		return nil
	})
	if u == nil || !u.visible(q.directory) {
		return nil, refuseUnknownUser(q.username + q.userID)
	}
	if u.IdentityParentID != q.issuedTo.principal.ID {
		return nil, refuseFederatedSubject(q.issuedTo.principal.ID).asGrant()
	}
	return u, nil
}
