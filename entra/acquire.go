package entra

import (
	"context"
)

// Acquire runs the hops of a mode, one after the other. The trace is never
// nil: on failure it keeps the hops before, the failed one with its refusal,
// and lists the rest as unreached. The error is *Error or *FaultError.
func (c *Client) Acquire(ctx context.Context, m Mode) (*Trace, error) {
	trace := &Trace{Mode: m.Name(), Started: c.now()}
	tokens := map[HopName]Secret{}
	var failed error
	for _, spec := range m.hops() {
		if failed != nil {
			trace.Hops = append(trace.Hops, unreached(spec, c.tokenURL()))
			continue
		}
		hop, _, err := c.runHop(ctx, spec, tokens)
		if failed = err; err == nil {
			tokens[spec.name] = hop.Answer.Token
			c.read(ctx, &hop)
		}
		trace.Hops = append(trace.Hops, hop)
	}
	trace.Links = c.links(m, trace)
	trace.Duration = c.now().Sub(trace.Started)
	return trace, failed
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

func unreached(spec hopSpec, endpoint string) Hop {
	return Hop{Name: spec.name, Sentence: spec.sentence, State: HopUnreached, ClientID: spec.clientID, Endpoint: endpoint}
}
