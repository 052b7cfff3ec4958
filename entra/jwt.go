package entra

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// JWT is a token that was decoded, not verified.
type JWT struct {
	Raw          Secret  // the compact form, as found in what was pasted
	Header       []Claim // in the order found
	Claims       []Claim // in the order found; empty for an encrypted token
	HasSignature bool
	Encrypted    bool     // a JWE: five parts, claims unreadable here
	Damaged      bool     // the claims part could not be read
	Parts        int      // parts divided by dots
	Notes        []string // what is odd about it, in sentences
	Name         string   // the name it has in what was pasted, as "access_token"; may be empty
	Others       []Found  // further tokens in what was pasted
	Beside       []string // names of other secrets in what was pasted, as "refresh_token"
}

// Claim is one member of the header or the payload.
type Claim struct {
	Name  string
	Value any    // as encoding/json decodes it, numbers as json.Number
	Text  string // as shown: control and direction characters made visible
}

// Text returns a claim's value as text, empty when it is absent. Of a
// repeated claim the last counts, as most readers do.
func (j *JWT) Text(claim string) string { return textOf(j.Claims, claim) }

// HeaderText returns a header parameter as text, empty when it is absent.
func (j *JWT) HeaderText(name string) string { return textOf(j.Header, name) }

// Has reports whether a claim is present.
func (j *JWT) Has(claim string) bool { return find(j.Claims, claim) != nil }

// Values returns the members of a list claim: a JSON array of strings, or
// the words of a space-separated string such as scp or xms_act_fct.
func (j *JWT) Values(claim string) []string {
	found := find(j.Claims, claim)
	if found == nil {
		return nil
	}
	list, isList := found.Value.([]any)
	if !isList {
		return strings.Fields(found.Text)
	}
	values := make([]string, 0, len(list))
	for _, member := range list {
		values = append(values, valueText(member))
	}
	return values
}

// Time returns a claim as a time in UTC; ok is false when it is absent or no
// number of seconds between 1970 and the year 9999.
func (j *JWT) Time(claim string) (at time.Time, ok bool) {
	found := find(j.Claims, claim)
	if found == nil {
		return time.Time{}, false
	}
	number, isNumber := found.Value.(json.Number)
	if !isNumber {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(number.String(), 64)
	const endOf9999 = 253402300799
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > endOf9999 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}

// Issuer returns the iss claim.
func (j *JWT) Issuer() string { return j.Text("iss") }

// Audience returns the aud claim.
func (j *JWT) Audience() string { return j.Text("aud") }

// ClientID returns the application that asked for the token: appid in
// version 1 tokens, azp in version 2.
func (j *JWT) ClientID() string {
	if id := j.Text("appid"); id != "" {
		return id
	}
	return j.Text("azp")
}

// Live reports whether the token may still be used at a moment: it has an
// expiry, and that is ahead.
func (j *JWT) Live(now time.Time) bool {
	exp, ok := j.Time("exp")
	return ok && now.Before(exp)
}

func find(claims []Claim, name string) *Claim {
	for i := len(claims) - 1; i >= 0; i-- {
		if claims[i].Name == name {
			return &claims[i]
		}
	}
	return nil
}

func textOf(claims []Claim, name string) string {
	if found := find(claims, name); found != nil {
		return found.Text
	}
	return ""
}
