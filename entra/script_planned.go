package entra

import "net/url"

// signedNote starts the note of an assertion that was made with a certificate.
const signedNote = "signed with "

// planned lists what a hop that was not made would have sent, as recordedForm
// does of those that were. What does not exist yet has no length.
func planned(spec hopSpec) []Field {
	if !spec.asks() {
		return nil
	}
	form := url.Values{"client_id": {spec.clientID}, "grant_type": {"client_credentials"}}
	notes := map[string]string{}
	for name, values := range spec.params {
		form[name] = values
	}
	if spec.scope != "" {
		form.Set("scope", spec.scope)
	}
	for field, hop := range spec.tokens {
		form.Set(field, "")
		notes[field] = "the token " + string(hop)
	}
	if proof := spec.credential; !proof.Secret.IsZero() {
		form.Set("client_secret", proof.Secret.Reveal())
	} else if !proof.Assertion.IsZero() {
		form.Set("client_assertion", proof.Assertion.Reveal())
		notes["client_assertion"] = "the federated token"
	} else if proof.Certificate != nil {
		form.Set("client_assertion", "")
		notes["client_assertion"] = signedNote + proof.Certificate.String()
	}
	if form.Has("client_assertion") {
		form.Set("client_assertion_type", clientAssertionType)
	}
	return recordedForm(form, notes, spec.tokens)
}

// fields are what the hop sent, or would have sent.
func (h *Hop) fields() []Field {
	if len(h.Request) > 0 {
		return h.Request
	}
	return h.Planned
}
