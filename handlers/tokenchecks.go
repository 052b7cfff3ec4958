package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	checksPath = "/tokens/checks"
	// targetTokenCheck is the kind of a saved check in the audit.
	targetTokenCheck = "tokenCheck"
)

// checksToSee are the checks of agents that the person may test, by name.
func (h *Handlers) checksToSee(c echo.Context) ([]models.TokenCheck, error) {
	checks, err := h.Store.TokenChecks(c.Request().Context(), h.Tenant.ID)
	if err != nil {
		return nil, err
	}
	mine, err := h.ownBlueprints(c)
	if graph.IsForbidden(err) {
		return h.checksOwned(c, checks)
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(checks, func(check models.TokenCheck) bool { return !mine(check.BlueprintAppID) }), nil
}

// checksOwned asks for the owners of each blueprint, where what the person owns
// cannot be listed.
func (h *Handlers) checksOwned(c echo.Context, checks []models.TokenCheck) (seen []models.TokenCheck, err error) {
	mine := map[string]bool{}
	for i := range checks {
		of := checks[i].BlueprintAppID
		if _, known := mine[of]; !known {
			err := h.checkOwnerOf(c, &checks[i])
			if err != nil && !errors.Is(err, models.ErrNotFound) {
				return nil, err
			}
			mine[of] = err == nil
		}
		if mine[of] {
			seen = append(seen, checks[i])
		}
	}
	return seen, nil
}

// checkRow puts a check into words.
func checkRow(check *models.TokenCheck) views.TokenCheckRow {
	mode, _ := views.TokenModeOf(entra.ModeName(check.Mode))
	row := views.TokenCheckRow{
		ID: check.ID, Name: check.Name, Mode: mode.Label, Scope: check.Scope, RanAt: check.RanAt,
		Target: views.TokenCheckTarget{AgentID: check.AgentID, AgentName: check.AgentName, BlueprintID: check.BlueprintID, BlueprintName: check.BlueprintName},
	}
	row.Status, row.Tone = "Not run yet", views.ToneMuted
	if !check.RanAt.IsZero() {
		row.Status, row.Tone = summaryWords(check.CheckSummary)
	}
	return row
}

// summaryWords is what a run found, the worst first.
func summaryWords(sum models.CheckSummary) (string, views.Tone) {
	var parts []string
	tone := views.ToneOK
	add := func(n int, words string, worse views.Tone) {
		if n > 0 {
			parts = append(parts, views.Count(n)+" "+words)
			if tone == views.ToneOK {
				tone = worse
			}
		}
	}
	add(sum.Failed, "failed", views.ToneDanger)
	add(sum.NotIssued, "not issued", views.ToneDanger)
	add(sum.NotAsked, "left out", views.ToneWarn)
	add(sum.Passed, "passed", views.ToneOK)
	if len(parts) == 0 {
		return "No agents", views.ToneMuted
	}
	return strings.Join(parts, ", "), tone
}

func sentencesOf(check *models.TokenCheck) []string {
	var sentences []string
	for _, a := range provision.AssertionsOf(check) {
		sentences = append(sentences, a.Sentence())
	}
	return sentences
}

// readCheck reads the check of an address. Who may not test its agents does not
// learn that it is there.
func (h *Handlers) readCheck(c echo.Context) (*models.TokenCheck, error) {
	check, err := h.Store.TokenCheck(c.Request().Context(), h.Tenant.ID, c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read token check: %w", err)
	}
	mine, err := h.ownBlueprints(c)
	if graph.IsForbidden(err) {
		return check, h.checkOwnerOf(c, check)
	}
	if err != nil {
		return nil, err
	}
	if !mine(check.BlueprintAppID) {
		return nil, fmt.Errorf("read token check: %w", models.ErrNotFound)
	}
	return check, nil
}

// checkOwnerOf asks for the owners of the blueprint of a check, where what the
// person owns cannot be listed.
func (h *Handlers) checkOwnerOf(c echo.Context, check *models.TokenCheck) error {
	blueprint, err := h.graph(c).BlueprintByAppID(c.Request().Context(), check.BlueprintAppID)
	if err != nil && !graph.IsNotFound(err) && !graph.IsForbidden(err) {
		return fmt.Errorf("read blueprint of token check: %w", err)
	}
	err = h.checkOwner(c, &labTry{blueprint: blueprint})
	if errors.Is(err, errNotOwned) {
		return fmt.Errorf("read token check: %w", models.ErrNotFound)
	}
	return err
}

func checkPath(id string) string { return checksPath + "/" + id }

// checkEvent is a record about a check.
func checkEvent(check *models.TokenCheck, action string) models.NewAudit {
	body := map[string]any{
		"name": check.Name, "mode": check.Mode, "scope": check.Scope, "blueprintAppId": check.BlueprintAppID, "blueprintName": check.BlueprintName,
	}
	if check.AgentID != "" {
		body["agentId"], body["agentName"] = check.AgentID, check.AgentName
	}
	return models.NewAudit{
		Kind: models.AuditEvent, Action: action, Result: models.ResultSucceeded, TargetKind: targetTokenCheck, TargetID: check.ID, Body: body,
	}
}

// askCheckDeletion asks before a check is deleted.
func (h *Handlers) askCheckDeletion(c echo.Context) error {
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	p := h.checkPage(c, check, "Delete the check “"+check.Name+"”?", "Delete")
	p.Lead = "Nothing is deleted yet."
	return web.Render(c, http.StatusOK, views.TokenCheckDelete(p, checkRow(check)))
}

func (h *Handlers) deleteCheck(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	err = h.recordWith(c, checkEvent(check, models.ActionTokenCheckDelete), func(ctx context.Context, tx *models.Store) error {
		return tx.DeleteTokenCheck(ctx, check.TID, check.ID)
	})
	if err != nil {
		return fmt.Errorf("delete token check: %w", err)
	}
	return web.Redirect(c, checksPath)
}

// checkPage is a page below the one of a check.
func (h *Handlers) checkPage(c echo.Context, check *models.TokenCheck, title, crumb string) views.Page {
	p := h.labPage(c, title)
	p.Crumbs = append(p.Crumbs[:2], views.Crumb{Text: "Checks", Href: checksPath}, views.Crumb{Text: check.Name, Href: checkPath(check.ID)}, views.Crumb{Text: crumb})
	return p
}
