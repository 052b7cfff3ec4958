package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxGraphBody is what Graph takes in one request.
const maxGraphBody = 4 << 20

// jsonObject is a request body whose properties are not read yet.
type jsonObject map[string]json.RawMessage

// readBody reads a JSON object, or says in Graph's words why it cannot.
func readBody(r *http.Request) (jsonObject, *graphError) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") == "" {
		return nil, badRequest("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	}
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, &graphError{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The content type of the request is not supported: send application/json."}
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxGraphBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &graphError{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request is larger than the server is willing to process."}
	}
	var body jsonObject
	if err != nil || !utf8.Valid(text) || json.Unmarshal(text, &body) != nil || body == nil {
		return nil, badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return body, nil
}

// names gives the properties in one order, so that the first fault is always the same.
func (b jsonObject) names() []string { return slices.Sorted(maps.Keys(b)) }

// has tells whether the body sets the property to something other than null.
func (b jsonObject) has(name string) bool {
	raw, ok := b[name]
	return ok && string(raw) != "null"
}

// decode reads one property into dst, which it leaves alone when the property is absent or null.
func (b jsonObject) decode(name, resource string, dst any) *graphError {
	if !b.has(name) {
		return nil
	}
	if err := json.Unmarshal(b[name], dst); err != nil {
		return invalidValue(name, resource)
	}
	return nil
}

// text reads a string property of at most max characters; control characters are refused in names.
func (b jsonObject) text(name, resource string, max int, dst *string) *graphError {
	value := *dst
	if raw, ok := b[name]; ok && string(raw) == "null" {
		value = ""
	}
	if fault := b.decode(name, resource, &value); fault != nil {
		return fault
	}
	if utf8.RuneCountInString(value) > max {
		return invalidValue(name, resource)
	}
	*dst = value
	return nil
}

// name reads the required displayName.
func (b jsonObject) name(resource string, dst *string) *graphError {
	if fault := b.text("displayName", resource, 256, dst); fault != nil {
		return fault
	}
	if strings.TrimSpace(*dst) == "" {
		return missingValue("displayName", resource)
	}
	return nil
}

// list reads a list of strings; null empties it.
func (b jsonObject) list(name, resource string, dst *[]string) *graphError {
	if _, ok := b[name]; !ok {
		return nil
	}
	var values []string
	if fault := b.decode(name, resource, &values); fault != nil {
		return fault
	}
	*dst = values
	return nil
}

// odataType is the type the body names for itself, in the spelling of the model, or "".
func (b jsonObject) odataType(model entities) (string, *graphError) {
	var name string
	if fault := b.decode("@odata.type", "Object", &name); fault != nil || name == "" {
		return "", fault
	}
	short, _ := castName(strings.TrimPrefix(name, "#"))
	e := model[short]
	if e == nil {
		return "", badRequest("A type named '" + clip(name) + "' could not be resolved by the model. When a model is available, each type name must resolve to a valid type.")
	}
	return e.name, nil
}
