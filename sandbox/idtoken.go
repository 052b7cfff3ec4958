package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
)

// frontIDToken is an ID token that the browser carries. With a code beside it, it names the code by
// its hash, so that the client sees a code that was swapped on the way.
// https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken
func (s *Sandbox) frontIDToken(ctx context.Context, q *authorizeRequest, in *signIn, code string) (string, *refusal) {
	asked := &asked{oidc: q.scope}
	named := &signIn{user: in.user, wids: in.wids, session: in.session, authTime: in.authTime, nonce: q.nonce}
	c := s.idClaims(&tokenRequest{issuedTo: q.client, now: s.tokenNow()}, named, asked)
	if code != "" {
		sum := sha256.Sum256([]byte(code))
		c.CodeHash = base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	return s.signed(ctx, c)
}
