package entra

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Redacted writes a trace as JSON, to be kept or sent to somebody who helps:
// the requests with everything secret masked, answers and refusals, headers and
// claims of the tokens in the order they stand, verdicts and links. Of tokens
// and secrets only the length is told: no signature, no part as it was sent.
// notes says what the claims of a hop mean; nil leaves it out. Times are UTC,
// durations milliseconds.
func Redacted(t *Trace, notes func(*Hop) []ClaimNote) ([]byte, error) {
	out := exportTrace{
		Mode: string(t.Mode), Complete: t.Complete(), Started: stamp(t.Started), DurationMS: milliseconds(t.Duration),
		Hops: []exportHop{}, Links: []exportLink{},
	}
	for i := range t.Hops {
		hop := &t.Hops[i]
		var explained []ClaimNote
		if notes != nil && hop.JWT != nil {
			explained = notes(hop)
		}
		out.Hops = append(out.Hops, exportedHop(hop, explained))
	}
	for _, link := range t.Links {
		out.Links = append(out.Links, exportLink{Text: link.Text, Holds: link.Holds, Detail: redactTokens(link.Detail)})
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // it is a file, not a page
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		return nil, fmt.Errorf("write trace as JSON: %w", err)
	}
	return []byte(plain(text.String())), nil
}

// plain escapes the characters of JSON strings that change how a text looks,
// such as the order of letters.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r > unicode.MaxASCII && r <= 0xffff && unicode.In(r, unicode.Cc, unicode.Cf) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

type exportTrace struct {
	Mode       string       `json:"mode"`
	Complete   bool         `json:"complete"`
	Started    string       `json:"started,omitempty"`
	DurationMS float64      `json:"duration_ms"`
	Hops       []exportHop  `json:"hops"`
	Links      []exportLink `json:"links"`
}

type exportHop struct {
	Name          string         `json:"name"`
	Sentence      string         `json:"sentence"`
	State         string         `json:"state"`
	ClientID      string         `json:"client_id,omitempty"`
	TenantID      string         `json:"tenant_id,omitempty"`
	Endpoint      string         `json:"endpoint,omitempty"`
	Cached        bool           `json:"cached"`
	Started       string         `json:"started,omitempty"`
	DurationMS    float64        `json:"duration_ms"`
	Request       []exportField  `json:"request,omitempty"`
	Planned       []exportField  `json:"planned,omitempty"`
	Status        int            `json:"status,omitempty"`
	CorrelationID string         `json:"correlation_id,omitempty"`
	Answer        *exportAnswer  `json:"answer,omitempty"`
	Reply         []exportField  `json:"reply,omitempty"`
	Refusal       *exportRefusal `json:"refusal,omitempty"`
	Fault         string         `json:"fault,omitempty"`
	Token         *exportToken   `json:"token,omitempty"`
}

// exportField is a form field; a masked one has its length in place of a value.
type exportField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Length int    `json:"length,omitempty"`
	From   string `json:"from,omitempty"`
	Note   string `json:"note,omitempty"`
}

type exportAnswer struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int    `json:"expires_in,omitempty"`
	ExpiresAt    string `json:"expires_at,omitempty"`
	RefreshToken bool   `json:"refresh_token"`
	IDToken      bool   `json:"id_token"`
}

type exportRefusal struct {
	Error         string  `json:"error"`
	Suberror      string  `json:"suberror,omitempty"`
	AADSTS        int     `json:"aadsts,omitempty"`
	Codes         []int   `json:"error_codes,omitempty"`
	Description   string  `json:"error_description"`
	RetryAfter    float64 `json:"retry_after_seconds,omitempty"`
	TraceID       string  `json:"trace_id,omitempty"`
	CorrelationID string  `json:"correlation_id,omitempty"`
	Timestamp     string  `json:"timestamp,omitempty"`
}

// exportToken is a token as it was decoded.
type exportToken struct {
	Length    int           `json:"length"`
	Opaque    bool          `json:"opaque,omitempty"`
	Encrypted bool          `json:"encrypted,omitempty"`
	Header    []exportClaim `json:"header,omitempty"`
	Claims    []exportClaim `json:"claims,omitempty"`
	Signature exportVerdict `json:"signature"`
	Notes     []string      `json:"notes,omitempty"`
}

type exportClaim struct {
	Name     string `json:"name"`
	Value    any    `json:"value"`
	Says     string `json:"says,omitempty"`
	Expected string `json:"expectation,omitempty"`
}

type exportVerdict struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
	KeyID  string `json:"key_id,omitempty"`
}

type exportLink struct {
	Text   string `json:"text"`
	Holds  bool   `json:"holds"`
	Detail string `json:"detail"`
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
