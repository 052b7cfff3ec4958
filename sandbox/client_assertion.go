package sandbox

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Client assertions: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
// for certificates, https://learn.microsoft.com/entra/workload-id/workload-identity-federation for
// tokens of an issuer. assertionClaims are the claims of a client assertion; aud may be one text or a list.
type assertionClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	IDType    string   `json:"idtyp"`
	Party     string   `json:"azp"`
	Scopes    string   `json:"scp"`
	MIRID     string   `json:"xms_mirid"` // names the resource of a managed identity
}

// isApp tells tokens of applications from those of people; not every resource asks for idtyp.
func (c *assertionClaims) isApp() bool {
	return c.IDType == "app" || (c.IDType == "" && c.Scopes == "")
}

// within tells whether the claims are in their time, and which that is.
func (c *assertionClaims) within(now time.Time) (from, until time.Time, ok bool) {
	from, until = time.Unix(c.NotBefore, 0), time.Unix(c.Expires, 0)
	return from, until, !now.Add(assertionSkew).Before(from) && !now.Add(-assertionSkew).After(until)
}

type audience []string

// UnmarshalJSON reads both forms of aud (RFC 7519 4.1.3).
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// checkAssertion accepts a token of this tenant as the credential of an agent identity, and as that of
// an application a JWT signed with a registered certificate, or one that a federated credential names.
func (s *Sandbox) checkAssertion(ctx context.Context, c *client, q *tokenRequest) *refusal {
	claims, refused := readAssertion(q.assertion)
	if refused != nil {
		return refused
	}
	if c.isAgent() {
		return s.checkExchangeToken(ctx, c, q, claims)
	}
	if strings.EqualFold(claims.Issuer, c.id) {
		return s.checkCertificate(c, q, claims)
	}
	return s.checkFederated(ctx, c, q, claims)
}

// assertionHeader names the key; alg is checked against the key's kind, never trusted alone.
type assertionHeader struct {
	Algorithm        string `json:"alg"`
	KeyID            string `json:"kid"`
	ThumbprintSHA1   string `json:"x5t"`
	ThumbprintSHA256 string `json:"x5t#S256"`
}

func readAssertionHeader(raw string) (assertionHeader, *refusal) {
	var h assertionHeader
	first, _, _ := strings.Cut(raw, ".")
	text, err := decodeSegment(first)
	if err != nil || json.Unmarshal(text, &h) != nil {
		return h, refuseMalformed("The header of the client assertion could not be read.")
	}
	return h, nil
}

// readAssertion reads the claims before any check: the issuer decides which check it is.
func readAssertion(raw string) (*assertionClaims, *refusal) {
	var claims assertionClaims
	if !readClaims(raw, &claims) {
		return nil, refuseMalformed("The client assertion is not a JWT, or its claims could not be read.")
	}
	return &claims, nil
}

// readClaims decodes the middle of a JWT without any check; false when it is none.
func readClaims(raw string, into any) bool {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return false
	}
	return readSegment(parts[1], into)
}

// readSegment decodes the JSON of one part of a JWT.
func readSegment(segment string, into any) bool {
	text, err := decodeSegment(segment)
	return err == nil && json.Unmarshal(text, into) == nil
}

// decodeSegment reads base64url; some senders use the standard alphabet with the padding stripped.
func decodeSegment(segment string) ([]byte, error) {
	segment = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(segment, "="))
	return base64.RawURLEncoding.DecodeString(segment)
}

// checkExchangeToken checks T1 as the credential of an agent identity: issued by this tenant for the
// exchange resource, its subject the path from the blueprint to this agent.
func (s *Sandbox) checkExchangeToken(ctx context.Context, c *client, q *tokenRequest, claims *assertionClaims) *refusal {
	if claims.Issuer != s.v2Issuer() {
		return refuseFederatedIssuer(claims.Issuer)
	}
	ours, err := s.keys.verifies(ctx, q.assertion)
	if err != nil {
		return refuseServerError(err)
	}
	if !ours {
		return refuseAssertionSignature("The signature does not fit a key of the issuer.")
	}
	if !claims.isApp() {
		return refuseUserTokenAsFIC()
	}
	if len(claims.Audience) != 1 || claims.Audience[0] != exchangeAppID {
		return refuseFederatedAudience(strings.Join(claims.Audience, " "))
	}
	// A token asked for without fmi_path speaks for the blueprint alone. It is refused as a stranger's
	// is, not as one for another agent: the subject is no path at all.
	if !strings.HasPrefix(claims.Subject, fmiScheme) {
		return refuseFederatedIssuer(claims.Issuer)
	}
	// The path ends as the blueprint wrote it, in capitals too.
	child, ok := strings.CutPrefix(claims.Subject, fmiSubject(c.principal.BlueprintAppID, ""))
	if !ok || !strings.EqualFold(child, c.id) || claims.Party != c.principal.BlueprintAppID || claims.IDType != "app" {
		return refuseFederatedSubject(claims.Subject)
	}
	return checkAssertionTime(q.now, claims)
}

// assertionSkew is how far clocks may differ.
const assertionSkew = 5 * time.Minute

func checkAssertionTime(now time.Time, claims *assertionClaims) *refusal {
	if from, until, ok := claims.within(now); !ok {
		return refuseAssertionTime(now, from, until)
	}
	return nil
}

// checkCertificate checks a self-signed assertion against the registered certificates. Both RS256 and
// PS256 are in use, and both thumbprints.
func (s *Sandbox) checkCertificate(c *client, q *tokenRequest, claims *assertionClaims) *refusal {
	if !strings.EqualFold(claims.Subject, c.id) {
		return refuseAssertionSubject()
	}
	header, refused := readAssertionHeader(q.assertion)
	if refused != nil {
		return refused
	}
	cert := registeredCertificate(c.app, header)
	if cert == nil {
		return refuseAssertionSignature("The key was not found.")
	}
	if !signedBy(cert, header.Algorithm, q.assertion) {
		return refuseAssertionSignature("Client assertion contains an invalid signature.")
	}
	if q.directory.After(cert.NotAfter) {
		return refuseAssertionSignature("The key used is expired.")
	}
	for _, aud := range claims.Audience {
		if slices.Contains(s.assertionAudiences(), aud) {
			return checkAssertionTime(q.now, claims)
		}
	}
	return refuseAssertionAudience(strings.Join(claims.Audience, " "))
}

// assertionAudiences are the names of this endpoint that a client may aim its assertion at; one known
// client uses the v1 address at the v2 endpoint.
func (s *Sandbox) assertionAudiences() []string {
	tenant := s.o.BaseURL + "/" + tenantID
	domain := s.o.BaseURL + "/" + tenantDomain
	return []string{
		tenant + "/oauth2/v2.0/token", tenant + "/oauth2/token", tenant + "/v2.0", tenant, tenant + "/",
		domain + "/oauth2/v2.0/token", domain + "/v2.0",
	}
}

// registeredCertificate picks the certificate that the header names by x5t#S256, x5t or kid.
func registeredCertificate(a *application, header assertionHeader) *x509.Certificate {
	sha256Name, sha1Name := header.ThumbprintSHA256, header.ThumbprintSHA1
	for _, k := range a.KeyCredentials {
		sum := sha256.Sum256(k.Key)
		short := thumbprint(k.Key)
		switch {
		case sameBytes(sha256Name, base64.RawURLEncoding.EncodeToString(sum[:])), sameBytes(sha1Name, short),
			sha256Name == "" && sha1Name == "" && sameBytes(header.KeyID, short):
		default:
			continue
		}
		if cert, err := x509.ParseCertificate(k.Key); err == nil {
			return cert
		}
	}
	return nil
}

// sameBytes compares base64 texts of either alphabet, padded or not: MSAL Go pads x5t#S256.
func sameBytes(given, want string) bool {
	if given == "" {
		return false
	}
	return strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(given, "=")) == want
}

// signedBy checks an RS256 or PS256 signature over the text as it was sent.
func signedBy(cert *x509.Certificate, algorithm, raw string) bool {
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	end := strings.LastIndexByte(raw, '.')
	signature, err := decodeSegment(raw[end+1:])
	if !ok || err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(raw[:end]))
	switch algorithm {
	case "RS256":
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
	case "PS256":
		return rsa.VerifyPSS(public, crypto.SHA256, sum[:], signature, nil) == nil
	}
	return false
}
