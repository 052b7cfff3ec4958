package handlers

import (
	"context"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// searcher finds things for one person. Its parts run side by side, so it holds
// what they need of the request.
type searcher struct {
	store    *models.Store
	g        *graph.Client
	tenantID string
	may      func(path string) bool
	drafts   func() ([]views.DraftRow, error)
}

func (h *Handlers) searcher(c echo.Context) searcher {
	u := web.CurrentUser(c)
	return searcher{
		store: h.Store, g: h.graph(c), tenantID: h.Tenant.ID,
		may:    func(path string) bool { return h.guards[path].Allows(u) },
		drafts: func() ([]views.DraftRow, error) { return h.ownDrafts(c) },
	}
}

// finder is one kind of thing and how it is found.
type finder struct {
	title string
	find  func(ctx context.Context, text string) ([]views.SearchRow, error)
	list  string // the page that takes ?q= and lists them all; empty for none
}

// finders are the kinds that are searched, in the order of the page.
func (s searcher) finders() []finder {
	users := s.usersOnce()
	finders := []finder{
		{"Blueprints", s.blueprints, "/blueprints"},
		{"Blueprint principals", s.principals, "/principals"},
		{"Agent identities", s.agents, "/agents"},
		{"Agent users", s.users(users, graph.KindAgentUser), ""},
		{"People", s.users(users, graph.KindUser), ""},
		{"Runs", s.runs, ""},
	}
	if s.may("/blueprints/new") {
		finders = append(finders, finder{"Your drafts", s.ownDrafts, ""})
	}
	return finders
}

func searchOptions(text string) graph.ListOptions {
	return graph.ListOptions{Top: searchRows + 1, Search: text}
}

func (s searcher) blueprints(ctx context.Context, text string) ([]views.SearchRow, error) {
	page, err := s.g.Blueprints(ctx, searchOptions(text))
	return rowsOf(page, err, s.blueprint)
}

func (s searcher) principals(ctx context.Context, text string) ([]views.SearchRow, error) {
	page, err := s.g.BlueprintPrincipals(ctx, searchOptions(text))
	return rowsOf(page, err, s.principal)
}

func (s searcher) agents(ctx context.Context, text string) ([]views.SearchRow, error) {
	page, err := s.g.AgentIdentities(ctx, searchOptions(text))
	return rowsOf(page, err, func(a graph.AgentIdentity) views.SearchRow {
		row := s.object(graph.DirectoryObject{ID: a.ID, Kind: graph.KindAgentIdentity, DisplayName: a.DisplayName})
		row.Label, row.Value, row.AsID = "App ID of its blueprint", a.AgentIdentityBlueprintID, true
		return row
	})
}

// rowsOf makes rows of a page of Graph's.
func rowsOf[T any](page *graph.Page[T], err error, row func(T) views.SearchRow) ([]views.SearchRow, error) {
	if err != nil {
		return nil, err
	}
	rows := make([]views.SearchRow, len(page.Items))
	for i, item := range page.Items {
		rows[i] = row(item)
	}
	return rows, nil
}

// findUsers finds objects of Graph's one list of people and agent users.
type findUsers func(ctx context.Context, text string) ([]graph.DirectoryObject, error)

// usersOnce asks for that list once for both kinds. A page of one kind may be
// full of the other, so it asks for more than a page shows.
func (s searcher) usersOnce() findUsers {
	var once sync.Once
	var found []graph.DirectoryObject
	var err error
	return func(ctx context.Context, text string) ([]graph.DirectoryObject, error) {
		once.Do(func() { found, err = s.g.FindUsers(ctx, text, 5*searchRows) })
		return found, err
	}
}

func (s searcher) users(find findUsers, kind graph.Kind) func(context.Context, string) ([]views.SearchRow, error) {
	return func(ctx context.Context, text string) ([]views.SearchRow, error) {
		found, err := find(ctx, text)
		var rows []views.SearchRow
		for _, o := range found {
			if o.Kind == kind {
				rows = append(rows, s.object(o))
			}
		}
		return rows, err
	}
}

func (s searcher) runs(ctx context.Context, text string) ([]views.SearchRow, error) {
	runs, err := s.store.RunsNamed(ctx, s.tenantID, text, searchRows+1)
	var rows []views.SearchRow
	for i := range runs {
		badge, _ := runBadge(&runs[i])
		rows = append(rows, views.SearchRow{
			Mark: "list-task", Kind: "Run", Name: runs[i].Title, Href: runPath(runs[i].ID), Label: "State", Value: badge,
		})
	}
	return rows, err
}

func (s searcher) ownDrafts(_ context.Context, text string) ([]views.SearchRow, error) {
	drafts, err := s.drafts()
	var rows []views.SearchRow
	for _, d := range drafts {
		if strings.Contains(strings.ToLower(d.Name), strings.ToLower(text)) {
			rows = append(rows, views.SearchRow{
				Kind: "Draft", Name: d.Name, Href: "/blueprints/new/" + d.ID, Label: "Saved", Value: views.Day(d.SavedAt),
			})
		}
	}
	return rows, err
}
