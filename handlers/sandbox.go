package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// maxKnobMS is the longest lag or latency in milliseconds: ten minutes.
const maxKnobMS = 600_000

// knobFields are the knobs of the page, in its order.
var knobFields = []struct{ key, field, label string }{
	{"blueprint", "lag_blueprint", "Lag of blueprints, ms"},
	{"principal", "lag_principal", "Lag of blueprint principals, ms"},
	{"agentIdentity", "lag_agent_identity", "Lag of agent identities, ms"},
	{"", "latency", "Latency of every answer, ms"},
}

// delegatedField is the switch beside the numbers.
const delegatedField = "delegated_create"

// showSandbox is the page about the sandbox tenant. The knobs are asked for,
// the rest is known since the start.
func (h *Handlers) showSandbox(c echo.Context) error {
	d := h.sandboxData(c)
	k, err := readKnobs(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		h.Log.Warn("read knobs", "error", err, "request_id", web.RequestID(c))
		d.KnobsFault = "The portal asked " + h.Sandbox.Authority + " for its knobs and got no answer. Check that the sandbox still runs."
	} else {
		d.Knobs, d.KnobsOn, d.Delegated = knobInputs(k, nil, nil), knobsInWords(k), k.DelegatedCreate
	}
	return web.Render(c, http.StatusOK, views.SandboxPage(h.sandboxChrome(c), d))
}

// setKnobs tells the sandbox how slow to be.
func (h *Handlers) setKnobs(c echo.Context) error {
	ctx := c.Request().Context()
	names := []string{delegatedField}
	for _, f := range knobFields {
		names = append(names, f.field)
	}
	form, err := web.Form(c, names...)
	if err != nil {
		return err
	}
	k, err := readKnobs(ctx, h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	if faults := k.take(form); len(faults) > 0 {
		d := h.sandboxData(c)
		d.Knobs, d.Delegated = knobInputs(k, form, faults), k.DelegatedCreate
		for _, in := range d.Knobs {
			if in.Error != "" {
				d.Errors = append(d.Errors, views.FieldError{Field: "f-" + in.Name, Text: in.Label + ": " + in.Error})
			}
		}
		p := h.sandboxChrome(c)
		p.HasError = true
		return web.Render(c, http.StatusUnprocessableEntity, views.SandboxPage(p, d))
	}
	if err := writeKnobs(ctx, h.HTTP, h.Sandbox.Authority, k); err != nil {
		return err
	}
	lag := map[string]any{}
	for key, ms := range k.LagMS {
		lag[key] = ms
	}
	if err := h.record(c, models.NewAudit{
		Action: models.ActionSandboxKnobs, Result: models.ResultSucceeded, TargetKind: "sandbox", TargetID: h.Tenant.ID,
		Body: map[string]any{"lagMs": lag, "latencyMs": k.LatencyMS, "delegatedCreate": k.DelegatedCreate},
	}); err != nil {
		return fmt.Errorf("record knobs: %w", err)
	}
	return web.Redirect(c, "/sandbox")
}

// take reads the form into the knobs and returns a sentence for each fault.
func (k *Knobs) take(form url.Values) map[string]string {
	faults := map[string]string{}
	k.DelegatedCreate = form.Get(delegatedField) != ""
	for _, f := range knobFields {
		text := strings.TrimSpace(form.Get(f.field))
		ms, err := strconv.Atoi(text)
		if err != nil || ms < 0 || ms > maxKnobMS {
			faults[f.field] = "Write a whole number from 0 to 600000."
			continue
		}
		if f.key == "" {
			k.LatencyMS = ms
		} else {
			k.LagMS[f.key] = ms
		}
	}
	return faults
}

// knobInputs are the form's fields; typed holds what was sent, when it was.
func knobInputs(k *Knobs, typed url.Values, faults map[string]string) []views.Input {
	var list []views.Input
	for _, f := range knobFields {
		value := strconv.Itoa(k.LatencyMS)
		if f.key != "" {
			value = strconv.Itoa(k.LagMS[f.key])
		}
		if typed != nil {
			value = cut(typed.Get(f.field), 100)
		}
		list = append(list, views.Input{Label: f.label, Name: f.field, Value: value, Error: faults[f.field], InputMode: "numeric"})
	}
	return list
}

func knobsInWords(k *Knobs) []string {
	var lines []string
	for _, f := range knobFields {
		ms := k.LatencyMS
		if f.key != "" {
			ms = k.LagMS[f.key]
		}
		if ms > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d", f.label, ms))
		}
	}
	if !k.DelegatedCreate {
		lines = append(lines, "People cannot create agent identities as themselves; only a blueprint can.")
	}
	return lines
}

func (h *Handlers) sandboxChrome(c echo.Context) views.Page {
	p := h.page(c, "Sandbox", "sandbox")
	p.Lead = "The tenant you work in is a sandbox on this machine. It is not Microsoft."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Sandbox"}}
	return p
}

func (h *Handlers) sandboxData(c echo.Context) views.SandboxData {
	info := h.Sandbox
	d := views.SandboxData{
		Addresses: []views.SupportFact{
			{Label: "Tenant ID", Value: info.TenantID, ID: true},
			{Label: "Domain", Value: info.Domain},
			{Label: "Authority", Value: info.Authority},
			{Label: "Graph", Value: info.Graph},
			{Label: "Facts for programs", Value: info.Authority + "/_sandbox/info"},
			{Label: "Journal", Value: info.Authority + "/_sandbox/journal"},
		},
		Clients: []views.SandboxClient{
			{Name: "The portal's application", ClientID: info.Portal.ClientID, RedirectURI: info.Portal.RedirectURI},
			{Name: "An application for your programs", ClientID: info.Client.ClientID, RedirectURI: info.Client.RedirectURI},
		},
		MayTurn: web.CurrentUser(c).Has(web.Admin),
	}
	for _, person := range info.Personas {
		d.Personas = append(d.Personas, views.SandboxPersona{
			UPN: person.UPN, Name: person.DisplayName,
			Roles: strings.Join(person.Roles, ", "), Does: personaDoes(person.Roles),
		})
	}
	return d
}

// personaDoes says what directory roles, by display name, are good for here.
func personaDoes(roles []string) string {
	does := "signs in, inspects tokens"
	for _, role := range roles {
		switch role {
		case "Global Administrator", "Agent ID Administrator":
			return "does everything"
		case "Agent ID Developer":
			does = "creates blueprints, manages what is his own"
		case "Global Reader", "Security Reader", "Reports Reader":
			does = "sees everything and the audit, changes nothing"
		}
	}
	return does
}
