package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// listBlueprints shows the tenant's blueprints, live from Graph.
func (h *Handlers) listBlueprints(c echo.Context) error {
	q := listQueryOf(c, "name", "-name", "created", "-created")
	found, err := h.findBlueprints(c, q)
	if q.staleLink(err) {
		return web.Redirect(c, q.first().href())
	}
	if err != nil {
		return err
	}
	l := views.BlueprintList{ListPage: views.ListPage{
		Query: q.search, Filtered: q.search != "", ClearAll: "/blueprints", ReadAt: found.ReadAt,
		MayCreate: h.may(c, "/blueprints/new"),
		Total:     totalWords(len(found.Items), found.Count, "blueprint"),
		Paging:    q.pagingOf(len(found.Items), found.Count, found.Next),
		Sort: []views.Column{
			q.sorted(views.Column{Title: "Name"}, "name"),
			{Title: "Credential"},
			q.sorted(views.Column{Title: "Created (UTC)"}, "created"),
			{Title: "App ID"},
		},
	}}
	if q.search != "" {
		l.Chips = []views.Chip{{Name: "Search", Value: q.search, RemoveHref: "/blueprints"}}
	}
	for _, b := range found.Items {
		l.Rows = append(l.Rows, views.BlueprintRow{
			ID: b.ID, AppID: b.AppID, Name: b.DisplayName, Created: b.CreatedDateTime, Credential: nextCredential(&b, h.Now()),
		})
	}
	p := h.page(c, "Blueprints", "blueprints")
	p.Lead = "A blueprint holds the credential and the permissions that its agent identities share."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprints"}}
	return web.Render(c, http.StatusOK, views.BlueprintsPage(p, l))
}

// findBlueprints reads a page of the list, or the one blueprint whose id was
// typed as the search.
func (h *Handlers) findBlueprints(c echo.Context, q listQuery) (*graph.Page[graph.Blueprint], error) {
	ctx, g := c.Request().Context(), h.graph(c)
	id, err := graph.ParseGUID(q.search)
	if err != nil {
		return g.Blueprints(ctx, q.options())
	}
	page := &graph.Page[graph.Blueprint]{ReadAt: h.Now()}
	b, err := blueprintByAnyID(ctx, g, id)
	switch {
	case graph.IsNotFound(err):
		return page, nil
	case err != nil:
		return nil, err
	}
	page.Items = []graph.Blueprint{*b}
	return page, nil
}

// blueprintByAnyID finds a blueprint by object id or by App ID: people copy
// either, and agent identities name only the second.
func blueprintByAnyID(ctx context.Context, g *graph.Client, id string) (*graph.Blueprint, error) {
	b, err := g.Blueprint(ctx, id)
	if !graph.IsNotFound(err) {
		return b, err
	}
	byApp, appErr := g.BlueprintByAppID(ctx, id)
	if graph.IsNotFound(appErr) {
		return nil, err // what Graph said of the id itself, with its request-id
	}
	return byApp, appErr
}

// totalWords counts the rows of a list, with the total where Graph gave one.
func totalWords(n int, total *int, thing string) string {
	if total == nil || *total == n {
		return views.Plural(n, thing)
	}
	return fmt.Sprintf("%s of %s", views.Count(n), views.Plural(*total, thing))
}
