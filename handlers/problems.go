package handlers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

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
	var refused *graph.Error
	var upstream *entra.Error
	var fault *entra.FaultError
	var network net.Error
	if errors.As(err, &fault) {
		// Also when it hides in a check of an ID token: the keys were not to be had.
		return h.networkProblem(c, fault.Reason)
	}
	if p, ok := h.signInProblem(err); ok {
		return p
	}
	switch {
	case errors.As(err, &refused):
		return h.graphProblem(c, refused)
	case errors.As(err, &upstream):
		return h.entraProblem(c, upstream)
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return h.networkProblem(c, "")
	default:
		return h.unforeseen(c)
	}
}

// ownProblem words what the portal refuses by itself.
func (h *Handlers) ownProblem(c echo.Context, err error) (problem, bool) {
	var (
		invalid   *models.InvalidError
		forbidden *web.ForbiddenError
		bad       *web.BadRequestError
		large     *web.TooLargeError
		maxBytes  *http.MaxBytesError
		many      *web.TooManyError
		lost      *web.MisdirectedError
		framework *echo.HTTPError
		gone      *goneError
	)
	switch {
	case errors.As(err, &gone):
		return h.goneProblem(c, gone), true
	case errors.As(err, &forbidden):
		return h.roleProblem(c, forbidden), true
	case errors.As(err, &invalid):
		return invalidProblem(invalid), true
	case errors.Is(err, models.ErrNotFound):
		return notFound(), true
	case errors.Is(err, models.ErrConflict):
		return conflict(c), true
	case errors.Is(err, provision.ErrNotOwner):
		return notOwner(), true
	case errors.Is(err, errNotSecretOwner):
		return notSecretOwner(), true
	case errors.Is(err, provision.ErrNotNow):
		return notNow(), true
	case errors.Is(err, provision.ErrNoSecret):
		return noSecret(), true
	case errors.Is(err, web.ErrCrossSite):
		return crossSite(h.PublicURL), true
	case errors.As(err, &bad):
		return badRequest(bad), true
	case errors.As(err, &large):
		return tooLarge(large.Limit), true
	case errors.As(err, &maxBytes):
		return tooLarge(maxBytes.Limit), true
	case errors.As(err, &many):
		return tooMany(c, many), true
	case errors.As(err, &lost):
		return misdirected(lost), true
	case errors.As(err, &framework):
		return frameworkProblem(framework), true
	}
	return problem{}, false
}

func toOverview() views.Way {
	return views.Way{Icon: "house", Title: "Go on from Overview", Text: "Everything there is can be reached from there.", Button: "Overview", Href: "/"}
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

func tryAgain(c echo.Context) views.Way {
	return views.Way{Icon: "arrow-repeat", Title: "Try again", Text: "Nothing was changed by this request.", Button: "Try again", Href: againAt(c), Primary: true}
}

func notFound() problem {
	return problem{title: "There is no such page", view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "Nothing was found at this address",
		Text: []string{"It may have been deleted, it may belong to somebody else, or the address has a fault."},
		Ways: []views.Way{toOverview()},
	}}
}

func conflict(c echo.Context) problem {
	return problem{title: "Somebody was faster", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "The page you sent is older than what is stored",
		Text: []string{"It was changed or made elsewhere meanwhile. Nothing was overwritten. Open it again and look at what it is now."},
		Ways: []views.Way{toOverview()},
	}}
}

func notOwner() problem {
	return problem{title: "Only the owner of this run may do this", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "The run belongs to somebody else",
		Text: []string{"A run acts with the rights of the person who started it, and its secrets are shown to that person alone. An Admin may take a run over; that is written to the audit."},
		Ways: []views.Way{{Icon: "list-task", Title: "Look at the run", Text: "Its page names the owner.", Button: "Runs", Href: "/runs"}},
	}}
}

func notNow() problem {
	return problem{title: "The run is not where the page showed it", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "It has moved on meanwhile",
		Text: []string{"Nothing was done by this button. The page of the run shows where it is now."},
		Ways: []views.Way{{Icon: "list-task", Title: "Open the run again", Text: "Its page shows what can be done now.", Button: "Runs", Href: "/runs"}},
	}}
}

func noSecret() problem {
	return problem{title: "The secret cannot be shown again", view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "The portal no longer holds this secret",
		Text: []string{"It keeps a new secret until its owner has saved it, for 24 hours at most. Nobody can read it back, Microsoft neither. Make a new one and remove the old one."},
		Ways: []views.Way{toOverview()},
	}}
}

func invalidProblem(err *models.InvalidError) problem {
	p := problem{title: "Some values cannot be taken", view: views.Problem{
		Status: http.StatusUnprocessableEntity, Tone: views.ToneDanger, Cause: "Nothing was changed",
		Text: []string{}, Ways: []views.Way{toOverview()},
	}}
	for _, name := range sortedKeys(err.Fields) {
		p.view.Text = append(p.view.Text, err.Fields[name])
	}
	return p
}

func crossSite(publicURL string) problem {
	return problem{title: "This request did not come from the portal", view: views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "Nothing was changed",
		Text: []string{
			"A request that changes something must come from one of the portal's own pages. The browser says that this one does not, or it says nothing about it.",
			"If you followed a link or pressed a button on another site, do not trust that site. If a proxy stands before the portal, it must pass on the Host, Origin and Sec-Fetch-Site headers.",
		},
		Ways: []views.Way{{Icon: "house", Title: "Use the portal's own pages", Text: "The portal is at " + publicURL + ".", Button: "Overview", Href: "/"}},
	}}
}

func badRequest(err *web.BadRequestError) problem {
	return problem{title: "The request cannot be read", view: views.Problem{
		Status: err.Status, Tone: views.ToneDanger, Cause: err.What,
		Text: []string{"Nothing was changed. " + err.Fix}, Ways: []views.Way{toOverview()},
	}}
}

func tooLarge(limit int64) problem {
	return problem{title: "That is too much at once", view: views.Problem{
		Status: http.StatusRequestEntityTooLarge, Tone: views.ToneDanger,
		Cause: fmt.Sprintf("The form is larger than the %s this page takes", bytesWords(limit)),
		Text:  []string{"Nothing was read or changed. Go back, shorten what you pasted, and send it again. A token has at most 16 KiB."},
		Ways:  []views.Way{toOverview()},
	}}
}

func bytesWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

func tooMany(c echo.Context, err *web.TooManyError) problem {
	seconds := retryAfter(c, err.RetryAfter.Seconds())
	return problem{title: "Too many requests in a minute", view: views.Problem{
		Status: http.StatusTooManyRequests, Tone: views.ToneWait, Cause: "Wait " + seconds + " seconds, then go on",
		Text: []string{"The portal limits how often one person may do this, so that nobody can slow it down for the others. Nothing was changed."},
		Ways: []views.Way{tryAgain(c)},
	}}
}

func misdirected(err *web.MisdirectedError) problem {
	return problem{title: "The portal has another address", view: views.Problem{
		Status: http.StatusMisdirectedRequest, Tone: views.ToneDanger, Cause: "The portal does not answer to this name",
		Text: []string{"Cookies and sign-in are bound to one address, and other names may be a trick of a foreign page. Nothing was changed."},
		Ways: []views.Way{{Icon: "house", Title: "Open the portal at its own address", Text: err.PublicURL, Button: "Open", Href: err.PublicURL}},
	}}
}

// frameworkProblem words the errors of the router.
func frameworkProblem(err *echo.HTTPError) problem {
	switch err.Code {
	case http.StatusNotFound:
		return notFound()
	case http.StatusMethodNotAllowed:
		return problem{title: "This address takes no such request", view: views.Problem{
			Status: err.Code, Tone: views.ToneWarn, Cause: "The page exists, but not for this kind of request",
			Text: []string{"Nothing was changed. Open the page by its link and use its buttons."}, Ways: []views.Way{toOverview()},
		}}
	default:
		return badRequest(&web.BadRequestError{
			Status: min(max(err.Code, 400), 599), What: http.StatusText(err.Code), Fix: "Open the page again and send the form from there.",
		})
	}
}

func (h *Handlers) unforeseen(c echo.Context) problem {
	return problem{title: "Something went wrong in the portal", view: views.Problem{
		Status: http.StatusInternalServerError, Tone: views.ToneDanger, Cause: "The portal met a fault of its own",
		Text: []string{
			"It is written to the portal's log under the request id at the right. If you were changing something, look at Runs and Audit first: they say what was done.",
		},
		Ways: []views.Way{
			{Icon: "list-task", Title: "Look at what was done", Text: "Runs list every change and where it stands.", Button: "Runs", Href: "/runs"},
			toOverview(),
		},
	}}
}
