package graph

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

// errorBody is Graph's error object. Old pages write innererror, the service writes innerError; encoding/json matches
// names without regard to case, so one field reads both.
type errorBody struct {
	Error struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		InnerError struct {
			Date            string `json:"date"`
			RequestID       string `json:"request-id"`
			ClientRequestID string `json:"client-request-id"`
		} `json:"innerError"`
	} `json:"error"`
}

// errorOf reads a refusal. A proxy in between answers with HTML or nothing: then the status is all there is to say.
func errorOf(call Call, r *Response, body []byte) *Error {
	e := &Error{
		Status: r.Status, Method: call.Method, Path: pathOnly(call.Path), Needs: call.Needs,
		RequestID: r.RequestID, ClientRequestID: r.ClientRequestID, RetryAfter: r.RetryAfter,
	}
	var b errorBody
	if err := json.Unmarshal(body, &b); err != nil || b.Error.Code == "" && b.Error.Message == "" {
		e.Message = foreignBody(body)
		return e
	}
	e.Code, e.Message = clean(b.Error.Code, 100), clean(b.Error.Message, 1000)
	e.Date = clean(b.Error.InnerError.Date, 40)
	if e.RequestID == "" {
		e.RequestID = clean(b.Error.InnerError.RequestID, 100)
	}
	return e
}

func foreignBody(body []byte) string {
	switch text := bytes.TrimSpace(body); {
	case len(text) == 0:
		return "The answer has no body."
	case text[0] == '<':
		return "The answer is a web page, not Graph's error object: " + clean(tags.ReplaceAllString(string(text), " "), 200)
	default:
		return "The answer is not Graph's error object: " + clean(string(text), 200)
	}
}

var (
	tags = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`)
	jwts = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*`)
)

// clean makes foreign text fit for a page and a log line: no control characters, no tokens, at most limit characters.
func clean(text string, limit int) string {
	if len(text) > 8*limit {
		text = text[:8*limit]
	}
	text = jwts.ReplaceAllString(text, "[token removed]")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar
	}), " ")
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return text
}
