package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// showPrincipal shows one blueprint principal with what hangs on it.
func (h *Handlers) showPrincipal(c echo.Context) error {
	p, o, err := h.openPrincipal(c)
	if o == nil {
		return err
	}
	d := views.PrincipalDetail{Principal: *p, TenantID: h.Tenant.ID, Family: views.Family{Principal: p, Home: h.homeOf(p)}}
	broken := impact{}
	if err := h.fillPrincipal(c, o, &d, &broken); err != nil {
		return err
	}
	o.identities = d.Agents.Total
	d.ObjectHead = o.head(c, "")
	d.Impact = broken.view(o)
	d.Findings = principalFindings(&d)
	d.Tree = familyTree(c, o, d.Family, d.Agents, byParent(broken.users))
	d.Actions = append(d.Actions, h.actButtons(c, o, p)...)
	return web.Render(c, http.StatusOK, views.PrincipalPage(h.objectPage(c, o, ""), d))
}

// showPrincipalTab shows another part of a blueprint principal.
func (h *Handlers) showPrincipalTab(c echo.Context) error {
	return showPart(h, c, graph.KindBlueprintPrincipal, h.openPrincipal, nil)
}

// openPrincipal reads the principal of an address. Without an object the
// request is answered, or failed.
func (h *Handlers) openPrincipal(c echo.Context) (*graph.BlueprintPrincipal, *object, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, nil, err
	}
	calls := h.recordCalls(c)
	p, err := principalByAnyID(c.Request().Context(), h.graph(c), id)
	if err != nil {
		return nil, nil, h.elsewhere(c, graph.KindBlueprintPrincipal, id, err)
	}
	if !strings.EqualFold(p.ID, id) {
		return nil, nil, web.Redirect(c, sameTab(c, graph.KindBlueprintPrincipal, p.ID))
	}
	o := &object{
		kind: graph.KindBlueprintPrincipal, id: p.ID, name: views.Named(p.DisplayName, p.ID), blueprint: p.AppID,
		lead:      "The principal of a blueprint in this tenant: it creates the agent identities, and what it is granted they inherit.",
		createdBy: p.CreatedByAppID, readAt: h.Now(), calls: calls, badge: enabledText(p.AccountEnabled), tone: enabledTone(p.AccountEnabled), enabled: p.AccountEnabled,
	}
	if home := h.homeOf(p); home.Elsewhere {
		o.lead = "The blueprint of this principal lives in another tenant. Its credentials are kept there; what it may do here is decided here."
	}
	return p, o, nil
}

// enabledTone is the colour of a badge beside enabledText.
func enabledTone(enabled bool) views.Tone {
	if enabled {
		return views.ToneOK
	}
	return views.ToneMuted
}

func (h *Handlers) fillPrincipal(c echo.Context, o *object, d *views.PrincipalDetail, broken *impact) error {
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error {
		if d.Family.Home.Elsewhere {
			return nil // it cannot be read here
		}
		b, err := g.BlueprintByAppID(ctx, o.blueprint)
		if graph.IsNotFound(err) {
			return nil // the page says so
		}
		d.Family.Blueprint = b
		return part(err, &d.Family.BlueprintFault)
	})
	readPeople(ctx, work, g, o, &d.Owners, &d.Sponsors)
	work.Go(func() (err error) {
		*broken, err = h.impactOf(c, o)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	d.Agents = broken.drawn()
	var err error
	d.Origin, err = h.originOf(c, graph.KindBlueprintPrincipal, o.id, o.createdBy)
	return err
}

// principalFindings are what the facts of a principal mean for its agents.
func principalFindings(d *views.PrincipalDetail) []views.Finding {
	var findings []views.Finding
	if !d.Principal.AccountEnabled {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "This principal is disabled",
			Detail: "None of its agent identities gets a token until somebody enables it again.",
			Act:    "Agent identities", ActHref: "/principals/" + d.Principal.ID + "/identities",
		})
	}
	if d.Family.Home.Elsewhere {
		findings = append(findings, views.Finding{
			Tone: views.ToneInfo, Title: "Its blueprint lives in another tenant",
			Detail: "This portal can neither read nor change the blueprint: whoever runs that tenant does. Here you decide what the principal and its agent identities may reach, and whether they may sign in at all.",
		})
	}
	if !d.Family.Home.Elsewhere && d.Family.Blueprint == nil && d.Family.BlueprintFault == "" {
		findings = append(findings, views.Finding{
			Tone: views.ToneDanger, Title: "Its blueprint is not in this tenant any more",
			Detail: "A principal without its blueprint gets no tokens, and neither do its agent identities. If the blueprint was deleted in the last 30 days, it can be restored.",
		})
	}
	return findings
}
