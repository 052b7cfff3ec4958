package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// code is an id, a path or a call: it may go to a new line after each of the
// characters in after and nowhere else. It is no template, for a template
// would put spaces in, and they would be copied.
func code(class, value, after string) templ.Component {
	var b strings.Builder
	b.WriteString(`<code class="` + class + `">`)
	for value != "" {
		end := strings.IndexAny(value, after) + 1
		if end == 0 || end == len(value) {
			b.WriteString(templ.EscapeString(value))
			break
		}
		b.WriteString(templ.EscapeString(value[:end]) + "<wbr>")
		value = value[end:]
	}
	b.WriteString("</code>")
	return templ.Raw(b.String())
}

// errorSummaryTitle counts the faults of a form in words.
func errorSummaryTitle(n int) string {
	if n == 1 {
		return "1 field needs a change before you can go on"
	}
	return strconv.Itoa(n) + " fields need a change before you can go on"
}

// nearlyFull is true from 90 % of a quota on.
func nearlyFull(value, most int) bool { return most > 0 && 10*value >= 9*most }

// ariaOf ties a control to its hint and error.
func ariaOf(in Input) templ.Attributes {
	attrs := templ.Attributes{}
	if d := in.describedBy(); d != "" {
		attrs["aria-describedby"] = d
	}
	if in.Error != "" {
		attrs["aria-invalid"] = "true"
	}
	if in.Focus {
		attrs["autofocus"] = true
	}
	return attrs
}

// buttonClass turns "primary small" into the classes of that button.
func buttonClass(style string) string {
	class := "button"
	for word := range strings.FieldsSeq(style) {
		class += " button-" + word
	}
	return class
}

// link is an address within the portal as it is, and any other one only when
// its scheme is harmless: names and ids of strangers end up in addresses.
func link(href string) templ.SafeURL {
	if href == "" {
		return ""
	}
	within := strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") && !strings.HasPrefix(href, `/\`)
	if within || href[0] == '#' || href[0] == '?' {
		return templ.SafeURL(href)
	}
	return templ.URL(href)
}
