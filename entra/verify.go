package entra

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// VerdictState tells what is known about a signature.
type VerdictState string

// The states of a Verdict. Unchecked means that nothing here can judge it.
const (
	VerdictValid     VerdictState = "valid"
	VerdictInvalid   VerdictState = "invalid"
	VerdictUnchecked VerdictState = "unchecked"
)

// Verdict is the outcome of checking a signature, and why. It says nothing
// about the times of a token: see Times.
type Verdict struct {
	State  VerdictState
	Reason string
	KeyID  string
	// Short says that an invalid signature has fewer bytes than the tenant's key
	// makes: most likely the end of the token was not copied.
	Short bool
}

// Verify checks a token's signature with the keys the tenant publishes, RS256
// only. Tokens of another issuer are unchecked: no address of a token is ever
// fetched.
func (c *Client) Verify(ctx context.Context, j *JWT) Verdict {
	if verdict, done := c.uncheckable(j); done {
		return verdict
	}
	verdict := Verdict{KeyID: j.HeaderText("kid")}
	key, err := c.keys.key(ctx, c.issuerV2(), verdict.KeyID)
	switch {
	case errors.Is(err, errNoSuchKey):
		verdict.State, verdict.Reason = VerdictInvalid, "The tenant publishes no key of that name."
	case err != nil:
		verdict.State, verdict.Reason = VerdictUnchecked, "The tenant's keys could not be read just now."
	default:
		verdict.State, verdict.Reason = checkSignature(j, key)
		verdict.Short = verdict.State == VerdictInvalid && signatureLength(j.Raw.Reveal()) < key.Size()
	}
	return verdict
}

// uncheckable answers for tokens whose signature needs or allows no look at
// the tenant's keys.
func (c *Client) uncheckable(j *JWT) (Verdict, bool) {
	verdict := Verdict{KeyID: j.HeaderText("kid")}
	alg := j.HeaderText("alg")
	switch {
	case j.Encrypted:
		verdict.State, verdict.Reason = VerdictUnchecked, "The token is encrypted, so its signature cannot be seen."
	case j.Damaged:
		verdict.State, verdict.Reason = VerdictUnchecked, "The claims cannot be read, so nobody knows whose keys to use."
	case strings.EqualFold(alg, "none") || !j.HasSignature:
		verdict.State, verdict.Reason = VerdictInvalid, "The token is not signed."
	case !c.ownIssuer(j.Issuer()):
		verdict.State, verdict.Reason = VerdictUnchecked, "Not checkable here: issuer "+orWord(cut(j.Issuer(), 200), "missing")+"."
	case alg != string(jose.RS256):
		verdict.State, verdict.Reason = VerdictInvalid, fmt.Sprintf("The header says alg %s; this tenant signs with RS256 only.", orWord(cut(alg, 40), "nothing"))
	case verdict.KeyID == "":
		verdict.State, verdict.Reason = VerdictInvalid, "The header names no key (kid)."
	default:
		return Verdict{}, false
	}
	return verdict, true
}

func checkSignature(j *JWT, key *rsa.PublicKey) (VerdictState, string) {
	raw := j.Raw.Reveal()
	if j.HeaderText("nonce") != "" {
		if hashed, ok := withHashedNonce(raw, j.HeaderText("nonce")); ok && signedBy(hashed, key) {
			return VerdictValid, "Signed by this tenant. The nonce of Microsoft Graph's tokens was taken into account."
		}
	}
	if signedBy(raw, key) {
		return VerdictValid, "Signed by this tenant."
	}
	if n, whole := signatureLength(raw), key.Size(); n < whole {
		return VerdictInvalid, fmt.Sprintf("The signature does not match: it has %d of %d bytes. The end of the token is probably missing: copy all of it. Else somebody else signed it.", n, whole)
	}
	return VerdictInvalid, "The signature does not match: the token was changed, or signed with another key."
}

// signatureLength is the length of a compact token's signature in bytes.
func signatureLength(compact string) int {
	return base64.RawURLEncoding.DecodedLen(len(compact) - strings.LastIndexByte(compact, '.') - 1)
}

func signedBy(compact string, key *rsa.PublicKey) bool {
	signed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return false
	}
	_, err = signed.Verify(key)
	return err == nil
}

// withHashedNonce rewrites a Graph token into what was signed: there the
// header holds the SHA-256 of the nonce in place of the nonce
// itself. Everything else must stay byte for byte.
func withHashedNonce(compact, nonce string) (string, bool) {
	head, rest, _ := strings.Cut(compact, ".")
	header, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256([]byte(nonce))
	old := []byte(`"` + nonce + `"`)
	signed := bytes.Replace(header, old, []byte(`"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"`), 1)
	return base64.RawURLEncoding.EncodeToString(signed) + "." + rest, bytes.Contains(header, old)
}

func sameOrigin(address, base string) bool {
	a, errA := url.Parse(address)
	b, errB := url.Parse(base)
	return errA == nil && errB == nil && a.Host != "" && a.Scheme == b.Scheme && a.Host == b.Host
}
