package graph

import "unicode"

// Hidden says whether a character of a name shows nothing of its own: it turns
// the direction of the words around it, joins or hides them, or is a control
// character. Names come from whoever may write to the directory, and two that
// look the same need not be the same. Blanks, tabs and line ends are not hidden.
// https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
func Hidden(r rune) bool {
	switch {
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\r'
	case r < 0x7f:
		return false // nearly all of a page
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false // signs before Arabic numbers: they are seen
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
