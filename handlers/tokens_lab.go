package handlers

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// labPreset is the agent that the form shows.
type labPreset struct{ id, blueprintAppID, blueprintName, scope, profile string }

// renderLab shows the form with what was typed, but for the secrets. Where one
// of the agent's blueprint is kept, it is chosen.
func (h *Handlers) renderLab(c echo.Context, status int, form labForm, faults map[string]string) error {
	if form.From != "" && faults == nil && h.lab.result(web.CurrentUser(c).SignInID, form.From, h.Now()) == nil {
		form.From, faults = "", map[string]string{"refresh_token": refreshGone}
	}
	agents, err := h.agentsToTest(c, form.Agent)
	if err != nil {
		return err
	}
	mode := form.mode()
	if mode.Name == "" {
		mode, _ = views.TokenModeOf(entra.ModeAutonomous)
	}
	if form.Agent == "" {
		form.Agent = agents.of(form.Blueprint)
	}
	preset := agents.shown(form)
	kept, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	of := preset.blueprintAppID
	if mode.Blueprint {
		of = agents.shownBlueprint(form.Blueprint)
	}
	if form.Kept == "" {
		form.Kept = h.newestKept(kept, of).ID
	}
	f := h.labView(c, form, mode, agents)
	f.Kept, f.Chosen, f.Faults = h.keptRows(kept), form.Kept, faults
	f.User = h.heldView(c, preset)
	if form.lacksScope != "" {
		f.User.GetHref, f.User.SetupHref = "", "/blueprints/"+form.lacksScope+"/setup"
	}
	if faults["agent"] == "" {
		if f.Checks, err = h.labChecks(c, mode, form, preset); err != nil {
			return err
		}
	}
	p := h.page(c, "Token lab", "tokens")
	p.Lead = "Get a token in any mode, and see every hop of the way decoded, verified and explained."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab"}}
	p.HasError = len(faults) > 0
	return web.Render(c, status, views.TokenLab(p, f))
}

func (h *Handlers) labView(c echo.Context, form labForm, mode views.TokenMode, agents labAgents) views.TokenForm {
	return views.TokenForm{
		Mode: mode, Agents: agents.options, Blueprints: agents.blueprintOptions(), NotShown: agents.notShown, Foreign: agents.foreign,
		Agent: form.Agent, Blueprint: form.Blueprint, Scope: cut(form.Scope, maxScope), Scopes: h.scopeChoices(mode),
		AppID: cut(form.AppID, maxName), Username: cut(form.Username, maxName), OtherTenant: cut(form.OtherTenant, maxName), OtherAppID: cut(form.Other, maxName),
		From: form.From, Reuse: form.Reuse, Keep: form.Keep, MayCreate: web.CurrentUser(c).Has(web.Operator), AddSecretHref: addSecretHref(form), AddUserHref: addUserHref(form),
		Sandbox: h.Sandbox != nil, Profile: h.profileOfForm(c, form),
	}
}

// scopeChoices are scopes worth a click.
func (h *Handlers) scopeChoices(mode views.TokenMode) []views.Option {
	choices := []views.Option{
		{Value: entra.GraphDefaultScope, Label: "Microsoft Graph, all that was granted"},
		{Value: entra.ManagementDefaultScope, Label: "Azure Resource Manager, all that was granted"},
		{Value: entra.ExchangeScope, Label: "The token exchange"},
	}
	if h.Sandbox != nil && h.Sandbox.Echo.Scope != "" {
		choices = append(choices, views.Option{Value: h.Sandbox.Echo.Scope, Label: "The echo API, which tells who calls"})
	}
	if !mode.AppOnly {
		choices = append(choices, views.Option{Value: "https://graph.microsoft.com/User.Read offline_access openid", Label: "User.Read, with a refresh token and an ID token"})
	}
	return choices
}

// addSecretHref is where the blueprint of a form without a secret gets one.
func addSecretHref(f labForm) string {
	if f.lacksSecret == "" {
		return ""
	}
	return newSecretPath(f.lacksSecret)
}

// addUserHref is where the agent of a form gets an agent user.
func addUserHref(f labForm) string {
	if f.lacksUser == "" {
		return ""
	}
	return "/agents/" + f.lacksUser + "/agent-user/new"
}

// shown is the agent that the select shows: the chosen one, or the first.
func (l *labAgents) shown(form labForm) labPreset {
	id := form.Agent
	if id == "" && len(l.options) > 0 {
		id = l.options[0].Value
	}
	appID, known := l.blueprints[id]
	if !known {
		return labPreset{scope: form.Scope}
	}
	return labPreset{id: id, blueprintAppID: appID, blueprintName: views.Named(l.names[appID], appID), scope: form.Scope, profile: form.Profile}
}

// blueprintOptions are the blueprints a person may test.
func (l *labAgents) blueprintOptions() []views.Option {
	var options []views.Option
	for appID, name := range l.names {
		options = append(options, views.Option{Value: appID, Label: name})
	}
	slices.SortFunc(options, func(a, b views.Option) int { return strings.Compare(a.Label+a.Value, b.Label+b.Value) })
	return options
}

// shownBlueprint is the blueprint the select shows: the chosen one, or the
// first.
func (l *labAgents) shownBlueprint(appID string) string {
	if options := l.blueprintOptions(); appID == "" && len(options) > 0 {
		return options[0].Value
	}
	return appID
}

// echoOf is the sandbox's echo API, nothing for a real tenant.
func (h *Handlers) echoOf() entra.Echo {
	if h.Sandbox == nil {
		return entra.Echo{}
	}
	return entra.Echo{URL: h.Sandbox.Echo.URL, AppID: h.Sandbox.Echo.AppID}
}

// targetApplication is the kind of what an ordinary grant is made for.
const targetApplication = "application"

// targetOf is what a try's record is about: the agent, the blueprint, or an
// application of whatever kind.
func (t *labTry) targetOf() (kind, id, name string) {
	switch {
	case t.agent != nil:
		return string(graph.KindAgentIdentity), t.agent.ID, t.agent.DisplayName
	case t.blueprint != nil:
		return string(graph.KindBlueprint), t.blueprint.ID, t.blueprint.DisplayName
	}
	return targetApplication, t.form.AppID, ""
}
