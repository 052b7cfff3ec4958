package entra

func exportedHop(h *Hop, notes []ClaimNote) exportHop {
	out := exportHop{
		Name: string(h.Name), Sentence: h.Sentence, State: string(h.State), ClientID: h.ClientID, TenantID: h.TenantID, Endpoint: h.Endpoint,
		Cached: h.Cached, Started: stamp(h.Started), DurationMS: milliseconds(h.Duration), Request: exportedFields(h.Request),
		Planned: exportedFields(h.Planned), Status: h.Status, CorrelationID: h.CorrelationID, Reply: exportedFields(h.Reply), Fault: h.Fault,
	}
	if a := h.Answer; a != nil {
		out.Answer = &exportAnswer{
			TokenType: a.TokenType, Scope: a.Scope, ExpiresIn: int(a.ExpiresIn.Seconds()), ExpiresAt: stamp(a.ExpiresAt),
			RefreshToken: !a.Refresh.IsZero(), IDToken: !a.ID.IsZero(),
		}
		out.Token = exportedToken(h, notes)
	}
	if e := h.Err; e != nil {
		out.Refusal = &exportRefusal{
			Error: e.Code, Suberror: e.Suberror, AADSTS: e.AADSTS, Codes: e.Codes, Description: redactTokens(e.Description),
			RetryAfter: e.RetryAfter.Seconds(), TraceID: e.TraceID, CorrelationID: e.CorrelationID, Timestamp: e.Timestamp,
		}
	}
	return out
}

// exportedFields leaves the hints of secrets out: they are characters of them.
func exportedFields(fields []Field) []exportField {
	var out []exportField
	for _, f := range fields {
		field := exportField{Name: f.Name, Value: redactTokens(f.Value), Length: f.Length, From: string(f.From), Note: f.Note}
		if f.Masked {
			field.Value = redacted
		}
		out = append(out, field)
	}
	return out
}

func exportedToken(h *Hop, notes []ClaimNote) *exportToken {
	out := &exportToken{
		Length: h.Answer.Token.Len(), Opaque: h.Opaque,
		Signature: exportVerdict{State: string(h.Signature.State), Reason: h.Signature.Reason, KeyID: h.Signature.KeyID},
	}
	if h.JWT == nil {
		return out
	}
	out.Encrypted, out.Notes = h.JWT.Encrypted, h.JWT.Notes
	for _, parameter := range h.JWT.Header {
		out.Header = append(out.Header, exportClaim{Name: parameter.Name, Value: withoutTokens(parameter.Value)})
	}
	for i, claim := range h.JWT.Claims {
		one := exportClaim{Name: claim.Name, Value: withoutTokens(claim.Value)}
		if i < len(notes) && notes[i].Name == claim.Name {
			one.Says, one.Expected = redactTokens(notes[i].Says), string(notes[i].For)
		}
		out.Claims = append(out.Claims, one)
	}
	for _, note := range notes[min(len(notes), len(h.JWT.Claims)):] {
		if note.For == Missing {
			out.Claims = append(out.Claims, exportClaim{Name: note.Name, Says: note.Says, Expected: string(note.For)})
		}
	}
	return out
}

// withoutTokens replaces what looks like a token in a claim, which may hold
// anything.
func withoutTokens(value any) any {
	switch v := value.(type) {
	case string:
		return redactTokens(v)
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = withoutTokens(member)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[redactTokens(name)] = withoutTokens(member)
		}
		return out
	}
	return value
}
