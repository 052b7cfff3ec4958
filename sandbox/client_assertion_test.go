package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// certificate is a key with a self-signed certificate, made once for all tests.
var certificate = sync.OnceValues(func() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "portal"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return key, cert
})

// assertion signs a client assertion the way a client does.
func assertion(t testing.TB, alg jose.SignatureAlgorithm, headers map[string]any, claims map[string]any) string {
	t.Helper()
	key, _ := certificate()
	o := (&jose.SignerOptions{}).WithType("JWT")
	for name, value := range headers {
		o = o.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCertificateAssertion(t *testing.T) {
	_, cert := certificate()
	l := openLab(t, Options{DataFile: tenantFile(t), PortalCertificate: cert})
	long := sha256.Sum256(cert.Raw)
	portal, tokenURL := l.info.Portal.ClientID, l.url+"/"+l.info.TenantID+"/oauth2/v2.0/token"
	x5t := map[string]any{"x5t": thumbprint(cert.Raw)}
	good := func(changes ...any) map[string]any {
		claims := map[string]any{
			"iss": portal, "sub": portal, "aud": tokenURL, "jti": newID(),
			"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
		}
		for i := 0; i < len(changes); i += 2 {
			claims[changes[i].(string)] = changes[i+1]
		}
		return claims
	}
	for name, tc := range map[string]struct {
		assertion string
		aadsts    int // 0: accepted
	}{
		"PS256, padded x5t#S256": {assertion(t, jose.PS256, map[string]any{"x5t#S256": base64.StdEncoding.EncodeToString(long[:])}, good()), 0},
		"RS256, x5t":             {assertion(t, jose.RS256, x5t, good()), 0},
		"RS256, kid":             {assertion(t, jose.RS256, map[string]any{"kid": thumbprint(cert.Raw)}, good()), 0},
		"v1 audience":            {assertion(t, jose.RS256, x5t, good("aud", l.url+"/"+l.info.TenantID+"/oauth2/token")), 0},
		"list of audiences":      {assertion(t, jose.RS256, x5t, good("aud", []string{tokenURL})), 0},
		"other key":              {assertion(t, jose.RS256, map[string]any{"x5t": strings.Repeat("A", 27)}, good()), 700027},
		"no key named":           {assertion(t, jose.RS256, nil, good()), 700027},
		"bad signature":          {spoil(assertion(t, jose.RS256, x5t, good())), 700027},
		"other algorithm":        {assertion(t, jose.RS512, x5t, good()), 700027},
		"other audience":         {assertion(t, jose.RS256, x5t, good("aud", "https://evil.example/token")), 700023},
		"other subject":          {assertion(t, jose.RS256, x5t, good("sub", "somebody")), 700021},
		"other issuer":           {assertion(t, jose.RS256, x5t, good("iss", "https://token.actions.githubusercontent.com")), 70025},
		"expired":                {assertion(t, jose.RS256, x5t, good("nbf", 1, "exp", time.Now().Add(-time.Hour).Unix())), 700024},
		"not yet valid":          {assertion(t, jose.RS256, x5t, good("nbf", time.Now().Add(time.Hour).Unix())), 700024},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.token(t, "grant_type", "client_credentials", "client_id", portal, "scope", "https://graph.microsoft.com/.default",
				"client_assertion_type", assertionType, "client_assertion", tc.assertion)
			if tc.aadsts != 0 {
				wantRefusal(t, a, 401, "invalid_client", tc.aadsts)
				return
			}
			if _, claims := decode(t, access(t, a)); claims["appidacr"] != "2" {
				t.Errorf("appidacr %v, want 2", claims["appidacr"])
			}
		})
	}
}

// TestAssertionOfTheStandardAlphabet: one client writes its segments in standard base64 without
// padding; the signature is over that very text.
func TestAssertionOfTheStandardAlphabet(t *testing.T) {
	for _, text := range []string{"-_-_", "+/+/", "+/+/=="} {
		got, err := decodeSegment(text)
		if err != nil || string(got) != "\xfb\xff\xbf" {
			t.Errorf("%s: %x %v", text, got, err)
		}
	}
}
