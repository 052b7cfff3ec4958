package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxFields is how many values one form may carry.
const maxFields = 400

// limitBody caps the body and refuses the kinds no form of ours sends; file
// says that the form of this address has a file in it.
func limitBody(c echo.Context, limit int64, file bool) error {
	r := c.Request()
	if r.ContentLength > limit {
		// The rest is not read: net/http closes the connection instead.
		return &TooLargeError{Limit: limit}
	}
	capBody(c, limit)
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength == 0 {
		return nil
	}
	want, fix := "application/x-www-form-urlencoded", "Send the form from its page. Files are not taken here."
	if file {
		want, fix = "multipart/form-data", "Send the form from its page, with the file."
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != want {
		return &BadRequestError{Status: http.StatusUnsupportedMediaType, What: "The request is not the form of this page.", Fix: fix}
	}
	return nil
}

func capBody(c echo.Context, limit int64) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, limit)
}

// Form parses the posted form. Every field must be named in fields; one that
// is named once must come at most once, one that ends in "[]" may come often
// and is looked up without the brackets. What no form of ours sends is
// answered with 400, a body that is too large with 413.
func Form(c echo.Context, fields ...string) (url.Values, error) {
	form, err := postForm(c)
	if err != nil {
		return nil, err
	}
	for name, values := range form {
		many := slices.Contains(fields, name+"[]")
		if !many && !slices.Contains(fields, name) {
			return nil, badForm("The form has a field this page does not know.")
		}
		if !many && len(values) > 1 {
			return nil, badForm("The form has the field " + fieldName(name) + " more than once.")
		}
	}
	return form, nil
}

func postForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, &TooLargeError{Limit: large.Limit}
		}
		return nil, badForm("The form could not be read.")
	}
	count := 0
	for _, values := range r.PostForm {
		count += len(values)
	}
	if count > maxFields {
		return nil, badForm("The form has more fields than any form here.")
	}
	return r.PostForm, nil
}

// PostedForm returns the form of a refused request, to offer it again. It is
// nil when there is none or when it cannot be read, as one with a file.
func PostedForm(c echo.Context) url.Values {
	r := c.Request()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || r.ContentLength != 0 && kind != "application/x-www-form-urlencoded" {
		return nil
	}
	form, err := postForm(c)
	if err != nil {
		return nil
	}
	return form
}

func badForm(what string) error {
	return &BadRequestError{
		Status: http.StatusBadRequest,
		What:   what,
		Fix:    "Open the page again and send the form from there.",
	}
}

// fieldName quotes a field's name for a sentence; strange ones are not shown.
func fieldName(name string) string {
	ok := func(r rune) bool { return r == '_' || r == '-' || r == '.' || r >= '0' && r <= 'z' }
	if len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool { return !ok(r) }) {
		return "of a strange name"
	}
	return name
}
