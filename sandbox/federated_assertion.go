package sandbox

import (
	"context"
	"slices"
	"strings"
)

// checkFederated accepts a token of another issuer that a federatedIdentityCredential of the
// application names. Tokens of this tenant count when they are those of a managed identity.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
func (s *Sandbox) checkFederated(ctx context.Context, c *client, q *tokenRequest, claims *assertionClaims) *refusal {
	if len(c.app.Federated) == 0 {
		return refuseNotFederated(c.id, c.app.DisplayName)
	}
	if refused := matchFederated(c.app.Federated, claims); refused != nil {
		return refused
	}
	// The claims are matched before the signature is checked, as in Entra: a wrong subject is what
	// people look for, and its answer needs no key of an issuer.
	keys := s.federation()
	if claims.Issuer == s.v2Issuer() {
		keys = s.keys
	}
	signed, err := keys.verifies(ctx, q.assertion)
	if err != nil {
		return refuseServerError(err)
	}
	if !signed {
		return refuseAssertionSignature("The signature does not fit a key of the issuer.")
	}
	if claims.Issuer == s.v2Issuer() {
		if refused := checkEntraToken(claims); refused != nil {
			return refused
		}
	}
	return checkAssertionTime(q.now, claims)
}

// checkEntraToken: of the tenant's own tokens only those of managed identities for the exchange
// resource stand for a credential.
func checkEntraToken(claims *assertionClaims) *refusal {
	switch {
	case !claims.isApp():
		return refuseUserTokenAsFIC()
	case !slices.Contains(claims.Audience, exchangeAppID):
		return refuseFICAudience(strings.Join(claims.Audience, " "))
	case claims.MIRID == "":
		return refuseEntraTokenAsFIC()
	}
	return nil
}

// matchFederated looks for a credential with issuer, subject and audience of the assertion, and names
// the first of the three that no credential has. Case counts.
func matchFederated(credentials []*federatedCredential, claims *assertionClaims) *refusal {
	audiences := claims.federatedAudiences()
	var issuer, subject, aud bool
	for _, f := range credentials {
		if f.matches(claims.Issuer, claims.Subject, audiences) {
			return nil
		}
		issuer = issuer || f.Issuer == claims.Issuer
		subject = subject || f.Subject == claims.Subject
		aud = aud || slices.ContainsFunc(f.Audiences, func(a string) bool { return slices.Contains(audiences, a) })
	}
	given := strings.Join(claims.Audience, " ")
	switch {
	case !issuer:
		return refuseFederatedIssuer(claims.Issuer)
	case !subject:
		return refuseFederatedSubject(claims.Subject)
	case !aud:
		return refuseFederatedAudience(given)
	}
	return refuseFederated(claims.Issuer, claims.Subject, given) // each somewhere, but not together
}

// federatedAudiences are the audiences as credentials write them: tokens of Entra name the exchange
// resource by its app id, credentials by its address.
func (c *assertionClaims) federatedAudiences() []string {
	if slices.Contains(c.Audience, exchangeAppID) {
		return append(slices.Clone(c.Audience), exchangeResource)
	}
	return c.Audience
}
