package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// The wizard for what exists: agent identities for a blueprint, or the agent
// user of an agent identity. Its steps are those of the wizard New blueprint
// that have a meaning then, with one of its own before them.

// targetStep is the first step of a draft that adds to what exists.
func targetStep() wizardStep {
	return wizardStep{
		key: "target", name: "What to add", read: (*blueprintForm).readTarget, needed: func(f blueprintForm) bool { return f.Into != nil },
		fields: []wizardField{
			{"does", "does", "What the agents will do", func(f blueprintForm) string { return doesWords(f.Does) }},
			{"reason", "reason", "Reason", func(f blueprintForm) string { return f.Reason }},
		},
	}
}

func (f *blueprintForm) readTarget(posted url.Values) {
	f.Reason = typedField(posted, "reason")
	if f.Agent == nil {
		f.readDoes(posted)
	}
}

// makesBlueprint says that the draft is for a new blueprint.
func (f blueprintForm) makesBlueprint() bool { return f.Into == nil }

// specInto has the spec add to what exists. What the form says of a new
// blueprint is left out.
func (f blueprintForm) specInto() provision.BlueprintSpec {
	spec := provision.BlueprintSpec{
		Into: f.Into, DisplayName: f.DisplayName, Does: f.Does, RunAs: provision.AsMe, Reason: f.Reason,
		Count: numberOr(f.Count, -1), NamePattern: f.Pattern, First: numberOr(f.First, 1), Names: provision.ParseNames(f.Names),
		AgentSponsors: f.Sponsors,
	}
	if f.SponsoredBy == sponsorsChosen {
		spec.AgentSponsors = append([]provision.Principal{}, f.AgentSponsors...)
	}
	if f.Table != nil {
		spec.Rows = f.Table.Rows
	}
	if f.Agent != nil {
		spec.Rows = []provision.AgentRow{*f.Agent}
	}
	if f.will(provision.ActsAlone) {
		spec.Roles = f.Roles
	}
	if f.will(provision.ActsAsUser) {
		spec.Users = f.Users.spec()
	}
	return spec
}

// newAgents is the first step of adding to what exists. Without a blueprint it
// asks for one.
func (h *Handlers) newAgents(c echo.Context) error {
	form, err := h.intoForm(c, c.QueryParam("blueprint"), c.QueryParam("agent"))
	if errors.Is(err, errNoTarget) {
		return h.chooseBlueprint(c)
	}
	if err != nil {
		return err
	}
	return h.renderTarget(c, h.wizard(c, &models.Draft{}, form, targetStep()))
}

// beginAgents makes a draft of the first step, faulty or not.
func (h *Handlers) beginAgents(c echo.Context) error {
	s := targetStep()
	posted, err := web.Form(c, append(s.posted(), "blueprint", "agent")...)
	if err != nil {
		return err
	}
	form, err := h.intoForm(c, posted.Get("blueprint"), posted.Get("agent"))
	if errors.Is(err, errNoTarget) {
		return web.Redirect(c, "/agents/new")
	}
	if err != nil {
		return err
	}
	s.read(&form, posted)
	return h.goOn(c, &models.Draft{}, form, s)
}

func (h *Handlers) renderTarget(c echo.Context, w wizardView) error {
	p := h.wizardPage(c, w)
	p.Lead = "The first Continue saves a draft. Nothing is written to the tenant until you press Create on the last step."
	return web.Render(c, http.StatusOK, views.BlueprintStepPage(p, w.BlueprintWizard))
}

// errNoTarget says that nobody named what to add to.
var errNoTarget = errors.New("no blueprint and no agent identity to add to")

// intoForm is the form that a draft for what exists begins with, as the
// directory has it now. Errors: errNoTarget, and those of reading.
func (h *Handlers) intoForm(c echo.Context, blueprintID, agentID string) (blueprintForm, error) {
	form := h.emptyForm(c)
	ctx, g := c.Request().Context(), h.graph(c)
	var b *graph.Blueprint
	var err error
	switch {
	case agentID != "":
		b, err = form.forAgent(ctx, g, agentID)
	case blueprintID != "":
		b, err = blueprintToAddTo(ctx, g, blueprintID)
	default:
		err = errNoTarget
	}
	if err != nil {
		return form, err
	}
	if form.Into, err = h.into(ctx, g, b); err != nil {
		return form, err
	}
	form.DisplayName = views.Named(b.DisplayName, b.ID)
	form.First = number(form.Into.Quota.Live + 1)
	if form.Sponsors, err = h.eligibleSponsors(c, b.ID); err != nil {
		return form, err
	}
	if len(form.Sponsors) == 0 {
		form.SponsoredBy = sponsorsChosen
	}
	return form, nil
}

func blueprintToAddTo(ctx context.Context, g *graph.Client, id string) (*graph.Blueprint, error) {
	guid, err := graph.ParseGUID(id)
	if err != nil {
		return nil, fmt.Errorf("blueprint to add to: %w", models.ErrNotFound)
	}
	return blueprintByAnyID(ctx, g, guid)
}

// forAgent has the form ask for the agent user of an agent identity.
func (f *blueprintForm) forAgent(ctx context.Context, g *graph.Client, id string) (*graph.Blueprint, error) {
	guid, err := graph.ParseGUID(id)
	if err != nil {
		return nil, fmt.Errorf("agent identity to add to: %w", models.ErrNotFound)
	}
	agent, err := g.AgentIdentity(ctx, guid)
	if err != nil {
		return nil, fmt.Errorf("read the agent identity to add to: %w", err)
	}
	f.Agent = &provision.AgentRow{AgentID: agent.ID, Name: views.Named(agent.DisplayName, agent.ID)}
	f.Does = []provision.Capability{provision.ActsAsUser}
	b, err := g.BlueprintByAppID(ctx, agent.AgentIdentityBlueprintID)
	if err != nil {
		return nil, fmt.Errorf("read the blueprint of the agent identity: %w", err)
	}
	return b, nil
}

// into is a blueprint to add to, with the quota that is left there.
func (h *Handlers) into(ctx context.Context, g *graph.Client, b *graph.Blueprint) (*provision.IntoSpec, error) {
	quota, err := h.Engine.QuotaOf(ctx, g, b.AppID)
	if err != nil {
		return nil, err
	}
	into := &provision.IntoSpec{BlueprintID: b.ID, BlueprintAppID: b.AppID, Quota: quota}
	principal, err := g.BlueprintPrincipalOf(ctx, b.AppID)
	switch {
	case graph.IsNotFound(err):
		return nil, &noPrincipalError{blueprintID: b.ID}
	case err != nil:
		return nil, fmt.Errorf("read the principal of the blueprint: %w", err)
	}
	into.PrincipalID = principal.ID
	return into, nil
}

// eligibleSponsors are the sponsors of a blueprint that may sponsor its agents.
func (h *Handlers) eligibleSponsors(c echo.Context, blueprintID string) ([]provision.Principal, error) {
	refs, err := h.graph(c).Sponsors(c.Request().Context(), graph.KindBlueprint, blueprintID)
	if err != nil {
		return nil, fmt.Errorf("read the sponsors of the blueprint: %w", err)
	}
	sponsors := []provision.Principal{}
	for _, r := range refs {
		if r.Kind == graph.KindUser || r.Kind == graph.KindGroup {
			sponsors = append(sponsors, provision.Principal{ID: r.ID, Kind: r.Kind, Name: r.DisplayName, Username: r.UPN})
		}
	}
	return sponsors, nil
}

// chooseBlueprint asks which blueprint to add to.
func (h *Handlers) chooseBlueprint(c echo.Context) error {
	words := cut(typedWords(c.QueryParam("q")), maxSearch)
	v := views.ChooseBlueprint{Words: words}
	if what := secretTyped(words); what != "" {
		v.Words, v.Fault = "", "This looks like a "+what+", so nothing was searched, and it is kept nowhere. Write the start of a name."
	} else {
		page, err := h.graph(c).Blueprints(c.Request().Context(), graph.ListOptions{Search: words, Top: pageSize})
		if err := part(err, &v.Fault); err != nil {
			return err
		}
		if page != nil {
			v.More = page.Next != ""
			for _, b := range page.Items {
				v.Found = append(v.Found, views.ChosenBlueprint{ID: b.ID, Name: views.Named(b.DisplayName, b.ID), Description: b.Description})
			}
		}
	}
	p := h.page(c, "Add agent identities", "agents")
	p.Lead = "Choose the blueprint that they belong to."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Agent identities", Href: "/agents"}, {Text: "Add agent identities"}}
	return web.Render(c, http.StatusOK, views.ChooseBlueprintPage(p, v))
}

// noPrincipalError says that a blueprint has no principal here, without which
// it can have no agent identities.
type noPrincipalError struct{ blueprintID string }

func (e *noPrincipalError) Error() string {
	return "the blueprint " + e.blueprintID + " has no principal in this tenant"
}

// noPrincipal is the page about noPrincipalError.
func noPrincipal(e *noPrincipalError) problem {
	return problem{title: "The blueprint has no principal in this tenant", lead: "Nothing was changed.", view: views.Problem{
		Status: http.StatusConflict, Tone: views.ToneWarn, Cause: "Its agent identities cannot be made yet",
		Text: []string{"An agent identity belongs to the principal of its blueprint, and this blueprint has none here. One call makes it."},
		Ways: []views.Way{{
			Icon: "blueprintPrincipal", Title: "Create the principal", Text: "The tab Set-up of the blueprint does it, and says what else is missing.",
			Button: "Set-up", Href: "/blueprints/" + e.blueprintID + "/setup",
		}},
	}}
}

// intoTitle names the page of a wizard that adds to what exists.
func intoTitle(w *views.BlueprintWizard) (title string, crumbs []views.Crumb) {
	crumbs = append(blueprintCrumbs("")[:2], views.Crumb{Text: w.DisplayName, Href: "/blueprints/" + w.IntoID})
	title = "Add agent identities"
	if w.AgentName != "" {
		title = "New agent user"
		crumbs = append(crumbs, views.Crumb{Text: w.AgentName, Href: "/agents/" + w.AgentID})
	}
	return title, append(crumbs, views.Crumb{Text: title})
}

// namesTaken are those names that agent identities of the blueprint have
// already: people would mix them up.
func (h *Handlers) namesTaken(c echo.Context, spec provision.BlueprintSpec) (views.ReviewCheck, error) {
	wanted := map[string]bool{}
	for _, row := range spec.AgentRows() {
		if row.AgentID == "" {
			wanted[strings.ToLower(row.Name)] = true
		}
	}
	var taken []string
	for agent, err := range h.graph(c).AgentIdentitiesOf(c.Request().Context(), spec.Into.BlueprintAppID) {
		var fault string
		if err := part(err, &fault); err != nil {
			return views.ReviewCheck{}, err
		}
		if fault != "" {
			return views.ReviewCheck{Tone: views.ToneInfo, Text: "Whether the names are free could not be read. " + fault + "."}, nil
		}
		if wanted[strings.ToLower(agent.DisplayName)] {
			taken = append(taken, agent.DisplayName)
		}
	}
	if len(taken) > 0 {
		return views.ReviewCheck{
			Tone: views.ToneWarn, Text: "The blueprint has agent identities of these names already: " + strings.Join(taken[:min(3, len(taken))], ", ") + ". Graph allows it; you may mix them up.",
			Href: stepPath(c.Param("draft"), "agents"), Link: "Change",
		}, nil
	}
	return views.ReviewCheck{Tone: views.ToneOK, Text: "The names are new in this blueprint"}, nil
}
