package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// fail answers a request whose handler returned an error. It is the only
// place that picks a status, and the only one that words an error: the text
// of errors of ours never reaches a page.
func (h *Handlers) fail(c echo.Context, err error) {
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		// The browser has gone; nobody reads an answer.
		c.Response().Status = 499
		return
	}
	if needsSignIn(err) {
		h.askSignIn(c)
		return
	}
	p := h.problemOf(c, err)
	h.note(c, err, p.view.Status)
	h.auditDenial(c, err, &p.view)
	h.answer(c, p)
}

// needsSignIn says whether only a new sign-in helps: there is no session, or
// its tokens cannot be refreshed any more.
func needsSignIn(err error) bool {
	return errors.Is(err, web.ErrSignInNeeded) || errors.Is(err, provision.ErrSignInNeeded)
}

// problem is a page about a failure: its title and its content.
type problem struct {
	title, lead string
	view        views.Problem
}

// answer writes the page, or as much of it as the asker can read.
func (h *Handlers) answer(c echo.Context, p problem) {
	status := p.view.Status
	var err error
	switch {
	case c.Request().Method == http.MethodHead || isStream(c):
		err = c.NoContent(status)
	case wantsJSON(c):
		err = h.answerJSON(c, p)
	default:
		page := h.page(c, p.title, "")
		page.Lead = p.lead
		page.HasError = true
		p.view.At = h.Now()
		p.view.Support = append(p.view.Support, views.SupportFact{Label: "Portal request", Value: web.RequestID(c), ID: true})
		err = web.Render(c, status, views.ErrorPage(page, p.view))
	}
	if err != nil && !c.Response().Committed {
		h.Log.Error("answer with an error page", "error", err, "request_id", web.RequestID(c))
		http.Error(c.Response(), http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

func (h *Handlers) answerJSON(c echo.Context, p problem) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set("Content-Type", "application/json")
	c.Response().WriteHeader(p.view.Status)
	return json.NewEncoder(c.Response()).Encode(map[string]any{
		"error": p.view.Cause, "detail": strings.Join(p.view.Text, " "), "requestId": web.RequestID(c),
	})
}

func isStream(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get("Accept"), "text/event-stream")
}

func wantsJSON(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get("Accept"), "application/json")
}

// note logs a failure once. What a page explains is information; what nobody
// foresaw is an error, with the place of a panic.
func (h *Handlers) note(c echo.Context, err error, status int) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("error", err.Error()), slog.Int("status", status),
		slog.String("route", c.Path()), slog.String("request_id", web.RequestID(c)),
	}
	var p *web.PanicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", p.Stack))
	}
	h.Log.LogAttrs(c.Request().Context(), level, "request failed", attrs...)
}

// auditDenial records that somebody was refused. A denial that cannot be
// recorded is logged: the refusal stands in any case.
func (h *Handlers) auditDenial(c echo.Context, err error, v *views.Problem) {
	u := web.CurrentUser(c)
	if u == nil || v.Status != http.StatusForbidden || errors.Is(err, web.ErrCrossSite) {
		return
	}
	record, aErr := h.recorded(c, models.NewAudit{
		Action: models.ActionAccessDenied, Result: models.ResultDenied,
		TargetKind: "page", TargetID: c.Path(),
		Body: map[string]any{"method": c.Request().Method, "address": cut(c.Request().URL.Path, 300), "cause": v.Cause},
	})
	if aErr != nil {
		h.Log.Error("record a denial", "error", aErr, "request_id", web.RequestID(c))
		return
	}
	fact := views.SupportFact{Label: "Audit record", Value: views.Count(record.Seq)}
	if h.may(c, "/audit/:seq") {
		fact.Href = "/audit/" + strconv.FormatInt(record.Seq, 10)
	}
	v.Support = append(v.Support, fact)
}

// askSignIn offers the link to sign in: on the way to a page as a page, to a
// script as a redirect of the whole window, for a form with the form kept.
func (h *Handlers) askSignIn(c echo.Context) {
	r := c.Request()
	if web.IsFragment(c) && r.Method == http.MethodGet {
		back := "/"
		if u, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil {
			back = h.web.ReturnPath(u.RequestURI())
		}
		c.Response().Header().Set("HX-Redirect", signInLink(back))
		_ = c.NoContent(http.StatusUnauthorized) // a failed write has no other reader
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.answer(c, h.sendAgain(c))
		return
	}
	if isStream(c) || wantsJSON(c) {
		h.answer(c, problem{view: views.Problem{Status: http.StatusUnauthorized, Cause: "Sign-in needed"}})
		return
	}
	title, lead, status := "Sign in to see this page", "Your session is over, or you have not signed in yet.", http.StatusUnauthorized
	if r.URL.Path == "/" {
		title, status = "Agent ID Portal", http.StatusOK
		lead = "Create, test and watch over the agents of this tenant."
	}
	page := h.page(c, title, "")
	page.Lead = lead
	err := web.Render(c, status, views.SignInPage(page, signInLink(h.web.Path(c)), h.OpenInspector))
	if err != nil {
		h.Log.Error("answer with the sign-in page", "error", err, "request_id", web.RequestID(c))
	}
}

// retryAfter writes the header and says the pause in whole seconds.
func retryAfter(c echo.Context, seconds float64) string {
	n := strconv.Itoa(max(1, int(math.Ceil(seconds))))
	c.Response().Header().Set("Retry-After", n)
	return n
}
