package sandbox

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint by definition (RFC 7515 4.1.7)
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"time"
)

// signingKey signs every token of the tenant; its id is the thumbprint of its certificate, as in Entra.
type signingKey struct {
	private *rsa.PrivateKey
	cert    []byte // DER
	id      string
}

// keyring makes the signing key in the background, because RSA keys take up to a second, and gives it
// to whoever waits for it.
type keyring struct {
	ready chan struct{}
	key   *signingKey
	err   error
}

func newKeyring(ctx context.Context, s *store, now time.Time) *keyring {
	k := &keyring{ready: make(chan struct{})}
	go func() {
		defer close(k.ready)
		k.key, k.err = loadKey(ctx, s, now)
	}()
	return k
}

// get waits for the key.
func (k *keyring) get(ctx context.Context) (*signingKey, error) {
	select {
	case <-k.ready:
		return k.key, k.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the signing key: %w", ctx.Err())
	}
}

// loadKey reads the tenant's key, or makes and keeps one: tokens stay valid over a restart.
func loadKey(ctx context.Context, s *store, now time.Time) (*signingKey, error) {
	text, err := s.setting(ctx, "signing key")
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	certText, err := s.setting(ctx, "signing certificate")
	if err != nil {
		return nil, fmt.Errorf("read the signing certificate: %w", err)
	}
	if text == "" || certText == "" {
		return makeKey(ctx, s, now)
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	private, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	cert, err := base64.StdEncoding.DecodeString(certText)
	if err != nil {
		return nil, fmt.Errorf("read the signing certificate: %w", err)
	}
	return &signingKey{private, cert, thumbprint(cert)}, nil
}

// makeKey makes a key and a certificate around it. RSA with 2048 bits is what Entra signs with, so
// that a client's minimum key length is met.
func makeKey(ctx context.Context, s *store, now time.Time) (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make the signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "signing key of the sandbox tenant"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, fmt.Errorf("make the signing certificate: %w", err)
	}
	der := x509.MarshalPKCS1PrivateKey(private)
	if err := s.setSetting(ctx, "signing key", base64.StdEncoding.EncodeToString(der)); err != nil {
		return nil, fmt.Errorf("keep the signing key: %w", err)
	}
	if err := s.setSetting(ctx, "signing certificate", base64.StdEncoding.EncodeToString(cert)); err != nil {
		return nil, fmt.Errorf("keep the signing certificate: %w", err)
	}
	return &signingKey{private, cert, thumbprint(cert)}, nil
}

// thumbprint is x5t: the SHA-1 of the certificate (RFC 7515 4.1.7).
func thumbprint(cert []byte) string {
	sum := sha1.Sum(cert) //nolint:gosec // see the import
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sign returns the RS256 signature over the text.
func (k *signingKey) sign(text string) ([]byte, error) {
	sum := sha256.Sum256([]byte(text))
	return rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, sum[:])
}

// verify tells whether the RS256 signature fits the text.
func (k *signingKey) verify(text string, signature []byte) bool {
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(&k.private.PublicKey, crypto.SHA256, sum[:], signature) == nil
}

// jwk is one key of the JWKS.
type jwk struct {
	KeyType     string   `json:"kty"`
	Use         string   `json:"use"`
	KeyID       string   `json:"kid"`
	Thumbprint  string   `json:"x5t"`
	Modulus     string   `json:"n"`
	Exponent    string   `json:"e"`
	Certificate []string `json:"x5c"`
	Issuer      string   `json:"issuer"`
}

// jwk is the public half; n and e are big-endian without leading zeros (RFC 7518 6.3.1).
func (k *signingKey) jwk(issuer string) jwk {
	public := k.private.PublicKey
	return jwk{
		KeyType: "RSA", Use: "sig", KeyID: k.id, Thumbprint: k.id,
		Modulus:     base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		Certificate: []string{base64.StdEncoding.EncodeToString(k.cert)}, Issuer: issuer,
	}
}
