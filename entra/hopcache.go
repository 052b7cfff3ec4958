package entra

import (
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// maxCachedHops bounds a cache: nobody tests more at a time.
	maxCachedHops = 200
	// renewBefore is how long before its end a token is no longer taken from the
	// cache, as Microsoft's own libraries do.
	renewBefore = 5 * time.Minute
)

// HopCache keeps answered hops in memory until shortly before their tokens
// end, as the token cache of a program would. A nil cache is empty and keeps
// nothing. It is safe for concurrent use.
type HopCache struct {
	kept  *keptHops
	fresh bool // keeps and never gives
}

type keptHops struct {
	mu   sync.Mutex
	hops map[cacheKey]Hop
}

// NewHopCache returns an empty cache.
func NewHopCache() *HopCache { return &HopCache{kept: &keptHops{hops: map[cacheKey]Hop{}}} }

// Fresh is the same cache for a try that asks for every hop anew: what comes is
// kept for later ones.
func (c *HopCache) Fresh() *HopCache { return &HopCache{kept: c.kept, fresh: true} }

// cacheKey stands for all that decides the answer of a hop. It is a hash: the
// credential takes part in it.
type cacheKey [sha256.Size]byte

// keyOf names a hop by its request, and the tokens it carries by the requests
// that got them: a fresh T1 gives the same TR.
func keyOf(tenantID string, spec hopSpec, earlier map[HopName]cacheKey) cacheKey {
	sum := sha256.New()
	add := func(texts ...string) {
		for _, text := range texts {
			sum.Write([]byte(text))
			sum.Write([]byte{0})
		}
	}
	add(tenantID, spec.clientID, spec.scope, spec.params.Encode(), spec.credential.Secret.Reveal(), spec.credential.Assertion.Reveal())
	if cert := spec.credential.Certificate; cert != nil {
		add(cert.Thumbprint())
	}
	for _, field := range slices.Sorted(maps.Keys(spec.tokens)) {
		key := earlier[spec.tokens[field]]
		add(field, string(key[:]))
	}
	return cacheKey(sum.Sum(nil))
}

func keyOfToken(token Secret) cacheKey { return sha256.Sum256([]byte(token.Reveal())) }

func (c *HopCache) get(key cacheKey, now time.Time) (Hop, bool) {
	if c == nil || c.fresh {
		return Hop{}, false
	}
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	hop, ok := c.kept.hops[key]
	if !ok || !now.Before(hop.ends().Add(-renewBefore)) {
		return Hop{}, false
	}
	hop.Cached = true
	return hop, true
}

func (c *HopCache) put(key cacheKey, hop Hop) {
	if c == nil {
		return
	}
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	if len(c.kept.hops) >= maxCachedHops {
		clear(c.kept.hops)
	}
	c.kept.hops[key] = hop
}

// ends is when the token of an answered hop ends, by its exp or else by what
// the answer said.
func (h *Hop) ends() time.Time {
	if h.Answer == nil {
		return time.Time{}
	}
	if h.JWT != nil {
		if at, ok := h.JWT.Time("exp"); ok {
			return at
		}
	}
	return h.Answer.ExpiresAt
}
