package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// File is a file of a form, as a browser sent it.
type File struct {
	Name string // of the file, without folders
	Data []byte
}

// FormWithFile is Form for a route with File: the form is multipart/form-data,
// and the part named file is a file. File is nil when nobody chose one. It is
// held in memory: the limit of the route bounds it.
// https://www.rfc-editor.org/rfc/rfc7578
func FormWithFile(c echo.Context, file string, fields ...string) (url.Values, *File, error) {
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return nil, nil, badForm("The form could not be read.")
	}
	form, found := url.Values{}, (*File)(nil)
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, found, nil
		}
		if err != nil {
			return nil, nil, partFault(err)
		}
		if n == maxFields {
			return nil, nil, badForm("The form has more fields than any form here.")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, partFault(err)
		}
		switch name := part.FormName(); {
		case name != file:
			if err := addField(form, name, data, fields); err != nil {
				return nil, nil, err
			}
		case found != nil:
			return nil, nil, badForm("The form has more than one file.")
		case part.FileName() != "":
			found = &File{Name: fileName(part), Data: data}
		}
	}
}

// addField holds a field to the rules of Form.
func addField(form url.Values, name string, value []byte, fields []string) error {
	many := slices.Contains(fields, name+"[]")
	switch {
	case !many && !slices.Contains(fields, name):
		return badForm("The form has a field this page does not know.")
	case !many && form.Has(name):
		return badForm("The form has the field " + fieldName(name) + " more than once.")
	}
	form.Add(name, string(value))
	return nil
}

func partFault(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &TooLargeError{Limit: large.Limit}
	}
	return badForm("The form could not be read.")
}

// fileName is what the person calls the file: some browsers once sent the
// folders too.
func fileName(part *multipart.Part) string {
	name := path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
	name = strings.ToValidUTF8(name, "")
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	if !utf8.ValidString(name) || name == "." || name == "/" {
		return "file"
	}
	return name
}
