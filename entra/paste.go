package entra

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"unicode"
)

// Caps in bytes on what Decode reads.
const (
	MaxToken = 16 << 10 // one token
	MaxPaste = 48 << 10 // the text it stands in: an answer may hold three
)

// DecodeError says what is wrong with a pasted token and how to mend it. It
// never holds any of what was pasted.
type DecodeError struct {
	What string
	Fix  string
	// Credential is true when something secret other than a token was pasted,
	// such as a private key: it should be treated as exposed.
	Credential bool
}

// Error returns what is wrong.
func (e *DecodeError) Error() string { return e.What }

// Found is a token in a longer text, with the name it has there: "id_token" in
// the answer of a token endpoint. The name may be empty.
type Found struct {
	Name  string
	Token Secret
}

var (
	// clientSecretShape is what Entra mints: 40 or so characters with a tilde.
	clientSecretShape = regexp.MustCompile(`^[A-Za-z0-9._~-]{30,80}$`)
	// opaqueShape is how refresh tokens and authorization codes of Entra ID
	// have been seen to start; no header of a JSON Web Token does.
	opaqueShape = regexp.MustCompile(`^[01]\.A[A-Za-z0-9._-]{30,}$`)
	// opaqueRun is a key or a token without parts.
	opaqueRun = regexp.MustCompile(`^[A-Za-z0-9_+/=~-]{32,}$`)
	// samlXML is an assertion, or the answer it stands in.
	samlXML = regexp.MustCompile(`(?i)^<[^>]*saml|^<\?xml[\s\S]{0,200}saml|^<[\w:]*(?:assertion|response)\b`)
)

// extract finds the tokens in what was pasted, the one to read first: the token
// itself, "Bearer" and the token, or any text that holds one.
func extract(pasted string) ([]Found, error) {
	if len(pasted) > MaxPaste {
		return nil, &DecodeError{What: "This is longer than 48 KiB.", Fix: "Paste one token, or one answer that holds it."}
	}
	text := strings.TrimFunc(pasted, isWrapping)
	if text == "" {
		return nil, &DecodeError{What: "There is no token.", Fix: "Paste a token: three parts divided by dots."}
	}
	found := findTokens(text)
	if err := notAToken(around(text, found)); err != nil {
		return nil, err
	}
	if len(found) == 0 && secretsIn(text) == nil && !strings.ContainsAny(text, " \t\r\n\"'{}:;&") {
		found = []Found{{Token: NewSecret(text)}} // Decode says what is missing
	}
	if len(found) == 0 {
		return nil, noToken(text)
	}
	return found, nil
}

// isWrapping is what stands around a token that was copied: quotes, blanks, and
// the marks that editors and chat programs put in.
func isWrapping(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'`“”‘’«»,;", r)
}

// LooksSecret says whether a text is, by its shape, a secret other than a token:
// a private key, a client secret, a refresh token.
func LooksSecret(text string) bool {
	var fault *DecodeError
	return errors.As(notAToken(text), &fault) && fault.Credential
}

func noToken(text string) error {
	if names := secretsIn(text); names != nil {
		return &DecodeError{
			What:       "This text holds " + strings.Join(names, " and ") + ", and no token that can be read.",
			Fix:        "It was not kept. If it left a safe place, treat what it holds as exposed.",
			Credential: true,
		}
	}
	if cookieLine.MatchString(text) {
		return &DecodeError{
			What:       "This text holds cookies, and no token that can be read.",
			Fix:        "It was not kept. A cookie may stand for a signed-in person: if it left a safe place, end that session.",
			Credential: true,
		}
	}
	return &DecodeError{What: "No token was found in this text.", Fix: "Paste the token itself: three parts divided by dots, the first starting with eyJ."}
}

// isSAML recognises an assertion as XML, and the same in base64 as forms carry
// it. https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf
func isSAML(text string) bool {
	if strings.HasPrefix(text, "<") {
		return samlXML.MatchString(text)
	}
	_, value, named := strings.Cut(text, "SAMLResponse=")
	if !named {
		value = text
	}
	for _, start := range []string{"<saml", "<Response", "<Assertion"} {
		coded := base64.RawStdEncoding.EncodeToString([]byte(start))
		if strings.HasPrefix(value, coded[:len(coded)-1]) {
			return true
		}
	}
	return false
}

// notAToken recognises what should never be pasted here.
func notAToken(text string) error {
	if key := keyIn(text); key != "" {
		return &DecodeError{
			What:       "This is " + key + ", not a token.",
			Fix:        "It was not kept. If it left a safe place, treat it as exposed: replace the key and remove its certificate from the application.",
			Credential: true,
		}
	}
	switch {
	case strings.HasPrefix(text, "-----BEGIN "):
		return &DecodeError{What: "This is a PEM block, not a token.", Fix: "Paste a token: three parts divided by dots."}
	case isSAML(text):
		return &DecodeError{
			What:       "This is XML with a SAML assertion, not a JSON Web Token.",
			Fix:        "It was not kept, and SAML is not read here. While it is valid an assertion signs its user in: treat it as exposed if it left a safe place.",
			Credential: true,
		}
	case strings.HasPrefix(text, "<"):
		return &DecodeError{What: "This is XML or a page, not a JSON Web Token.", Fix: "Paste a token: three parts divided by dots."}
	case strings.HasPrefix(text, sandboxSecretPrefix),
		strings.Contains(text, "~") && clientSecretShape.MatchString(text):
		return &DecodeError{
			What:       "This looks like a client secret, not a token.",
			Fix:        "It was not kept. If it left a safe place, treat it as exposed: remove it from the blueprint and add a new one.",
			Credential: true,
		}
	case opaqueShape.MatchString(text):
		return &DecodeError{
			What:       "This looks like a refresh token or an authorization code, which only Entra ID can read.",
			Fix:        "It was not kept. If it left a safe place, treat it as exposed: a refresh token is ended by revoking the user's sign-in sessions.",
			Credential: true,
		}
	}
	return nil
}
