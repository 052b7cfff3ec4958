package entra

import (
	"regexp"
	"strconv"
	"strings"
)

// maxKeptBody caps what of an error body is kept to be shown.
const maxKeptBody = 4 << 10

// tokenShape finds JWTs, whole or cut, wherever they stand in a text.
var tokenShape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}`)

// tokenMember finds the members of a JSON answer that carry a credential.
var tokenMember = regexp.MustCompile(`("(?:access_token|refresh_token|id_token|client_secret|client_assertion|code)"\s*:\s*")(?:[^"\\]|\\.)*`)

// errorCode is a member code that names an error of an API, and is no
// authorisation code: those are no words.
var errorCode = regexp.MustCompile(`^"code"\s*:\s*"[A-Za-z][A-Za-z_.]{0,60}$`)

// redactAnswer is redactTokens for the answer of an API, whose error codes stay.
func redactAnswer(text string, secrets ...string) string {
	return redact(text, errorCode.MatchString, secrets)
}

// redactTokens replaces whatever looks like a token and every given secret.
func redactTokens(text string, secrets ...string) string {
	return redact(text, func(string) bool { return false }, secrets)
}

// redact leaves the members for which keep is true.
func redact(text string, keep func(member string) bool, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	text = tokenMember.ReplaceAllStringFunc(text, func(member string) string {
		if keep(member) {
			return member
		}
		return tokenMember.ReplaceAllString(member, "${1}"+redacted)
	})
	return tokenShape.ReplaceAllStringFunc(text, func(found string) string {
		return "[token, " + strconv.Itoa(len(found)) + " characters]"
	})
}

// cut shortens a text to a number of bytes without splitting a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
