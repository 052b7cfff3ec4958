package entra

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// Identity is a person, as a checked ID token names them. (TenantID,
// ObjectID) is the key; the names are for showing only.
type Identity struct {
	TenantID, ObjectID, Name, Username string
	AuthTime                           time.Time
}

// idClaims are the claims of an ID token that are looked at.
type idClaims struct {
	Audience json.RawMessage `json:"aud"`
	TenantID string          `json:"tid"`
	ObjectID string          `json:"oid"`
	Version  string          `json:"ver"`
	Account  int             `json:"acct"`
	Name     string          `json:"name"`
	Username string          `json:"preferred_username"`
	NotYet   int64           `json:"nbf"`
	AuthTime int64           `json:"auth_time"`
}

// maxIDTokenAge is how old an ID token may be when it arrives.
const maxIDTokenAge = 10 * time.Minute

// VerifyIDToken checks an ID token as OpenID Connect Core 3.1.3.7 asks, and
// returns whom it names. No error holds any of the token.
func (c *Client) VerifyIDToken(ctx context.Context, app App, raw Secret, nonce string) (*Identity, error) {
	verifier := oidc.NewVerifier(c.issuerV2(), publishedKeys{c}, &oidc.Config{
		ClientID:             app.ClientID,
		SupportedSigningAlgs: []string{oidc.RS256},
		// go-oidc allows no skew on exp; looking back one minute does.
		Now: func() time.Time { return c.now().Add(-clockSkew) },
	})
	token, err := verifier.Verify(ctx, raw.Reveal())
	if err != nil {
		return nil, fmt.Errorf("check ID token: %w", err)
	}
	var claims idClaims
	if err := token.Claims(&claims); err != nil {
		return nil, errors.New("check ID token: its claims have unexpected types")
	}
	if err := c.checkIDClaims(app, token, claims, nonce); err != nil {
		return nil, fmt.Errorf("check ID token: %w", err)
	}
	identity := &Identity{
		// Rows are found by these: one spelling, whatever the token has.
		TenantID: c.tenantID, ObjectID: strings.ToLower(claims.ObjectID),
		Name: claims.Name, Username: claims.Username, AuthTime: token.IssuedAt,
	}
	if claims.AuthTime > 0 {
		identity.AuthTime = time.Unix(claims.AuthTime, 0)
	}
	return identity, nil
}

func (c *Client) checkIDClaims(app App, token *oidc.IDToken, claims idClaims, nonce string) error {
	now := c.now()
	var audience string
	_, noGUID := uuid.Parse(claims.ObjectID)
	switch {
	case json.Unmarshal(claims.Audience, &audience) != nil || audience != app.ClientID:
		return errors.New("its audience is not the portal alone")
	case nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return errors.New("its nonce is not the one of this sign-in")
	case !strings.EqualFold(claims.TenantID, c.tenantID):
		return errors.New("it belongs to another tenant")
	case noGUID != nil || !looksLikeGUID(claims.ObjectID): // uuid.Parse takes braces and a URN as well
		return errors.New("it names no object id")
	case claims.Version != "2.0":
		return errors.New("its version is not 2.0")
	case claims.Account == 1:
		return errors.New("it belongs to a guest; guests may not sign in here")
	case token.IssuedAt.After(now.Add(clockSkew)) || time.Unix(claims.NotYet, 0).After(now.Add(clockSkew)):
		return errors.New("it is not valid yet; compare the clocks")
	case now.Sub(token.IssuedAt) > maxIDTokenAge:
		return errors.New("it is more than ten minutes old")
	}
	return nil
}

// publishedKeys lets go-oidc use the same keys as Verify, and no other ones:
// jku, x5u, jwk and x5c of a header are never looked at.
type publishedKeys struct{ c *Client }

// VerifySignature checks a compact token and returns its payload.
func (k publishedKeys) VerifySignature(ctx context.Context, compact string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("read signed token: %w", err)
	}
	header := signed.Signatures[0].Protected
	if kind, ok := header.ExtraHeaders[jose.HeaderType].(string); ok && !strings.EqualFold(kind, "JWT") {
		return nil, errors.New("the token is not of type JWT")
	}
	key, err := k.c.keys.key(ctx, k.c.issuerV2(), header.KeyID)
	if err != nil {
		return nil, err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, errors.New("the signature does not match")
	}
	return payload, nil
}
