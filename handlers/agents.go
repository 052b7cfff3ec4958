package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// listAgents shows the tenant's agent identities, live from Graph.
func (h *Handlers) listAgents(c echo.Context) error {
	q := listQueryOf(c, "name", "-name")
	var found *graph.Page[graph.AgentIdentity]
	var names blueprintNames
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() (err error) {
		found, err = h.findAgents(ctx, g, q)
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
	l := views.AgentList{Blueprint: q.blueprint, Blueprints: names.options(q.blueprint), ListPage: views.ListPage{
		Query: q.search, Filtered: q.search != "" || q.blueprint != "", ClearAll: "/agents", ReadAt: found.ReadAt,
		MayCreate: h.may(c, "/blueprints/new"), Chips: agentChips(q, names),
		Total:  totalWords(len(found.Items), found.Count, "agent"),
		Paging: q.pagingOf(len(found.Items), found.Count, found.Next),
		Sort: []views.Column{
			q.sorted(views.Column{Title: "Name"}, "name"), {Title: "Status"}, {Title: "Blueprint"}, {Title: "Created (UTC)"}, {Title: "Object ID"},
		},
	}}
	for _, a := range found.Items {
		l.Rows = append(l.Rows, agentRow(a, names.of(a.AgentIdentityBlueprintID)))
	}
	p := h.page(c, "Agent identities", "agents")
	p.Lead = "An agent identity is one agent in the directory. It gets its tokens through its blueprint."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Agent identities"}}
	return web.Render(c, http.StatusOK, views.AgentsPage(p, l))
}

// findAgents reads a page of the list, or the one agent whose id was typed as
// the search.
func (h *Handlers) findAgents(ctx context.Context, g *graph.Client, q listQuery) (*graph.Page[graph.AgentIdentity], error) {
	id, err := graph.ParseGUID(q.search)
	switch {
	case err == nil:
		page := &graph.Page[graph.AgentIdentity]{ReadAt: h.Now()}
		a, err := g.AgentIdentity(ctx, id)
		if graph.IsNotFound(err) {
			return page, nil
		}
		if err != nil {
			return nil, err
		}
		page.Items = []graph.AgentIdentity{*a}
		return page, nil
	case q.blueprint != "":
		return g.AgentIdentitiesPage(ctx, q.blueprint, q.options())
	default:
		return g.AgentIdentities(ctx, q.options())
	}
}

func agentChips(q listQuery, names blueprintNames) []views.Chip {
	var chips []views.Chip
	if q.blueprint != "" {
		without := q.first()
		without.blueprint = ""
		name := names.of(q.blueprint)
		if name == "" {
			name = q.blueprint
		}
		chips = append(chips, views.Chip{Name: "Blueprint", Value: name, RemoveHref: without.href()})
	}
	if q.search != "" {
		without := q.first()
		without.search = ""
		chips = append(chips, views.Chip{Name: "Search", Value: q.search, RemoveHref: without.href()})
	}
	return chips
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

// showAgent shows one agent identity.
func (h *Handlers) showAgent(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	a, err := h.graph(c).AgentIdentity(c.Request().Context(), id)
	if err != nil {
		return err
	}
	d := views.AgentDetail{Agent: *a, TenantID: h.Tenant.ID, ReadAt: h.Now()}
	if err := h.fillAgent(c, &d); err != nil {
		return err
	}
	name := views.Named(a.DisplayName, a.ID)
	p := h.page(c, name, "agents")
	p.Lead = "One agent. It has no credential of its own: its blueprint asks for its tokens."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Agent identities", Href: "/agents"}, {Text: name}}
	return web.Render(c, http.StatusOK, views.AgentPage(p, d))
}

func (h *Handlers) fillAgent(c echo.Context, d *views.AgentDetail) error {
	g, a := h.graph(c), d.Agent
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error {
		b, err := g.BlueprintByAppID(ctx, a.AgentIdentityBlueprintID)
		if err == nil {
			d.Blueprint = b
		}
		if graph.IsNotFound(err) {
			return nil // the blueprint was deleted; the page says so
		}
		return part(err, &d.BlueprintFault)
	})
	work.Go(func() (err error) {
		d.MayTest, err = h.mayTest(c, a.AgentIdentityBlueprintID)
		return err
	})
	work.Go(func() (err error) {
		d.Owners.Refs, err = g.Owners(ctx, graph.KindAgentIdentity, a.ID)
		return part(err, &d.Owners.Fault)
	})
	work.Go(func() (err error) {
		d.Sponsors.Refs, err = g.Sponsors(ctx, graph.KindAgentIdentity, a.ID)
		return part(err, &d.Sponsors.Fault)
	})
	if err := work.Wait(); err != nil {
		return err
	}
	var err error
	d.Origin, err = h.originOf(c, graph.KindAgentIdentity, a.ID, a.CreatedByAppID)
	if d.Origin.App == "" && d.Blueprint != nil && strings.EqualFold(a.CreatedByAppID, d.Blueprint.AppID) {
		d.Origin.App = "Its blueprint, with its own token"
	}
	return err
}
