package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// askDiscard asks before a draft is forgotten.
func (h *Handlers) askDiscard(c echo.Context) error {
	draft, _, err := h.blueprintDraft(c)
	if err != nil {
		return err
	}
	p := h.page(c, "Discard this draft?", "blueprints")
	p.Lead = "What was typed is deleted and cannot be brought back."
	p.Crumbs = append(blueprintCrumbs("Discard draft")[:2], views.Crumb{Text: "New blueprint", Href: "/blueprints/new/" + draft.ID}, views.Crumb{Text: "Discard draft"})
	return web.Render(c, http.StatusOK, views.DiscardDraftPage(p, draftRow(draft)))
}

// discardDraft forgets a form that was saved and not carried out.
func (h *Handlers) discardDraft(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	draft, _, err := h.blueprintDraft(c)
	if err != nil {
		return err
	}
	if err := h.Store.DeleteDraft(c.Request().Context(), draft.TID, draft.OID, draft.ID); err != nil {
		return err
	}
	return web.Redirect(c, "/blueprints/new")
}

// maxDrafts is how many saved forms the page lists until all are asked for.
const maxDrafts = 20

// ownDrafts lists the saved forms of the person that were not carried out, the
// last saved first.
func (h *Handlers) ownDrafts(c echo.Context) ([]views.DraftRow, error) {
	a := h.actor(c)
	drafts, err := h.Store.Drafts(c.Request().Context(), a.TID, a.OID)
	if err != nil {
		return nil, err
	}
	var rows []views.DraftRow
	for i := range drafts {
		if drafts[i].Kind == draftBlueprint {
			rows = append(rows, draftRow(&drafts[i]))
		}
	}
	return rows, nil
}

func draftRow(draft *models.Draft) views.DraftRow {
	row := views.DraftRow{ID: draft.ID, Name: draft.Title, Step: "Review", SavedAt: draft.UpdatedAt}
	if row.Name == "" {
		row.Name = "Without a name"
	}
	if s, err := stepNamed(draft.Step); err == nil {
		row.Step = s.name
	}
	return row
}

// blueprintDraft reads the draft of an address; only its owner finds it.
func (h *Handlers) blueprintDraft(c echo.Context) (*models.Draft, blueprintForm, error) {
	a := h.actor(c)
	var form blueprintForm
	draft, err := h.Store.Draft(c.Request().Context(), a.TID, a.OID, c.Param("draft"))
	if err != nil {
		return nil, form, fmt.Errorf("read draft: %w", err)
	}
	if draft.Kind != draftBlueprint {
		return nil, form, fmt.Errorf("read draft: %w", models.ErrNotFound)
	}
	if err := json.Unmarshal(draft.Body, &form); err != nil {
		return nil, form, fmt.Errorf("decode draft: %w", err)
	}
	form.complete(a)
	form.house = h.houseRules()
	return draft, form, nil
}

// draftAt is blueprintDraft for the page of a step. Elsewhere is where to go
// instead: the run that the draft became, or the first open step when the one
// asked for comes too early; empty when the page can be shown.
func (h *Handlers) draftAt(c echo.Context, step string) (draft *models.Draft, form blueprintForm, elsewhere string, err error) {
	draft, form, err = h.blueprintDraft(c)
	switch {
	case err != nil:
	case form.RunID != 0:
		elsewhere = runPath(form.RunID)
	case !form.reached(step):
		elsewhere = stepPath(draft.ID, form.firstOpen())
	}
	return draft, form, elsewhere, err
}

// title names a draft in lists.
func (f blueprintForm) title() string {
	name := strings.TrimSpace(cut(f.DisplayName, 80))
	switch {
	case f.Agent != nil:
		return "Agent user for " + cut(f.Agent.Name, 80)
	case f.Into != nil:
		return "Agent identities for " + name
	}
	return name
}

// saveDraft writes the form into its draft, a new one when it has no id.
func (h *Handlers) saveDraft(c echo.Context, draft *models.Draft, form blueprintForm) error {
	body, err := json.Marshal(form)
	if err != nil {
		return fmt.Errorf("encode draft: %w", err)
	}
	a := h.actor(c)
	draft.Kind, draft.TID, draft.OID, draft.Body = draftBlueprint, a.TID, a.OID, body
	draft.Title, draft.Step, draft.RunID = form.title(), form.firstOpen(), form.RunID
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
