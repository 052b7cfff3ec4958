package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// otherKindError is an id that names an object, but none of the kind whose
// page was asked for, nor of another kind with a page.
type otherKindError struct {
	asked, found graph.Kind
	name         string
	err          error // Graph's own answer
}

func (e *otherKindError) Error() string {
	return "the id names no " + string(e.asked) + ", it is of the kind " + string(e.found) + ": " + e.err.Error()
}

func (e *otherKindError) Unwrap() error { return e.err }

// otherKind says what the id is, and leads to the list.
func (h *Handlers) otherKind(c echo.Context, err *otherKindError) problem {
	folder, list, thing := folderOf(err.asked)
	ways := []views.Way{toOverview()}
	if h.may(c, folder) {
		ways = append([]views.Way{{
			Icon: string(err.asked), Title: "Look for it in the list", Text: "The list has what there is now.", Button: list, Href: folder, Primary: true,
		}}, ways...)
	}
	return problem{title: "There is no such " + thing, view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "This id belongs to something else: " + err.name,
		Text: []string{"Its kind is: " + views.KindWords(err.found) + ". The portal has no page for it."},
		Ways: ways,
	}}
}
