package handlers

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// listPrincipals shows the tenant's blueprint principals, live from Graph:
// also those whose blueprint lives in another tenant.
func (h *Handlers) listPrincipals(c echo.Context) error {
	q, calls := h.listQueryOf(c, principalsList()), h.recordCalls(c)
	if q.secret != "" {
		return web.Redirect(c, q.unsearched())
	}
	found, err := h.findPrincipals(c.Request().Context(), h.graph(c), q)
	if q.staleLink(err) {
		return web.Redirect(c, q.first().href())
	}
	found, refused, err := refusedList(q, found, err)
	if err != nil {
		return err
	}
	l := views.PrincipalList{ListPage: h.listPage(c, q, len(found.Items), found.Count, found.Next)}
	l.Fault, l.Calls = refused, calls.Sent()
	l.Sort = []views.Column{
		q.sorted(views.Column{Title: "Name"}, "name"),
		{Title: "Status"},
		{Title: "Blueprint lives in"},
		{Title: "Created (UTC)"},
		{Title: "App ID"},
	}
	for _, p := range found.Items {
		l.Rows = append(l.Rows, views.PrincipalRow{
			ID: p.ID, AppID: p.AppID, Name: p.DisplayName, Enabled: p.AccountEnabled, Created: p.CreatedDateTime, Home: h.homeOf(&p),
		})
	}
	p := h.page(c, "Blueprint principals", "principals")
	p.Lead = "A blueprint principal stands for a blueprint in this tenant: it creates the agent identities and is given the permissions they inherit."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprint principals"}}
	return web.Render(c, listStatus(refused), views.PrincipalsPage(p, l))
}

// findPrincipals reads a page of the list, or the one principal whose id was
// typed as the search.
func (h *Handlers) findPrincipals(ctx context.Context, g *graph.Client, q listQuery) (*graph.Page[graph.BlueprintPrincipal], error) {
	id, err := graph.ParseGUID(q.search)
	if err != nil {
		return g.BlueprintPrincipals(ctx, q.options())
	}
	p, err := principalByAnyID(ctx, g, id)
	return one(h.Now(), p, err)
}

// principalByAnyID finds a principal by object id or by the App ID it shares
// with its blueprint.
func principalByAnyID(ctx context.Context, g *graph.Client, id string) (*graph.BlueprintPrincipal, error) {
	p, err := g.BlueprintPrincipal(ctx, id)
	if !graph.IsNotFound(err) {
		return p, err
	}
	byApp, appErr := g.BlueprintPrincipalOf(ctx, id)
	if graph.IsNotFound(appErr) {
		return nil, err
	}
	return byApp, appErr
}

// homeOf says which tenant the blueprint of a principal lives in.
func (h *Handlers) homeOf(p *graph.BlueprintPrincipal) views.Home {
	home := views.Home{TenantID: p.OwnerTenantID, Publisher: p.PublisherName}
	home.Elsewhere = p.OwnerTenantID != "" && !strings.EqualFold(p.OwnerTenantID, h.Tenant.ID)
	return home
}

// exportPrincipals writes what the list's filters leave as a CSV file.
func (h *Handlers) exportPrincipals(c echo.Context) error {
	q, g := h.listQueryOf(c, principalsList()), h.graph(c)
	return exportList(h, c, csvOf[graph.BlueprintPrincipal]{
		query: q, name: "blueprint-principals",
		head: []string{"Name", "Status", "App ID", "Object ID", "Tenant of the blueprint", "Created (UTC)", "Tags"},
		read: func(ctx context.Context, q listQuery) (*graph.Page[graph.BlueprintPrincipal], error) {
			return h.findPrincipals(ctx, g, q)
		},
		row: func(p graph.BlueprintPrincipal) []string {
			return []string{
				p.DisplayName, enabledText(p.AccountEnabled), p.AppID, p.ID, p.OwnerTenantID, csvTime(p.CreatedDateTime), joinTags(p.Tags),
			}
		},
	})
}
