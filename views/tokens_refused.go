package views

import "strings"

// ClockNote says how far the clock of the sign-in service is from the
// portal's, and what to do about it.
type ClockNote struct{ Title, Text, Fix, Href, Words string }

// refusedField say what to do in a field of the form.
var refusedField = map[string]string{
	"agent": "Choose another agent identity", "app_id": "Write another App ID", "username": "Name another user", "password": "Type the password again",
	"refresh_token": "Paste another refresh token", "other_tenant": "Write another Tenant ID", "other_app_id": "Write another App ID",
	"scope": "Write another scope", "client_secret": "Type another secret", "user_token": "Use another user token", "certificate": "Use another certificate", "assertion": "Paste another assertion",
}

// againAt is the form again, at the field where a refusal is mended.
func (r TokenResult) againAt(failed *HopResult) string {
	if refusedField[failed.FixField] == "" {
		return r.again()
	}
	return r.again() + "#f-" + failed.FixField
}

// fixIsForm says whether the way that mends a refusal is the form, filled in
// otherwise: the same form as it was would be a way back to the refusal.
func (h HopResult) fixIsForm() bool {
	path, _, _ := strings.Cut(h.FixHref, "?")
	return path == "/tokens"
}

// supportText is what somebody who helps asks for: which refusal, when, and
// all that was said.
func (h HopResult) supportText() string {
	var lines []string
	for _, fact := range [][2]string{
		{"Code", refusalCode(h.Err)}, {"Trace ID", h.Err.TraceID}, {"Correlation ID", h.Err.CorrelationID}, {"Time", h.Err.Timestamp}, {"Answer body", h.Err.Body},
	} {
		if fact[1] != "" {
			lines = append(lines, fact[0]+": "+fact[1])
		}
	}
	return strings.Join(lines, "\n")
}

// code is the AADSTS code of a refusal, 0 without one.
func (h HopResult) code() int {
	if h.Err == nil {
		return 0
	}
	return h.Err.AADSTS
}
