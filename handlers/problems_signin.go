package handlers

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/views"
)

// errUnknownAttempt is a callback that belongs to no sign-in of this browser.
var errUnknownAttempt = errors.New("callback without a sign-in under way")

// refusedSignIn is an error that the sign-in service sent with the browser.
// Both fields come through the address bar, so they are held to a form.
type refusedSignIn struct {
	Code   string
	AADSTS int
}

func (e *refusedSignIn) Error() string { return "sign-in refused: " + e.Code }

// badIDToken is an ID token that did not pass a check.
type badIDToken struct{ err error }

func (e *badIDToken) Error() string { return "ID token: " + e.err.Error() }
func (e *badIDToken) Unwrap() error { return e.err }

var (
	codeForm   = regexp.MustCompile(`^[a-z0-9_]{1,60}$`)
	aadstsForm = regexp.MustCompile(`^AADSTS(\d{4,8})\b`)
)

// safeCode passes an OAuth error code on, or says that there was a strange one.
func safeCode(code string) string {
	if codeForm.MatchString(code) {
		return code
	}
	return "unreadable"
}

// aadstsOf reads the code at the start of an error description; the rest of
// it is text of whoever made the link, and is not shown.
func aadstsOf(description string) int {
	m := aadstsForm.FindStringSubmatch(cut(description, 40))
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

// signInProblem words what can go wrong between the link and the session.
func (h *Handlers) signInProblem(c echo.Context, err error) (problem, bool) {
	var refused *refusedSignIn
	var token *badIDToken
	switch {
	case errors.Is(err, errUnknownAttempt):
		return problem{title: "This sign-in cannot be finished", view: views.Problem{
			Status: http.StatusBadRequest, Tone: views.ToneWarn, Cause: "The portal does not know this sign-in",
			Text: []string{
				"It was finished already, it took longer than 10 minutes, or it was started in another browser. You are not signed in by it.",
			},
			Ways: []views.Way{signInAgain("/", "Start again", "It takes one click.")},
		}}, true
	case errors.As(err, &refused):
		return refusedSignInProblem(refused), true
	case errors.As(err, &token):
		return h.clockProblem(c, problem{title: "You could not be signed in", view: views.Problem{
			Status: http.StatusUnauthorized, Tone: views.ToneDanger, Cause: "The ID token did not pass the portal's checks",
			Text: []string{
				"Signature, issuer, audience, tenant, nonce and times of the token must all be right, and one of them is not. The log names it under the request id.",
				"Often the clock of the portal's machine is wrong, or the tenant id in its settings is another one.",
			},
			Ways: []views.Way{signInAgain("/", "Start again", "If it fails again, show the request id to whoever runs the portal.")},
		}}), true
	}
	return problem{}, false
}

func refusedSignInProblem(err *refusedSignIn) problem {
	v := views.Problem{
		Status: http.StatusUnauthorized, Tone: views.ToneDanger, Cause: "The sign-in service refused: " + err.Code,
		Ways:    []views.Way{signInAgain("/", "Start again", "You choose an account again."), otherAccount("/")},
		Support: []views.SupportFact{{Label: "OAuth error", Value: err.Code, Href: views.CodeHref(err.Code)}},
	}
	if err.Code == "access_denied" {
		v.Tone, v.Cause = views.ToneInfo, "The sign-in was cancelled"
	}
	if err.AADSTS != 0 {
		v.Support = append(v.Support, codeFact(err.AADSTS, err.Code))
	}
	say := entra.ExplainAADSTS(err.AADSTS, err.Code)
	v.Text = []string{"You are not signed in.", say.Says(), say.Fix}
	return problem{title: "You are not signed in", view: v, code: codeFact(err.AADSTS, err.Code).Value}
}

// entraProblem words a refusal of the token endpoint.
func (h *Handlers) entraProblem(c echo.Context, err *entra.Error) problem {
	p := h.entraWords(c, err)
	p.view.Support = []views.SupportFact{
		codeFact(err.AADSTS, err.Code),
		{Label: "Trace ID", Value: err.TraceID, ID: true},
		{Label: "Correlation ID", Value: err.CorrelationID, ID: true},
		{Label: "Time at the service", Value: err.Timestamp},
		asked(c),
	}
	p.code = p.view.Support[0].Value
	return p
}

func (h *Handlers) entraWords(c echo.Context, err *entra.Error) problem {
	say := err.Explain()
	switch {
	case err.Status == http.StatusTooManyRequests, err.AADSTS == 50196:
		return h.asksForPause(c, "The sign-in service", err.RetryAfter)
	case err.Transient():
		p := problem{title: "The sign-in service could not answer", view: views.Problem{
			Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: "It answered " + strconv.Itoa(err.Status) + " " + err.Code,
			Text: []string{"The fault is " + h.whose() + ", not yours and not the portal's. Try again in a minute.", say.Says()},
			Ways: []views.Way{h.tryAgain(c), toOverview()},
		}}
		if err.RetryAfter > 0 {
			p.view.Text = append(p.view.Text, "It asks to wait until "+h.pause(c, err.RetryAfter)+".")
		}
		return p
	}
	return problem{title: "The portal got no token", view: views.Problem{
		Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: "The " + err.Error(),
		Text: []string{say.Says(), say.Fix},
		Ways: []views.Way{signInAgain(h.backTo(c), "Sign in again", "A new sign-in gives new tokens."), h.tryAgainLater(c)},
	}}
}

// tryAgainLater is tryAgain beside a way that is better.
func (h *Handlers) tryAgainLater(c echo.Context) views.Way {
	w := h.tryAgain(c)
	w.Primary = false
	return w
}

// codeFact is a code of the sign-in service with its explanation behind it.
func codeFact(aadsts int, oauth string) views.SupportFact {
	code := oauth
	if aadsts != 0 {
		code = "AADSTS" + strconv.Itoa(aadsts)
	}
	return views.SupportFact{Label: "Code", Value: code, Href: views.CodeHref(code)}
}
