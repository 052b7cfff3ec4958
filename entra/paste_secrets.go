package entra

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

// What is as good as a key stands in many places of what people paste. It is
// told of by name, never by value, and no page shows the text again.
var (
	// secretNames are fields whose values are as good as a key, also with a word
	// in front, as AZURE_CLIENT_SECRET; the last group is how the value starts.
	secretNames = regexp.MustCompile(`(?i)\b((?:[a-z0-9]+[_-])*(?:client_?secret|refresh_?token|access_?token|id_?token|password|passwd|pwd|secret_?text|device_code|code_verifier|` +
		`account_?key|shared_?access_?(?:key|signature)|api[_-]?key|secret_?(?:access_)?key|functions-key|subscription-key|ESTSAUTH[A-Z]*))\b\\*["']?[ \t]*[:=][ \t]*\\*["']?([^\s"'\\&;,]{1,4})`)
	// tokenNames are those of them whose value is mostly a token that can be read.
	tokenNames = regexp.MustCompile(`(?i)(access|id)_?token$`)
	// clientSecretIn is a client secret of Entra ID within a text.
	clientSecretIn = regexp.MustCompile(`(?:^|[^A-Za-z0-9_~.-])(?:[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{30,36}|` + sandboxSecretPrefix + `[A-Za-z0-9_~.-]{8,})`)
	// derIn is base64 of something in ASN.1, as far as it tells what it is.
	derIn = regexp.MustCompile(`(?:^|[^A-Za-z0-9+/_=.-])(M[A-P](?:[A-Za-z0-9+/]\s*){30,62})`)
	// jwkPrivate is the private or shared part of a JSON Web Key.
	// https://www.rfc-editor.org/rfc/rfc7518#section-6
	jwkPrivate = regexp.MustCompile(`\\*"(?:d|k)\\*"\s*:\s*\\*"[A-Za-z0-9_-]{16,}`)
	cookieLine = regexp.MustCompile(`(?im)(?:^|['"\s])(?:set-)?cookie\s*:`)
)

// secretShape is a secret that is known by its look, and what it is called.
type secretShape struct {
	looks *regexp.Regexp
	name  string
}

var secretShapes = []secretShape{
	{clientSecretIn, "a client secret"},
	{regexp.MustCompile(`(?:^|[^A-Za-z0-9_.-])[01]\.A[A-Za-z0-9._-]{30,}`), "a refresh token or an authorization code"},
	{regexp.MustCompile(`(?:^|[?&#\s"'])code=[^&\s"']{20,}`), "an authorization code"},
	{regexp.MustCompile(`(?i)[?&;]sig=[^&\s]{16,}`), "a shared access signature"},
	{regexp.MustCompile(`(?i)authorization\\*["']?\s*[:=]\s*\\*["']?basic\s+[A-Za-z0-9+/]{4,}`), "a password (Basic)"},
	{regexp.MustCompile(`(?:^|\s)(?:-u|--user)[\s=]+["']?[^\s:"']+:[^\s"']`), "a user name with its password"},
	{regexp.MustCompile(`://[^/\s:@]+:[^/\s@]+@`), "a password in an address"},
	{regexp.MustCompile(`\b[Bb]earer\s+(?:[A-Za-df-z0-9]|e[^yw])[A-Za-z0-9._~+/-]{23,}`), "an opaque token"},
}

// around is a text with only the beginnings left of the tokens in it: what is
// looked for beside them is not in them, and they are most of it.
func around(text string, found []Found) string {
	for _, one := range found {
		if token := one.Token.Reveal(); len(token) > 16 {
			text = strings.ReplaceAll(text, token, token[:3])
		}
	}
	return text
}

// secretsIn names what a text holds that is as good as a key, each once: fields
// by their names, and what only its look gives away.
func secretsIn(text string) []string {
	var names []string
	seen := map[string]bool{}
	for _, match := range secretNames.FindAllStringSubmatch(text, 40) {
		name, value := match[1], match[2]
		if key := strings.ToLower(name); !seen[key] && value != "null" && !(tokenNames.MatchString(name) && startsToken(value)) {
			seen[key] = true
			names = append(names, name)
		}
	}
	if names != nil {
		return names
	}
	for _, shape := range secretShapes {
		if shape.looks.MatchString(text) {
			names = append(names, shape.name)
		}
	}
	return names
}

// keyIn says which kind of private key a text holds; empty for none.
func keyIn(text string) string {
	switch {
	case strings.Contains(text, "PRIVATE KEY-----"), strings.Contains(text, "Private-Lines:"):
		return "a private key"
	case strings.Contains(text, `"kty`) && jwkPrivate.MatchString(text), strings.Contains(text, `kty\"`) && jwkPrivate.MatchString(text):
		return "a JSON Web Key with its private part"
	case strings.Contains(text, "<RSAKeyValue>") && strings.Contains(text, "<D>"):
		return "a private key in XML"
	}
	for _, match := range derIn.FindAllStringSubmatch(text, 20) {
		if kind := derKind(strings.Join(strings.Fields(match[1]), "")); kind != "" {
			return kind
		}
	}
	return ""
}

// The beginnings of what a SEQUENCE of a private key holds, after its length.
// https://www.rfc-editor.org/rfc/rfc5958#section-2 (PKCS #8),
// https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2 (PKCS #1),
// https://www.rfc-editor.org/rfc/rfc5915#section-3 (EC),
// https://www.rfc-editor.org/rfc/rfc7292#section-4 (PFX)
var derStarts = []struct {
	starts []byte
	kind   string
}{
	{[]byte{2, 1, 0, 0x30}, "a private key in base64 (PKCS #8)"},
	{[]byte{2, 1, 1, 0x30}, "a private key in base64 (PKCS #8)"},
	{[]byte{2, 1, 0, 2}, "a private key in base64 (PKCS #1)"},
	{[]byte{2, 1, 1, 4}, "a private key in base64 (EC)"},
	{[]byte{2, 1, 3, 0x30}, "a certificate with its private key (PFX)"},
}

// pbes are the beginnings of the identifiers of encryption by password, which an
// encrypted private key names first: PBES1 and PBES2, and those of PKCS #12.
// https://www.rfc-editor.org/rfc/rfc8018#appendix-A
var pbes = [][]byte{
	{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5},
	{6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12},
}

// derKind tells from the beginning of a base64 text which private key it is;
// the end may be missing.
func derKind(text string) string {
	data, err := base64.RawStdEncoding.DecodeString(text[:len(text)/4*4])
	if err != nil {
		return ""
	}
	inside, ok := sequence(data)
	if !ok {
		return ""
	}
	for _, d := range derStarts {
		if bytes.HasPrefix(inside, d.starts) {
			return d.kind
		}
	}
	if algorithm, ok := sequence(inside); ok {
		for _, id := range pbes {
			if bytes.HasPrefix(algorithm, id) {
				return "an encrypted private key in base64 (PKCS #8)"
			}
		}
	}
	return ""
}

// sequence is what stands behind the head of an ASN.1 SEQUENCE, as far as it is
// there. https://www.itu.int/rec/T-REC-X.690 8.1.3
func sequence(data []byte) ([]byte, bool) {
	if len(data) < 2 || data[0] != 0x30 {
		return nil, false
	}
	head := 2
	if data[1] >= 0x80 {
		head += int(data[1] & 0x7f)
	}
	if head > 6 || head >= len(data) {
		return nil, false
	}
	return data[head:], true
}
