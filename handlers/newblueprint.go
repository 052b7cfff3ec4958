package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// draftBlueprint is the kind of a draft of this form.
const draftBlueprint = "blueprint"

// newBlueprint is the empty form, or a draft as it was last saved.
func (h *Handlers) newBlueprint(c echo.Context) error {
	id := c.Param("draft")
	if id == "" {
		return h.renderEmptyForm(c)
	}
	draft, form, err := h.blueprintDraft(c, id)
	if err != nil {
		return err
	}
	if form.RunID != 0 {
		return web.Redirect(c, runPath(form.RunID))
	}
	if c.QueryParam("check") != "" {
		if faults := form.faults(h.actor(c)); len(faults) > 0 {
			return h.renderBlueprintForm(c, http.StatusUnprocessableEntity, draft, form, faults)
		}
	}
	return h.renderBlueprintForm(c, http.StatusOK, draft, form, nil)
}

// saveBlueprint saves the form as a draft, faulty or not, so that nothing
// typed is lost; a good one goes on to the review, a faulty one to its own
// address, where it can be found again. A draft that became a run stays what
// was carried out: what is sent for it is a new one.
func (h *Handlers) saveBlueprint(c echo.Context) error {
	form, id, err := readBlueprintForm(c)
	if err != nil {
		return err
	}
	if id != "" {
		_, saved, err := h.blueprintDraft(c, id)
		if err != nil {
			return err
		}
		if saved.RunID != 0 {
			id = ""
		}
	}
	draft := &models.Draft{ID: id, Kind: draftBlueprint}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	if len(form.faults(h.actor(c))) > 0 {
		return showFaults(c, draft)
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
	if len(form.faults(h.actor(c))) > 0 {
		return showFaults(c, draft)
	}
	return h.renderReview(c, http.StatusOK, draft, form)
}

// createBlueprint starts the run of a draft, if it is still what the person
// has read: another window may have changed it. The draft and its version are
// the request id, and the draft remembers its run: pressing twice leads to the
// same one.
func (h *Handlers) createBlueprint(c echo.Context) error {
	posted, err := web.Form(c, "reviewed")
	if err != nil {
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
	version := form.version()
	if posted.Get("reviewed") != version {
		if len(form.faults(a)) > 0 {
			return showFaults(c, draft)
		}
		return h.renderReview(c, http.StatusConflict, draft, form)
	}
	run, err := h.Engine.Start(c.Request().Context(), a, draft.ID+"/"+version, form.spec(a))
	if err != nil {
		return fmt.Errorf("start run: %w", err)
	}
	form.RunID = run.ID
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	return web.Redirect(c, runPath(run.ID))
}

// showFaults leads to the draft's own address, which says what is wrong.
func showFaults(c echo.Context, draft *models.Draft) error {
	return web.Redirect(c, "/blueprints/new/"+draft.ID+"?check=1")
}

// discardDraft forgets a form that was saved and not carried out.
func (h *Handlers) discardDraft(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	draft, _, err := h.blueprintDraft(c, c.Param("draft"))
	if err != nil {
		return err
	}
	if err := h.Store.DeleteDraft(c.Request().Context(), draft.TID, draft.OID, draft.ID); err != nil {
		return err
	}
	return web.Redirect(c, "/blueprints/new")
}

// maxDrafts is how many saved forms the page lists.
const maxDrafts = 20

// ownDrafts lists the saved forms of the person that were not carried out, the
// last begun first.
func (h *Handlers) ownDrafts(c echo.Context) ([]views.DraftRow, error) {
	a := h.actor(c)
	drafts, err := h.Store.Drafts(c.Request().Context(), a.TID, a.OID)
	if err != nil {
		return nil, err
	}
	var rows []views.DraftRow
	for i := range drafts {
		var form blueprintForm
		if drafts[i].Kind != draftBlueprint || json.Unmarshal(drafts[i].Body, &form) != nil || form.RunID != 0 {
			continue
		}
		name := form.DisplayName
		if name == "" {
			name = "Without a name"
		}
		if rows = append(rows, views.DraftRow{ID: drafts[i].ID, Name: cut(name, 80), SavedAt: drafts[i].UpdatedAt}); len(rows) == maxDrafts {
			break
		}
	}
	return rows, nil
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

// renderEmptyForm is a new form, beside those that were begun before.
func (h *Handlers) renderEmptyForm(c echo.Context) error {
	drafts, err := h.ownDrafts(c)
	if err != nil {
		return err
	}
	v := emptyBlueprintForm().view(h.actor(c), h.Now(), nil)
	v.Drafts = drafts
	return web.Render(c, http.StatusOK, views.NewBlueprintPage(h.formPage(c), v))
}

func (h *Handlers) formPage(c echo.Context) views.Page {
	p := h.page(c, "New blueprint", "blueprints")
	p.Lead = "Nothing is written until you press Create on the next page."
	p.Crumbs = blueprintCrumbs("New blueprint")
	return p
}

func (h *Handlers) renderBlueprintForm(c echo.Context, status int, draft *models.Draft, form blueprintForm, faults map[string]string) error {
	p := h.formPage(c)
	p.HasError = len(faults) > 0
	p.Lead = "Draft saved " + views.UTC(draft.UpdatedAt) + ". " + p.Lead
	v := form.view(h.actor(c), h.Now(), faults)
	v.DraftID, v.SavedAt = draft.ID, draft.UpdatedAt
	return web.Render(c, status, views.NewBlueprintPage(p, v))
}

func blueprintCrumbs(last string) []views.Crumb {
	return []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprints", Href: "/blueprints"}, {Text: last}}
}

// lifeWords names the life of a client secret with the day it would end.
func lifeWords(days int, now time.Time) string {
	life := fmt.Sprintf("%d days", days)
	switch days {
	case 0:
		return "None"
	case provision.DefaultSecretDays:
		life = "6 months"
	case 365:
		life = "1 year"
	}
	return life + ", until " + views.Day(provision.SecretEnd(days, now.UTC()))
}
