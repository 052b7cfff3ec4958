package entra

import (
	"regexp"
	"strings"
)

// MaxToken caps what Decode reads, in bytes.
const MaxToken = 16 << 10

// DecodeError says what is wrong with a pasted token and how to mend it. It
// never holds any of what was pasted.
type DecodeError struct {
	What string
	Fix  string
	// Credential is true when a private key or a client secret was pasted:
	// it should be treated as exposed.
	Credential bool
}

// Error returns what is wrong.
func (e *DecodeError) Error() string { return e.What }

var (
	// compactShape is a token inside something longer: a header line, a cURL
	// command, a JSON answer. Every JWT header starts with {" and so with eyJ.
	compactShape = regexp.MustCompile(`eyJ[A-Za-z0-9_+/=-]*(?:\.[A-Za-z0-9_+/=-]*){1,6}`)
	// namedShape is a token that is a member of a JSON object or a form field.
	namedShape = regexp.MustCompile(`(?:"?([A-Za-z_]{1,40})"?\s*[:=]\s*"?)?(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)`)
	wholeShape = regexp.MustCompile(`^[A-Za-z0-9_+/=.-]+$`)
	// clientSecretShape is what Entra mints: 40 or so characters with a tilde.
	clientSecretShape = regexp.MustCompile(`^[A-Za-z0-9._~-]{30,80}$`)
)

// extract finds the token in what was pasted: the token itself, "Bearer" and
// the token, a header line, or any text that holds one.
func extract(pasted string) (string, error) {
	if len(pasted) > MaxToken {
		return "", &DecodeError{What: "This is longer than 16 KiB.", Fix: "Paste one token only."}
	}
	text := strings.Trim(strings.TrimSpace(pasted), `"'`)
	if text == "" {
		return "", &DecodeError{What: "There is no token.", Fix: "Paste a token: three parts divided by dots."}
	}
	if err := notAToken(text); err != nil {
		return "", err
	}
	if _, after, ok := cutFold(text, "authorization:"); ok {
		text = strings.TrimSpace(after)
	}
	if _, after, ok := cutFold(text, "bearer "); ok {
		text = strings.TrimSpace(after)
	}
	// A terminal wraps long lines: a token cut by line ends is put together.
	if joined := strings.Join(strings.Fields(text), ""); strings.Count(joined, ".") == 2 && wholeShape.MatchString(joined) {
		return joined, nil
	}
	if strings.ContainsAny(text, " \t\r\n\"'{}:;&") {
		found := compactShape.FindString(text)
		if found == "" {
			return "", &DecodeError{What: "No token was found in this text.", Fix: "Paste the token itself: three parts divided by dots, the first starting with eyJ."}
		}
		text = found
	}
	return text, nil
}

// maxOthers is how many further tokens are named: an answer of a token endpoint
// has three at most.
const maxOthers = 3

// others finds the tokens beside the one that is read.
func others(pasted, compact string) []Found {
	var found []Found
	seen := map[string]bool{compact: true}
	for _, match := range namedShape.FindAllStringSubmatch(pasted, -1) {
		if name, token := match[1], match[2]; !seen[token] && len(found) < maxOthers && !strings.HasPrefix(compact, token) {
			seen[token] = true
			found = append(found, Found{Name: name, Token: NewSecret(token)})
		}
	}
	return found
}

// notAToken recognises what should never be pasted here.
func notAToken(text string) error {
	switch {
	case strings.Contains(text, "PRIVATE KEY-----"):
		return &DecodeError{
			What:       "This is a private key, not a token.",
			Fix:        "It was not kept. If it left a safe place, treat it as exposed: replace the key and remove its certificate from the application.",
			Credential: true,
		}
	case strings.HasPrefix(text, "-----BEGIN "):
		return &DecodeError{What: "This is a PEM block, not a token.", Fix: "Paste a token: three parts divided by dots."}
	case strings.HasPrefix(text, "<"):
		return &DecodeError{What: "This is XML, perhaps a SAML assertion, not a JSON Web Token.", Fix: "Paste a token: three parts divided by dots."}
	case strings.HasPrefix(text, sandboxSecretPrefix),
		strings.Contains(text, "~") && clientSecretShape.MatchString(text):
		return &DecodeError{
			What:       "This looks like a client secret, not a token.",
			Fix:        "It was not kept. If it left a safe place, treat it as exposed: remove it from the blueprint and add a new one.",
			Credential: true,
		}
	}
	return nil
}

// cutFold cuts a prefix off whatever its case.
func cutFold(text, prefix string) (before, after string, found bool) {
	if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
		return "", text[len(prefix):], true
	}
	return text, "", false
}
