package entra

import (
	"fmt"
	"strings"
	"time"
)

// Expectation compares a claim with what the mode and hop should carry.
type Expectation string

// The expectations. An empty one means that the mode says nothing about the
// claim; Present that it belongs there whatever its value; Unsure that it is as
// it should be, but nobody vouches for it.
const (
	Expected   Expectation = "expected"
	Present    Expectation = "present"
	Missing    Expectation = "missing"
	Unexpected Expectation = "unexpected"
	Unsure     Expectation = "unproven"
)

// Absent is the text of a claim that is missing.
const Absent = "absent"

// ClaimNote explains one claim of a token.
type ClaimNote struct {
	Name     string
	Text     string // the value as shown; Absent when missing
	Says     string // what it means, in sentences
	For      Expectation
	Deciding bool // a claim that decides who acts, for whom, where
}

// Context is what Explain knows about where a token came from. All of it may
// be empty: a pasted token has no context.
type Context struct {
	Mode           ModeName
	Hop            HopName
	BlueprintAppID string
	AgentID        string
	BlueprintURIs  []string          // identifier URIs of the blueprint, which Tc may be for
	UserID         string            // the user or agent user acted as, where known
	ClientAppID    string            // the client of a grant without agent
	TenantID       string            // of the tenant that was asked; empty: the client's own
	Scope          string            // of the request, to know the audience expected
	Names          map[string]string // id, lower case -> display name
}

// Explain says what each claim of a token means, in the order of the token,
// and after them lists what the hop should carry and does not.
func (c *Client) Explain(j *JWT, x Context) []ClaimNote {
	wants := c.wants(j, x)
	notes := make([]ClaimNote, 0, len(j.Claims)+4)
	for _, claim := range j.Claims {
		note := ClaimNote{Name: claim.Name, Text: claim.Text, Says: c.says(j, claim, x), Deciding: deciding(claim.Name)}
		if want, ok := wants[claim.Name]; ok {
			note.For, note.Says = want.judge(claim.Text, note.Says)
		}
		notes = append(notes, note)
	}
	for _, name := range wantOrder {
		want, ok := wants[name]
		if !ok || !want.needed || j.Has(name) || j.Encrypted || j.Damaged {
			continue
		}
		notes = append(notes, ClaimNote{Name: name, Text: Absent, For: Missing, Deciding: deciding(name), Says: joinSentences(meaning(name), orWord(want.gone, want.why))})
	}
	return notes
}

// ExplainHeader says what each header parameter means.
func (c *Client) ExplainHeader(j *JWT) []ClaimNote {
	notes := make([]ClaimNote, 0, len(j.Header))
	for _, parameter := range j.Header {
		says := notDescribed
		if known, ok := HeaderEntry(parameter.Name); ok {
			says = known.Means
		}
		notes = append(notes, ClaimNote{Name: parameter.Name, Text: parameter.Text, Says: says})
	}
	return notes
}

// says explains a claim with the value at hand, falling back on its general
// meaning.
func (c *Client) says(j *JWT, claim Claim, x Context) string {
	general := meaning(claim.Name)
	switch claim.Name {
	case "iat", "nbf", "exp", "auth_time", "xms_tcdt":
		if at, ok := j.Time(claim.Name); ok {
			return joinSentences(general, at.Format("2 Jan 2006 15:04:05 UTC")+".")
		}
		return joinSentences(general, "This value is not a time.")
	case "appidacr", "azpacr":
		return joinSentences(general, acrWords(claim.Text))
	case "xms_act_fct", "xms_sub_fct", "xms_tnt_fct":
		return joinSentences(general, facetSentence(j.Values(claim.Name)))
	case "xms_idrel":
		return joinSentences(general, relationSentence(j.Values(claim.Name)))
	case "wids":
		return joinSentences(general, roleSentence(j.Values("wids")))
	case "sub":
		return joinSentences(general, c.subjectSentence(claim.Text, x))
	case "aud", "appid", "azp", "oid", "tid", "xms_par_app_azp":
		return joinSentences(general, c.nameOf(claim.Text, x))
	case "iss", "idp":
		return joinSentences(general, c.issuerSentence(claim.Text))
	}
	return general
}

// nameOf names an id: from the directory, or a well-known one.
func (c *Client) nameOf(id string, x Context) string {
	key := strings.ToLower(id)
	if name := x.Names[key]; name != "" {
		return "Here: " + visible(name) + "."
	}
	switch {
	case key == GraphAppID || key == GraphAudience:
		return "Here: Microsoft Graph."
	case key == ExchangeAppID:
		return "Here: the token exchange (AzureADTokenExchange)."
	case key == c.tenantID:
		return "Here: the tenant of this portal."
	}
	return ""
}

func (c *Client) issuerSentence(issuer string) string {
	switch {
	case issuer == c.issuerV2():
		return "Here: this tenant, in the form of version 2 tokens."
	case c.ownIssuer(issuer):
		return "Here: this tenant, in the form of version 1 tokens."
	}
	return "Here: not the tenant of this portal."
}

// subjectSentence reads a T1's subject, which is a path, or names the subject.
func (c *Client) subjectSentence(sub string, x Context) string {
	path, ok := ParseSubjectPath(sub)
	if !ok {
		return c.nameOf(sub, x)
	}
	tenant := "tenant " + path.TenantID
	if path.TenantID == c.tenantID {
		tenant = "this tenant"
	}
	return fmt.Sprintf("Here a path: %s, then %s which asked, then %s for whom.", tenant, named(path.AppID, x), named(path.Rest, x))
}

// named returns the display name of an id, and the id when there is none.
func named(id string, x Context) string {
	if name := x.Names[strings.ToLower(id)]; name != "" {
		return visible(name)
	}
	return orWord(visible(id), "nobody")
}

func acrWords(text string) string {
	switch text {
	case "0":
		return "0: a public client, which proved nothing."
	case "1":
		return "1: a client secret."
	case "2":
		return "2: a signed assertion, such as a certificate's or T1."
	}
	return ""
}

func joinSentences(sentences ...string) string {
	var kept []string
	for _, s := range sentences {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}

// Lifetime returns exp minus iat, zero when one of them is missing.
func (j *JWT) Lifetime() time.Duration {
	exp, okExp := j.Time("exp")
	iat, okIat := j.Time("iat")
	if !okExp || !okIat {
		return 0
	}
	return exp.Sub(iat)
}
