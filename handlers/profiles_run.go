package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// profileOf is a profile that the person may see.
func (h *Handlers) profileOf(c echo.Context, id string) (*models.TokenProfile, error) {
	user := web.CurrentUser(c)
	p, err := h.Store.TokenProfile(c.Request().Context(), user.TID, user.OID, id)
	if err != nil {
		return nil, fmt.Errorf("read token profile: %w", err)
	}
	return p, nil
}

// keptOf is the kept secret that a profile names; nil where it is forgotten, or
// none is named.
func (h *Handlers) keptOf(c echo.Context, p *models.TokenProfile) (*models.KeptSecret, error) {
	if p.KeptSecretID == "" {
		return nil, nil
	}
	kept, err := h.Store.KeptSecret(c.Request().Context(), p.KeptSecretID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read kept secret: %w", err)
	}
	return kept, nil
}

// serves says whether a run by this person is made with the kept secret: it is
// theirs to use, of the right blueprint, and has not ended.
func (h *Handlers) serves(user *web.User, p *models.TokenProfile, kept *models.KeptSecret) bool {
	return kept != nil && mayUse(user, kept) && strings.EqualFold(kept.BlueprintAppID, p.Settings.BlueprintAppID) && !h.hasEnded(kept)
}

func (h *Handlers) hasEnded(kept *models.KeptSecret) bool {
	return !kept.EndsAt.IsZero() && !h.Now().Before(kept.EndsAt)
}

// credentialOfProfile says with what a run by this person would be made.
func (h *Handlers) credentialOfProfile(user *web.User, p *models.TokenProfile, mode views.TokenMode, kept *models.KeptSecret) views.ProfileCredential {
	const asked = "Asked each time"
	switch {
	case !mode.Credential:
		return views.ProfileCredential{Text: "Not needed", Tone: views.ToneMuted}
	case p.KeptSecretID == "":
		return views.ProfileCredential{Text: asked, Tone: views.ToneMuted}
	case kept == nil:
		return views.ProfileCredential{Text: asked, Tone: views.ToneMuted, Note: "The secret that was kept for it has been forgotten."}
	case !mayUse(user, kept):
		return views.ProfileCredential{Text: asked, Tone: views.ToneMuted, Note: "Its kept secret is not usable by you: it serves its owner and Admins."}
	}
	state := views.ProfileCredential{Text: "Kept, ends " + views.Day(kept.EndsAt), Tone: views.ToneOK}
	if kept.OwnerOID != user.OID {
		state.Note = "Somebody else keeps it; your use is written to the audit."
	}
	switch {
	case kept.EndsAt.IsZero():
		state.Text = "Kept, its end is not known"
	case h.hasEnded(kept):
		state.Text, state.Tone, state.Note = "Kept, ended "+views.Day(kept.EndsAt), views.ToneDanger, "Another one is asked until the profile names a secret that counts."
		state.Href = newSecretPath(kept.BlueprintID)
	case kept.EndsAt.Sub(h.Now()) <= soon:
		state.Text, state.Tone = "Kept, ends in "+days(kept.EndsAt.Sub(h.Now())), views.ToneWarn
		state.Href = newSecretPath(kept.BlueprintID)
	}
	return state
}

// asks names what a run by this person has to be told first.
func (h *Handlers) asks(c echo.Context, mode views.TokenMode, p *models.TokenProfile, kept *models.KeptSecret) []string {
	var asked []string
	user := web.CurrentUser(c)
	if mode.UserToken {
		held := h.lab.heldUser(user.SignInID, h.Now())
		if held == nil || held.jwt == nil || !strings.EqualFold(held.blueprintAppID, p.Settings.BlueprintAppID) {
			asked = append(asked, "the user token")
		}
	}
	if mode.Person {
		asked = append(asked, "the user name", "the password")
	}
	if mode.Refresh {
		asked = append(asked, "the refresh token")
	}
	switch {
	case !mode.Credential || mode.Optional:
	case mode.App:
		asked = append(asked, "the application's credential")
	case !h.serves(user, p, kept):
		asked = append(asked, "the blueprint's client secret")
	}
	return asked
}

// formOfProfile is the lab's form as a profile fills it for this person, and
// what is left for them to type.
func (h *Handlers) formOfProfile(c echo.Context, p *models.TokenProfile) (form labForm, asked []string, err error) {
	mode, _ := views.TokenModeOf(entra.ModeName(p.Mode))
	s := p.Settings
	form = labForm{
		Profile: p.ID, Mode: p.Mode, Agent: s.AgentID, Scope: s.Scope, AppID: s.AppID, Username: s.Username,
		OtherTenant: s.OtherTenantID, Other: s.OtherAppID, Reuse: s.Reuse,
	}
	if mode.Blueprint {
		form.Blueprint = s.BlueprintAppID
	}
	kept, err := h.keptOf(c, p)
	if err != nil {
		return form, nil, err
	}
	if h.serves(web.CurrentUser(c), p, kept) {
		form.Kept = kept.ID
	}
	return form, h.asks(c, mode, p, kept), nil
}

// runProfile gets a token as a profile says: at once when nothing has to be
// typed, else the lab's form is filled and waits.
func (h *Handlers) runProfile(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	p, err := h.profileOf(c, c.Param("id"))
	if err != nil {
		return err
	}
	form, asked, err := h.formOfProfile(c, p)
	if err != nil {
		return err
	}
	if len(asked) > 0 {
		return web.Redirect(c, "/tokens?"+views.Query("profile", p.ID))
	}
	return h.try(c, form)
}

// backToProfile is where the result of a run is loaded anew.
func (h *Handlers) backToProfile(c echo.Context) error {
	return web.Redirect(c, profilePath(c.Param("id")))
}

// showLabOfProfile is the lab's form with the settings of a profile.
func (h *Handlers) showLabOfProfile(c echo.Context, id string) error {
	p, err := h.profileOf(c, id)
	if err != nil {
		return err
	}
	form, _, err := h.formOfProfile(c, p)
	if err != nil {
		return err
	}
	// The way back from a sign-in names what the form had been changed to.
	if agent := c.QueryParam("agent"); agent != "" && !strings.EqualFold(agent, form.Agent) {
		form.Agent, form.Kept = agent, ""
	}
	form.Scope = cut(firstWord(c.QueryParam("scope"), form.Scope), maxScope)
	return h.renderLab(c, http.StatusOK, form, nil)
}

// profileOfForm says on the lab's form whose settings these are. One that was
// deleted meanwhile is no reason to refuse the form.
func (h *Handlers) profileOfForm(c echo.Context, form labForm) views.LabProfile {
	if form.Profile == "" {
		return views.LabProfile{}
	}
	p, err := h.profileOf(c, form.Profile)
	if err != nil {
		return views.LabProfile{}
	}
	kept, err := h.keptOf(c, p)
	if err != nil {
		return views.LabProfile{}
	}
	mode, _ := views.TokenModeOf(entra.ModeName(p.Mode))
	state := h.credentialOfProfile(web.CurrentUser(c), p, mode, kept)
	return views.LabProfile{ID: p.ID, Name: p.Name, Asked: h.asks(c, mode, p, kept), Credential: state}
}

// noteProfile finds the profile that a try was made from, and keeps what came
// of it. A form that was changed is no run of its profile any more.
func (h *Handlers) noteProfile(c echo.Context, try *labTry, trace *entra.Trace) error {
	if try.form.Profile == "" {
		return nil
	}
	p, err := h.profileOf(c, try.form.Profile)
	if errors.Is(err, models.ErrNotFound) || err == nil && !sameSettings(p, try) {
		try.form.Profile = ""
		return nil
	}
	if err != nil {
		return err
	}
	try.profile = p
	result := models.ResultSucceeded
	if trace.Failed() != nil {
		result = models.ResultFailed
	}
	return h.Store.NoteProfileRun(context.WithoutCancel(c.Request().Context()), p.ID, result)
}

// sameSettings says whether a form asks for what a profile says. How the client
// proves itself, and whether the cache is used, make no other request of it.
func sameSettings(p *models.TokenProfile, try *labTry) bool {
	mode, ok := views.TokenModeOf(entra.ModeName(p.Mode))
	f := try.form
	// Nobody named is the agent's own agent user, whom a result names.
	ownUser := p.Settings.Username == "" && try.userID != ""
	if !ok || f.Mode != p.Mode || f.From != "" {
		return false
	}
	s := p.Settings
	for _, field := range []struct {
		counts     bool
		was, typed string
	}{
		{mode.Agent, s.AgentID, f.Agent},
		{mode.Blueprint, s.BlueprintAppID, f.Blueprint},
		{mode.App, s.AppID, f.AppID},
		{mode.AgentUser && !ownUser, s.Username, f.Username},
		{mode.OtherTenant, s.OtherTenantID, f.OtherTenant},
		{mode.OtherTenant, s.OtherAppID, f.Other},
	} {
		if field.counts && !strings.EqualFold(field.was, field.typed) {
			return false
		}
	}
	return s.Scope == f.Scope
}

// profileOfResult names the profile of a result, or the way to make one of it.
// A traded refresh token cannot be run again.
func profileOfResult(r *labResult) views.LabProfile {
	switch {
	case r.try.profile != nil:
		return views.LabProfile{ID: r.try.profile.ID, Name: r.try.profile.Name}
	case r.try.form.From != "":
		return views.LabProfile{}
	}
	return views.LabProfile{SaveHref: profilesPath + "/new?" + views.Query("from", r.id)}
}
