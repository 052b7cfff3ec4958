package handlers

import (
	"errors"
	"net/http"

	"agentidportal/entra/graph"
	"agentidportal/views"

	"github.com/labstack/echo/v4"
)

// goneError is an id that names no object of the kind whose page was asked
// for: it was deleted, has not arrived yet, or is of a kind without a page.
type goneError struct {
	kind  graph.Kind // asked for
	found graph.Kind // what the id names instead, empty for nothing
	name  string
	err   error // Graph's own answer
}

func (e *goneError) Error() string { return "no " + string(e.kind) + ": " + e.err.Error() }

func (e *goneError) Unwrap() error { return e.err }

// goneProblem says what the id is, if anything, and leads to the list.
func (h *Handlers) goneProblem(c echo.Context, err *goneError) problem {
	var refused *graph.Error
	if err.found == "" && errors.As(err.err, &refused) {
		return h.graphProblem(c, refused)
	}
	folder, list, thing := folderOf(err.kind)
	p := problem{title: "There is no such " + thing, view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "Nothing with this id is in the tenant",
		Text: []string{"It was deleted, or it was made a moment ago and has not reached every part of the directory yet. That takes up to a few minutes and is no fault."},
		Ways: []views.Way{
			{Icon: string(err.kind), Title: "Look for it in the list", Text: "The list has what there is now.", Button: list, Href: folder, Primary: true},
			{Icon: "arrow-repeat", Title: "Try again", Text: "If it was made a moment ago, it may be there now.", Button: "Try again", Href: againAt(c)},
		},
	}}
	if err.found != "" {
		p.view.Cause = "This id belongs to something else: " + err.name
		p.view.Text = []string{"Its kind is: " + views.KindWords(err.found) + ". The portal has no page for it."}
		p.view.Ways = p.view.Ways[:1]
	}
	if errors.As(err.err, &refused) {
		p.view.Support = []views.SupportFact{
			{Label: "Graph code", Value: refused.Code, ID: refused.Code != ""},
			{Label: "Graph said", Value: refused.Message},
			{Label: "Call", Value: refused.Method + " " + refused.Path},
			{Label: "Request-id", Value: refused.RequestID, ID: refused.RequestID != ""},
		}
	}
	return p
}
