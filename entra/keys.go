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
	"golang.org/x/sync/singleflight"
)

const (
	// maxPublishedKeys and the key sizes keep a hostile key set harmless.
	maxPublishedKeys = 200
	minKeyBits       = 2048
	maxKeyBits       = 8192
	// refetchPause keeps tokens with invented key names, and a service that
	// does not answer, from making the portal ask again and again.
	refetchPause = 5 * time.Second
	// keysAge is how long a key set counts, so that a withdrawn key is dropped.
	keysAge = 12 * time.Hour
)

// errNoSuchKey tells that the tenant publishes no key of a name.
var errNoSuchKey = errors.New("the tenant publishes no such key")

// keyCache keeps the tenant's public keys by (issuer, kid).
type keyCache struct {
	fetch   func(context.Context) (jose.JSONWebKeySet, error)
	now     func() time.Time
	flights singleflight.Group

	mu      sync.Mutex
	keys    map[keyName]*rsa.PublicKey
	fetched time.Time
	failed  time.Time // of the last attempt, when that brought nothing
	fault   error
}

type keyName struct{ issuer, kid string }

// key returns a published key. An unknown name makes it read the key set
// again: that is how new keys are learnt after a roll-over. Callers that come
// meanwhile wait for the same reading, each as long as he likes.
func (k *keyCache) key(ctx context.Context, issuer, kid string) (*rsa.PublicKey, error) {
	if key, known, err := k.known(issuer, kid); known {
		return key, err
	}
	reading := k.flights.DoChan(issuer, func() (any, error) {
		if _, known, _ := k.known(issuer, kid); known {
			return nil, nil // read between the first look and now
		}
		// It goes on when the first caller leaves, for those who wait.
		return nil, k.read(context.WithoutCancel(ctx), issuer)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-reading:
		if r.Err != nil {
			return nil, r.Err
		}
	}
	key, _, err := k.known(issuer, kid)
	return key, err
}

// known answers from memory; false means that the key set has to be read.
func (k *keyCache) known(issuer, kid string) (*rsa.PublicKey, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	age := now.Sub(k.fetched)
	if key := k.keys[keyName{issuer, kid}]; key != nil && age < keysAge {
		return key, true, nil
	}
	if k.fault != nil && now.Sub(k.failed) < refetchPause {
		return nil, true, k.fault
	}
	return nil, !k.fetched.IsZero() && age < refetchPause, errNoSuchKey
}

func (k *keyCache) read(ctx context.Context, issuer string) error {
	set, err := k.fetch(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fault = err; err != nil {
		k.failed = k.now()
		return err
	}
	k.fetched, k.keys = k.now(), usable(issuer, set)
	return nil
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
