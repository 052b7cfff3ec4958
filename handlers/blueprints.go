package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// listBlueprints shows the tenant's blueprints, live from Graph.
func (h *Handlers) listBlueprints(c echo.Context) error {
	q, calls := h.listQueryOf(c, blueprintsList()), h.recordCalls(c)
	if q.secret != "" {
		return web.Redirect(c, q.unsearched())
	}
	found, err := h.findBlueprints(c.Request().Context(), h.graph(c), q)
	if q.staleLink(err) {
		return web.Redirect(c, q.first().href())
	}
	found, refused, err := refusedList(q, found, err)
	if err != nil {
		return err
	}
	l := views.BlueprintList{ListPage: h.listPage(c, q, len(found.Items), found.Count, found.Next)}
	l.Fault, l.Calls = refused, calls.Sent()
	l.Sort = []views.Column{
		q.sorted(views.Column{Title: "Name"}, "name"),
		{Title: "Credential"},
		q.sorted(views.Column{Title: "Created (UTC)"}, "created"),
		{Title: "App ID"},
	}
	for _, b := range found.Items {
		l.Rows = append(l.Rows, views.BlueprintRow{
			ID: b.ID, AppID: b.AppID, Name: b.DisplayName, Created: b.CreatedDateTime, Credential: nextCredential(&b, h.Now()),
		})
	}
	if h.may(c, "/blueprints/new") {
		if l.Drafts, err = h.ownDrafts(c); err != nil {
			return err
		}
	}
	p := h.page(c, "Blueprints", "blueprints")
	p.Lead = "A blueprint holds the credential and the permissions that its agent identities share."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprints"}}
	return web.Render(c, listStatus(refused), views.BlueprintsPage(p, l))
}

// findBlueprints reads a page of the list, or the one blueprint whose id was
// typed as the search.
func (h *Handlers) findBlueprints(ctx context.Context, g *graph.Client, q listQuery) (*graph.Page[graph.Blueprint], error) {
	id, err := graph.ParseGUID(q.search)
	if err != nil {
		return g.Blueprints(ctx, q.options())
	}
	b, err := blueprintByAnyID(ctx, g, id)
	return one(h.Now(), b, err)
}

// one is the page of a list whose search was an id: the object, or nothing.
func one[T any](now time.Time, item *T, err error) (*graph.Page[T], error) {
	page := &graph.Page[T]{ReadAt: now}
	switch {
	case graph.IsNotFound(err):
		return page, nil
	case err != nil:
		return nil, err
	}
	page.Items = []T{*item}
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

// exportBlueprints writes what the list's filters leave as a CSV file.
func (h *Handlers) exportBlueprints(c echo.Context) error {
	q, g := h.listQueryOf(c, blueprintsList()), h.graph(c)
	return exportList(h, c, csvOf[graph.Blueprint]{
		query: q, name: "blueprints",
		head: []string{"Name", "App ID", "Object ID", "Description", "Sign-in audience", "Created (UTC)", "Credential", "Credential ends (UTC)", "Tags"},
		read: func(ctx context.Context, q listQuery) (*graph.Page[graph.Blueprint], error) {
			return h.findBlueprints(ctx, g, q)
		},
		row: func(b graph.Blueprint) []string {
			var ends time.Time
			if rows := credentialRows(&b, h.Now()); len(rows) > 0 {
				ends = rows[0].Ends
			}
			return []string{
				b.DisplayName, b.AppID, b.ID, b.Description, b.SignInAudience, csvTime(b.CreatedDateTime),
				nextCredential(&b, h.Now()).Text, csvTime(ends), joinTags(b.Tags),
			}
		},
	})
}
