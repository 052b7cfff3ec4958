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
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"
)

// signingKey signs tokens; its id is the thumbprint of its certificate, as in Entra. A retired key has
// no private half any more: it only checks what it once signed.
type signingKey struct {
	private *rsa.PrivateKey
	public  *rsa.PublicKey
	cert    []byte // DER
	id      string
}

// keyring holds the keys of one issuer, the one that signs first. They are made in the background,
// because RSA keys take up to a second, and given to whoever waits.
type keyring struct {
	name  string
	store *store
	ready chan struct{}

	mu   sync.RWMutex
	keys []*signingKey
	err  error
}

// maxRetired is how many old keys stay in the JWKS; the oldest leaves when one more is retired.
const maxRetired = 4

func newKeyring(ctx context.Context, s *store, name string, now time.Time) *keyring {
	k := &keyring{name: name, store: s, ready: make(chan struct{})}
	go func() {
		defer close(k.ready)
		k.keys, k.err = k.load(ctx, now)
	}()
	return k
}

// all waits for the keys; the first is the one that signs.
func (k *keyring) all(ctx context.Context) ([]*signingKey, error) {
	select {
	case <-k.ready:
		k.mu.RLock()
		defer k.mu.RUnlock()
		return k.keys, k.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the signing key: %w", ctx.Err())
	}
}

// get waits for the key that signs.
func (k *keyring) get(ctx context.Context) (*signingKey, error) {
	keys, err := k.all(ctx)
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// verifies tells whether one of the keys, retired ones too, signed the token.
func (k *keyring) verifies(ctx context.Context, raw string) (bool, error) {
	keys, err := k.all(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(keys, func(key *signingKey) bool { return key.verifyJWT(raw) }), nil
}

// rotate makes a new key. The one before goes on being announced, because tokens that it signed are
// still in their time and clients have cached it.
// https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
func (k *keyring) rotate(ctx context.Context, now time.Time) (*signingKey, error) {
	if _, err := k.all(ctx); err != nil {
		return nil, err
	}
	fresh, err := makeKey(now)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	// What waits for readers is a new slice: those who hold the old one go on with it.
	keys := []*signingKey{fresh}
	for _, old := range k.keys[:min(len(k.keys), maxRetired)] {
		keys = append(keys, &signingKey{public: old.public, cert: old.cert, id: old.id})
	}
	if err := k.keep(ctx, keys); err != nil {
		return nil, err
	}
	k.keys = keys
	return fresh, nil
}

// keptKey is a key in the store; Private is missing when it is retired.
type keptKey struct {
	Private     []byte `json:"private,omitempty"` // PKCS #1
	Certificate []byte `json:"certificate"`
}

// load reads the keys, or makes and keeps one: tokens stay valid over a restart.
func (k *keyring) load(ctx context.Context, now time.Time) ([]*signingKey, error) {
	text, err := k.store.setting(ctx, k.name)
	if err != nil {
		return nil, fmt.Errorf("read the %s: %w", k.name, err)
	}
	if text == "" {
		fresh, err := makeKey(now)
		if err != nil {
			return nil, err
		}
		return []*signingKey{fresh}, k.keep(ctx, []*signingKey{fresh})
	}
	var kept []keptKey
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, fmt.Errorf("read the %s: %w", k.name, err)
	}
	var keys []*signingKey
	for _, v := range kept {
		key, err := v.key()
		if err != nil {
			return nil, fmt.Errorf("read the %s: %w", k.name, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || keys[0].private == nil {
		return nil, fmt.Errorf("read the %s: none of them can sign", k.name)
	}
	return keys, nil
}

func (v keptKey) key() (*signingKey, error) {
	cert, err := x509.ParseCertificate(v.Certificate)
	if err != nil {
		return nil, err
	}
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("a key is not an RSA key")
	}
	key := &signingKey{public: public, cert: v.Certificate, id: thumbprint(v.Certificate)}
	if len(v.Private) > 0 {
		key.private, err = x509.ParsePKCS1PrivateKey(v.Private)
	}
	return key, err
}

// keep writes all keys as one value, so that a crash never leaves half a key.
func (k *keyring) keep(ctx context.Context, keys []*signingKey) error {
	var kept []keptKey
	for _, key := range keys {
		v := keptKey{Certificate: key.cert}
		if key.private != nil {
			v.Private = x509.MarshalPKCS1PrivateKey(key.private)
		}
		kept = append(kept, v)
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode the %s: %w", k.name, err)
	}
	if err := k.store.setSetting(ctx, k.name, string(text)); err != nil {
		return fmt.Errorf("keep the %s: %w", k.name, err)
	}
	return nil
}

// makeKey makes a key and a certificate around it. RSA with 2048 bits is what Entra signs with, so
// that a client's minimum key length is met.
func makeKey(now time.Time) (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "signing key of the sandbox tenant"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, fmt.Errorf("make a signing certificate: %w", err)
	}
	return &signingKey{private, &private.PublicKey, cert, thumbprint(cert)}, nil
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
	return rsa.VerifyPKCS1v15(k.public, crypto.SHA256, sum[:], signature) == nil
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
	public := k.public
	return jwk{
		KeyType: "RSA", Use: "sig", KeyID: k.id, Thumbprint: k.id,
		Modulus:     base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		Certificate: []string{base64.StdEncoding.EncodeToString(k.cert)}, Issuer: issuer,
	}
}
