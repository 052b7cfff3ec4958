package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// modeOf is the mode of a try with all it needs.
func (h *Handlers) modeOf(c echo.Context, try *labTry) entra.Mode {
	f, blueprint, agent := try.form, try.blueprintAppID(), try.agentID()
	switch try.mode.Name {
	case entra.ModeOnBehalfOf:
		mode := entra.OnBehalfOf{
			BlueprintAppID: blueprint, AgentID: agent, Credential: try.credential, Scope: f.Scope,
			UserToken: try.tc.tokens.Access, UserID: try.userID, BlueprintURIs: try.blueprintURIs(),
		}
		if try.tc.tokens.Hop.Request != nil {
			mode.UserHop = &try.tc.tokens.Hop
		}
		return mode
	case entra.ModeAgentUser:
		return entra.AgentUser{
			BlueprintAppID: blueprint, AgentID: agent, Credential: try.credential, Scope: f.Scope, Username: try.username, UserID: try.userID,
		}
	case entra.ModeCrossTenant:
		return entra.CrossTenant{
			BlueprintAppID: blueprint, AgentID: agent, Credential: try.credential, Scope: f.Scope,
			TenantID: strings.ToLower(f.OtherTenant), AppID: strings.ToLower(f.Other),
		}
	case entra.ModeBlueprint:
		return entra.BlueprintToken{BlueprintAppID: blueprint, Credential: try.credential, Scope: f.Scope}
	case entra.ModeClientCredentials:
		return entra.ClientCredentials{AppID: f.AppID, Credential: try.credential, Scope: f.Scope}
	case entra.ModePassword:
		return entra.Password{AppID: f.AppID, Credential: try.credential, Scope: f.Scope, Username: f.Username, Password: f.password}
	case entra.ModeRefreshToken:
		if try.from != nil && try.agent != nil {
			return entra.AgentRefresh{
				BlueprintAppID: blueprint, AgentID: agent, Credential: try.credential, Scope: f.Scope,
				Refresh: try.refresh, Of: try.of, UserID: try.userID,
			}
		}
		return entra.RefreshToken{AppID: f.AppID, Credential: try.credential, Scope: f.Scope, Refresh: try.refresh}
	}
	return entra.Autonomous{BlueprintAppID: blueprint, AgentID: agent, Credential: try.credential, Scope: f.Scope}
}

// takeRefresh takes the refresh token of an earlier result, or the typed one.
func (h *Handlers) takeRefresh(c echo.Context, try *labTry, faults map[string]string) {
	if !try.mode.Refresh {
		return
	}
	try.refresh = try.form.refresh
	if try.form.From == "" {
		return
	}
	from := h.lab.result(web.CurrentUser(c).SignInID, try.form.From, h.Now())
	if from == nil || from.refreshToken().IsZero() || from.try.agentID() != try.agentID() {
		faults["refresh_token"] = refreshGone
		try.form.From = ""
		return
	}
	if appID := from.try.form.AppID; try.agent == nil && !strings.EqualFold(appID, try.form.AppID) {
		faults["app_id"] = "The refresh token belongs to the application " + appID + ": no other one can trade it."
		return
	}
	try.from, try.refresh, try.of, try.userID = from, from.refreshToken(), from.trace.Mode, from.try.userID
}

// refreshGone is said when a result is meant that is not held.
const refreshGone = "The result whose refresh token was meant is not held any more. Get a token with the scope offline_access again, or paste a refresh token."

// refreshToken is that of a result's last hop.
func (r *labResult) refreshToken() entra.Secret {
	if hop := r.trace.Hop(entra.HopTR); hop != nil && hop.Answer != nil {
		return hop.Answer.Refresh
	}
	return entra.Secret{}
}

// findAgentUser finds whom the agent shall act as: its own agent user where
// nobody is named. Somebody else is sent as named, to see the refusal.
func (h *Handlers) findAgentUser(c echo.Context, try *labTry, faults map[string]string) error {
	ctx, g := c.Request().Context(), h.graph(c)
	if try.form.Username != "" {
		try.username = try.form.Username
		u, err := g.UserNamed(ctx, try.username)
		if err == nil && strings.EqualFold(u.IdentityParentID, try.agent.ID) {
			try.userID = u.ID
		}
		var fault string // the sign-in service answers for those that cannot be read
		return part(err, &fault)
	}
	u, err := g.AgentUserOf(ctx, try.agent.ID)
	if graph.IsForbidden(err) {
		faults["username"] = "The agent's own agent user could not be read. Write its user name."
		return nil
	}
	if err != nil && !graph.IsNotFound(err) {
		return fmt.Errorf("read agent user: %w", err)
	}
	if u == nil || err != nil {
		faults["username"] = "This agent identity has no agent user, so there is nobody to act as. Add one, or write a user name to see it refused."
		try.form.lacksUser = try.agent.ID
		return nil
	}
	try.username, try.userID = u.UserPrincipalName, u.ID
	return nil
}

// startDevice asks for a device code and shows what to do with it; a refusal is
// a result.
func (h *Handlers) startDevice(c echo.Context, try *labTry) error {
	code, err := h.Entra.StartDevice(c.Request().Context(), try.form.AppID, try.form.Scope)
	if err != nil {
		trace := &entra.Trace{Mode: entra.ModeDeviceCode, Started: code.Hop.Started, Duration: code.Hop.Duration, Hops: []entra.Hop{code.Hop, {
			Name: entra.HopTR, Sentence: "Application asks with the device code for a token", State: entra.HopUnreached, ClientID: try.form.AppID,
		}}}
		return h.conclude(c, try, trace)
	}
	held := &heldDevice{code: code, form: try.form.withoutSecrets(), id: rand.Text()}
	h.lab.change(web.CurrentUser(c).SignInID, h.Now(), func(p *labPerson) { p.device = held })
	return web.Redirect(c, "/tokens/device")
}

// showDevice is the device code that waits.
func (h *Handlers) showDevice(c echo.Context) error {
	var held *heldDevice
	h.lab.change(web.CurrentUser(c).SignInID, h.Now(), func(p *labPerson) { held = p.device })
	if held == nil {
		return web.Redirect(c, "/tokens?mode="+string(entra.ModeDeviceCode))
	}
	return h.renderDevice(c, http.StatusOK, held, "")
}

// pollDevice asks once for the tokens of the device code that waits.
func (h *Handlers) pollDevice(c echo.Context) error {
	form, err := web.Form(c, "device")
	if err != nil {
		return err
	}
	signIn := web.CurrentUser(c).SignInID
	var held *heldDevice
	h.lab.change(signIn, h.Now(), func(p *labPerson) {
		if p.device != nil && p.device.id == form.Get("device") {
			held = p.device
		}
	})
	if held == nil {
		return h.renderLab(c, http.StatusGone, labForm{Mode: string(entra.ModeDeviceCode), Scope: entra.GraphDefaultScope}, map[string]string{
			"mode": "This device code is not held any more. Ask for another one.",
		})
	}
	trace, err := h.Entra.Acquire(c.Request().Context(), entra.Device{AppID: held.form.AppID, Code: held.code})
	if refused := refusalOf(err); refused == "authorization_pending" || refused == "slow_down" {
		return h.renderDevice(c, http.StatusOK, held, "Nobody has approved it yet.")
	}
	h.lab.change(signIn, h.Now(), func(p *labPerson) {
		if p.device == held { // another tab may have asked for a newer one
			p.device = nil
		}
	})
	return h.conclude(c, &labTry{form: held.form, mode: held.form.mode()}, trace)
}

func (h *Handlers) renderDevice(c echo.Context, status int, held *heldDevice, note string) error {
	p := h.labPage(c, "Approve the device code")
	p.Lead = "Somebody types this code and signs in; then the application gets its token."
	return web.Render(c, status, views.TokenDevice(p, views.DeviceWait{
		ID: held.id, UserCode: held.code.UserCode, VerifyAt: safeLink(held.code.VerifyAt), Until: held.code.ExpiresAt,
		AppID: held.form.AppID, Scope: held.code.Scope, Note: note,
		BackHref: "/tokens?" + views.Query("mode", held.form.Mode, "app", held.form.AppID, "scope", linkScope(held.form.Scope)),
	}))
}

// refusalFrom is the refusal of the sign-in service in an error, nil for none.
func refusalFrom(err error) *entra.Error {
	var refused *entra.Error
	if errors.As(err, &refused) {
		return refused
	}
	return nil
}

// refusalOf is its OAuth error, empty for none.
func refusalOf(err error) string {
	if refused := refusalFrom(err); refused != nil {
		return refused.Code
	}
	return ""
}

// decodeFault says what is wrong with a token that was pasted, and how to mend it.
func decodeFault(err error) string {
	var fault *entra.DecodeError
	if errors.As(err, &fault) {
		return fault.What + " " + fault.Fix
	}
	return "This is no token that can be read."
}

// safeLink lets only web addresses become links: it comes from the service.
func safeLink(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}

// refreshable is where the refresh token of a result is traded; empty without
// one.
func (r *labResult) refreshable() string {
	// The portal's own application proves itself to nobody but the portal.
	if r.refreshToken().IsZero() || r.try.mode.Name == entra.ModeInteractive {
		return ""
	}
	return "/tokens?" + views.Query("mode", string(entra.ModeRefreshToken), "from", r.id, "agent", r.try.agentID(), "app", r.try.form.AppID, "scope", linkScope(r.try.form.Scope), "kept", r.try.form.Kept)
}

// labPage is a page of the lab.
func (h *Handlers) labPage(c echo.Context, title string) views.Page {
	p := h.page(c, title, "tokens")
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab", Href: "/tokens"}, {Text: title}}
	return p
}

// showResult is the page of a try that is still held.
func (h *Handlers) showResult(c echo.Context) error {
	result := h.lab.result(web.CurrentUser(c).SignInID, c.Param("id"), h.Now())
	if result == nil {
		return models.ErrNotFound
	}
	return h.renderResult(c, http.StatusOK, result, nil)
}
