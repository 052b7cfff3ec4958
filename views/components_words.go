package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// splitAfter cuts a text behind each separator, keeping the separators.
func splitAfter(value, sep string) []string { return strings.SplitAfter(value, sep) }

// errorSummaryTitle counts the faults of a form in words.
func errorSummaryTitle(n int) string {
	if n == 1 {
		return "1 field needs a change before you can go on"
	}
	return strconv.Itoa(n) + " fields need a change before you can go on"
}

// ariaOf ties a control to its hint and error.
func ariaOf(in Input) templ.Attributes {
	attrs := templ.Attributes{}
	if d := in.describedBy(); d != "" {
		attrs["aria-describedby"] = d
	}
	if in.Error != "" {
		attrs["aria-invalid"] = "true"
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
