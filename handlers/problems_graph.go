package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// graphProblem words a refusal or a fault of Graph, with what Graph said kept
// whole for support.
func (h *Handlers) graphProblem(c echo.Context, err *graph.Error) problem {
	p := h.graphWords(c, err)
	p.code = err.Code
	p.view.Support = append([]views.SupportFact{
		{Label: "Graph code", Value: err.Code, Href: views.CodeHref(err.Code)},
		{Label: "Graph said", Value: err.Message},
		{Label: "Call", Value: err.Method + " " + err.Path, Call: true},
		{Label: "Request-id", Value: err.RequestID, ID: true},
		{Label: "Client-request-id", Value: err.ClientRequestID, ID: true},
		{Label: "Time at Graph", Value: err.Date},
	}, append(p.view.Support, asked(c))...)
	if say, ok := graph.ExplainCode(err.Code); ok && tellsMore(err.Code) {
		p.view.Text = append(p.view.Text, say.Says()+" "+say.Fix)
	}
	return p
}

// tellsMore leaves out the codes that say no more than the status does.
func tellsMore(code string) bool {
	switch code {
	case "Authorization_RequestDenied", "Request_BadRequest", "BadRequest", "Request_ResourceNotFound", "TooManyRequests",
		"ServiceUnavailable", "InternalServerError", "GatewayTimeout", "Conflict", "InvalidAuthenticationToken":
		return false
	}
	return true
}

func (h *Handlers) graphWords(c echo.Context, err *graph.Error) problem {
	switch {
	case err.Status == http.StatusForbidden:
		return h.graphRefusal(c, err)
	case err.Status == http.StatusNotFound, err.Status == http.StatusBadRequest && err.Lag():
		return h.graphNotFound(c)
	case err.Status == http.StatusConflict, err.Status == http.StatusPreconditionFailed, err.Code == "Request_MultipleObjectsWithSameKeyValue":
		return graphConflict(err)
	case err.Status == http.StatusTooManyRequests:
		return h.asksForPause(c, "Graph", err.RetryAfter)
	case err.Status == http.StatusUnauthorized:
		return h.clockProblem(c, problem{title: "Graph does not accept the token", view: views.Problem{
			Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: "The portal's token for you was refused",
			Text: []string{"Your rights may have been withdrawn or your sessions ended in the tenant. A new sign-in says which. Nothing was changed."},
			Ways: []views.Way{signInAgain(h.backTo(c), "Sign in again", "A new sign-in gives new tokens."), otherAccount(h.backTo(c))},
		}})
	case err.Status < http.StatusInternalServerError:
		return problem{title: "Graph does not take this request", view: views.Problem{
			Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: "Graph answered " + statusAndCode(err),
			Text: []string{"Nothing was changed. What was asked for has a form Graph does not know: a strange character in a search, say, or a fault of the portal. Trying again does not help; what Graph said is among the facts for support."},
			Ways: []views.Way{toOverview()},
		}}
	}
	return h.graphFault(c, err)
}

func statusAndCode(err *graph.Error) string {
	return strings.TrimSpace(strconv.Itoa(err.Status) + " " + err.Code)
}

// graphNotFound is for what the directory does not have, or does not have yet.
func (h *Handlers) graphNotFound(c echo.Context) problem {
	p := problem{title: "Graph knows no such object", view: views.Problem{
		Status: http.StatusNotFound, Tone: views.ToneWarn, Cause: "Nothing with this ID is in the tenant",
		Ways: []views.Way{h.tryAgain(c), toOverview()},
	}}
	what, id, ok := lookedFor(c)
	p.view.Causes = whyNotFound(what)
	if !ok {
		return p
	}
	p.title, p.view.Cause = "There is no such "+what.name, "Graph knows no "+what.name+" "+id
	p.view.Ways = h.waysFrom(c, what, id)
	p.view.Support = []views.SupportFact{{Label: "Looked for", Value: id, ID: true}}
	return p
}

// graphConflict tells an object that is there already from one that changed.
func graphConflict(err *graph.Error) problem {
	p := problem{title: "Somebody was faster", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn,
		Cause: "Graph refused, because the object was changed meanwhile",
		Text:  []string{"Another person or program changed it between reading and writing. Nothing was changed by this request. Read the object again before you go on."},
		Ways:  []views.Way{toOverview()},
	}}
	text := strings.ToLower(err.Code + " " + err.Message)
	changed := err.Status == http.StatusPreconditionFailed || strings.Contains(text, "concurrency") || strings.Contains(text, "changed")
	if !changed {
		p.title, p.view.Cause = "It exists already", "Graph refused, because an object with the same key exists already"
		p.view.Text = []string{"Somebody made it meanwhile, or an earlier try did. Nothing was changed by this request. Look at the object that is there and use it."}
	}
	return p
}

// asksForPause is for Graph and the sign-in service; the portal's own limit
// has words of its own.
// https://learn.microsoft.com/graph/throttling
func (h *Handlers) asksForPause(c echo.Context, who string, wait time.Duration) problem {
	text := "All programs that work in the tenant share its limits, and together they sent too many requests. It is no fault of yours. Nothing was changed."
	cause := who + " asks the portal to wait until " + h.pause(c, wait)
	if wait <= 0 {
		cause = who + " asks the portal to wait, and does not say how long: until " + h.pause(c, wait) + ", say"
	}
	return problem{title: who + " asks for a pause", view: views.Problem{
		Status: http.StatusTooManyRequests, Tone: views.ToneWait, Cause: cause, Text: []string{text}, Ways: []views.Way{h.tryAgain(c)},
	}}
}

// graphFault is a fault of the service. Reads were tried again already.
func (h *Handlers) graphFault(c echo.Context, err *graph.Error) problem {
	p := problem{title: "Graph could not answer", view: views.Problem{
		Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: "Graph answered " + statusAndCode(err),
		Text: []string{
			"The fault is " + h.whose() + ", not yours and not the portal's. Where it is safe, the portal has asked again, without luck.",
			"If you were changing something, its run says whether it was done; it finds out by itself and sends nothing twice.",
		},
		Ways: []views.Way{h.tryAgain(c), toOverview()},
	}}
	if err.Status == http.StatusGatewayTimeout {
		p.view.Status = http.StatusGatewayTimeout
	}
	if err.RetryAfter > 0 {
		p.view.Text = append(p.view.Text, "Graph asks to wait until "+h.pause(c, err.RetryAfter)+".")
	}
	return p
}

// whose names who runs the tenant's services.
func (h *Handlers) whose() string {
	if h.Entra.Cloud().Sandbox {
		return "the sandbox's"
	}
	return "Microsoft's"
}
