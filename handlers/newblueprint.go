package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// draftBlueprint is the kind of a draft of this form.
const draftBlueprint = "blueprint"

// newBlueprint is the empty form, or a draft as it was last saved.
func (h *Handlers) newBlueprint(c echo.Context) error {
	id := c.Param("draft")
	if id == "" {
		return h.renderBlueprintForm(c, http.StatusOK, nil, emptyBlueprintForm(), nil)
	}
	draft, form, err := h.blueprintDraft(c, id)
	if err != nil {
		return err
	}
	if form.RunID != 0 {
		return web.Redirect(c, runPath(form.RunID))
	}
	return h.renderBlueprintForm(c, http.StatusOK, draft, form, nil)
}

// saveBlueprint saves the form as a draft, faulty or not, so that nothing
// typed is lost; a good one goes on to the review.
func (h *Handlers) saveBlueprint(c echo.Context) error {
	form, id, err := readBlueprintForm(c)
	if err != nil {
		return err
	}
	draft := &models.Draft{ID: id, Kind: draftBlueprint}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	if faults := form.faults(h.actor(c)); len(faults) > 0 {
		return h.renderBlueprintForm(c, http.StatusUnprocessableEntity, draft, form, faults)
	}
	return web.Redirect(c, "/blueprints/new/"+draft.ID+"/review")
}

// reviewBlueprint shows what a draft would do.
func (h *Handlers) reviewBlueprint(c echo.Context) error {
	draft, form, err := h.blueprintDraft(c, c.Param("draft"))
	if err != nil {
		return err
	}
	if form.RunID != 0 {
		return web.Redirect(c, runPath(form.RunID))
	}
	if faults := form.faults(h.actor(c)); len(faults) > 0 {
		return h.renderBlueprintForm(c, http.StatusUnprocessableEntity, draft, form, faults)
	}
	return h.renderReview(c, draft, form)
}

// createBlueprint starts the run of a draft. The draft's id is the request id,
// and the draft remembers its run: pressing twice leads to the same one.
func (h *Handlers) createBlueprint(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	draft, form, err := h.blueprintDraft(c, c.Param("draft"))
	if err != nil {
		return err
	}
	if form.RunID != 0 {
		return web.Redirect(c, runPath(form.RunID))
	}
	a := h.actor(c)
	if faults := form.faults(a); len(faults) > 0 {
		return h.renderBlueprintForm(c, http.StatusUnprocessableEntity, draft, form, faults)
	}
	run, err := h.Engine.Start(c.Request().Context(), a, draft.ID, form.spec(a))
	if err != nil {
		return fmt.Errorf("start run: %w", err)
	}
	form.RunID = run.ID
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	return web.Redirect(c, runPath(run.ID))
}

// blueprintDraft reads a draft of the signed-in person; nobody else's is found.
func (h *Handlers) blueprintDraft(c echo.Context, id string) (*models.Draft, blueprintForm, error) {
	a := h.actor(c)
	var form blueprintForm
	draft, err := h.Store.Draft(c.Request().Context(), a.TID, a.OID, id)
	if err != nil {
		return nil, form, fmt.Errorf("read draft: %w", err)
	}
	if draft.Kind != draftBlueprint {
		return nil, form, fmt.Errorf("read draft: %w", models.ErrNotFound)
	}
	if err := json.Unmarshal(draft.Body, &form); err != nil {
		return nil, form, fmt.Errorf("decode draft: %w", err)
	}
	return draft, form, nil
}

// saveDraft writes the form into its draft, a new one when it has no id.
func (h *Handlers) saveDraft(c echo.Context, draft *models.Draft, form blueprintForm) error {
	body, err := json.Marshal(form)
	if err != nil {
		return fmt.Errorf("encode draft: %w", err)
	}
	a := h.actor(c)
	draft.TID, draft.OID, draft.Body = a.TID, a.OID, body
	if draft.ID == "" {
		err = h.Store.CreateDraft(c.Request().Context(), draft)
	} else {
		err = h.Store.SaveDraft(c.Request().Context(), draft)
	}
	if err != nil {
		return fmt.Errorf("save draft: %w", err)
	}
	return nil
}

func (h *Handlers) renderBlueprintForm(c echo.Context, status int, draft *models.Draft, form blueprintForm, faults map[string]string) error {
	p := h.page(c, "New blueprint", "blueprints")
	p.Lead = "Nothing is written until you press Create on the next page."
	p.Crumbs = blueprintCrumbs("New blueprint")
	p.HasError = len(faults) > 0
	v := form.view(h.actor(c), h.Now(), faults)
	if draft != nil {
		v.DraftID, v.SavedAt = draft.ID, draft.UpdatedAt
		p.Lead = "Draft saved. " + p.Lead
	}
	return web.Render(c, status, views.NewBlueprintPage(p, v))
}

func blueprintCrumbs(last string) []views.Crumb {
	return []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprints", Href: "/blueprints"}, {Text: last}}
}

// lifeWords names the life of a client secret with the day it would end.
func lifeWords(days int, now time.Time) string {
	switch days {
	case 0:
		return "None"
	case 180:
		return "6 months, until " + views.Day(now.AddDate(0, 0, days))
	case 365:
		return "1 year, until " + views.Day(now.AddDate(0, 0, days))
	}
	return fmt.Sprintf("%d days, until %s", days, views.Day(now.AddDate(0, 0, days)))
}
