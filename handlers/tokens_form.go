package handlers

import (
	"fmt"
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
)

// labForm is the form of the token lab. The secret is not among its fields
// that are written into a page.
type labForm struct {
	Agent, Mode, Scope, Kept string
	// Blueprint, by its App ID, chooses the first of its agents.
	Blueprint string
	// Keep asks to keep the typed secret, if it proves right.
	Keep   bool
	secret entra.Secret
	// lacksSecret is the object id of the blueprint that no secret was found
	// for; empty when one was, or the blueprint is not known.
	lacksSecret string
}

func readLabForm(c echo.Context) (labForm, error) {
	posted, err := web.Form(c, "agent", "mode", "scope", "client_secret", "kept", "keep")
	if err != nil {
		return labForm{}, err
	}
	form := labForm{
		Agent: strings.TrimSpace(posted.Get("agent")), Mode: posted.Get("mode"),
		Scope: strings.TrimSpace(posted.Get("scope")), Kept: posted.Get("kept"), Keep: posted.Get("keep") == "on",
		secret: entra.NewSecret(strings.TrimSpace(posted.Get("client_secret"))),
	}
	if !form.secret.IsZero() {
		form.Kept = "" // a typed secret is used in its place, as the field says
	}
	return form, nil
}

// noSecretTyped is said when there is neither a typed nor a kept secret.
const noSecretTyped = "Type a client secret of the agent's blueprint."

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
		faults["client_secret"] = noSecretTyped
	case f.secret.Len() > maxSecret:
		faults["client_secret"] = fmt.Sprintf("Type the secret alone: a client secret has about 40 characters, this has %d.", f.secret.Len())
	}
	return faults
}

// renderLab shows the form with what was typed, but for the secret. Where one
// of the agent's blueprint is kept, it is chosen.
func (h *Handlers) renderLab(c echo.Context, status int, form labForm, faults map[string]string) error {
	agents, err := h.agentsToTest(c, form.Agent)
	if err != nil {
		return err
	}
	if form.Agent == "" {
		form.Agent = agents.of(form.Blueprint)
	}
	kept, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	if form.Kept == "" {
		form.Kept = h.newestKept(kept, agents.preset(form.Agent)).ID
	}
	p := h.page(c, "Token lab", "tokens")
	p.Lead = "Get a token as an agent, and see every hop of the way decoded, verified and explained."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab"}}
	p.HasError = len(faults) > 0
	return web.Render(c, status, views.TokenLab(p, views.TokenForm{
		Agents: agents.options, NotShown: agents.notShown, Foreign: agents.foreign, Kept: h.keptRows(kept),
		Agent: form.Agent, Mode: form.Mode, Scope: cut(form.Scope, maxScope), Chosen: form.Kept, Keep: form.Keep,
		Faults: faults, MayCreate: web.CurrentUser(c).Has(web.Operator), AddSecretHref: addSecretHref(form),
	}))
}

// addSecretHref is where the blueprint of a form without a secret gets one.
func addSecretHref(f labForm) string {
	if f.lacksSecret == "" {
		return ""
	}
	return newSecretPath(f.lacksSecret)
}
