package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// signInLink is the address of the link "Sign in" that comes back to path.
func signInLink(path string) string {
	if path == "" || path == "/" {
		return "/sign-in"
	}
	return "/sign-in?return=" + url.QueryEscape(path)
}

// startSignIn leads the browser to Entra. It is a link and not a form: with
// form-action 'self' browsers block a form whose redirects leave the site.
func (h *Handlers) startSignIn(c echo.Context) error {
	at := h.web.StartAttempt(c, h.web.ReturnPath(c.QueryParam("return")))
	ask := entra.AuthCodeRequest{State: at.State, Nonce: at.Nonce, Verifier: at.Verifier, Scopes: h.Scopes}
	switch {
	case c.QueryParam("account") == "other":
		ask.Prompt = "select_account"
	case c.QueryParam("as") != "":
		ask.LoginHint = h.personaNamed(c.QueryParam("as"))
	case c.QueryParam("consent") == "ask":
		ask.Prompt = "consent"
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Redirect(http.StatusSeeOther, h.Entra.AuthCodeURL(h.App, ask))
}

// finishSignIn is where Entra sends the browser back to. The state is good for
// one look, whatever the answer is.
func (h *Handlers) finishSignIn(c echo.Context) error {
	// The address holds a code: it must not travel on as a referrer.
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	at, ok := h.web.TakeAttempt(c, c.QueryParam("state"))
	if !ok {
		return errUnknownAttempt
	}
	if at.For != "" {
		return h.finishLabSignIn(c, at)
	}
	if code := c.QueryParam("error"); code != "" {
		return h.signInFailed(c, &refusedSignIn{Code: safeCode(code), AADSTS: aadstsOf(c.QueryParam("error_description"))})
	}
	code := c.QueryParam("code")
	if code == "" || len(code) > 8192 {
		return errUnknownAttempt
	}
	row, err := h.redeem(c, at, code)
	if err != nil {
		return h.signInFailed(c, err)
	}
	if err := h.startSession(c, row); err != nil {
		return err
	}
	return web.Redirect(c, at.Return)
}

// redeem trades the code for tokens, checks whom they name, reads the roles
// and keeps the sign-in with its record: nobody is signed in unseen.
func (h *Handlers) redeem(c echo.Context, at web.Attempt, code string) (*models.SignIn, error) {
	ctx := c.Request().Context()
	tokens, err := h.Entra.Redeem(ctx, h.App, code, at.Verifier, h.Scopes)
	if err != nil {
		return nil, fmt.Errorf("redeem code: %w", err)
	}
	who, err := h.Entra.VerifyIDToken(ctx, h.App, tokens.ID, at.Nonce)
	if err != nil {
		return nil, &badIDToken{err}
	}
	g := h.Graph.With(graph.Held(tokens.Access))
	roles, err := g.DirectoryRoles(ctx)
	if err != nil {
		return nil, fmt.Errorf("read directory roles: %w", err)
	}
	h.learnDomain(ctx, g)
	row, err := h.SignIns.Add(ctx, *who, tokens, roles, func(tx *models.Store, row *models.SignIn) error {
		_, err := tx.AppendAudit(ctx, h.signed(c, signInEvent(models.ActionSignIn, row)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep sign-in: %w", err)
	}
	return row, nil
}

// signInEvent is the record of a person who signs in or out.
func signInEvent(action string, row *models.SignIn) models.NewAudit {
	a := models.NewAudit{
		Kind: models.AuditEvent, Actor: row.TID + "/" + row.OID, Action: action, Result: models.ResultSucceeded, TargetKind: "user", TargetID: row.OID,
		Body: map[string]any{"signIn": row.ID}, Words: models.AuditWords{ActorName: row.Name, ActorUsername: row.Username},
	}
	if action == models.ActionSignIn {
		a.Body["directoryRoles"] = row.Roles
	}
	return a
}

// startSession binds the browser to the sign-in and wakes what waited for it.
func (h *Handlers) startSession(c echo.Context, row *models.SignIn) error {
	before := web.CurrentUser(c)
	if err := h.web.StartSession(c, row.ID); err != nil {
		return err
	}
	if before != nil && before.TID == row.TID && before.OID == row.OID {
		// The same person again in the same browser: the former sign-in is
		// of no more use to anybody.
		h.forgetTests(before.SignInID)
		if err := h.SignIns.End(c.Request().Context(), before.SignInID); err != nil {
			h.Log.Warn("end the former sign-in", "error", err)
		}
	}
	h.Engine.Wake(row.TID, row.OID)
	// Housekeeping: the person is signed in, and the next sign-in tries again.
	if err := h.endOldest(c, row); err != nil {
		h.Log.Warn("end sessions beyond the limit", "error", err, "request_id", web.RequestID(c))
	}
	return nil
}

// maxSessions is how many sessions a person may have at once, in all browsers.
const maxSessions = 5

// endOldest ends the sessions a person has beyond maxSessions, so that forgotten
// browsers do not pile up. Runs go on with a newer sign-in.
func (h *Handlers) endOldest(c echo.Context, row *models.SignIn) error {
	older, err := h.Store.OlderSignIns(c.Request().Context(), row.TID, row.OID, maxSessions)
	if err != nil {
		return err
	}
	for i := range older {
		if err := h.endSignIn(c, older[i].ID, "too many sessions"); err != nil {
			return fmt.Errorf("end the oldest session: %w", err)
		}
	}
	return nil
}

// endSignIn ends a sign-in with its record, which says why when its person did
// not ask for it.
func (h *Handlers) endSignIn(c echo.Context, id, why string) error {
	ctx := c.Request().Context()
	h.forgetTests(id)
	return h.SignIns.EndWith(ctx, id, func(tx *models.Store, row *models.SignIn) error {
		event := signInEvent(models.ActionSignOut, row)
		if why != "" {
			event.Body["reason"] = why
		}
		_, err := tx.AppendAudit(ctx, h.signed(c, event))
		return err
	})
}

// signInFailed records a sign-in that Entra or our checks refused.
func (h *Handlers) signInFailed(c echo.Context, err error) error {
	body := map[string]any{"reason": signInFailure(err)}
	if aErr := h.record(c, models.NewAudit{
		Actor: "portal", Action: models.ActionSignInFailed, Result: models.ResultFailed, Body: body,
	}); aErr != nil {
		h.Log.Error("record the failed sign-in", "error", aErr, "request_id", web.RequestID(c))
	}
	return err
}

// signInFailure says why in one word or code, never with text of strangers.
func signInFailure(err error) string {
	var refused *refusedSignIn
	var upstream *entra.Error
	var answer *graph.Error
	var token *badIDToken
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &upstream):
		return upstream.Error()
	case errors.As(err, &answer):
		return answer.Error()
	case errors.As(err, &token):
		return "ID token not accepted"
	default:
		return "no answer"
	}
}

// signedIn is where the sign-in link of "send again" ends, in its own tab.
func (h *Handlers) signedIn(c echo.Context) error {
	return web.Render(c, http.StatusOK, views.SignedIn(h.page(c, "You are signed in", "")))
}

// signOut ends the sign-in and the session. Runs of the person wait for the
// next one. Who is signed out already gets the same page. A session that was
// idle too long may have left a sign-in that runs could still use; its person
// has just said that they must not.
func (h *Handlers) signOut(c echo.Context) error {
	id, user := web.EndedSignIn(c), web.CurrentUser(c)
	if user != nil {
		id = user.SignInID
	}
	if id != "" {
		if err := h.endSignIn(c, id, ""); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	if user != nil {
		if err := h.web.EndSession(c); err != nil {
			return err
		}
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	p := h.page(c, "You are signed out", "")
	return web.Render(c, http.StatusOK, views.SignedOut(p, h.Entra.LogoutURL(h.PublicURL+"/")))
}

// refreshRoles reads the directory roles again; the session gets a new id,
// because its rights may have grown.
func (h *Handlers) refreshRoles(c echo.Context) error {
	form, err := web.Form(c, "back")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	roles, err := h.graph(c).DirectoryRoles(ctx)
	if err != nil {
		return fmt.Errorf("read directory roles: %w", err)
	}
	var names, ids []string
	for _, r := range roles {
		names, ids = append(names, r.DisplayName), append(ids, r.RoleTemplateID)
	}
	err = h.Store.UpdateRoles(ctx, web.CurrentUser(c).SignInID, names, ids)
	if errors.Is(err, models.ErrNotFound) {
		return web.ErrSignInNeeded // signed out in another tab this very moment
	}
	if err != nil {
		return fmt.Errorf("save roles: %w", err)
	}
	if err := h.web.RotateSession(c); err != nil {
		return err
	}
	return web.Redirect(c, h.web.ReturnPath(form.Get("back")))
}
