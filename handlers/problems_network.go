package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
)

// silentProblem is for a call of Graph without an answer that can be read.
func (h *Handlers) silentProblem(c echo.Context, err *graph.NoAnswerError) problem {
	return h.faultProblem(c, err.Fault(), []views.SupportFact{
		{Label: "Call", Value: err.Method + " " + err.Path, Call: true},
		{Label: "Request-id", Value: err.RequestID, ID: true},
		{Label: "Client-request-id", Value: err.ClientRequestID, ID: true},
	})
}

// faultProblem is for when Entra or Graph cannot be reached or understood. It
// tells name, port, certificate and time-out apart: each is mended elsewhere.
func (h *Handlers) faultProblem(c echo.Context, fault *entra.FaultError, facts []views.SupportFact) problem {
	p := problem{title: "The tenant cannot be reached", view: views.Problem{
		Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: faultCause(fault.Kind),
		Text: []string{
			fault.Reason, h.whereToLook(fault.Kind),
			"If you were changing something, its run says whether it was done; it finds out by itself and sends nothing twice.",
		},
		Heading: "What was tried",
		Details: []views.SupportFact{
			{Label: "Address", Value: fault.Address},
			{Label: "For", Value: triedFor(fault, facts), Call: fault.Hop == ""},
			{Label: "Result", Value: fault.Reason},
		},
		Ways:    []views.Way{tryAgain(c), toOverview()},
		Support: append(facts, asked(c)),
	}}
	switch fault.Kind {
	case entra.FaultTimeout:
		p.view.Status = http.StatusGatewayTimeout
	case entra.FaultAnswer:
		p.title = "The tenant's answer cannot be read"
	}
	if fault.RetryAfter > 0 {
		p.view.Text = append(p.view.Text, "It asks to wait until "+h.pause(c, fault.RetryAfter)+".")
	}
	return p
}

func triedFor(fault *entra.FaultError, facts []views.SupportFact) string {
	if fault.Hop != "" {
		return "A token, step " + string(fault.Hop)
	}
	if len(facts) > 0 {
		return facts[0].Value
	}
	return "Facts of the tenant"
}

func faultCause(kind entra.FaultKind) string {
	switch kind {
	case entra.FaultTimeout:
		return "No answer came in time"
	case entra.FaultName:
		return "The name of the service is not known here"
	case entra.FaultClosed:
		return "Nothing listens at the service's address"
	case entra.FaultTLS:
		return "The certificate of the service is not trusted"
	case entra.FaultCut:
		return "The connection ended before the answer was complete"
	case entra.FaultAnswer:
		return "An answer came, and it is not what the service sends"
	}
	return "No connection came about"
}

// whereToLook says what to check for a fault, by kind.
func (h *Handlers) whereToLook(kind entra.FaultKind) string {
	cloud := h.Entra.Cloud()
	if cloud.Sandbox && kind != entra.FaultTLS {
		return "Check that the sandbox still runs at " + cloud.Login + "."
	}
	switch kind {
	case entra.FaultName:
		return "Check the name service (DNS) of the portal's machine: it must know " + cloud.Login + " and " + cloud.Graph + "."
	case entra.FaultTLS:
		return "Something on the way shows a certificate of its own, or the list of trusted authorities of the portal's machine is old. Do not switch the check off."
	case entra.FaultTimeout:
		return "The service is slow, or a firewall drops the requests. Try again in a minute."
	case entra.FaultAnswer:
		return "Often a proxy on the way has answered in place of the service. Look at what stands between the portal's machine and " + cloud.Graph + "."
	}
	return "Check that the portal's machine reaches " + cloud.Login + " and " + cloud.Graph + "."
}
