package views

// ClockNote says how far the clock of the sign-in service is from the
// portal's, and what to do about it.
type ClockNote struct{ Title, Text, Fix, Href, Words string }

// refusedField say what to do in a field of the form.
var refusedField = map[string]string{
	"agent": "Choose another agent identity", "app_id": "Write another App ID", "username": "Name another user", "password": "Type the password again",
	"refresh_token": "Paste another refresh token", "other_tenant": "Write another Tenant ID", "other_app_id": "Write another App ID",
	"scope": "Write another scope", "client_secret": "Type another secret", "certificate": "Use another certificate", "assertion": "Paste another assertion",
}

// againAt is the form again, at the field where a refusal is mended.
func (r TokenResult) againAt(failed *HopResult) string {
	if refusedField[failed.FixField] == "" {
		return r.again()
	}
	return r.again() + "#f-" + failed.FixField
}

// code is the AADSTS code of a refusal, 0 without one.
func (h HopResult) code() int {
	if h.Err == nil {
		return 0
	}
	return h.Err.AADSTS
}
