package entra

import (
	"context"
)

// Acquire runs the hops of a mode, one after the other. The trace is never
// nil: on failure it keeps the hops before, the failed one with its refusal,
// and lists the rest as unreached. The error is *Error or *FaultError.
func (c *Client) Acquire(ctx context.Context, m Mode) (*Trace, error) {
	return c.AcquireWith(ctx, m, nil)
}

// AcquireWith is Acquire with hops taken from a cache where it holds them, and
// kept there; a nil cache asks for every hop anew.
func (c *Client) AcquireWith(ctx context.Context, m Mode, cache *HopCache) (*Trace, error) {
	trace := &Trace{Mode: m.Name(), Started: c.now()}
	got := answers{tokens: map[HopName]Secret{}, keys: map[HopName]cacheKey{}}
	var failed error
	for _, spec := range m.hops() {
		if failed != nil {
			trace.Hops = append(trace.Hops, c.unreached(spec))
			continue
		}
		hop, err := c.take(ctx, spec, got, cache)
		if failed = err; err == nil && hop.Answer != nil {
			got.tokens[spec.name] = hop.Answer.Token
		}
		trace.Hops = append(trace.Hops, hop)
	}
	trace.Links = c.links(m, trace)
	trace.Duration = c.now().Sub(trace.Started)
	return trace, failed
}

// answers are what the hops so far have brought, with the names the cache has
// for them.
type answers struct {
	tokens map[HopName]Secret
	keys   map[HopName]cacheKey
}

// take makes one hop: handed in, from the cache, or by a request.
func (c *Client) take(ctx context.Context, spec hopSpec, got answers, cache *HopCache) (Hop, error) {
	at := c.For(orWord(spec.tenantID, c.tenantID))
	if !spec.asks() {
		hop := spec.handedIn(c.now())
		got.keys[spec.name] = keyOfToken(spec.given)
		if !spec.silent && hop.JWT == nil {
			at.read(ctx, &hop)
		}
		return hop, nil
	}
	key := keyOf(at.tenantID, spec, got.keys)
	got.keys[spec.name] = key
	if kept, ok := cache.get(key, c.now()); ok && !spec.once {
		return kept, nil
	}
	hop, _, err := at.runHop(ctx, spec, got.tokens)
	if err != nil {
		return hop, err
	}
	at.read(ctx, &hop)
	if !spec.once {
		cache.put(key, hop)
	}
	return hop, nil
}

// read decodes and verifies the token of an answered hop.
func (c *Client) read(ctx context.Context, hop *Hop) {
	jwt, err := Decode(hop.Answer.Token.Reveal())
	if err != nil {
		hop.Opaque = true
		hop.Signature = Verdict{State: VerdictUnchecked, Reason: "The token is opaque: only its resource can read it."}
		return
	}
	hop.JWT = jwt
	hop.Signature = c.Verify(ctx, jwt)
}

func (c *Client) unreached(spec hopSpec) Hop {
	at := c.For(orWord(spec.tenantID, c.tenantID))
	return Hop{
		Name: spec.name, Sentence: spec.sentence, State: HopUnreached, ClientID: spec.clientID,
		Endpoint: at.tokenURL(), TenantID: at.tenantID, Planned: planned(spec),
	}
}
