package views

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"agentidportal/entra/graph"
)

// Visible writes the characters that turn or hide text as what they are, such
// as "⟨U+202E⟩". Everything else stays.
func Visible(s string) string {
	if !strings.ContainsFunc(s, graph.Hidden) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if graph.Hidden(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// Named is a name fit for a page: one that is blank still needs words to press.
func Named(name, id string) string {
	if strings.TrimSpace(name) == "" {
		return strings.TrimSpace("(no name) " + id)
	}
	return Visible(name)
}

// seen puts what a component renders through visibleHTML. Everything that
// reaches a browser goes through it, so that a name is spelled one way on all
// pages, in titles, choices and labels too, and no template can forget.
func seen(c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var page bytes.Buffer
		if err := c.Render(ctx, &page); err != nil {
			return err
		}
		_, err := w.Write(visibleHTML(page.Bytes()))
		return err
	})
}

// spoken are the attributes that are read out or shown. The others are data:
// what is sent, copied or followed stays as it is.
var spoken = regexp.MustCompile(` (?:aria-label|aria-description|title|label|alt|placeholder|data-label)="[^"]*"`)

// visibleHTML is Visible for the text and the spoken attributes of rendered
// HTML. Text areas are left alone: they hold what somebody typed. Templates
// escape angle brackets in texts and attributes, so each one here is of a tag.
// https://templ.guide/security/injection-attacks
func visibleHTML(page []byte) []byte {
	if bytes.IndexFunc(page, graph.Hidden) < 0 {
		return page
	}
	var b strings.Builder
	rest := string(page)
	for rest != "" {
		text, tag := rest, ""
		if at := strings.IndexByte(rest, '<'); at >= 0 {
			text, tag = rest[:at], rest[at:]
			if end := strings.IndexByte(tag, '>'); end >= 0 {
				tag = tag[:end+1]
			}
		}
		rest = rest[len(text)+len(tag):]
		b.WriteString(Visible(text))
		b.WriteString(spoken.ReplaceAllStringFunc(tag, Visible))
		if strings.HasPrefix(tag, "<textarea") {
			typed, _, _ := strings.Cut(rest, "</textarea")
			b.WriteString(typed)
			rest = rest[len(typed):]
		}
	}
	return []byte(b.String())
}
