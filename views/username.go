package views

import (
	"strings"

	"github.com/a-h/templ"
)

// UserName is a user principal name that goes to a new line after its @ and
// its dots only: broken at a hyphen it reads as two names. Other words break
// as words do. It is no template, for a template would put spaces in.
// https://html.spec.whatwg.org/multipage/text-level-semantics.html#the-wbr-element
func UserName(name string) templ.Component {
	first, rest, _ := strings.Cut(name, " ") // "a@b.example, name erased"
	if !strings.Contains(first, "@") {
		return templ.Raw(templ.EscapeString(name))
	}
	var b strings.Builder
	for first != "" {
		end := strings.IndexAny(first, "@.") + 1
		if end == 0 {
			end = len(first)
		}
		b.WriteString(`<span class="nowrap">` + templ.EscapeString(first[:end]) + "</span>")
		if first = first[end:]; first != "" {
			b.WriteString("<wbr>")
		}
	}
	if rest != "" {
		b.WriteString(" " + templ.EscapeString(rest))
	}
	return templ.Raw(b.String())
}
