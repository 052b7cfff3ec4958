package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// runCheck starts a run of a check in the background and shows it. The secret
// is held by the run alone, and for its time.
func (h *Handlers) runCheck(c echo.Context) error {
	posted, err := web.Form(c, "client_secret", "kept")
	if err != nil {
		return err
	}
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	if running := h.Engine.Sweeps().Running(h.actor(c)); running != nil {
		return h.refuseSecond(c, check, running)
	}
	faults := map[string]string{}
	target := check.AgentID
	if target == "" {
		target = allOf + check.BlueprintAppID
	}
	try, err := h.checkTry(c, check.Mode, check.Scope, target, faults)
	if errors.Is(err, errNotOwned) {
		h.noteNotOwned(c, err)
		return h.renderCheck(c, http.StatusForbidden, check, "", map[string]string{
			"run": "You do not own the agents' blueprint. Nothing was asked for; an Agent ID Administrator may test all of them.",
		})
	}
	if err != nil {
		return err
	}
	if faults["target"] != "" {
		faults["run"] = "The agents of this check are not in this tenant any more. Nothing was asked for. Edit the check, or delete it."
	}
	try.form.secret, try.form.Kept = entra.NewSecret(strings.TrimSpace(posted.Get("client_secret"))), posted.Get("kept")
	if try.form.typed() > 0 {
		try.form.Kept = "" // a typed secret is used in its place, as the field says
	}
	return h.startCheck(c, check, try, faults)
}

// startCheck finds agents and credential and hands both to the engine.
func (h *Handlers) startCheck(c echo.Context, check *models.TokenCheck, try *labTry, faults map[string]string) error {
	try.form.validateCredential(try.mode, faults)
	if err := h.nameKept(c, try, faults); err != nil {
		return err
	}
	var agents []provision.SweepAgent
	var err error
	if len(faults) == 0 {
		if agents, err = h.agentsToSweep(c, check, try); err != nil {
			return err
		}
		if len(agents) == 0 {
			faults["run"] = "The blueprint has no agent identities, so there is nothing to ask for."
		}
	}
	if len(faults) == 0 {
		if err := h.openCredential(c, try, faults); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return h.renderCheck(c, http.StatusUnprocessableEntity, check, try.form.Kept, faults)
	}
	event := checkEvent(check, models.ActionTokenCheckRun)
	event.Body["secret"] = try.credentialWord()
	err = h.Engine.Sweeps().Start(provision.SweepOrder{
		Check: *check, Agents: agents, Credential: try.credential, By: h.actor(c), Record: h.signed(c, event),
	})
	if errors.Is(err, provision.ErrSweeping) {
		return h.refuseSecond(c, check, h.Engine.Sweeps().Running(h.actor(c)))
	}
	if err != nil {
		return fmt.Errorf("run token check: %w", err)
	}
	// Signed out meanwhile, in another tab: the secret must not outlive that.
	if _, err := h.Store.SignIn(c.Request().Context(), web.CurrentUser(c).SignInID); errors.Is(err, models.ErrNotFound) {
		h.Engine.Sweeps().Forget(web.CurrentUser(c).SignInID)
		return web.ErrSignInNeeded
	}
	return web.Redirect(c, checkPath(check.ID))
}

// refuseSecond answers who runs a check while one of theirs goes on: the same
// one is shown, of another the page says so.
func (h *Handlers) refuseSecond(c echo.Context, check, running *models.TokenCheck) error {
	if running == nil || running.ID == check.ID {
		return web.Redirect(c, checkPath(check.ID))
	}
	return h.renderCheck(c, http.StatusConflict, check, "", map[string]string{"run": "Another check of yours is under way. Nothing was asked for."})
}

// agentsToSweep are the agents of a check, with their agent users where the mode
// acts as those.
func (h *Handlers) agentsToSweep(c echo.Context, check *models.TokenCheck, try *labTry) ([]provision.SweepAgent, error) {
	ctx, g := c.Request().Context(), h.graph(c)
	var agents []provision.SweepAgent
	if try.agent != nil {
		agents = append(agents, provision.SweepAgent{ID: try.agent.ID, Name: try.agent.DisplayName})
	} else {
		for a, err := range g.AgentIdentitiesOf(ctx, check.BlueprintAppID) {
			if err != nil {
				return nil, fmt.Errorf("list agent identities: %w", err)
			}
			if len(agents) == provision.MaxSwept {
				break
			}
			agents = append(agents, provision.SweepAgent{ID: a.ID, Name: a.DisplayName})
		}
	}
	if check.Mode != string(entra.ModeAgentUser) {
		return agents, nil
	}
	users := map[string]graph.AgentUser{}
	for u, err := range g.AllAgentUsers(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list agent users: %w", err)
		}
		users[strings.ToLower(u.IdentityParentID)] = u
	}
	for i := range agents {
		u, ok := users[strings.ToLower(agents[i].ID)]
		agents[i].UserID, agents[i].Username = u.ID, u.UserPrincipalName
		if !ok {
			agents[i].Lacks = "This agent identity has no agent user, so there is nobody to act as. Nothing was asked for."
		}
	}
	return agents, nil
}

// cancelCheck stops the run of a check that the person has under way.
func (h *Handlers) cancelCheck(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	h.Engine.Sweeps().Cancel(h.actor(c), check.ID) // one that has ended meanwhile is shown as that
	return web.Redirect(c, checkPath(check.ID))
}

// forgetTests drops what a sign-in has in the lab; it has ended.
func (h *Handlers) forgetTests(signInID string) {
	h.lab.forget(signInID, h.Now())
	h.Engine.Sweeps().Forget(signInID)
}
