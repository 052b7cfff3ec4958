package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// newSecretPath is the page that adds a client secret to a blueprint.
func newSecretPath(blueprintID string) string { return "/blueprints/" + blueprintID + "/secrets/new" }

// newSecret is the form for one more client secret of a blueprint.
func (h *Handlers) newSecret(c echo.Context) error {
	b, err := h.secretBlueprint(c)
	if err != nil {
		return err
	}
	return h.renderSecretForm(c, http.StatusOK, b, views.SecretForm{
		Request: uuid.NewString(), Life: strconv.Itoa(provision.DefaultSecretDays),
	})
}

// addSecret makes the secret, as a run of one step that is done at once. The
// form's own id keeps a double click to one secret.
func (h *Handlers) addSecret(c echo.Context) error {
	posted, err := web.Form(c, "request", "life", "keep_for_lab", "reason")
	if err != nil {
		return err
	}
	b, err := h.secretBlueprint(c)
	if err != nil {
		return err
	}
	form := views.SecretForm{
		Request: posted.Get("request"), Life: posted.Get("life"), KeepForLab: posted.Get("keep_for_lab") != "",
		Reason: cut(strings.TrimSpace(posted.Get("reason")), maxTyped),
	}
	if _, err := graph.ParseGUID(form.Request); err != nil {
		form.Request = uuid.NewString()
	}
	days, err := strconv.Atoi(form.Life)
	if err != nil {
		days = -1
	}
	spec := provision.SecretSpec{
		BlueprintID: b.ID, BlueprintAppID: b.AppID, BlueprintName: views.Named(b.DisplayName, b.ID),
		Days: days, Keep: form.KeepForLab, Reason: form.Reason,
	}
	found := spec.Validate()
	if fault := provision.ReasonFault(form.Reason, h.RequireReason); fault != "" {
		found["reason"] = fault
	}
	if len(found) > 0 {
		form.Faults = map[string]string{}
		for _, field := range wizardFields() {
			if text := found[field.spec]; text != "" {
				form.Faults[field.name] = text
				form.Errors = append(form.Errors, views.FieldError{Field: "f-" + field.name, Text: field.label + ": " + text})
			}
		}
		return h.renderSecretForm(c, http.StatusUnprocessableEntity, b, form)
	}
	run, err := h.Engine.AddCredential(c.Request().Context(), h.actor(c), form.Request, spec)
	if err != nil {
		return fmt.Errorf("add client secret: %w", err)
	}
	return web.Redirect(c, runPath(run.ID))
}

// secretBlueprint reads the blueprint of the address, for its owners and Admins.
func (h *Handlers) secretBlueprint(c echo.Context) (*graph.Blueprint, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	b, err := blueprintByAnyID(c.Request().Context(), h.graph(c), id)
	if err != nil {
		return nil, err
	}
	return b, h.mayChangeKeys(c, b)
}

func (h *Handlers) renderSecretForm(c echo.Context, status int, b *graph.Blueprint, f views.SecretForm) error {
	name := views.Named(b.DisplayName, b.ID)
	p := h.page(c, "Add client secret", "blueprints")
	p.Lead = "To " + name + ". The secrets it has stay as they are."
	p.Crumbs = append(blueprintCrumbs(name), views.Crumb{Text: "Add client secret"})
	p.Crumbs[2].Href = "/blueprints/" + b.ID
	p.HasError = len(f.Errors) > 0
	f.BlueprintID, f.Blueprint, f.ReasonRequired = b.ID, name, h.RequireReason
	for _, days := range provision.SecretLives() {
		if days > 0 {
			f.Lives = append(f.Lives, views.Option{Value: strconv.Itoa(days), Label: lifeWords(days, h.Now())})
		}
	}
	call := h.Engine.AdditionCall(provision.SecretSpec{BlueprintID: b.ID, Days: provision.DefaultSecretDays})
	f.Call, f.Needs = call.Method+" "+call.Path, call.Needs
	return web.Render(c, status, views.AddSecretPage(p, f))
}
