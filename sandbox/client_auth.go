package sandbox

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// client is who asks for a token: an application with its service principal, or an agent identity with
// the blueprint behind it.
type client struct {
	id        string            // as in client_id
	principal *servicePrincipal // its own
	app       *application      // its own; of the blueprint for an agent identity
	acr       string            // "0" public client, "1" secret, "2" assertion
	at        time.Time         // by the directory's clock: what replication has carried by then exists
}

func (c *client) isAgent() bool     { return c.principal.Type == agentIdentity }
func (c *client) isBlueprint() bool { return c.principal.Type == blueprintPrincipal }

// authenticateClient finds the client and checks its one credential.
func (s *Sandbox) authenticateClient(ctx context.Context, q *tokenRequest) (*client, *refusal) {
	c, refused := s.findClient(q.clientID)
	if refused != nil {
		return nil, refused
	}
	public := c.public(q)
	switch {
	case public && c.hasNoCredential() && (q.assertion != "" || q.secret != ""):
		refused = refusePublicCredential()
	case public && q.assertion == "" && q.secret == "":
		c.acr = "0"
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
	return c, s.checkEnabled(c)
}

// public tells whether the client may come without a credential: by its registration for any grant
// that is for people, or because the code goes to a reply address of an app on a device.
// https://learn.microsoft.com/entra/identity-platform/msal-client-applications
func (c *client) public(q *tokenRequest) bool {
	if c.isAgent() || c.isBlueprint() {
		return false
	}
	// Client credentials and on-behalf-of are missing here: without a credential they prove nothing.
	switch q.grant {
	case "password", grantDevice, grantDeviceShort:
		return c.app.PublicClient
	case "authorization_code":
		return slices.ContainsFunc(c.app.PublicRedirectURIs, func(known string) bool {
			return replyFits(c.app, known, q.redirectURI)
		})
	case "refresh_token":
		return c.app.PublicClient || len(c.app.PublicRedirectURIs) > 0
	}
	return false
}

func (c *client) hasNoCredential() bool {
	return len(c.app.PasswordCredentials)+len(c.app.KeyCredentials)+len(c.app.Federated) == 0
}

// checkEnabled refuses disabled clients; an agent identity also stands and falls with the principal
// of its blueprint.
func (s *Sandbox) checkEnabled(c *client) *refusal {
	if !c.principal.AccountEnabled {
		return refuseDisabledClient(c.id, c.principal.DisplayName)
	}
	if !c.isAgent() {
		return nil
	}
	var parent *servicePrincipal
	_ = s.tenant.read(func(st *state) error {
		parent = st.principal(c.principal.BlueprintAppID)
		return nil
	})
	if parent == nil {
		return refuseUnknownClient(c.principal.BlueprintAppID)
	}
	if !parent.AccountEnabled {
		return refuseDisabledClient(parent.AppID, parent.DisplayName)
	}
	return nil
}

// checkGrant keeps agent entities to the grants they may use: no blueprint and no agent identity signs
// people in, and a blueprint acts for nobody but itself.
// https://learn.microsoft.com/entra/agent-id/agent-oauth-protocols
func (c *client) checkGrant(q *tokenRequest) *refusal {
	allowed := []string{"client_credentials", "refresh_token", grantOnBehalfOf}
	switch {
	case c.isBlueprint() && q.grant == grantOnBehalfOf:
		return refuseBlueprintOnBehalfOf(c.id)
	case c.isBlueprint() && !slices.Contains(allowed, q.grant), c.isAgent() && !slices.Contains(append(allowed, grantAgentUser), q.grant):
		return refuseAgenticGrant(c.id, q.grant)
	case q.grant == grantTokenExchange, q.grant == grantAgentUser && !c.isAgent():
		return refuseGrant(q.grant)
	}
	return nil
}

// findClient looks the client up by what it calls itself. An object that replication has not carried
// here yet is not there.
func (s *Sandbox) findClient(id string) (*client, *refusal) {
	now := s.directoryNow()
	c := &client{id: id, at: now}
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
