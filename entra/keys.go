package entra

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// maxPublishedKeys and the key sizes keep a hostile key set harmless.
	maxPublishedKeys = 200
	minKeyBits       = 2048
	maxKeyBits       = 8192
	// refetchPause keeps tokens with invented key names from making the
	// portal ask again and again.
	refetchPause = 5 * time.Second
	// keysAge is how long a key set counts, so that a withdrawn key is dropped.
	keysAge = 12 * time.Hour
)

// errNoSuchKey tells that the tenant publishes no key of a name.
var errNoSuchKey = errors.New("the tenant publishes no such key")

// keyCache keeps the tenant's public keys by (issuer, kid).
type keyCache struct {
	fetch func(context.Context) (jose.JSONWebKeySet, error)
	now   func() time.Time

	mu      sync.Mutex
	keys    map[keyName]*rsa.PublicKey
	fetched time.Time
}

type keyName struct{ issuer, kid string }

// key returns a published key. An unknown name makes it read the key set
// again: that is how new keys are learnt after a roll-over.
func (k *keyCache) key(ctx context.Context, issuer, kid string) (*rsa.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := keyName{issuer, kid}
	age := k.now().Sub(k.fetched)
	if key := k.keys[name]; key != nil && age < keysAge {
		return key, nil
	}
	if !k.fetched.IsZero() && age < refetchPause {
		return nil, errNoSuchKey
	}
	set, err := k.fetch(ctx)
	if err != nil {
		return nil, err
	}
	k.fetched, k.keys = k.now(), usable(issuer, set)
	if key := k.keys[name]; key != nil {
		return key, nil
	}
	return nil, errNoSuchKey
}

func usable(issuer string, set jose.JSONWebKeySet) map[keyName]*rsa.PublicKey {
	keys := map[keyName]*rsa.PublicKey{}
	for _, published := range set.Keys[:min(len(set.Keys), maxPublishedKeys)] {
		key, isRSA := published.Key.(*rsa.PublicKey)
		if !isRSA || published.KeyID == "" || published.Use == "enc" {
			continue
		}
		if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
			continue
		}
		keys[keyName{issuer, published.KeyID}] = key
	}
	return keys
}

// fetchKeys reads the tenant's key set from where its discovery document
// points, which must be on the sign-in service itself.
func (c *Client) fetchKeys(ctx context.Context) (jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, c.http), c.issuerV2())
	if err != nil {
		return set, fmt.Errorf("read discovery document: %w", err)
	}
	var document struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return set, fmt.Errorf("read discovery document: %w", err)
	}
	if !sameOrigin(document.KeysURL, c.cloud.Login) {
		return set, errors.New("the discovery document points to keys of another host")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, document.KeysURL, nil)
	if err != nil {
		return set, fmt.Errorf("read keys: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return set, fmt.Errorf("read keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return set, fmt.Errorf("read keys: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return set, fmt.Errorf("read keys: HTTP %d", resp.StatusCode)
	}
	return parseKeys(body)
}

// parseKeys skips single keys it cannot read: one odd key must not hide the
// others.
func parseKeys(body []byte) (jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return set, fmt.Errorf("read keys: %w", err)
	}
	for _, one := range raw.Keys[:min(len(raw.Keys), maxPublishedKeys)] {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(one) == nil {
			set.Keys = append(set.Keys, key)
		}
	}
	return set, nil
}
