package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// showLab is the form of the token lab; ?mode=, ?agent=, ?blueprint= and the
// like come from the object one was at.
func (h *Handlers) showLab(c echo.Context) error {
	if id := c.QueryParam("profile"); id != "" {
		return h.showLabOfProfile(c, id)
	}
	form := labForm{
		Mode: c.QueryParam("mode"), Agent: c.QueryParam("agent"), Blueprint: c.QueryParam("blueprint"),
		Scope: c.QueryParam("scope"), Kept: c.QueryParam("kept"), AppID: c.QueryParam("app"), Username: c.QueryParam("username"),
		OtherTenant: c.QueryParam("other_tenant"), Other: c.QueryParam("other_app_id"), From: c.QueryParam("from"), Reuse: c.QueryParam("reuse") == "on",
	}
	if again := h.lab.result(web.CurrentUser(c).SignInID, c.QueryParam("again"), h.Now()); again != nil {
		form = again.try.form
	}
	if _, ok := views.TokenModeOf(entra.ModeName(form.Mode)); !ok {
		form.Mode = string(entra.ModeAutonomous)
	}
	if form.Scope == "" {
		form.Scope = entra.GraphDefaultScope
	}
	form.Scope = cut(form.Scope, maxScope)
	return h.renderLab(c, http.StatusOK, form, nil)
}

// getToken tries to get a token, and leads to the page about the try, which stays
// in memory for a while: see labMemory.
func (h *Handlers) getToken(c echo.Context) error {
	form, err := readLabForm(c)
	if err != nil {
		return err
	}
	return h.try(c, form)
}

// try is a try as typed, or as a profile has it.
func (h *Handlers) try(c echo.Context, form labForm) error {
	if form.check {
		return h.renderLab(c, http.StatusOK, form, nil)
	}
	faults := form.validate()
	try := &labTry{form: form, mode: form.mode()}
	if err := h.prepare(c, try, faults); err != nil {
		if errors.Is(err, errNotOwned) {
			return h.refuseTry(c, form, err)
		}
		return err
	}
	if len(faults) > 0 {
		if faults["kept"] != "" || faults["client_secret"] != "" {
			try.form.lacksSecret = try.blueprintID()
		}
		return h.renderLab(c, http.StatusUnprocessableEntity, try.form, faults)
	}
	switch try.mode.Name {
	case entra.ModeDeviceCode:
		return h.startDevice(c, try)
	case entra.ModeInteractive:
		return h.offerSignIn(c, try)
	}
	return h.make(c, try, h.modeOf(c, try))
}

// prepare finds out all that a try needs; what is wrong with a field goes into
// faults.
func (h *Handlers) prepare(c echo.Context, try *labTry, faults map[string]string) error {
	if faults["agent"] == "" && faults["blueprint"] == "" {
		if err := h.findTry(c, try, faults); err != nil {
			return err
		}
	}
	if err := h.nameKept(c, try, faults); err != nil {
		return err
	}
	h.takeRefresh(c, try, faults)
	if try.mode.UserToken {
		h.takeUserToken(c, try, faults)
	}
	if try.mode.AgentUser && try.agent != nil {
		if err := h.findAgentUser(c, try, faults); err != nil {
			return err
		}
	}
	if len(faults) > 0 || !try.mode.Credential {
		return nil
	}
	return h.openCredential(c, try, faults)
}

// make gets the tokens, and keeps and records what came of it. A refusal is a
// result like any other; the trace tells all of it.
func (h *Handlers) make(c echo.Context, try *labTry, mode entra.Mode) error {
	cache := h.lab.cache(web.CurrentUser(c).SignInID, h.Now())
	if !try.form.Reuse {
		cache = cache.Fresh()
	}
	trace, _ := h.Entra.AcquireWith(c.Request().Context(), mode, cache)
	return h.conclude(c, try, trace)
}

// conclude settles a try and leads to its result: its page can be loaded anew
// without asking for anything again.
func (h *Handlers) conclude(c echo.Context, try *labTry, trace *entra.Trace) error {
	defer goOn(c)()
	result, err := h.settle(c, try, trace)
	if err != nil {
		return err
	}
	return web.Redirect(c, result.path())
}

// settle records a try, keeps the secret where that was asked for, and holds
// the result in memory.
func (h *Handlers) settle(c echo.Context, try *labTry, trace *entra.Trace) (*labResult, error) {
	noted := h.noteProfile(c, try, trace) // names the profile in the record
	if err := h.recordTry(c, try, trace); err != nil {
		return nil, fmt.Errorf("record token test: %w", err)
	}
	if noted != nil {
		return nil, noted
	}
	var err error
	try.secretClue = h.secretClue(c, try, trace)
	if try.keptNow, err = h.keepTyped(c, try, trace); err != nil {
		return nil, err
	}
	// What was typed lives for its request only, and a result before, with its
	// tokens, no longer than that one is held.
	try.credential, try.tc, try.from, try.refresh, try.form = entra.Credential{}, nil, nil, entra.Secret{}, try.form.withoutSecrets()
	return h.lab.keep(web.CurrentUser(c).SignInID, h.Now(), try, trace), nil
}

// labTry is what one try needs, as found in directory and store.
type labTry struct {
	form       labForm
	mode       views.TokenMode
	agent      *graph.AgentIdentity // nil where no agent takes part
	blueprint  *graph.Blueprint     // nil when the person may not read it, or none takes part
	credential entra.Credential
	kept       *models.KeptSecret   // nil for a typed credential
	keptNow    bool                 // the typed secret is kept from now on
	profile    *models.TokenProfile // nil where none was run
	use        string               // action that a kept secret is used for; empty: a token test
	secretClue string               // what is known of a secret that was refused

	tc       *heldToken     // of on behalf of
	userID   string         // object id of the user acted as, where known
	username string         // the agent user's
	from     *labResult     // whose refresh token is traded, until it is
	refresh  entra.Secret   // of from
	of       entra.ModeName // mode of from; empty where none was traded
}

// blueprintAppID is the blueprint's App ID; empty when none takes part.
func (t *labTry) blueprintAppID() string {
	switch {
	case t.agent != nil:
		return t.agent.AgentIdentityBlueprintID
	case t.blueprint != nil:
		return t.blueprint.AppID
	}
	return ""
}

func (t *labTry) blueprintURIs() []string {
	if t.blueprint == nil {
		return nil
	}
	return t.blueprint.IdentifierURIs
}

func (t *labTry) agentID() string {
	if t.agent == nil {
		return ""
	}
	return t.agent.ID
}

func (t *labTry) blueprintName() string {
	if t.blueprint == nil {
		return t.blueprintAppID()
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
	appID := strings.ToLower(try.form.Blueprint)
	switch {
	case try.mode.Agent || try.mode.Name == "":
		agent, err := g.AgentIdentity(ctx, try.form.Agent)
		if graph.IsNotFound(err) {
			faults["agent"] = "There is no such agent identity in this tenant. Choose one of the list."
			return nil
		}
		if err != nil {
			return fmt.Errorf("read agent identity: %w", err)
		}
		try.agent, appID = agent, agent.AgentIdentityBlueprintID
	case !try.mode.Blueprint:
		return nil
	}
	var err error
	try.blueprint, err = g.BlueprintByAppID(ctx, appID)
	if err != nil && !graph.IsNotFound(err) && !graph.IsForbidden(err) {
		return fmt.Errorf("read blueprint: %w", err)
	}
	if try.mode.Blueprint && graph.IsNotFound(err) {
		faults["blueprint"] = "There is no such blueprint in this tenant. Choose one of the list."
		return nil
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

// noteNotOwned logs and records a refusal for want of ownership; the answer is
// the form it was asked in.
func (h *Handlers) noteNotOwned(c echo.Context, err error) {
	h.note(c, err, http.StatusForbidden)
	h.auditDenial(c, err, &views.Problem{Status: http.StatusForbidden, Cause: "You do not own the agent's blueprint"})
}

// refuseTry answers a test of somebody else's agent: the refusal is recorded
// like any other, and the form stays, to choose another agent.
func (h *Handlers) refuseTry(c echo.Context, form labForm, err error) error {
	h.noteNotOwned(c, err)
	field := "agent"
	if form.mode().Blueprint {
		field = "blueprint"
	}
	return h.renderLab(c, http.StatusForbidden, form, map[string]string{
		field: "You do not own the agent's blueprint. Nothing was asked for. Choose an agent of a blueprint you own; an Agent ID Administrator may test all of them.",
	})
}
