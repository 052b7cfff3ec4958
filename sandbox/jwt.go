package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// jwtHeader is the header in the order Entra writes it: tokens for Graph have a
// nonce and x5t, other v1 tokens x5t, v2 tokens neither.
type jwtHeader struct {
	Type       string `json:"typ"`
	Nonce      string `json:"nonce,omitempty"`
	Algorithm  string `json:"alg"`
	Thumbprint string `json:"x5t,omitempty"`
	KeyID      string `json:"kid"`
}

// segment is one part of a JWT: JSON as base64url without padding (RFC 7515 3.1).
func segment(v any) (string, error) {
	text, err := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// seal signs the claims. For Graph the header is sent with a nonce but signed with the nonce's SHA-256
// in its place, so that only Graph, which knows the trick, can check the signature.
func (k *signingKey) seal(c *claims) (string, error) {
	h := jwtHeader{Type: "JWT", Algorithm: "RS256", KeyID: k.id}
	if c.Version == "1.0" {
		h.Thumbprint = k.id
	}
	signed := h
	if c.Audience == graphResource {
		h.Nonce = randomText(32)
		signed = h
		signed.Nonce = hashNonce(h.Nonce)
	}
	sentHead, err := segment(h)
	if err != nil {
		return "", fmt.Errorf("encode a token header: %w", err)
	}
	signedHead, err := segment(signed)
	if err != nil {
		return "", fmt.Errorf("encode a token header: %w", err)
	}
	body, err := segment(c)
	if err != nil {
		return "", fmt.Errorf("encode token claims: %w", err)
	}
	return k.joined(sentHead, signedHead, body)
}

// sealed signs any claims under the header as it is.
func (k *signingKey) sealed(h jwtHeader, claims any) (string, error) {
	head, err := segment(h)
	if err != nil {
		return "", fmt.Errorf("encode a token header: %w", err)
	}
	body, err := segment(claims)
	if err != nil {
		return "", fmt.Errorf("encode token claims: %w", err)
	}
	return k.joined(head, head, body)
}

func (k *signingKey) joined(sentHead, signedHead, body string) (string, error) {
	signature, err := k.sign(signedHead + "." + body)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return sentHead + "." + body + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// verifyJWT checks the signature of one of the tenant's own tokens, with or without a nonce.
func (k *signingKey) verifyJWT(raw string) bool {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return false
	}
	head, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	var h jwtHeader
	if json.Unmarshal(head, &h) != nil || h.Algorithm != "RS256" || h.KeyID != k.id {
		return false
	}
	signedHead := parts[0]
	if h.Nonce != "" {
		h.Nonce = hashNonce(h.Nonce)
		if signedHead, err = segment(h); err != nil {
			return false
		}
	}
	return k.verify(signedHead+"."+parts[1], signature)
}

// hashNonce is what stands in the signed header in place of the nonce. Microsoft documents only that
// such tokens are not for clients to check; this is the known practice.
func hashNonce(nonce string) string {
	sum := sha256.Sum256([]byte(nonce))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// randomText is n random bytes as base64url.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}
