package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentidportal/entra"
)

// card is the head of a hop's card.
func (h HopResult) card(folded bool) HopView {
	v := HopView{Name: string(h.Name), Sentence: h.Sentence, State: string(h.State), Folded: folded}
	if v.State == string(entra.HopGiven) {
		v.State = string(entra.HopAnswered)
	}
	v.Summary = "Request, answer and " + plural(len(h.Claims), "claim")
	if h.State == entra.HopUnreached {
		v.Note = h.unreachedNote()
		return v
	}
	v.Duration = hopTook(h.Duration)
	switch {
	case h.State == entra.HopGiven:
		v.Status, v.Duration = "Pasted", ""
		v.Signature, v.SignatureTone = verdictWords(h.Signature)
	case h.Cached:
		v.Status, v.Duration = "From the cache, "+h.Age+" old", ""
		v.Signature, v.SignatureTone = verdictWords(h.Signature)
	case h.State == entra.HopAnswered && h.Answer == nil:
		v.Status = strconv.Itoa(h.Status)
	case h.Err != nil:
		v.Status = strconv.Itoa(h.Status) + " " + h.Err.Code
	case h.State == entra.HopFailed:
		v.Status = "No answer"
	default:
		v.Status = strconv.Itoa(h.Status)
		v.Signature, v.SignatureTone = verdictWords(h.Signature)
	}
	if missing, unexpected := countFaults(h.Claims); missing+unexpected > 0 {
		v.Warning = plural(missing, "claim") + " missing, " + strconv.Itoa(unexpected) + " unexpected"
	}
	return v
}

// unreachedNote says what a hop would have needed.
func (h HopResult) unreachedNote() string {
	switch {
	case h.Name == entra.HopT1:
		return "Not reached"
	case h.Needs == "":
		return "Not reached: it needs T1"
	}
	return "Not reached: it needs " + h.Needs
}

// hasClaims says whether any hop brought a token that can be read.
func (r TokenResult) hasClaims() bool {
	return slices.ContainsFunc(r.Hops, func(h HopResult) bool { return h.JWT != nil && len(h.Claims) > 0 })
}

// hopTook is the duration of a hop. A sandbox on this machine is faster than
// the unit.
func hopTook(d time.Duration) string {
	if d < time.Millisecond {
		return "under 1 ms"
	}
	return Took(d)
}

// verdictWords is a signature verdict as a status.
func verdictWords(v entra.Verdict) (string, Tone) {
	switch v.State {
	case entra.VerdictValid:
		return "Signature valid", ToneOK
	case entra.VerdictInvalid:
		return "Signature invalid", ToneDanger
	}
	return "Signature not checked", ToneMuted
}

// expiresNote says what the seconds count from. When the token ends, its own
// exp says, which its receivers go by.
func (h HopResult) expiresNote() string {
	if h.JWT != nil && h.JWT.Has("exp") {
		return "seconds after this answer. Receivers go by the claim exp, below."
	}
	return "seconds, until " + UTC(h.Answer.ExpiresAt)
}

// secretNote says of a masked field how long it is and how it is known: a
// client secret by the hint that Graph lists it with.
func secretNote(f entra.Field) string {
	note := plural(f.Length, "character")
	if f.Hint != "" {
		note += ", hint " + f.Hint
	}
	if f.Note != "" {
		note = f.Note + ": " + note
	}
	return note
}

// refusalCode is the code of a refusal, whole.
func refusalCode(e *entra.Error) string {
	if e.AADSTS == 0 {
		return e.Code
	}
	return "AADSTS" + strconv.Itoa(e.AADSTS) + ", " + e.Code
}

// splitClaims puts the claims that decide, and those that are at fault, before
// the rest; exp ends them, as it ends the token.
func splitClaims(claims []entra.ClaimNote) (first, rest []entra.ClaimNote) {
	var last []entra.ClaimNote
	for _, claim := range claims {
		switch {
		case claim.Name == "exp":
			last = append(last, claim)
		case claim.Deciding || claim.For == entra.Missing || claim.For == entra.Unexpected:
			first = append(first, claim)
		default:
			rest = append(rest, claim)
		}
	}
	return append(first, last...), rest
}

// anyJudged says whether a mode is known that some claim was held against.
func anyJudged(claims []entra.ClaimNote) bool {
	return slices.ContainsFunc(claims, func(c entra.ClaimNote) bool { return c.For != "" })
}

func claimColumns(judged bool) []Column {
	columns := []Column{{Title: "Claim"}, {Title: "Value"}, {Title: "What it says"}}
	if judged {
		columns = append(columns, Column{Title: "For this mode"})
	}
	return columns
}

// claimRow makes a row of a claim. Nothing is judged where no mode is known.
func claimRow(c entra.ClaimNote, judged bool) ClaimRow {
	words := map[entra.Expectation]string{
		entra.Expected: "Expected", entra.Present: "Present", entra.Missing: "Missing", entra.Unexpected: "Unexpected",
		entra.Unsure: "Unproven",
	}
	row := ClaimRow{Name: c.Name, Href: claimHref(c.Name), Value: c.Text, Says: c.Says, For: words[c.For], Unjudged: !judged}
	if c.For == entra.Missing {
		row.Value = ""
	}
	return row
}

// claimHref is a claim's place in the dictionary; empty when it has none.
func claimHref(name string) string {
	if e, ok := entra.DictionaryEntry(name); ok {
		return claimsPath + "#" + e.Anchor()
	}
	return ""
}

// headerHref is claimHref for a header parameter.
func headerHref(name string) string {
	if e, ok := entra.HeaderEntry(name); ok {
		return claimsPath + "#" + e.HeaderAnchor()
	}
	return ""
}

// tokenParts divides a token for TokenText.
func tokenParts(token entra.Secret) (header, payload, signature string) {
	parts := strings.SplitN(token.Reveal(), ".", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	return parts[0], parts[1], parts[2]
}

// hiddenSignature stands where the signature would.
func hiddenSignature(token entra.Secret) string {
	_, _, signature := tokenParts(token)
	if signature == "" {
		return "no signature"
	}
	return "•••••••• signature hidden, " + plural(len(signature), "character")
}

// timeWords names a time of a token.
func timeWords(claim string) string {
	switch claim {
	case "iat":
		return "Issued"
	case "nbf":
		return "Counts from"
	}
	return "Ends"
}

// Query writes pairs of name and value as a query, leaving out empty ones.
func Query(pairs ...string) string {
	query := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			query.Set(pair[0], pair[1])
		}
	}
	return query.Encode()
}
