package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// What a page shows of an object: a longer one is cut. An option of the query
// is longer than any use of it.
const (
	maxShownJSON   = 256 << 10
	maxQueryOption = 500
)

// showJSON shows an object as Graph gives it. Only the object's own path is
// ever read; $select and $expand are typed, and Graph judges them.
func (h *Handlers) showJSON(c echo.Context, o *object) error {
	d := views.ObjectJSON{
		Action: o.path() + "/json", Version: "v1.0",
		Select: strings.TrimSpace(c.QueryParam("select")), Expand: strings.TrimSpace(c.QueryParam("expand")),
	}
	if c.QueryParam("version") == "beta" {
		d.Version = "beta"
	}
	d.Errors = append(optionFaults("select", d.Select, "_,./@*- "), optionFaults("expand", d.Expand, "_,./@*- ()$=;'")...)
	status := http.StatusOK
	if len(d.Errors) == 0 {
		var err error
		if status, err = h.readJSON(c, o, &d); err != nil {
			return err
		}
	} else {
		status = http.StatusUnprocessableEntity
	}
	p := h.objectPage(c, o, "json")
	p.HasError = status != http.StatusOK
	d.ObjectHead = o.head(c, "json")
	return web.Render(c, status, views.ObjectJSONPage(p, d))
}

// optionFaults says what is wrong with a query option before Graph is asked:
// signs are those that names of properties and nested options are made of.
func optionFaults(name, typed, signs string) []views.FieldError {
	fault := func(text string) []views.FieldError {
		return []views.FieldError{{Field: "f-" + name, Text: "$" + name + ": " + text}}
	}
	if len(typed) > maxQueryOption {
		return fault("Write at most " + views.Count(maxQueryOption) + " characters. This has " + views.Count(len(typed)) + ".")
	}
	for _, r := range typed {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(signs, r) {
			return fault("Take out “" + views.Visible(string(r)) + "”. Names of properties are letters and digits, with commas between them.")
		}
	}
	return nil
}

// readJSON fills in the object, or what Graph said instead. The page stands in
// either case: a refusal belongs beside the form that led to it.
func (h *Handlers) readJSON(c echo.Context, o *object, d *views.ObjectJSON) (int, error) {
	options := graph.ObjectOptions{Beta: d.Version == "beta", Select: d.Select, Expand: d.Expand}
	body, err := h.graph(c).Object(c.Request().Context(), o.kind, o.id, options)
	if sent := o.calls.Sent(); len(sent) > 0 {
		d.Call = sent[len(sent)-1].Path
	}
	var refused *graph.Error
	switch {
	case err == nil:
		d.Body, d.Cut = indented(body)
		return http.StatusOK, nil
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		return 0, err // a matter of the sign-in, which every page answers alike
	case errors.As(err, &refused):
		d.Refused = &views.GraphRefusal{
			Status: refused.Status, Code: refused.Code, Message: refused.Message, RequestID: refused.RequestID, Next: refusalNext(refused),
		}
		if refused.RetryAfter > 0 || refused.Status == http.StatusTooManyRequests {
			h.pause(c, refused.RetryAfter)
		}
		return refusedStatus(refused.Status), nil
	}
	var fault string
	if err := part(err, &fault); err != nil {
		return 0, err
	}
	d.Refused = &views.GraphRefusal{Message: fault + "."}
	return http.StatusBadGateway, nil
}

// refusedStatus is the status of a page that shows a refusal: Graph's own
// where it is about what was asked.
func refusedStatus(graphs int) int {
	switch graphs {
	case http.StatusBadRequest:
		return http.StatusUnprocessableEntity
	case http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests:
		return graphs
	}
	return http.StatusBadGateway
}

// refusalNext says what to do about a refusal of a raw read.
func refusalNext(err *graph.Error) string {
	switch {
	case err.Status == http.StatusBadRequest:
		return "Change what is typed above: the names are those of Graph's reference, in their case."
	case err.Status == http.StatusForbidden:
		return "Your roles or the portal's permissions do not cover all that was asked for. Ask for less, or sign in with another account."
	case err.Status == http.StatusNotFound:
		return "This version of Graph does not know the object or the relation. Try the other version."
	}
	return "Read again in a moment."
}

// indented is a JSON body with line breaks, cut where a page ends.
func indented(body []byte) (text string, short bool) {
	var out bytes.Buffer
	if json.Indent(&out, body, "", "  ") != nil {
		out.Reset()
		out.Write(body)
	}
	text = cut(strings.ToValidUTF8(out.String(), "\uFFFD"), maxShownJSON)
	return text, len(text) < out.Len()
}
