package sandbox

import (
	"context"
	"crypto/subtle"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// client is who asks for a token: an application with its service principal, or an agent identity with
// the blueprint behind it.
type client struct {
	id        string            // as in client_id
	principal *servicePrincipal // its own
	app       *application      // its own; of the blueprint for an agent identity
	acr       string            // "1" secret, "2" assertion
}

func (c *client) isAgent() bool     { return c.principal.Type == agentIdentity }
func (c *client) isBlueprint() bool { return c.principal.Type == blueprintPrincipal }

// authenticateClient finds the client and checks its one credential.
func (s *Sandbox) authenticateClient(ctx context.Context, q *tokenRequest) (*client, *refusal) {
	c, refused := s.findClient(q.clientID)
	if refused != nil {
		return nil, refused
	}
	switch {
	case q.assertion != "":
		if q.assertionType == "" {
			return nil, refuseMissing("client_assertion_type")
		}
		if q.assertionType != assertionType {
			return nil, refuseMalformed("The value of client_assertion_type is not supported.")
		}
		c.acr = "2"
		refused = s.checkAssertion(ctx, c, q)
	case q.secret != "":
		c.acr = "1"
		refused = s.checkSecret(c, q.secret)
	default:
		refused = refuseNoCredential(q.grant)
	}
	if refused != nil {
		return nil, refused
	}
	if !c.principal.AccountEnabled {
		return nil, refuseDisabledClient(c.id, c.principal.DisplayName)
	}
	return c, nil
}

// findClient looks the client up by what it calls itself. An object that replication has not carried
// here yet is not there.
func (s *Sandbox) findClient(id string) (*client, *refusal) {
	now := s.directoryNow()
	c := &client{id: id}
	_ = s.tenant.read(func(st *state) error {
		if p := st.principals.get(id); p != nil && p.Type == agentIdentity {
			c.principal, c.app = p, st.app(p.BlueprintAppID)
			return nil
		}
		c.principal, c.app = st.principal(id), st.app(id)
		return nil
	})
	if c.principal == nil || c.app == nil || !c.principal.visible(now) || !c.app.visible(now) {
		return nil, refuseUnknownClient(id)
	}
	return c, nil
}

// checkSecret compares with every secret of the application; an agent identity has none, so each is
// wrong for it.
func (s *Sandbox) checkSecret(c *client, secret string) *refusal {
	if c.isAgent() {
		return refuseWrongSecret(c.id)
	}
	hash, now := hashSecret(secret), s.directoryNow()
	for _, p := range c.app.PasswordCredentials {
		if subtle.ConstantTimeCompare([]byte(p.Hash), []byte(hash)) != 1 {
			continue
		}
		if now.After(p.EndAt) {
			return refuseExpiredSecret(c.id)
		}
		return nil
	}
	return refuseWrongSecret(c.id)
}
