package handlers

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// searchID looks an id up in every way it may be meant, all at the same time,
// and goes to the page of what it names.
func (h *Handlers) searchID(c echo.Context, page views.SearchPage, id string) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), searchTime)
	defer cancel()
	s := h.searcher(c)
	ways := []finder{
		{title: "Object IDs", find: s.byObjectID}, {title: "App IDs of blueprints", find: s.byAppID}, {title: "App IDs of principals", find: s.byPrincipal},
	}
	groups, errs := make([]views.SearchGroup, len(ways)), make([]error, len(ways))
	var all sync.WaitGroup
	for i, way := range ways {
		all.Go(func() {
			rows, err := way.find(ctx, id)
			groups[i] = views.SearchGroup{Title: way.title, Rows: rows}
			if !graph.IsNotFound(err) {
				errs[i] = part(err, &groups[i].Fault)
			}
		})
	}
	all.Wait()
	for i := range groups {
		if errs[i] != nil {
			return errs[i]
		}
		if len(groups[i].Rows) > 0 {
			return h.showFound(c, page, groups[i].Rows[0])
		}
	}
	page.ByID, page.Groups = true, groups
	if h.may(c, "/audit") {
		page.AuditHref = "/audit?" + url.Values{"target": {id}}.Encode()
	}
	return h.renderSearch(c, page)
}

// showFound goes to an object's page, or shows it in a row while its kind has
// none.
func (h *Handlers) showFound(c echo.Context, page views.SearchPage, row views.SearchRow) error {
	if row.Href != "" {
		return web.Redirect(c, row.Href)
	}
	page.Groups = []views.SearchGroup{{Title: "Object with this id", Mixed: true, Rows: []views.SearchRow{row}}}
	return h.renderSearch(c, page)
}

func (s searcher) byObjectID(ctx context.Context, id string) ([]views.SearchRow, error) {
	objects, err := s.g.GetByIDs(ctx, []string{id})
	var rows []views.SearchRow
	for _, o := range objects {
		rows = append(rows, s.object(o))
	}
	return rows, err
}

func (s searcher) byAppID(ctx context.Context, appID string) ([]views.SearchRow, error) {
	b, err := s.g.BlueprintByAppID(ctx, appID)
	if err != nil {
		return nil, err
	}
	return []views.SearchRow{s.blueprint(*b)}, nil
}

// byPrincipal finds what is left of a blueprint that lives in another tenant.
func (s searcher) byPrincipal(ctx context.Context, appID string) ([]views.SearchRow, error) {
	p, err := s.g.BlueprintPrincipalOf(ctx, appID)
	if err != nil {
		return nil, err
	}
	return []views.SearchRow{s.principal(*p)}, nil
}

func (s searcher) blueprint(b graph.Blueprint) views.SearchRow {
	return s.object(graph.DirectoryObject{ID: b.ID, Kind: graph.KindBlueprint, DisplayName: b.DisplayName, AppID: b.AppID})
}

func (s searcher) principal(p graph.BlueprintPrincipal) views.SearchRow {
	return s.object(graph.DirectoryObject{ID: p.ID, Kind: graph.KindBlueprintPrincipal, DisplayName: p.DisplayName, AppID: p.AppID})
}

// object is the row of an object of the directory, with its page where the
// route table has one that the person may open.
func (s searcher) object(o graph.DirectoryObject) views.SearchRow {
	kind := kindPages()[o.Kind]
	row := views.SearchRow{Mark: kind.mark, Kind: kind.words, Name: o.DisplayName, ID: o.ID}
	switch {
	case o.UPN != "":
		row.Label, row.Value = "UPN", o.UPN
	case o.AppID != "":
		row.Label, row.Value, row.AsID = "App ID", o.AppID, true
	}
	if folder, _, _ := folderOf(o.Kind); folder != "" && s.may(folder+"/:id") {
		row.Href = folder + "/" + strings.ToLower(o.ID)
	}
	return row
}

type kindPage struct{ words, mark string }

// kindPages names the kinds of objects; folderOf says where their pages are.
func kindPages() map[graph.Kind]kindPage {
	return map[graph.Kind]kindPage{
		graph.KindBlueprint:          {"Blueprint", "blueprint"},
		graph.KindBlueprintPrincipal: {"Blueprint principal", "blueprintPrincipal"},
		graph.KindAgentIdentity:      {"Agent identity", "agentIdentity"},
		graph.KindAgentUser:          {"Agent user", "agentUser"},
		graph.KindUser:               {"Person", "user"},
		graph.KindGroup:              {"Group", "group"},
		graph.KindApplication:        {"Application, no blueprint", "box-seam"},
		graph.KindServicePrincipal:   {"Service principal, no agent", "box-seam"},
		graph.KindOther:              {"Object of another kind", "box-seam"},
	}
}
