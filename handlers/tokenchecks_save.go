package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// versionOf tells apart the states of a check.
func versionOf(check *models.TokenCheck) string {
	return strconv.FormatInt(check.UpdatedAt.UnixMicro(), 10)
}

// takeCheckForm saves what was posted, into a new check when there is none, or
// shows the form again with another row or what is wrong.
func (h *Handlers) takeCheckForm(c echo.Context, check *models.TokenCheck) error {
	form, act, err := readCheckForm(c)
	if err != nil {
		return err
	}
	if act == "add" || strings.HasPrefix(act, "remove-") {
		return h.renderCheckForm(c, http.StatusOK, check, form, nil)
	}
	faults := form.validate()
	try, err := h.checkTry(c, form.Mode, form.Scope, form.Target, faults)
	if errors.Is(err, errNotOwned) {
		return h.refuseCheck(c, check, form, err)
	}
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return h.renderCheckForm(c, http.StatusUnprocessableEntity, check, form, faults)
	}
	if check != nil && form.Version != versionOf(check) {
		return h.renderCheckForm(c, http.StatusConflict, check, form, nil)
	}
	saved, err := h.saveCheck(c, check, form, try)
	if errors.Is(err, models.ErrConflict) {
		return h.renderCheckForm(c, http.StatusConflict, check, form, nil)
	}
	if err != nil {
		return fmt.Errorf("save token check: %w", err)
	}
	return web.Redirect(c, checkPath(saved.ID))
}

// checkTry finds whose tokens a check is about, as the lab would, and whether
// the person may test them.
func (h *Handlers) checkTry(c echo.Context, modeName, scope, target string, faults map[string]string) (*labTry, error) {
	mode, _ := views.TokenModeOf(entra.ModeName(modeName))
	mode.Agent, mode.Credential = true, true
	try := &labTry{mode: mode, use: models.ActionTokenCheckRun, form: labForm{Mode: modeName, Scope: scope}}
	id, all := strings.CutPrefix(target, allOf)
	if all {
		try.mode.Agent, try.mode.Blueprint = false, true
		try.form.Blueprint = id
	} else {
		try.form.Agent = id
	}
	found := map[string]string{}
	try.form.validateParties(try.mode, found)
	if len(found) == 0 {
		if err := h.findTry(c, try, found); err != nil {
			return nil, err
		}
	}
	for _, field := range sortedKeys(found) {
		faults["target"] = found[field]
	}
	return try, nil
}

// refuseCheck answers who would save a check of agents they may not test.
func (h *Handlers) refuseCheck(c echo.Context, check *models.TokenCheck, form checkForm, err error) error {
	h.noteNotOwned(c, err)
	return h.renderCheckForm(c, http.StatusForbidden, check, form, map[string]string{
		"target": "You do not own the agent's blueprint. Nothing was saved. Choose agents of a blueprint you own; an Agent ID Administrator may test all of them.",
	})
}

// saveCheck writes the check with its record, or neither.
func (h *Handlers) saveCheck(c echo.Context, old *models.TokenCheck, form checkForm, try *labTry) (*models.TokenCheck, error) {
	user := web.CurrentUser(c)
	check := models.TokenCheck{ID: uuid.NewString(), TID: h.Tenant.ID, OwnerOID: user.OID}
	if old != nil {
		check = *old
	}
	check.Name, check.Mode, check.Scope, check.Assertions = form.Name, form.Mode, strings.Join(strings.Fields(form.Scope), " "), form.filled()
	check.BlueprintID, check.BlueprintAppID, check.BlueprintName = try.blueprintID(), firstWord(try.blueprintAppID(), try.form.Blueprint), try.blueprintName()
	check.AgentID, check.AgentName = "", ""
	if try.agent != nil {
		check.AgentID, check.AgentName = try.agent.ID, try.agent.DisplayName
	}
	event := checkEvent(&check, models.ActionTokenCheckSave)
	var assertions []any
	for _, a := range check.Assertions {
		assertions = append(assertions, map[string]any{"kind": a.Kind, "value": a.Value})
	}
	event.Body["assertions"], event.Body["new"] = assertions, old == nil
	return &check, h.recordWith(c, event, func(ctx context.Context, tx *models.Store) error {
		if old == nil {
			return tx.CreateTokenCheck(ctx, &check)
		}
		return tx.SaveTokenCheck(ctx, &check)
	})
}
