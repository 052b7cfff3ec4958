package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// showLab is the form of the token lab; ?agent= chooses the agent, ?blueprint=
// the first one of a blueprint.
func (h *Handlers) showLab(c echo.Context) error {
	form := labForm{
		Agent: c.QueryParam("agent"), Blueprint: c.QueryParam("blueprint"), Mode: string(entra.ModeAutonomous),
		Scope: c.QueryParam("scope"), Kept: c.QueryParam("kept"),
	}
	if form.Scope == "" {
		form.Scope = entra.GraphDefaultScope
	}
	return h.renderLab(c, http.StatusOK, form, nil)
}

// getToken tries to get a token as an agent. The answer is the page about the
// try: it is never stored, so there is nothing to redirect to.
func (h *Handlers) getToken(c echo.Context) error {
	form, err := readLabForm(c)
	if err != nil {
		return err
	}
	faults := form.validate()
	try := &labTry{form: form}
	if faults["agent"] == "" {
		err := h.findTry(c, try, faults)
		if errors.Is(err, errNotOwned) {
			return h.refuseTry(c, form, err)
		}
		if err != nil {
			return err
		}
	}
	if err := h.nameKept(c, try, faults); err != nil {
		return err
	}
	if len(faults) == 0 {
		if err := h.openCredential(c, try, faults); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		if faults["kept"] != "" || faults["client_secret"] != "" {
			try.form.lacksSecret = try.blueprintID()
		}
		return h.renderLab(c, http.StatusUnprocessableEntity, try.form, faults)
	}
	mode := entra.Autonomous{
		BlueprintAppID: try.agent.AgentIdentityBlueprintID, AgentID: try.agent.ID, Scope: form.Scope,
		Credential: entra.Credential{Secret: try.secret},
	}
	// A refusal is a result like any other; the trace tells all of it.
	trace, _ := h.Entra.Acquire(c.Request().Context(), mode)
	defer goOn(c)()
	if err := h.recordTry(c, try, trace); err != nil {
		return fmt.Errorf("record token test: %w", err)
	}
	if try.keptNow, err = h.keepTyped(c, try, trace); err != nil {
		return err
	}
	return h.renderTry(c, try, trace)
}

// labTry is what one try needs, as found in directory and store.
type labTry struct {
	form      labForm
	agent     *graph.AgentIdentity
	blueprint *graph.Blueprint // nil when the person may not read it
	secret    entra.Secret
	kept      *models.KeptSecret // nil for a typed secret
	keptNow   bool               // the typed secret is kept from now on
}

func (t *labTry) blueprintName() string {
	if t.blueprint == nil {
		return t.agent.AgentIdentityBlueprintID
	}
	return t.blueprint.DisplayName
}

func (t *labTry) blueprintID() string {
	if t.blueprint == nil {
		return ""
	}
	return t.blueprint.ID
}

// findTry reads the agent and its blueprint, and whether the person may try.
func (h *Handlers) findTry(c echo.Context, try *labTry, faults map[string]string) error {
	ctx, g := c.Request().Context(), h.graph(c)
	agent, err := g.AgentIdentity(ctx, try.form.Agent)
	if graph.IsNotFound(err) {
		faults["agent"] = "There is no such agent identity in this tenant. Choose one of the list."
		return nil
	}
	if err != nil {
		return fmt.Errorf("read agent identity: %w", err)
	}
	try.agent = agent
	try.blueprint, err = g.BlueprintByAppID(ctx, agent.AgentIdentityBlueprintID)
	if err != nil && !graph.IsNotFound(err) && !graph.IsForbidden(err) {
		return fmt.Errorf("read blueprint: %w", err)
	}
	return h.checkOwner(c, try)
}

// errNotOwned refuses a test to those who neither administer agents nor own
// the blueprint.
var errNotOwned = errors.New("only an owner of the blueprint or an Admin may test its agents")

func (h *Handlers) checkOwner(c echo.Context, try *labTry) error {
	user := web.CurrentUser(c)
	if user.Has(web.Admin) {
		return nil
	}
	if try.blueprint == nil {
		return errNotOwned
	}
	owners, err := h.graph(c).Owners(c.Request().Context(), graph.KindBlueprint, try.blueprint.ID)
	if err != nil {
		return fmt.Errorf("read owners of the blueprint: %w", err)
	}
	if !slices.ContainsFunc(owners, func(o graph.PrincipalRef) bool { return o.ID == user.OID }) {
		return errNotOwned
	}
	return nil
}

// refuseTry answers a test of somebody else's agent: the refusal is recorded
// like any other, and the form stays, to choose another agent.
func (h *Handlers) refuseTry(c echo.Context, form labForm, err error) error {
	h.note(c, err, http.StatusForbidden)
	h.auditDenial(c, err, &views.Problem{Status: http.StatusForbidden, Cause: "You do not own the agent's blueprint"})
	return h.renderLab(c, http.StatusForbidden, form, map[string]string{
		"agent": "You do not own the agent's blueprint. Nothing was asked for. Choose an agent of a blueprint you own; an Agent ID Administrator may test all of them.",
	})
}
