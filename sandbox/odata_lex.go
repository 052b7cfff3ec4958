package sandbox

import (
	"fmt"
	"strings"
)

// tokenKind says what a piece of an OData expression is.
type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenText
	tokenMark
)

// token is one piece of an OData expression; text is the unquoted value of a
// string literal, or the word or mark as written.
type token struct {
	kind tokenKind
	text string
	pos  int
}

// isMark tells whether the token is the punctuation mark m.
func (t token) isMark(m string) bool { return t.kind == tokenMark && t.text == m }

// isWord tells whether the token is the keyword w; OData keywords are written
// in lower case, Graph takes any case.
func (t token) isWord(w string) bool { return t.kind == tokenWord && strings.EqualFold(t.text, w) }

// lexOData cuts an OData expression into tokens, the last one tokenEnd.
func lexOData(text string) ([]token, error) {
	var out []token
	for pos := 0; pos < len(text); {
		switch c := text[pos]; {
		case c == ' ' || c == '\t':
			pos++
		case c == '\'':
			value, next, err := lexText(text, pos)
			if err != nil {
				return nil, err
			}
			out = append(out, token{tokenText, value, pos})
			pos = next
		case strings.IndexByte("(),:/=;", c) >= 0:
			out = append(out, token{tokenMark, string(c), pos})
			pos++
		default:
			next := lexWord(text, pos)
			if next == pos {
				//lint:ignore ST1005 these are Graph's own words
				return nil, fmt.Errorf("Syntax error: character '%s' is not valid at position %d in '%s'.", printable(text[pos:pos+1]), pos, clip(text))
			}
			out = append(out, token{tokenWord, text[pos:next], pos})
			pos = next
		}
	}
	return append(out, token{kind: tokenEnd, pos: len(text)}), nil
}

// lexText reads a string literal; a quote inside it is doubled (OData 4.01,
// 5.1.1.14.1).
func lexText(text string, start int) (value string, next int, err error) {
	var b strings.Builder
	for pos := start + 1; pos < len(text); pos++ {
		if text[pos] != '\'' {
			b.WriteByte(text[pos])
			continue
		}
		if pos+1 < len(text) && text[pos+1] == '\'' {
			b.WriteByte('\'')
			pos++
			continue
		}
		return b.String(), pos + 1, nil
	}
	//lint:ignore ST1005 these are Graph's own words
	return "", 0, fmt.Errorf("There is an unterminated string literal at position %d in '%s'.", len(text), clip(text))
}

// lexWord returns where the word at start ends. A word that starts with a
// digit may hold colons: it is a time, a GUID or a number.
func lexWord(text string, start int) int {
	value := text[start] >= '0' && text[start] <= '9'
	pos := start
	for pos < len(text) && (wordByte(text[pos]) || value && (text[pos] == ':' || text[pos] == '+')) {
		pos++
	}
	return pos
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("_.-@$*", c) >= 0
}

// clip keeps a message short when the expression it quotes is long.
func clip(text string) string {
	if len(text) > 200 {
		text = text[:200]
	}
	return printable(text)
}

// printable replaces what must not travel in a message: control characters
// and broken UTF-8.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, text)
}
