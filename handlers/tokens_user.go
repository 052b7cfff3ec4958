package handlers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// What a sign-in is for that is none of the session's.
const (
	forUserToken   = "user token"
	forInteractive = "interactive"
)

// startUserToken leads to the sign-in for a blueprint's scope, with the
// portal's own application as the client. It is a link, like the sign-in; the
// session and the roles stay as they are.
func (h *Handlers) startUserToken(c echo.Context) error {
	form := labForm{Mode: string(entra.ModeOnBehalfOf), Agent: c.QueryParam("agent"), Scope: cut(c.QueryParam("scope"), maxScope), Reuse: c.QueryParam("reuse") == "on"}
	try := &labTry{form: form, mode: form.mode()}
	if _, err := graph.ParseGUID(form.Agent); err != nil {
		return h.renderLab(c, http.StatusUnprocessableEntity, form, map[string]string{"agent": "Choose an agent identity."})
	}
	faults := map[string]string{}
	if err := h.findTry(c, try, faults); errors.Is(err, errNotOwned) {
		return h.refuseTry(c, form, err)
	} else if err != nil {
		return err
	}
	if len(faults) == 0 {
		if _, lacks := userScope(try.blueprint); lacks != "" {
			faults["user_token"], form.lacksScope = lacks, try.blueprintID()
		}
	}
	if len(faults) > 0 {
		return h.renderLab(c, http.StatusUnprocessableEntity, form, faults)
	}
	scope, _ := userScope(try.blueprint)
	at := h.web.StartAttemptFor(c, forUserToken, "/tokens?"+views.Query("mode", form.Mode, "agent", form.Agent, "scope", linkScope(form.Scope), "reuse", views.OnWord(form.Reuse), "kept", cut(c.QueryParam("kept"), maxName), "profile", c.QueryParam("profile")))
	h.lab.change(web.CurrentUser(c).SignInID, h.Now(), func(p *labPerson) {
		p.start(at.Nonce, labForm{Scope: scope, Blueprint: try.blueprint.AppID})
	})
	return h.leaveForSignIn(c, at, []string{scope})
}

// leaveForSignIn leads to the account picker: whoever tests may well be
// somebody else than who is signed in here.
func (h *Handlers) leaveForSignIn(c echo.Context, at web.Attempt, scopes []string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Redirect(http.StatusSeeOther, h.Entra.AuthCodeURL(h.App, entra.AuthCodeRequest{
		State: at.State, Nonce: at.Nonce, Verifier: at.Verifier, Scopes: scopes, Prompt: "select_account",
	}))
}

// userScope is the first scope that a blueprint offers; lacks says what is
// missing where there is none.
func userScope(b *graph.Blueprint) (scope, lacks string) {
	if b == nil {
		return "", "The agent's blueprint cannot be read, so nobody knows its scope. Paste a user token."
	}
	at := slices.IndexFunc(b.API.Scopes, func(s graph.PermissionScope) bool { return s.IsEnabled && s.Value != "" })
	switch {
	case at < 0:
		return "", "The blueprint offers no scope (oauth2PermissionScopes), so no application can get a user token for it. Add one to the blueprint."
	case len(b.IdentifierURIs) == 0:
		return "", "The blueprint has no identifier URI, so its scope cannot be asked for. Add api://" + b.AppID + " to the blueprint."
	}
	return strings.TrimRight(b.IdentifierURIs[0], "/") + "/" + b.API.Scopes[at].Value, ""
}

// finishLabSignIn takes what a sign-in of the lab brought. The session of who
// tests has to be there still.
func (h *Handlers) finishLabSignIn(c echo.Context, at web.Attempt) error {
	user := web.CurrentUser(c)
	if user == nil || !h.may(c, "/tokens") {
		return errUnknownAttempt
	}
	var pending labForm
	h.lab.change(user.SignInID, h.Now(), func(p *labPerson) { pending = p.finish(at.Nonce) })
	if pending.Scope == "" {
		return errUnknownAttempt
	}
	tokens, err := h.redeemForLab(c, at, pending)
	if err != nil && tokens == nil && at.For == forInteractive {
		return h.interactiveRefused(c, pending, err)
	}
	if at.For == forUserToken {
		defer goOn(c)()
		if err := h.recordUserToken(c, pending, tokens, err); err != nil {
			return fmt.Errorf("record the sign-in for a user token: %w", err)
		}
	}
	if err != nil && tokens == nil {
		h.holdFault(user.SignInID, labSignInFault(err))
		return web.Redirect(c, at.Return)
	}
	if at.For == forInteractive {
		if !nonceFits(tokens.ID, at.Nonce) {
			return h.interactiveRefused(c, pending, errForeignNonce)
		}
		return h.finishInteractive(c, pending, tokens)
	}
	h.holdUserToken(user.SignInID, pending.Blueprint, tokens)
	return web.Redirect(c, at.Return)
}

// errForeignNonce is an ID token of another sign-in.
var errForeignNonce = errors.New("the ID token belongs to another sign-in: its nonce is not the one that was sent")

// nonceFits says whether an ID token, where one came, is of this sign-in (OpenID
// Connect Core 3.1.3.7, 11). Anybody may be the one who signed in.
func nonceFits(id entra.Secret, nonce string) bool {
	if id.IsZero() {
		return true
	}
	j, err := entra.Decode(id.Reveal())
	return err == nil && subtle.ConstantTimeCompare([]byte(j.Text("nonce")), []byte(nonce)) == 1
}

// recordUserToken keeps that somebody signed in for a user token, or was refused.
// Who it was, Entra's own sign-in log says.
func (h *Handlers) recordUserToken(c echo.Context, pending labForm, tokens *entra.Tokens, failed error) error {
	body := map[string]any{"mode": forUserToken, "scope": recordedScope(pending.Scope), "blueprintAppId": pending.Blueprint}
	result := models.ResultSucceeded
	if tokens == nil {
		result, body["error"] = models.ResultFailed, signInFailure(failed)
	} else if j, err := entra.Decode(tokens.Access.Reveal()); err == nil {
		body["uti"], body["audience"] = j.Text("uti"), j.Audience()
	}
	return h.record(c, models.NewAudit{Action: models.ActionTokenTest, Result: result, TargetKind: targetApplication, TargetID: pending.Blueprint, Body: body})
}

func (h *Handlers) redeemForLab(c echo.Context, at web.Attempt, pending labForm) (*entra.Tokens, error) {
	if code := c.QueryParam("error"); code != "" {
		return nil, &refusedSignIn{Code: safeCode(code), AADSTS: aadstsOf(c.QueryParam("error_description"))}
	}
	code := c.QueryParam("code")
	if code == "" || len(code) > 8192 {
		return nil, &refusedSignIn{Code: "no_code"}
	}
	return h.Entra.Redeem(c.Request().Context(), h.App, code, at.Verifier, strings.Fields(pending.Scope))
}

// labSignInFault words a sign-in that brought no token.
func labSignInFault(err error) string {
	code, oauth := 0, ""
	if refused, ok := err.(*refusedSignIn); ok { //nolint:errorlint // made by redeemForLab itself
		code, oauth = refused.AADSTS, refused.Code
	} else if refused := refusalFrom(err); refused != nil {
		code, oauth = refused.AADSTS, refused.Code
	}
	if oauth == "" {
		return "The sign-in brought no token: the sign-in service gave no answer. Try again."
	}
	words := "The sign-in brought no token: " + oauth
	if code != 0 {
		words += fmt.Sprintf(", AADSTS%d", code)
	}
	explained := entra.ExplainAADSTS(code, oauth)
	return words + ". " + explained.Meaning + " " + explained.Fix
}

func (h *Handlers) holdFault(signInID, fault string) {
	h.lab.change(signInID, h.Now(), func(p *labPerson) {
		p.user = &heldToken{fault: fault, until: h.Now().Add(heldFor)}
	})
}

// holdUserToken keeps Tc in memory, one for each sign-in, for ten minutes.
func (h *Handlers) holdUserToken(signInID, blueprintAppID string, tokens *entra.Tokens) {
	j, err := entra.Decode(tokens.Access.Reveal())
	if err != nil {
		h.holdFault(signInID, "The sign-in brought a token that cannot be read here.")
		return
	}
	tokens.Refresh, tokens.Hop.Answer.Refresh = entra.Secret{}, entra.Secret{} // nothing here uses it
	held := &heldToken{tokens: tokens, jwt: j, blueprintAppID: blueprintAppID, until: h.Now().Add(heldFor)}
	if tokens.ExpiresAt.Before(held.until) {
		held.until = tokens.ExpiresAt
	}
	h.lab.change(signInID, h.Now(), func(p *labPerson) { p.user = held })
}

// forgetUserToken drops the held user token.
func (h *Handlers) forgetUserToken(c echo.Context) error {
	form, err := web.Form(c, labFields...)
	if err != nil {
		return err
	}
	h.lab.change(web.CurrentUser(c).SignInID, h.Now(), func(p *labPerson) { p.user = nil })
	return web.Redirect(c, "/tokens?"+views.Query("mode", string(entra.ModeOnBehalfOf), "agent", form.Get("agent"), "scope", linkScope(cut(form.Get("scope"), maxScope)), "profile", form.Get("profile")))
}

// takeUserToken takes the pasted user token, or the held one, and checks it
// before it is used.
func (h *Handlers) takeUserToken(c echo.Context, try *labTry, faults map[string]string) {
	if _, lacks := userScope(try.blueprint); lacks != "" {
		try.form.lacksScope = try.blueprintID()
	}
	held := h.lab.heldUser(web.CurrentUser(c).SignInID, h.Now())
	if !try.form.user.IsZero() {
		j, err := entra.Decode(try.form.user.Reveal())
		if err != nil {
			faults["user_token"] = decodeFault(err)
			return
		}
		held = &heldToken{tokens: &entra.Tokens{Access: j.Raw}, jwt: j}
	}
	switch {
	case held == nil:
		faults["user_token"] = "No user token is held. Get one by the link, or paste one."
	case held.fault != "":
		faults["user_token"] = held.fault
	case try.agent != nil:
		if faults["user_token"] = h.userTokenFault(try, held.jwt); faults["user_token"] == "" {
			delete(faults, "user_token")
			try.tc, try.userID = held, held.jwt.Text("oid")
		}
	}
}

// userTokenFault says why a token is no user token for the agent's blueprint;
// empty when it is one. Entra ID would refuse it, with the code named.
// https://learn.microsoft.com/entra/agent-id/agent-on-behalf-of-oauth-flow
func (h *Handlers) userTokenFault(try *labTry, j *entra.JWT) string {
	const again = " Get a user token by the link."
	aud := j.Audience()
	ends, hasEnd := j.Time("exp")
	switch {
	case j.Encrypted || j.Damaged:
		return "The claims of this token cannot be read, so it is no token for the blueprint." + again
	case aud == entra.GraphAudience || aud == entra.GraphAppID:
		return "This token is for Microsoft Graph. The agent may trade only a token whose audience is its blueprint, " + try.blueprintName() +
			": Entra ID answers AADSTS50013 to all others." + again
	case !isBlueprint(aud, try):
		return "This token is for " + views.Named(cut(aud, 120), "nobody") + ", not for the agent's blueprint " + try.blueprintName() +
			". Entra ID answers AADSTS50013." + again
	case !strings.EqualFold(j.Text("tid"), h.Entra.TenantID()):
		return "This token comes from another tenant. Entra ID answers AADSTS50013." + again
	case j.Text("idtyp") == "app" || !j.Has("scp"):
		return "No person takes part in this token: it is an application's own. Entra ID answers AADSTS7000114 or AADSTS50013." + again
	case hasEnd && !h.Now().Before(ends):
		return "This token has expired " + entra.Words(h.Now().Sub(ends)) + " ago. Entra ID answers AADSTS500133." + again
	}
	return ""
}

// isBlueprint takes every name a blueprint has as an audience.
func isBlueprint(aud string, try *labTry) bool {
	names := []string{try.blueprintAppID(), "api://" + try.blueprintAppID()}
	if try.blueprint != nil {
		names = append(names, try.blueprint.IdentifierURIs...)
	}
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimRight(n, "/"), strings.TrimRight(aud, "/")) })
}

// offerSignIn shows the link that an interactive sign-in starts with: a form
// may not lead off the site.
func (h *Handlers) offerSignIn(c echo.Context, try *labTry) error {
	h.lab.change(web.CurrentUser(c).SignInID, h.Now(), func(p *labPerson) { p.offered = try.form.withoutSecrets() })
	p := h.labPage(c, "Sign in for a token")
	p.Lead = "The portal's own application asks for " + try.form.Scope + ". Your session here stays as it is, whoever signs in."
	return web.Render(c, http.StatusOK, views.TokenSignIn(p, "/tokens?"+views.Query("mode", try.form.Mode, "scope", linkScope(try.form.Scope))))
}

// startInteractive leads to the sign-in that offerSignIn has prepared.
func (h *Handlers) startInteractive(c echo.Context) error {
	signIn := web.CurrentUser(c).SignInID
	var offered labForm
	h.lab.change(signIn, h.Now(), func(p *labPerson) { offered = p.offered })
	if offered.Mode != string(entra.ModeInteractive) {
		return web.Redirect(c, "/tokens?mode="+string(entra.ModeInteractive))
	}
	at := h.web.StartAttemptFor(c, forInteractive, "/tokens?"+views.Query("mode", offered.Mode, "scope", linkScope(offered.Scope)))
	h.lab.change(signIn, h.Now(), func(p *labPerson) { p.start(at.Nonce, offered) })
	return h.leaveForSignIn(c, at, strings.Fields(offered.Scope))
}

// finishInteractive makes a result of a sign-in.
func (h *Handlers) finishInteractive(c echo.Context, form labForm, tokens *entra.Tokens) error {
	defer goOn(c)()
	trace, _ := h.Entra.Acquire(c.Request().Context(), entra.Interactive{AppID: h.App.ClientID, Scope: form.Scope, Hop: tokens.Hop, Token: tokens.Access})
	form.AppID = h.App.ClientID
	result, err := h.settle(c, &labTry{form: form, mode: form.mode()}, trace)
	if err != nil {
		return err
	}
	return web.Redirect(c, result.path())
}

// heldView is the held user token as the form shows it.
func (h *Handlers) heldView(c echo.Context, agent labPreset) views.HeldToken {
	v := views.HeldToken{BlueprintName: agent.blueprintName}
	if agent.id != "" {
		v.GetHref = "/tokens/user-token?" + views.Query("agent", agent.id, "scope", linkScope(agent.scope), "profile", agent.profile)
	}
	held := h.lab.heldUser(web.CurrentUser(c).SignInID, h.Now())
	if held == nil {
		return v
	}
	if v.Fault = held.fault; held.jwt == nil {
		return v
	}
	v.Held, v.Until, v.Fits = true, held.until.Round(time.Second), strings.EqualFold(held.blueprintAppID, agent.blueprintAppID)
	for _, claim := range []string{"preferred_username", "upn", "unique_name", "name", "oid"} {
		if v.Who = held.jwt.Text(claim); v.Who != "" {
			break
		}
	}
	return v
}
