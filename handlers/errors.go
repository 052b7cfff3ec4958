package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// code is what Graph or the sign-in service called it; empty for our own.
	code string
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
		err = h.answerPage(c, p)
	}
	if err != nil && !c.Response().Committed {
		h.Log.Error("answer with an error page", "error", err, "request_id", web.RequestID(c))
		http.Error(c.Response(), http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// answerPage is the whole page, or a notice for the script of a page, which
// puts it above what is there. https://htmx.org/reference/#response_headers
func (h *Handlers) answerPage(c echo.Context, p problem) error {
	page := h.page(c, p.title, "")
	page.Lead, page.HasError = p.lead, true
	page.Section, page.Crumbs = placeOf(c, page.Nav, p.title)
	p.view.At = h.Now()
	p.view.Support = append(slices.DeleteFunc(p.view.Support, func(f views.SupportFact) bool { return f.Value == "" }),
		views.SupportFact{Label: "Portal request", Value: web.RequestID(c), ID: true})
	if len(page.Trouble) > 0 && p.view.Status >= http.StatusTooManyRequests {
		p.view.Ways = append(p.view.Ways, views.Way{
			Icon: "sliders", Title: "The sandbox is told to be difficult", Text: "Its knobs may have made this fault.", Button: "Sandbox", Href: "/sandbox",
		})
	}
	if p.view.Status == http.StatusForbidden && p.code != "" {
		p.view.Ways = append(p.view.Ways, switchWays(switchedOff(h.knobsNow(c)))...)
	}
	if !web.IsFragment(c) {
		return web.Render(c, p.view.Status, views.ErrorPage(page, p.view))
	}
	c.Response().Header().Set("HX-Retarget", "#problem")
	c.Response().Header().Set("HX-Reswap", "innerHTML show:top")
	return web.Render(c, p.view.Status, views.ErrorFragment(page, p.view))
}

// switchWays lead from a refusal of Graph to the switches of the sandbox that
// may have made it.
func switchWays(off []string) (ways []views.Way) {
	for _, name := range off {
		ways = append(ways, views.Way{
			Icon: "sliders", Title: "The sandbox’s switch “" + name + "” is off", Text: "It may be what makes this refusal.", Button: "Sandbox", Href: "/sandbox",
		})
	}
	return ways
}

// placeOf finds the part of the portal a request was about.
func placeOf(c echo.Context, nav []views.NavGroup, title string) (section string, crumbs []views.Crumb) {
	crumbs = []views.Crumb{{Text: "Overview", Href: "/"}}
	best := views.NavItem{Href: "/"}
	for _, group := range nav {
		for _, item := range group.Items {
			if len(item.Href) > len(best.Href) && within(c.Request().URL.Path, item.Href) {
				best = item
			}
		}
	}
	if best.Key != "" {
		crumbs = append(crumbs, views.Crumb{Text: best.Title, Href: best.Href})
	}
	return best.Key, append(crumbs, views.Crumb{Text: title})
}

// within says whether a path is a place or below it.
func within(path, place string) bool { return path == place || strings.HasPrefix(path, place+"/") }

// answerJSON answers programs with problem details (RFC 9457). A type is given
// where the code has a row on the page of codes.
func (h *Handlers) answerJSON(c echo.Context, p problem) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set("Content-Type", "application/problem+json")
	c.Response().WriteHeader(p.view.Status)
	body := map[string]any{
		"type": "about:blank", "title": http.StatusText(p.view.Status), "status": p.view.Status,
		"detail": strings.Join(append([]string{p.view.Cause + "."}, p.view.Text...), " "), "instance": c.Request().URL.EscapedPath(), "requestId": web.RequestID(c),
	}
	if href := views.CodeHref(p.code); href != "" {
		body["type"], body["title"] = h.PublicURL+href, p.title
	}
	if p.code != "" {
		body["code"] = p.code
	}
	return json.NewEncoder(c.Response()).Encode(body)
}

func isStream(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get("Accept"), "text/event-stream")
}

// wantsJSON says whether a program asks. A browser names HTML in any case.
func wantsJSON(c echo.Context) bool {
	accept := c.Request().Header.Get("Accept")
	return (strings.Contains(accept, "application/json") || strings.Contains(accept, "application/problem+json")) &&
		!strings.Contains(accept, "text/html")
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

// auditDenial records that somebody was refused, once a minute for a page. A
// denial that cannot be recorded is logged: the refusal stands in any case.
func (h *Handlers) auditDenial(c echo.Context, err error, v *views.Problem) {
	u := web.CurrentUser(c)
	if u == nil || v.Status != http.StatusForbidden || errors.Is(err, web.ErrCrossSite) {
		return
	}
	key := denialKey{u.OID, c.Request().Method, c.Path()}
	seq, missed, due := h.denials.next(key, h.Now())
	if !due {
		h.tellOfRecord(c, v, seq)
		return
	}
	body := map[string]any{"method": c.Request().Method, "address": cut(c.Request().URL.Path, 300), "cause": v.Cause}
	if missed > 0 {
		body["missed"] = missed
	}
	record, aErr := h.recorded(c, models.NewAudit{
		Action: models.ActionAccessDenied, Result: models.ResultDenied,
		TargetKind: "page", TargetID: c.Path(), Body: body,
	})
	if aErr != nil {
		h.denials.forget(key)
		h.Log.Error("record a denial", "error", aErr, "request_id", web.RequestID(c))
		return
	}
	h.denials.kept(key, record.Seq)
	h.tellOfRecord(c, v, record.Seq)
}

// tellOfRecord names the record of a refusal; 0 is one still being written.
func (h *Handlers) tellOfRecord(c echo.Context, v *views.Problem, seq int64) {
	if seq == 0 {
		return
	}
	fact := views.SupportFact{Label: "Audit record", Value: views.Count(seq)}
	if h.may(c, "/audit/:seq") {
		fact.Href = "/audit/" + strconv.FormatInt(seq, 10)
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

// pause writes the header Retry-After and says until when, as the time of a
// clock: with the day when it is not today. None asked for is a minute.
func (h *Handlers) pause(c echo.Context, wait time.Duration) (until string) {
	if wait <= 0 {
		wait = time.Minute
	}
	seconds := int(math.Ceil(wait.Seconds()))
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	now := h.Now()
	end := now.Add(time.Duration(seconds) * time.Second)
	if views.Day(now) != views.Day(end) {
		return views.UTC(end)
	}
	return views.Clock(end) + " UTC"
}
