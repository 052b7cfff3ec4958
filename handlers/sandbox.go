package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
	"agentidportal/web"
)

// showSandbox is the page about the sandbox tenant: where it is, who is in it,
// what it started with, and the knobs.
func (h *Handlers) showSandbox(c echo.Context) error {
	k, err := readKnobs(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		h.Log.Warn("read knobs", "error", err, "request_id", web.RequestID(c))
	}
	d := h.sandboxData(c, k)
	if err != nil {
		d.KnobsFault = "The portal asked " + h.Sandbox.Authority + " for its knobs and got no answer. Check that the sandbox still runs."
	}
	return web.Render(c, http.StatusOK, views.SandboxPage(h.sandboxChrome(c), d))
}

func (h *Handlers) sandboxChrome(c echo.Context) views.Page {
	p := h.page(c, "Sandbox", "sandbox")
	p.Lead = "The tenant you work in is a sandbox on this machine. It is not Microsoft."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Sandbox"}}
	p.Trouble = nil // the page says the same at length
	return p
}

// sandboxData is the page's content; k is nil when the sandbox did not say how
// its knobs stand.
func (h *Handlers) sandboxData(c echo.Context, k *Knobs) views.SandboxData {
	info, u := h.Sandbox, web.CurrentUser(c)
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
		MayTurn: u.Has(web.Admin), MayShow: u.Has(web.Operator),
		Domain: info.Domain, ExportURL: info.Authority + "/_sandbox/export",
		Import: views.Input{Name: "export", Label: "A file with an export"},
		Reset: views.ResetForm{
			Seed:   views.Input{Name: "seed", Label: "Start again with", Value: "small"},
			Seeds:  sandboxSeeds,
			Domain: views.Input{Name: "domain", Label: "Type " + info.Domain + " to confirm", Mono: true},
		},
	}
	for _, person := range info.Personas {
		d.Personas = append(d.Personas, views.SandboxPersona{
			UPN: person.UPN, Name: person.DisplayName,
			Roles: strings.Join(person.Roles, ", "), Does: personaDoes(person.Roles),
			SignIn: "/sign-in?as=" + url.QueryEscape(person.UPN) + "&return=/sandbox",
		})
	}
	if k != nil {
		d.Seed = h.seedFacts(c)
		d.Knobs, d.Ticks, d.KnobsOn = knobInputs(k, nil, nil), knobTicks(k), knobsInWords(k)
		d.Faults, d.FaultForm, d.Clock = faultRows(k.Faults), faultForm(nil, nil), clockForm(k, h.Now())
	}
	return d
}

// seedFacts asks again: a reset or an import has made other facts of it.
func (h *Handlers) seedFacts(c echo.Context) views.SandboxSeed {
	info, err := ReadSandboxInfo(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		h.Log.Warn("read sandbox info", "error", err, "request_id", web.RequestID(c))
		return views.SandboxSeed{}
	}
	s := info.Seed
	return views.SandboxSeed{
		Name: s.Name, BlueprintID: s.Blueprint.ObjectID, AppID: s.Blueprint.AppID, PrincipalID: s.Blueprint.PrincipalID, Scope: s.Blueprint.Scope,
		AgentID: s.Agent.ID, AgentUserID: s.AgentUser.ID, AgentUserUPN: s.AgentUser.UPN,
	}
}

func clockForm(k *Knobs, now time.Time) views.ClockForm {
	f := views.ClockForm{
		Directory: now.Add(time.Duration(k.ClockOffsetSec) * time.Second), Tokens: now, Moved: k.ClockOffsetSec != 0, WithTokens: k.TokenClock,
		Amount: views.Input{Name: "clock_amount", Label: "Move on by", Value: "1", InputMode: "numeric"},
		Unit:   views.Input{Name: "clock_unit", Label: "Unit", Value: "86400"}, Units: clockUnits,
	}
	if k.TokenClock {
		f.Tokens = f.Directory
	}
	return f
}

// personaNamed is the user principal name of a persona, as it was asked for;
// nobody else is offered to the sign-in page by an address.
func (h *Handlers) personaNamed(upn string) string {
	if h.Sandbox == nil {
		return ""
	}
	for _, person := range h.Sandbox.Personas {
		if person.UPN == upn {
			return upn
		}
	}
	return ""
}

// personaDoes says what directory roles, by display name, are good for here.
func personaDoes(roles []string) string {
	does := "signs in, inspects tokens"
	for _, role := range roles {
		switch role {
		case "Global Administrator", "Agent ID Administrator":
			return "does everything"
		case "Agent ID Developer":
			does = "creates blueprints, manages what is their own"
		case "Global Reader", "Security Reader", "Reports Reader":
			does = "sees everything and the audit, changes nothing"
		}
	}
	return does
}
