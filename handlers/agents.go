package handlers

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// listAgents shows the tenant's agent identities, live from Graph.
func (h *Handlers) listAgents(c echo.Context) error {
	q, calls := h.listQueryOf(c, agentsList()), h.recordCalls(c)
	if q.secret != "" {
		return web.Redirect(c, q.unsearched())
	}
	var found *graph.Page[graph.AgentIdentity]
	var names blueprintNames
	var refused string
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() (err error) {
		found, err = h.findAgents(ctx, g, q)
		if !q.staleLink(err) {
			found, refused, err = refusedList(q, found, err)
		}
		return err
	})
	work.Go(func() (err error) {
		names, err = readBlueprintNames(ctx, g)
		return err
	})
	if err := work.Wait(); q.staleLink(err) {
		return web.Redirect(c, q.first().href())
	} else if err != nil {
		return err
	}
	l := views.AgentList{ListPage: h.listPage(c, q, len(found.Items), found.Count, found.Next)}
	l.ExportNote += ", without owners and sponsors: each of them is a call for every row"
	l.Fault, l.Calls, l.Chips = refused, calls.Sent(), q.chips(names.of(q.app))
	l.Filters = append([]views.ListFilter{{Label: "Blueprint", Name: "blueprint", Value: q.app, Options: names.options(q.app)}}, l.Filters...)
	l.Sort = []views.Column{
		q.sorted(views.Column{Title: "Name"}, "name"), {Title: "Status"}, {Title: "Blueprint"}, {Title: "Created (UTC)"}, {Title: "Object ID"},
	}
	for _, a := range found.Items {
		l.Rows = append(l.Rows, agentRow(a, names.of(a.AgentIdentityBlueprintID)))
	}
	p := h.page(c, "Agent identities", "agents")
	p.Lead = "An agent identity is one agent in the directory. It gets its tokens through its blueprint."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Agent identities"}}
	return web.Render(c, listStatus(refused), views.AgentsPage(p, l))
}

// findAgents reads a page of the list, or the one agent whose id was typed as
// the search.
func (h *Handlers) findAgents(ctx context.Context, g *graph.Client, q listQuery) (*graph.Page[graph.AgentIdentity], error) {
	id, err := graph.ParseGUID(q.search)
	switch {
	case err == nil:
		a, err := g.AgentIdentity(ctx, id)
		return one(h.Now(), a, err)
	case q.app != "":
		return g.AgentIdentitiesPage(ctx, q.app, q.options())
	default:
		return g.AgentIdentities(ctx, q.options())
	}
}

func agentRow(a graph.AgentIdentity, blueprintName string) views.AgentRow {
	return views.AgentRow{
		ID: a.ID, Name: a.DisplayName, Enabled: a.AccountEnabled, Created: a.CreatedDateTime,
		BlueprintAppID: a.AgentIdentityBlueprintID, BlueprintName: blueprintName,
	}
}

// blueprintNames are names by App ID, which is what agent identities carry.
type blueprintNames struct {
	list []graph.Blueprint
}

// readBlueprintNames reads the first hundred names: enough to choose from, and
// one request. Agents of other blueprints show the App ID. People who may not
// read blueprints see the agents all the same.
func readBlueprintNames(ctx context.Context, g *graph.Client) (blueprintNames, error) {
	page, err := g.Blueprints(ctx, graph.ListOptions{Top: 100, OrderBy: "displayName"})
	if err != nil {
		var fault string
		return blueprintNames{}, part(err, &fault)
	}
	return blueprintNames{page.Items}, nil
}

func (n blueprintNames) of(appID string) string {
	for _, b := range n.list {
		if strings.EqualFold(b.AppID, appID) {
			return views.Named(b.DisplayName, b.ID)
		}
	}
	return ""
}

// options are the choices of the filter; the chosen one is among them even
// when its name is not known.
func (n blueprintNames) options(chosen string) []views.Option {
	options := []views.Option{{Value: "", Label: "All blueprints"}}
	for _, b := range n.list {
		options = append(options, views.Option{Value: strings.ToLower(b.AppID), Label: views.Named(b.DisplayName, b.ID)})
	}
	if chosen != "" && n.of(chosen) == "" {
		options = append(options, views.Option{Value: chosen, Label: chosen})
	}
	return options
}

// creatorName names the program that made an agent, as far as the list knows
// it: the portal, or a blueprint.
func (h *Handlers) creatorName(appID string, names blueprintNames) string {
	if appID != "" && strings.EqualFold(appID, h.App.ClientID) {
		return "Agent ID Portal"
	}
	return names.of(appID)
}

// exportAgents writes what the list's filters leave as a CSV file.
func (h *Handlers) exportAgents(c echo.Context) error {
	q, g := h.listQueryOf(c, agentsList()), h.graph(c)
	names, err := readBlueprintNames(c.Request().Context(), g)
	if err != nil {
		return err
	}
	return exportList(h, c, csvOf[graph.AgentIdentity]{
		query: q, name: "agent-identities",
		head: []string{"Name", "Status", "Object ID", "Blueprint", "Blueprint App ID", "Created (UTC)", "Created by App ID", "Created by", "Tags"},
		read: func(ctx context.Context, q listQuery) (*graph.Page[graph.AgentIdentity], error) {
			return h.findAgents(ctx, g, q)
		},
		row: func(a graph.AgentIdentity) []string {
			return []string{
				a.DisplayName, enabledText(a.AccountEnabled), a.ID, names.of(a.AgentIdentityBlueprintID), a.AgentIdentityBlueprintID,
				csvTime(a.CreatedDateTime), a.CreatedByAppID, h.creatorName(a.CreatedByAppID, names), joinTags(a.Tags),
			}
		},
	})
}
