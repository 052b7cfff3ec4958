package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// lookedUp is what Graph tells about the ids in a token, by lower-case id:
// object ids, and the App IDs of blueprints and applications.
type lookedUp struct {
	may     func(path string) bool // whether the person may open a page
	names   map[string]string
	parties map[string]views.Party
}

// lookUp asks Graph for the objects behind ids, as the signed-in person. Names
// are an aid: what cannot be read stays without one.
func (h *Handlers) lookUp(c echo.Context, ids []string) lookedUp {
	d := lookedUp{may: func(path string) bool { return h.may(c, path) }, names: map[string]string{}, parties: map[string]views.Party{}}
	ids = uniqueGUIDs(ids)
	if len(ids) == 0 || web.CurrentUser(c) == nil {
		return d
	}
	ctx, g := c.Request().Context(), h.graph(c)
	objects, err := g.GetByIDs(ctx, ids)
	if err != nil {
		h.Log.Info("look up names", "error", err, "request_id", web.RequestID(c))
	}
	for _, o := range objects {
		d.add(o.ID, o.DisplayName, o.Kind)
	}
	for _, id := range ids {
		if _, known := d.parties[id]; !known {
			d.addByAppID(ctx, g, id)
		}
	}
	return d
}

// addByAppID takes an id for the App ID of a blueprint, or of an application as
// audiences and clients are: none is an object id, so GetByIDs knows none.
func (d lookedUp) addByAppID(ctx context.Context, g *graph.Client, appID string) {
	b, err := g.BlueprintByAppID(ctx, appID)
	if graph.IsNotFound(err) {
		if api, err := g.Resource(ctx, appID); err == nil && api.DisplayName != "" {
			d.names[appID] = api.DisplayName
			d.parties[appID] = views.Party{ID: appID, Name: api.DisplayName, Mark: "principal"}
		}
	}
	if err != nil {
		return
	}
	d.names[appID] = b.DisplayName
	d.parties[appID] = views.Party{ID: appID, Name: b.DisplayName, Mark: "blueprint", Href: d.page(graph.KindBlueprint, b.ID)}
}

// page is the address of an object for those who may open it, else empty.
func (d lookedUp) page(kind graph.Kind, id string) string {
	folder, _, _ := folderOf(kind)
	if folder == "" || !d.may(folder+"/:id") {
		return ""
	}
	return folder + "/" + strings.ToLower(id)
}

func (d lookedUp) add(id, name string, kind graph.Kind) {
	id = strings.ToLower(id)
	p := views.Party{ID: id, Name: name, Mark: "principal", Href: d.page(kind, id)}
	switch kind {
	case graph.KindBlueprint:
		p.Mark = "blueprint"
	case graph.KindAgentIdentity:
		p.Mark = "agentIdentity"
	case graph.KindBlueprintPrincipal:
		name += " (its principal)"
	case graph.KindUser:
		p.Mark = "person"
	case graph.KindAgentUser:
		p.Mark = "agentUser"
	}
	d.names[id], d.parties[id] = name, p
}

// party returns what is known of an id; an empty one for an empty id.
func (d lookedUp) party(id, mark string) views.Party {
	if p, ok := d.parties[strings.ToLower(id)]; ok {
		return p
	}
	return views.Party{ID: id, Mark: mark}
}

func uniqueGUIDs(ids []string) []string {
	var kept []string
	for _, id := range ids {
		id, err := graph.ParseGUID(id)
		if err != nil {
			continue
		}
		if id = strings.ToLower(id); !slices.Contains(kept, id) {
			kept = append(kept, id)
		}
	}
	return kept
}
