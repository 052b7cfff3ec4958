package entra

import (
	"net/url"
	"slices"
	"strings"
)

// recordedForm lists the form as it was sent, in the order the protocol
// pages write it, with everything secret masked.
func recordedForm(form url.Values, notes map[string]string, tokens map[string]HopName) []Field {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := fieldRank(a) - fieldRank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	fields := make([]Field, 0, len(names))
	for _, name := range names {
		for _, value := range form[name] {
			field := recordedField(name, value, notes[name])
			field.From = tokens[name]
			fields = append(fields, field)
		}
	}
	return fields
}

func recordedField(name, value, note string) Field {
	field := Field{Name: name, Note: note}
	if !secretField(name) {
		field.Value = redactTokens(value)
		return field
	}
	field.Masked, field.Length = true, len(value)
	field.Hint = hint(name, value)
	return field
}

// secretField names the form fields that are, or lead to, a credential.
func secretField(name string) bool {
	switch name {
	case "client_secret", "client_assertion", "assertion", "user_federated_identity_credential",
		"refresh_token", "code", "code_verifier", "password", "device_code":
		return true
	}
	return false
}

// hint shows as much of a secret as Entra's own pages do: the first three
// characters, and only when enough of it stays unknown.
func hint(name, value string) string {
	start := SecretHint(NewSecret(value))
	if name == "password" || start == "" {
		return ""
	}
	return start + "…"
}

// SecretHint returns the first three characters of a secret, by which the
// directory's list of credentials names it too; a sandbox's prefix, which all
// of its secrets share, does not count. It is empty for a short secret.
func SecretHint(secret Secret) string {
	value := strings.TrimPrefix(secret.Reveal(), sandboxSecretPrefix)
	if len(value) < 16 {
		return ""
	}
	return value[:3]
}

func fieldRank(name string) int {
	order := []string{
		"client_id", "grant_type", "scope", "fmi_path", "username", "user_id", "password", "client_secret",
		"client_assertion_type", "client_assertion", "assertion", "user_federated_identity_credential",
	}
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// Mask shows the first eight and the last four characters of a
// token; a short one is hidden whole.
func Mask(token Secret) string {
	value := token.Reveal()
	if len(value) < 32 {
		return "…"
	}
	return value[:8] + "…" + value[len(value)-4:]
}
