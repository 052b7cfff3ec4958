package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// backToRun answers a reload of the page with the secret: it is no address of
// its own, so that it is in no history.
func (h *Handlers) backToRun(c echo.Context) error {
	id, err := runID(c)
	if err != nil {
		return err
	}
	return web.Redirect(c, runPath(id))
}

// showSecret is the answer to Show secret, the only page with its value.
func (h *Handlers) showSecret(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	run, err := h.readRun(c)
	if err != nil {
		return err
	}
	shown, err := h.Engine.ShowSecret(c.Request().Context(), h.actor(c), run.ID)
	if errors.Is(err, provision.ErrNoSecret) {
		return &noSecretError{blueprintID: run.BlueprintID, err: err}
	}
	if err != nil {
		return err
	}
	p := h.runChrome(c, run)
	p.Title, p.Lead = "Client secret", "Made by run "+strconv.FormatInt(run.ID, 10)+": "+run.Title+"."
	p.Crumbs[2].Href = runPath(run.ID)
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: "Client secret"})
	c.Response().Header().Set("Cache-Control", "no-store")
	return web.Render(c, http.StatusOK, views.ShownSecret(p, views.SecretPage{
		RunID: run.ID, Value: shown.Value.Reveal(), BlueprintAppID: shown.BlueprintAppID, KeyID: shown.KeyID,
		EndsAt: shown.EndsAt, DeletedAt: shown.DeletedAt,
	}))
}

// removeCredential removes a run's secret from its blueprint, as a run of its
// own that is done at once.
func (h *Handlers) removeCredential(c echo.Context) error {
	posted, err := web.Form(c, "reason")
	if err != nil {
		return err
	}
	run, err := h.managedRun(c)
	if err != nil {
		return err
	}
	reason := typedField(posted, "reason")
	if fault := provision.ReasonFault(reason, h.RequireReason); fault != "" {
		return h.renderRemoval(c, http.StatusUnprocessableEntity, run, views.ReasonField{Value: reason, Fault: fault})
	}
	removal, err := h.Engine.RemoveCredential(c.Request().Context(), h.actor(c), run.ID, reason)
	if err != nil {
		return fmt.Errorf("remove credential: %w", err)
	}
	return web.Redirect(c, runPath(removal.ID))
}

// askRemoval says what the removal of a run's secret would do, before anything
// is done.
func (h *Handlers) askRemoval(c echo.Context) error {
	run, err := h.managedRun(c)
	if err != nil {
		return err
	}
	return h.renderRemoval(c, http.StatusOK, run, views.ReasonField{})
}

func (h *Handlers) renderRemoval(c echo.Context, status int, run *models.Run, reason views.ReasonField) error {
	secret, err := h.Engine.Secret(c.Request().Context(), h.actor(c), run)
	switch {
	case err != nil:
		return err
	case secret.Removed:
		return web.Redirect(c, runPath(run.ID))
	case !secret.Minted || secret.Needed:
		return provision.ErrNotNow
	}
	q, err := h.removalQuestion(c, run, secret)
	if err != nil {
		return err
	}
	reason.Required = h.RequireReason
	q.Reason = reason
	p := h.runChrome(c, run)
	p.HasError = reason.Fault != ""
	p.Title, p.Lead = "Remove the client secret of "+q.Blueprint+"?", "Nothing is removed yet."
	p.Crumbs[2].Href = runPath(run.ID)
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: "Remove client secret"})
	return web.Render(c, status, views.RemoveSecretPage(p, q))
}

// removalQuestion counts who gets tokens with a secret, as Graph tells it now.
// What cannot be read is said to be unknown; the removal stays possible.
func (h *Handlers) removalQuestion(c echo.Context, run *models.Run, secret provision.SecretState) (views.SecretRemoval, error) {
	q := views.SecretRemoval{
		RunID: run.ID, BlueprintID: run.BlueprintID, Blueprint: "the blueprint", KeyID: secret.KeyID, Hint: secret.Hint,
		Kept: secret.Kept, Agents: -1, Others: -1,
	}
	ctx, g := c.Request().Context(), h.graph(c)
	b, err := g.Blueprint(ctx, run.BlueprintID)
	var fault string
	if err := part(err, &fault); err != nil {
		return q, err
	}
	if fault != "" {
		return q, nil
	}
	if err := readFederated(ctx, g, b, &fault); err != nil {
		return q, err
	}
	fault = "" // the others count without them
	q.Blueprint, q.Others = views.Named(b.DisplayName, b.ID), 0
	q.Gone = !slices.ContainsFunc(b.PasswordCredentials, func(p graph.PasswordCredential) bool { return p.KeyID == secret.KeyID })
	for _, row := range credentialRows(b, h.Now()) {
		if row.KeyID != secret.KeyID && (row.Ends.IsZero() || row.Ends.After(h.Now())) {
			q.Others++
		}
	}
	agents, err := firstAgents(ctx, g, b.AppID, pageSize)
	if err := part(err, &fault); err != nil || fault != "" {
		return q, err
	}
	q.Agents, q.MoreAgents = len(agents.Rows), agents.More
	return q, nil
}

// mayRemove says who may remove a secret a run has made: whoever owns the run,
// and Admins.
func mayRemove(u *web.User, run *models.Run) bool {
	return u.Has(web.Admin) || u.Has(web.Operator) && owns(u, run)
}

// managedRun reads the run of the address for those who may end what it does;
// ErrNotOwner for others.
func (h *Handlers) managedRun(c echo.Context) (*models.Run, error) {
	run, err := h.readRun(c)
	if err == nil && !mayRemove(web.CurrentUser(c), run) {
		return nil, provision.ErrNotOwner
	}
	return run, err
}

func owns(u *web.User, run *models.Run) bool { return run.OwnedBy(u.TID, u.OID) }
