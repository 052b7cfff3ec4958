package handlers

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// maxScope and maxSecret are far beyond what Entra takes.
	maxScope  = 400
	maxSecret = 200
	// maxListed keeps the select of agents usable.
	maxListed = 500
)

// labForm is the form of the token lab. The secret is not among its fields
// that are written into a page.
type labForm struct {
	Agent, Mode, Scope, Kept string
	// Keep asks to keep the typed secret, if it proves right.
	Keep   bool
	secret entra.Secret
}

func readLabForm(c echo.Context) (labForm, error) {
	posted, err := web.Form(c, "agent", "mode", "scope", "client_secret", "kept", "keep")
	if err != nil {
		return labForm{}, err
	}
	return labForm{
		Agent: strings.TrimSpace(posted.Get("agent")), Mode: posted.Get("mode"),
		Scope: strings.TrimSpace(posted.Get("scope")), Kept: posted.Get("kept"), Keep: posted.Get("keep") == "on",
		secret: entra.NewSecret(strings.TrimSpace(posted.Get("client_secret"))),
	}, nil
}

// validate finds what no sign-in service need be asked. Everything else is
// left to it: its refusals, explained, are what the lab is for.
func (f labForm) validate() map[string]string {
	faults := map[string]string{}
	if _, err := graph.ParseGUID(f.Agent); err != nil {
		faults["agent"] = "Choose an agent identity."
	}
	if f.Mode != string(entra.ModeAutonomous) {
		faults["mode"] = "Choose one of the modes in the list."
	}
	switch {
	case f.Scope == "":
		faults["scope"] = "Write one resource and /.default, such as " + entra.GraphDefaultScope + "."
	case len(f.Scope) > maxScope:
		faults["scope"] = fmt.Sprintf("Write at most %d characters. This has %d.", maxScope, len(f.Scope))
	case strings.ContainsFunc(f.Scope, unicode.IsControl):
		faults["scope"] = "Write it in one line. This holds a line end or another control character."
	}
	switch {
	case f.secret.IsZero() && f.Kept == "":
		faults["client_secret"] = "Write a client secret of the agent's blueprint."
	case !f.secret.IsZero() && f.Kept != "":
		faults["kept"] = "A secret was typed as well. Choose None here, or leave the field above empty."
	case f.secret.Len() > maxSecret:
		faults["client_secret"] = fmt.Sprintf("Write the secret alone: a client secret has about 40 characters, this has %d.", f.secret.Len())
	}
	return faults
}

// renderLab shows the form with what was typed, but for the secret.
func (h *Handlers) renderLab(c echo.Context, status int, form labForm, faults map[string]string) error {
	agents, notShown, err := h.agentOptions(c, form.Agent)
	if err != nil {
		return err
	}
	kept, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	p := h.page(c, "Token lab", "tokens")
	p.Lead = "Get a token as an agent, and see every hop of the way decoded, verified and explained."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab"}}
	p.HasError = len(faults) > 0
	return web.Render(c, status, views.TokenLab(p, views.TokenForm{
		Agents: agents, NotShown: notShown, Kept: h.keptRows(kept),
		Agent: form.Agent, Mode: form.Mode, Scope: cut(form.Scope, maxScope), Chosen: form.Kept, Keep: form.Keep,
		Faults: faults, MayCreate: web.CurrentUser(c).Has(web.Operator),
	}))
}

// agentOptions lists the tenant's agents under the names of their blueprints.
// The chosen one is always among them.
func (h *Handlers) agentOptions(c echo.Context, chosen string) (options []views.Option, notShown int, err error) {
	ctx, g := c.Request().Context(), h.graph(c)
	names := map[string]string{}
	for b, err := range g.AllBlueprints(ctx) {
		if err != nil {
			return nil, 0, fmt.Errorf("list blueprints: %w", err)
		}
		names[b.AppID] = b.DisplayName
	}
	seen := 0
	for a, err := range g.AllAgentIdentities(ctx) {
		if err != nil {
			return nil, 0, fmt.Errorf("list agent identities: %w", err)
		}
		if seen++; len(options) < maxListed || a.ID == chosen {
			options = append(options, agentOption(a, names))
		}
	}
	slices.SortStableFunc(options, func(a, b views.Option) int {
		return strings.Compare(a.Group+"\x00"+a.Label, b.Group+"\x00"+b.Label)
	})
	return options, seen - len(options), nil
}

func agentOption(a graph.AgentIdentity, blueprints map[string]string) views.Option {
	name := blueprints[a.AgentIdentityBlueprintID]
	if name == "" {
		name = "Blueprint " + a.AgentIdentityBlueprintID
	}
	label := a.DisplayName
	if !a.AccountEnabled {
		label += " (disabled)"
	}
	return views.Option{Value: a.ID, Label: label, Group: name}
}
