package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// problemOf finds the page for an error: first what the portal itself refuses,
// then what Entra and Graph answered, then what is left.
func (h *Handlers) problemOf(c echo.Context, err error) problem {
	if p, ok := h.ownProblem(c, err); ok {
		return p
	}
	var (
		refused  *graph.Error
		silent   *graph.NoAnswerError
		upstream *entra.Error
		fault    *entra.FaultError
		network  net.Error
	)
	if errors.As(err, &fault) {
		// Also when it hides in a check of an ID token: the keys were not to be had.
		return h.faultProblem(c, fault, nil)
	}
	if p, ok := h.signInProblem(c, err); ok {
		return p
	}
	switch {
	case errors.As(err, &refused):
		return h.graphProblem(c, refused)
	case errors.As(err, &silent):
		return h.silentProblem(c, silent)
	case errors.As(err, &upstream):
		return h.entraProblem(c, upstream)
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return h.faultProblem(c, entra.Unreached(err, h.Entra.Cloud().Graph), nil)
	default:
		return h.unforeseen(c)
	}
}

// ownProblem words what the portal refuses by itself.
func (h *Handlers) ownProblem(c echo.Context, err error) (problem, bool) {
	var (
		invalid   *models.InvalidError
		forbidden *web.ForbiddenError
		foreign   *web.CrossSiteError
		many      *web.TooManyError
		lost      *web.MisdirectedError

		unprepared *noPrincipalError
		unknown    *noCredentialError
		inUse      *neededKeyError
	)
	switch {
	case errors.As(err, &forbidden):
		return h.roleProblem(c, forbidden), true
	case errors.As(err, &invalid):
		return invalidProblem(c, invalid), true
	case errors.Is(err, models.ErrNotFound):
		return h.notFound(c), true
	case errors.Is(err, models.ErrConflict):
		return conflict(c), true
	case errors.Is(err, provision.ErrNotOwner):
		return notOwner(c), true
	case errors.As(err, &unprepared):
		return noPrincipal(unprepared), true
	case errors.Is(err, errNotKeyOwner):
		return notKeyOwner(), true
	case errors.As(err, &unknown):
		return noCredential(c, unknown), true
	case errors.As(err, &inUse):
		return neededKey(c, inUse), true
	case errors.Is(err, provision.ErrNotNow):
		return notNow(c), true
	case errors.Is(err, provision.ErrNoSecret):
		return noSecret(c, err), true
	case errors.As(err, &foreign):
		return h.crossSite(foreign), true
	case errors.As(err, &many):
		return h.tooMany(c, many), true
	case errors.As(err, &lost):
		return misdirected(lost), true
	}
	return h.formProblem(c, err)
}

// formProblem words requests that cannot be read, and the router's errors.
func (h *Handlers) formProblem(c echo.Context, err error) (problem, bool) {
	var (
		bad       *web.BadRequestError
		large     *web.TooLargeError
		maxBytes  *http.MaxBytesError
		framework *echo.HTTPError
		other     *otherKindError
		binned    *deletedError
	)
	switch {
	case errors.As(err, &binned):
		return h.deleted(c, binned), true
	case errors.As(err, &other):
		return h.otherKind(c, other), true
	case errors.As(err, &bad):
		return h.badRequest(c, bad), true
	case errors.As(err, &large):
		return h.tooLarge(c, large.Limit), true
	case errors.As(err, &maxBytes):
		return h.tooLarge(c, maxBytes.Limit), true
	case errors.As(err, &framework):
		return h.frameworkProblem(c, framework), true
	}
	return problem{}, false
}

// frameworkProblem words the errors of the router.
func (h *Handlers) frameworkProblem(c echo.Context, err *echo.HTTPError) problem {
	switch err.Code {
	case http.StatusNotFound:
		return h.notFound(c)
	case http.StatusMethodNotAllowed:
		return wrongMethod(c)
	default:
		return h.badRequest(c, &web.BadRequestError{
			Status: min(max(err.Code, 400), 599), What: http.StatusText(err.Code) + ".", Fix: "Open the page again and send the form from there.",
		})
	}
}

// asked says what a request asked of the portal, for support.
func asked(c echo.Context) views.SupportFact {
	return views.SupportFact{Label: "Asked", Value: cut(c.Request().Method+" "+c.Request().URL.Path, 300), Call: true}
}

func toOverview() views.Way {
	return views.Way{Icon: "house", Title: "Go on from Overview", Text: "Everything there is can be reached from there.", Button: "Overview", Href: "/"}
}

func toRuns(title, text string) views.Way {
	return views.Way{Icon: "list-task", Title: title, Text: text, Button: "Runs", Href: "/runs"}
}

// toRun leads to the run that an address is about, to the list without one.
func toRun(c echo.Context, title, text string) views.Way {
	way, id := toRuns(title, text), c.Param("id")
	if within(c.Path(), "/runs/:id") && id != "" {
		way.Button, way.Href = "Open the run", "/runs/"+url.PathEscape(cut(id, 20))
	}
	return way
}

// wayBack leads to the page a form was sent from, when it is one of ours.
func (h *Handlers) wayBack(c echo.Context) []views.Way {
	from, err := url.Parse(c.Request().Referer())
	if err != nil || from.Scheme+"://"+from.Host != h.PublicURL {
		return []views.Way{toOverview()}
	}
	return []views.Way{
		{Icon: "arrow-repeat", Title: "Open the page again", Text: "It starts as it was before anything was typed.", Button: "Open the page", Href: h.web.ReturnPath(from.RequestURI())},
		toOverview(),
	}
}

// againAt is where one tries again: the same page, or a new sign-in after a
// callback, whose state and code are good for one look.
func againAt(c echo.Context) string {
	switch r := c.Request(); {
	case r.URL.Path == "/auth/callback":
		return "/sign-in"
	case r.Method == http.MethodGet:
		return r.URL.RequestURI()
	default:
		return "/"
	}
}

// tryAgain leads to the page that was asked for. A form is not sent again by a
// link: it is still in the browser's last page.
func (h *Handlers) tryAgain(c echo.Context) views.Way {
	if c.Request().Method == http.MethodGet {
		return views.Way{Icon: "arrow-repeat", Title: "Try again", Text: "Nothing was changed by this request.", Button: "Try again", Href: againAt(c), Primary: true}
	}
	way := views.Way{Icon: "arrow-repeat", Title: "Go back and send the form again", Text: "The button Back of the browser leads to what you typed."}
	if h.may(c, "/runs") {
		way.Text += " Look at Runs first when it was a change."
		way.Button, way.Href = "Runs", "/runs"
	}
	return way
}

// unforeseen says nothing of what happened inside: the log has it.
func (h *Handlers) unforeseen(c echo.Context) problem {
	p := problem{title: "Something went wrong in the portal", view: views.Problem{
		Status: http.StatusInternalServerError, Tone: views.ToneDanger, Cause: "The portal met a fault of its own",
		Text:    []string{"It is not your fault and not Microsoft's. The portal's log has it under the Portal request that stands below “For support”."},
		Ways:    []views.Way{toOverview()},
		Support: []views.SupportFact{asked(c)},
	}}
	if h.may(c, "/runs") {
		p.view.Text = append(p.view.Text, "If you were changing something, look at Runs and Audit first: they say what was done.")
		p.view.Ways = []views.Way{toRuns("Look at what was done", "Runs list every change and where it stands."), toOverview()}
	}
	return p
}
