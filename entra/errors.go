package entra

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// Error is a refusal of the sign-in service. Its text has
// the OAuth error and the AADSTS code only.
type Error struct {
	Code          string // OAuth error, such as invalid_client
	Description   string // as received, tokens replaced
	Suberror      string
	AADSTS        int // first code, 0 when there is none
	Codes         []int
	Status        int           // HTTP status
	RetryAfter    time.Duration // 0 when no pause was asked for
	TraceID       string
	CorrelationID string
	Timestamp     string
	Body          string // as received, tokens replaced, cut at 4 KiB
}

// Error returns the OAuth error and the AADSTS code, nothing else.
func (e *Error) Error() string {
	if e.AADSTS == 0 {
		return "sign-in service refused: " + e.Code
	}
	return fmt.Sprintf("sign-in service refused: %s (AADSTS%d)", e.Code, e.AADSTS)
}

// Explain says what the refusal means and what to do about it.
func (e *Error) Explain() Explanation { return ExplainAADSTS(e.AADSTS, e.Code) }

// refusalBody is the error body of the token endpoint (RFC 6749 5.2)
// with the members Entra adds.
type refusalBody struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Suberror      string `json:"suberror"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
}

var aadstsCode = regexp.MustCompile(`AADSTS(\d{4,9})`)

// parseRefusal reads an error body; ok is false when it is none.
func parseRefusal(body []byte, status int, secrets []string) (*Error, bool) {
	var b refusalBody
	if json.Unmarshal(body, &b) != nil || b.Error == "" {
		return nil, false
	}
	clean := func(s string, limit int) string { return cut(redactTokens(s, secrets...), limit) }
	refusal := &Error{
		Code: clean(b.Error, 100), Description: clean(b.Description, maxKeptBody), Suberror: clean(b.Suberror, 100),
		Codes: b.Codes, Status: status,
		TraceID: clean(b.TraceID, 100), CorrelationID: clean(b.CorrelationID, 100), Timestamp: clean(b.Timestamp, 40),
		Body: clean(string(body), maxKeptBody),
	}
	if len(b.Codes) > 0 {
		refusal.AADSTS = b.Codes[0]
	} else if found := aadstsCode.FindStringSubmatch(b.Description); found != nil {
		refusal.AADSTS, _ = strconv.Atoi(found[1])
	}
	return refusal, true
}

// secretsOf lists the secret values of a form, so that an error body which
// repeats one of them can be cleaned.
func secretsOf(forms ...url.Values) []string {
	var secrets []string
	for _, form := range forms {
		for name, values := range form {
			if secretField(name) {
				secrets = append(secrets, values...)
			}
		}
	}
	return secrets
}
