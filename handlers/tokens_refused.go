package handlers

import (
	"errors"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/web"
)

// interactiveRefused makes a result of a sign-in that brought no token: it is
// recorded and explained like every other refusal.
func (h *Handlers) interactiveRefused(c echo.Context, form labForm, err error) error {
	now := h.Now()
	hop := entra.Hop{
		Name: entra.HopTR, Sentence: "Application sends a person to sign in, for a token of " + entra.ResourceOf(form.Scope), State: entra.HopRefused,
		ClientID: h.App.ClientID, TenantID: h.Entra.TenantID(), Started: now,
	}
	var page *refusedSignIn
	var fault *entra.FaultError
	switch {
	case errors.As(err, &page):
		hop.Err = &entra.Error{Code: page.Code, AADSTS: page.AADSTS}
	case errors.As(err, &hop.Err):
		hop.Status = hop.Err.Status
	case errors.As(err, &fault):
		hop.State, hop.Fault, hop.Unsent = entra.HopFailed, fault.Reason, fault.Unsent()
	case errors.Is(err, errForeignNonce):
		hop.State, hop.Fault = entra.HopFailed, "The ID token belongs to another sign-in: its nonce is not the one that was sent. Sign in again."
	default:
		return err
	}
	defer goOn(c)()
	form.AppID = h.App.ClientID
	trace := &entra.Trace{Mode: entra.ModeInteractive, Started: now, Hops: []entra.Hop{hop}}
	result, err := h.settle(c, &labTry{form: form, mode: form.mode()}, trace)
	if err != nil {
		return err
	}
	return web.Redirect(c, result.path())
}
