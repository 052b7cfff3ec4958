package entra

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// clientAssertionType is the only assertion type Entra takes (RFC 7523 2.2).
const clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// sandboxSecretPrefix marks secrets a sandbox tenant minted.
const sandboxSecretPrefix = "SANDBOX~"

// Credential proves who a client is: exactly one of the three is set. None
// is right for a public client, which has no credential.
type Credential struct {
	Secret      Secret
	Certificate *Certificate
	// Assertion is a token of another issuer, such as a managed identity, that a
	// federated credential of the client names.
	// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
	Assertion Secret
}

// IsZero reports whether there is no credential.
func (c Credential) IsZero() bool {
	return c.Secret.IsZero() && c.Certificate == nil && c.Assertion.IsZero()
}

// Certificate signs client assertions in place of a client secret.
type Certificate struct {
	key  *rsa.PrivateKey
	leaf *x509.Certificate
	der  []byte
}

// LoadCertificate reads an RSA private key and its certificate, both PEM, in
// either order. The error says which of the two is missing or wrong.
func LoadCertificate(pemBytes []byte) (*Certificate, error) {
	pair, err := tls.X509KeyPair(pemBytes, pemBytes)
	if err != nil {
		return nil, fmt.Errorf("read certificate and key: %w", err)
	}
	key, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the certificate's key is not RSA; Entra ID takes RSA keys only")
	}
	return &Certificate{key: key, leaf: pair.Leaf, der: pair.Certificate[0]}, nil
}

// Thumbprint returns the SHA-256 thumbprint as base64url, as x5t#S256 has it.
func (c *Certificate) Thumbprint() string {
	sum := sha256.Sum256(c.der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Expires returns when the certificate ends.
func (c *Certificate) Expires() time.Time { return c.leaf.NotAfter }

// String names the certificate by its thumbprint; the key never shows.
func (c *Certificate) String() string { return "certificate " + c.Thumbprint() }

// GoString is String, so that %#v does not print the key.
func (c *Certificate) GoString() string { return c.String() }

// assertion signs a client assertion for one token endpoint, valid for ten
// minutes (https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
func (c *Certificate) assertion(clientID, endpoint string, now time.Time) (Secret, error) {
	options := (&jose.SignerOptions{}).WithType("JWT").
		WithHeader("x5t#S256", c.Thumbprint()).
		WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(c.der)})
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: c.key}, options)
	if err != nil {
		return Secret{}, fmt.Errorf("prepare client assertion: %w", err)
	}
	claims, err := json.Marshal(map[string]any{
		"aud": endpoint, "iss": clientID, "sub": clientID, "jti": uuid.NewString(),
		"nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	})
	if err != nil {
		return Secret{}, fmt.Errorf("write client assertion: %w", err)
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return Secret{}, fmt.Errorf("sign client assertion: %w", err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		return Secret{}, fmt.Errorf("write client assertion: %w", err)
	}
	return NewSecret(compact), nil
}

// check refuses what must not be sent: several credentials at once, or a
// sandbox's secret to Microsoft.
func (c Credential) check(cloud Cloud) error {
	if secret, cert := !c.Secret.IsZero(), c.Certificate != nil; secret && cert || (secret || cert) && !c.Assertion.IsZero() {
		return errors.New("a client has one credential: a secret, a certificate or a federated assertion")
	}
	if !cloud.Sandbox && strings.HasPrefix(c.Secret.Reveal(), sandboxSecretPrefix) {
		return errors.New("this secret belongs to a sandbox tenant; it is not sent to Microsoft")
	}
	return nil
}
