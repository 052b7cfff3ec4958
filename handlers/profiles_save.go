package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// ownProfile is the profile of an address whose owner asks. What others share is
// there for the rest, and only its owner may change it.
func (h *Handlers) ownProfile(c echo.Context) (*models.TokenProfile, error) {
	p, err := h.profileOf(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	if p.OwnerOID != web.CurrentUser(c).OID {
		return nil, fmt.Errorf("change token profile of somebody else: %w", models.ErrNotFound)
	}
	return p, nil
}

// createProfile keeps a new profile.
func (h *Handlers) createProfile(c echo.Context) error { return h.putProfile(c, nil) }

// updateProfile changes one of one's own.
func (h *Handlers) updateProfile(c echo.Context) error {
	p, err := h.ownProfile(c)
	if err != nil {
		return err
	}
	return h.putProfile(c, p)
}

func (h *Handlers) putProfile(c echo.Context, was *models.TokenProfile) error {
	form, err := readProfileForm(c)
	if err != nil {
		return err
	}
	if form.fill {
		return h.renderProfileForm(c, http.StatusOK, was, h.withPartner(form), nil)
	}
	if form.check {
		return h.renderProfileForm(c, http.StatusOK, was, form, nil)
	}
	faults := form.validate()
	try := &labTry{form: form.labForm, mode: form.mode()}
	err = h.checkProfile(c, try, faults)
	if errors.Is(err, errNotOwned) {
		h.noteNotOwned(c, err)
		field := map[bool]string{true: "blueprint", false: "agent"}[try.mode.Blueprint]
		return h.renderProfileForm(c, http.StatusForbidden, was, form, map[string]string{field: "You do not own this blueprint, or the blueprint of this agent. Nothing was saved. Choose one you own; Admins may choose all."})
	}
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return h.renderProfileForm(c, http.StatusUnprocessableEntity, was, form, faults)
	}
	if was != nil && form.Version != versionOfProfile(was) {
		return h.renderProfileForm(c, http.StatusConflict, was, form, nil)
	}
	p := h.profileWith(c, was, form, try)
	err = h.saveProfile(c, p, was == nil)
	switch {
	case errors.Is(err, models.ErrNameTaken):
		return h.renderProfileForm(c, http.StatusUnprocessableEntity, was, form, map[string]string{"name": "You have a profile of this name already. Write another one."})
	case errors.Is(err, models.ErrConflict):
		if was, err = h.ownProfile(c); err != nil {
			return err
		}
		return h.renderProfileForm(c, http.StatusConflict, was, form, nil)
	case err != nil:
		return err
	}
	return web.Redirect(c, profilePath(p.ID))
}

// versionOfProfile tells apart the states of a profile.
func versionOfProfile(p *models.TokenProfile) string {
	return strconv.FormatInt(p.ChangedAt.UnixMicro(), 10)
}

// checkProfile asks the directory whether a profile could be run.
func (h *Handlers) checkProfile(c echo.Context, try *labTry, faults map[string]string) error {
	if faults["agent"] == "" && faults["blueprint"] == "" && faults["mode"] == "" {
		if err := h.findTry(c, try, faults); err != nil {
			return err
		}
	}
	if try.mode.AgentUser && try.form.Username != "" && faults["username"] == "" {
		if err := h.checkNoPerson(c, try.form.Username, faults); err != nil {
			return err
		}
	}
	if try.form.Kept == "" || try.blueprintAppID() == "" {
		return nil
	}
	usable, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(usable, func(k models.KeptSecret) bool { return k.ID == try.form.Kept })
	switch {
	case at < 0:
		faults["kept"] = "There is no such kept secret. Choose one of the list."
	case !strings.EqualFold(usable[at].BlueprintAppID, try.blueprintAppID()):
		faults["kept"] = "This secret belongs to the blueprint " + usable[at].BlueprintName + ", not to " + try.blueprintName() + ". Choose one of " + try.blueprintName() + ", or let it be asked each time."
	}
	return nil
}

// checkNoPerson lets agent users pass: a profile keeps the name of no person.
func (h *Handlers) checkNoPerson(c echo.Context, username string, faults map[string]string) error {
	u, err := h.graph(c).UserNamed(c.Request().Context(), username)
	var unread string
	switch {
	case graph.IsNotFound(err):
		faults["username"] = "There is no such agent user in this tenant. Leave it empty for the agent's own."
	case err != nil:
		if err := part(err, &unread); err != nil {
			return err
		}
		faults["username"] = "Whether this is an agent user could not be read. Leave it empty for the agent's own."
	case u.IdentityParentID == "":
		faults["username"] = "This is the account of a person, and profiles keep no person. Leave it empty for the agent's own agent user."
	}
	return nil
}

// targetProfile is what records about profiles are about.
const targetProfile = "tokenProfile"

// profileWith is a profile as a checked form has it.
func (h *Handlers) profileWith(c echo.Context, was *models.TokenProfile, f profileForm, try *labTry) *models.TokenProfile {
	user := web.CurrentUser(c)
	p := models.TokenProfile{ID: uuid.NewString(), TID: user.TID, OwnerOID: user.OID}
	if was != nil {
		p = *was
	}
	p.Name, p.Shared, p.Mode, p.KeptSecretID = f.Name, f.Shared, string(try.mode.Name), ""
	p.Settings = models.TokenSettings{Scope: f.Scope, Reuse: f.Reuse}
	s := &p.Settings
	if try.mode.Agent {
		s.AgentID, s.AgentName = try.agent.ID, try.agent.DisplayName
	}
	if try.mode.Agent || try.mode.Blueprint {
		s.BlueprintAppID, s.BlueprintName, p.KeptSecretID = try.blueprintAppID(), try.blueprintName(), f.Kept
	}
	if try.mode.App {
		s.AppID = f.AppID
	}
	if try.mode.AgentUser {
		s.Username = f.Username
	}
	if try.mode.OtherTenant {
		s.OtherTenantID, s.OtherAppID = f.OtherTenant, f.Other
	}
	return &p
}

// saveProfile keeps a profile and its record, or neither.
func (h *Handlers) saveProfile(c echo.Context, p *models.TokenProfile, isNew bool) error {
	event := profileEvent(p, models.ActionProfileSave, map[string]any{"shared": p.Shared, "keptSecret": p.KeptSecretID != "", "new": isNew})
	return h.recordWith(c, event, func(ctx context.Context, tx *models.Store) error { return tx.PutTokenProfile(ctx, p) })
}

// profileEvent is a record about a profile, with what it is for.
func profileEvent(p *models.TokenProfile, action string, body map[string]any) models.NewAudit {
	body["name"], body["mode"], body["scope"] = p.Name, p.Mode, p.Settings.Scope
	for name, value := range map[string]string{
		"agentId": p.Settings.AgentID, "blueprintAppId": p.Settings.BlueprintAppID, "appId": p.Settings.AppID,
		"otherTenantId": p.Settings.OtherTenantID, "otherAppId": p.Settings.OtherAppID,
	} {
		if value != "" {
			body[name] = value
		}
	}
	return models.NewAudit{Action: action, Result: models.ResultSucceeded, TargetKind: targetProfile, TargetID: p.ID, Body: body}
}
