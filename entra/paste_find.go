package entra

import (
	"encoding/base64"
	"encoding/hex"
	"iter"
	"regexp"
	"slices"
	"strings"
)

// maxFound is how many tokens of a text are told of: an answer of a token
// endpoint has three at most, a whole exchange of an agent five.
const maxFound = 8

var (
	tokenRun   = regexp.MustCompile(`^[A-Za-z0-9_+/=.-]+`)
	wholeShape = regexp.MustCompile(`^[A-Za-z0-9_+/=.-]+$`)
	// nameBefore is the name in front: of a JSON member, a form field, a cookie,
	// or a header line with its scheme.
	nameBefore = regexp.MustCompile(`(?i)([A-Za-z_][A-Za-z0-9_.-]{0,39})\\*["']?\s*(?:[:=]|%3[ad])\s*\\*["']?(?:bearer(?:\s+|%20|\+))?$`)
	// nextPiece is the piece after white space, where a terminal or a mail broke
	// a token.
	nextPiece = regexp.MustCompile(`^(?:\s*\\?(\r?\n)\s*|[\t \x{a0}]+)([A-Za-z0-9_+/=.-]+)(?:\s|$|["'\\,;&<])`)
)

// findTokens lists the tokens in a text: an access token first, then in their
// order, none twice.
func findTokens(text string) []Found {
	var found []Found
	var stubs []Found // without a dot: only told of when there is nothing else
	seen, reached := map[string]bool{}, 0
	for start := range tokenStarts(text) {
		if start < reached {
			continue
		}
		token, end := tokenAt(text, start)
		reached = end
		if seen[token] || len(found) == maxFound {
			continue
		}
		seen[token] = true
		one := Found{Name: nameAt(text, start), Token: NewSecret(token)}
		if strings.Contains(token, ".") {
			found = append(found, one)
		} else {
			stubs = append(stubs, one)
		}
	}
	if found == nil {
		return stubs
	}
	slices.SortStableFunc(found, func(a, b Found) int { return rank(a) - rank(b) })
	return found
}

// startsToken says whether a text may be the beginning of a token: every header
// starts with a brace and a quote or white space, and so with one of these.
// https://www.rfc-editor.org/rfc/rfc7515#section-2
func startsToken(text string) bool {
	if len(text) < 3 || text[0] != 'e' {
		return false
	}
	switch text[1:3] {
	case "yJ", "yA", "wo", "wk", "w0":
		return true
	}
	return false
}

// tokenStarts are the places where a token may begin: not inside a word, and
// not behind a dot, where a later part of one begins.
func tokenStarts(text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range len(text) {
			if startsToken(text[i:]) && (i == 0 || !inWord(text[i-1]) || afterEscape(text[:i])) && !yield(i) {
				return
			}
		}
	}
}

func inWord(c byte) bool {
	return c == '_' || c == '%' || c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// afterEscape says whether a text ends in an escape of an address, as %22.
func afterEscape(text string) bool {
	at := len(text) - 3
	if at < 0 || text[at] != '%' {
		return false
	}
	_, err := hex.DecodeString(text[at+1:])
	return err == nil
}

// rank puts what opens doors before what names who opened them.
func rank(f Found) int {
	if strings.EqualFold(f.Name, "access_token") {
		return 0
	}
	return 1
}

// nameAt is the name in front of a token; empty where there is none.
func nameAt(text string, start int) string {
	before := text[max(0, start-80):start]
	if match := nameBefore.FindStringSubmatch(before); match != nil {
		return match[1]
	}
	return ""
}

// tokenAt reads the token that starts at a place, with the pieces it was broken
// into, and says where it ends.
func tokenAt(text string, start int) (token string, end int) {
	if quoted, end, ok := quotedToken(text, start); ok {
		return quoted, end
	}
	token = tokenRun.FindString(text[start:])
	end = start + len(token)
	pieces, reached := token, end
	for {
		at := nextPiece.FindStringSubmatchIndex(text[reached:])
		if at == nil {
			break
		}
		piece, newLine := text[reached+at[4]:reached+at[5]], at[2] >= 0
		if !goesOn(pieces, piece, newLine) {
			break
		}
		pieces, reached = pieces+piece, reached+at[5]
	}
	// Pieces that do not make a whole token were words beside it.
	switch strings.Count(pieces, ".") {
	case 2, 4:
		return pieces, reached
	case 3:
		token = strings.TrimSuffix(token, ".") // the end of a sentence
	}
	return token, end
}

// goesOn says whether the piece after white space belongs to the token before
// it: it does while parts are missing, or while the last part, which would be
// the signature, has the length of none. Words on the same line are no pieces.
func goesOn(token, piece string, newLine bool) bool {
	dots, more := strings.Count(token, "."), strings.Count(piece, ".")
	atDot := dots+more <= 2 && (strings.HasPrefix(piece, ".") || strings.HasSuffix(token, "."))
	switch {
	case more >= 2 && startsToken(piece):
		return false // the next token
	case strings.Contains(strings.TrimRight(piece, "="), "="):
		return false // a name with its value
	case !newLine && len(piece) < 16 && !atDot:
		return false
	case dots < 2:
		return true
	case isEncrypted(token):
		return dots+more <= 4
	}
	signature := len(token) - strings.LastIndexByte(token, '.') - 1
	return more == 0 && !slices.Contains(signatureLengths, signature)
}

// isEncrypted says whether a token's header is that of a JWE, which has five
// parts. https://www.rfc-editor.org/rfc/rfc7516#section-4.1.2
func isEncrypted(token string) bool {
	header, _, _ := strings.Cut(token, ".")
	data, err := base64.RawURLEncoding.DecodeString(header)
	return err == nil && strings.Contains(string(data), `"enc"`)
}

// signatureLengths are those of whole signatures in base64url: HS256 and its
// longer kin, ES256 and its, and RS256 by keys of 2048, 3072 and 4096 bits.
// https://www.rfc-editor.org/rfc/rfc7518#section-3
var signatureLengths = []int{43, 64, 86, 128, 176, 342, 512, 683}

// quotedToken reads a token in quotes: there the white space inside is no doubt.
func quotedToken(text string, start int) (token string, end int, ok bool) {
	if start == 0 || !strings.ContainsRune(`"'`, rune(text[start-1])) {
		return "", 0, false
	}
	length := strings.IndexByte(text[start:], text[start-1])
	if length < 0 {
		return "", 0, false
	}
	inside := strings.NewReplacer(`\r`, "", `\n`, "", `\`, "").Replace(text[start : start+length])
	token = strings.Join(strings.Fields(inside), "")
	if dots := strings.Count(token, "."); dots != 2 && dots != 4 || !wholeShape.MatchString(token) {
		return "", 0, false
	}
	return token, start + length, true
}
