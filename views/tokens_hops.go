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
		v.Status, v.Duration = "From the cache", ""
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

// sequence draws the hops of the result.
func (r TokenResult) sequence(p Page) SequenceView {
	username := ""
	if p.User != nil {
		username, _, _ = strings.Cut(p.User.Username, "@")
		username += "@"
	}
	s := SequenceView{Lanes: [3]Lane{
		{Title: "Portal", Note: username}, {Title: "Sign-in service", Note: "/oauth2/v2.0/token"}, {Title: r.resourceTitle(), Note: r.laneNote()},
	}}
	var told []string
	for _, hop := range r.Hops {
		row := r.sequenceRow(hop)
		s.Rows = append(s.Rows, row)
		told = append(told, row.Hop+": "+row.Name+" sends "+row.Ask+"; "+row.Result)
	}
	if use, ok := r.useRow(); ok {
		s.Rows = append(s.Rows, use)
		told = append(told, "The token: "+use.Ask+"; "+use.Result)
	}
	s.Summary = "Sequence of " + plural(len(s.Rows), "hop") + ". " + strings.Join(told, ". ") + "."
	return s
}

// laneNote says whether the resource was called.
func (r TokenResult) laneNote() string {
	if r.Used != nil {
		return "called once"
	}
	return "not asked"
}

// useRow is the call with the token, made or still to be made.
func (r TokenResult) useRow() (SequenceRow, bool) {
	if len(r.Calls) == 0 {
		return SequenceRow{}, false
	}
	row := SequenceRow{Hop: "TR", ToAPI: true, State: "unreached", Ask: "used by the button Call", Result: "not called yet"}
	if row.Mark, row.Name = "agentIdentity", r.AgentName; r.AgentID == "" {
		row.Mark, row.Name = "principal", "Application"
	}
	row.Name, row.Card = shorten(row.Name, 32), "use"
	if r.Used == nil {
		return row, true
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.Used.Call.URL, "https://"), "http://"), "/")
	row.Ask, row.State, row.Result = "GET /"+shorten(path, 40), "failed", "no answer"
	if done := r.Used.Done; done != nil {
		row.State, row.Took = "answered", hopTook(done.Duration)
		row.Result = strconv.Itoa(done.Status)
		if done.Status >= 300 {
			row.State = "refused"
		}
	}
	return row, true
}

func (r TokenResult) sequenceRow(hop HopResult) SequenceRow {
	row := SequenceRow{Hop: string(hop.Name), State: string(hop.State), Took: hopTook(hop.Duration)}
	if total := r.Trace.Duration; total > 0 {
		row.Share = float64(hop.Duration) / float64(total)
	}
	row.Mark, row.Name = r.clientOf(hop)
	row.Ask = r.askOf(hop)
	row.Name = shorten(row.Name, 32)
	row.ShortID = shorten(hop.ClientID, 9)
	switch {
	case hop.State == entra.HopGiven:
		row.State, row.Result, row.Took = "answered", "handed in", ""
	case hop.Cached:
		row.Result, row.Took, row.Share = "from the cache", "", 0
	case hop.State == entra.HopAnswered && hop.Answer == nil:
		row.Result = strconv.Itoa(hop.Status) + ", the codes"
	case hop.State == entra.HopAnswered:
		row.Result = strconv.Itoa(hop.Status) + ", " + row.Hop + " for " + strconv.Itoa(int(hop.Answer.ExpiresIn.Seconds())) + " s"
	case hop.State == entra.HopRefused:
		row.Result = strconv.Itoa(hop.Status) + ", " + refusalCodeShort(hop.Err)
	case hop.State == entra.HopFailed:
		row.Result = "no answer"
	default:
		row.Result = "not reached"
	}
	return row
}

// clientOf is who asks at a hop.
func (r TokenResult) clientOf(hop HopResult) (mark, name string) {
	switch {
	case hop.ClientID == "":
		return "person", "User"
	case hop.ClientID == r.BlueprintAppID:
		return "blueprint", r.BlueprintName
	case hop.ClientID == r.AgentID:
		return "agentIdentity", r.AgentName
	}
	if r.AppName != "" && strings.EqualFold(hop.ClientID, r.AppID) {
		return "principal", r.AppName
	}
	return "principal", "Application"
}

// askOf is what a hop sends, in a few words.
func (r TokenResult) askOf(hop HopResult) string {
	switch {
	case hop.Name == entra.HopT1:
		return r.proof(hop) + ", fmi_path = " + shorten(r.AgentName, 24)
	case hop.Name == entra.HopT2:
		return "T1 as its proof, exchange scope"
	case hop.Name == entra.HopTc && hop.State == entra.HopGiven:
		return "a token the user has got"
	case hop.Name == entra.HopTc:
		return "the code of the user's sign-in"
	case hop.Name == entra.HopDevice:
		return "a device code, please"
	}
	switch r.Mode.Name {
	case entra.ModeAutonomous:
		return "T1 as its proof"
	case entra.ModeOnBehalfOf:
		return "T1 as its proof, Tc as the user's"
	case entra.ModeAgentUser:
		return "T1 and T2, for " + shorten(r.Username, 28)
	case entra.ModeCrossTenant:
		return "T2 as its proof"
	case entra.ModeInteractive:
		return "the code of the sign-in"
	case entra.ModeDeviceCode:
		return "the device code"
	case entra.ModePassword:
		return "user name and password"
	case entra.ModeRefreshToken:
		return "the refresh token"
	}
	return r.proof(hop)
}

// proof is how the client of a hop proves itself.
func (r TokenResult) proof(hop HopResult) string {
	for _, f := range hop.Request {
		switch {
		case f.Name == "client_secret":
			return "secret"
		case f.Name == "client_assertion" && strings.Contains(f.Note, "federated"):
			return "federated token"
		case f.Name == "client_assertion":
			return "certificate"
		}
	}
	return "no credential"
}

func refusalCodeShort(e *entra.Error) string {
	code, _, _ := strings.Cut(refusalCode(e), ",")
	return code
}

// resourceTitle names the resource of the scope.
func (r TokenResult) resourceTitle() string {
	if r.ResourceName != "" {
		return r.ResourceName
	}
	switch resource := entra.ResourceOf(r.Scope); resource {
	case entra.GraphAudience:
		return "Microsoft Graph"
	case entra.ManagementAudience:
		return "Azure Resource Manager"
	default:
		return resourceWords(resource)
	}
}

func resourceWords(resource string) string {
	return shorten(strings.TrimPrefix(strings.TrimPrefix(resource, "https://"), "api://"), 22)
}

// shorten cuts a name for a drawing, where there is no room for all of it.
func shorten(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
