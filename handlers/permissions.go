package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// foundMost is how many permissions a search lists.
const foundMost = 25

// holding is what somebody holds, as Graph lists it.
type holding struct {
	roles, inheritedRoles   []graph.RoleAssignment
	grants, inheritedGrants []graph.DelegatedGrant
	passedOn                []graph.InheritablePermission // of a principal's blueprint
	principalID             string                        // of an agent identity's blueprint
	faults                  []views.PermissionFault

	apis    map[string]*graph.Resource // by object id; nil where it cannot be read
	people  map[string]string          // names by object id
	clients []graph.DirectoryObject    // of grants for one user
}

// showGrants lists what an agent identity or a blueprint principal may do, and
// searches for more.
func (h *Handlers) showGrants(c echo.Context, o *object) error {
	ctx, g := c.Request().Context(), h.graph(c)
	held, err := readHolding(ctx, g, o)
	if err != nil {
		return err
	}
	d := views.ObjectPermissions{Note: permissionNote(o.kind), Rows: permissionRows(o, held, h.mayChangePermissions(c)), Faults: held.faults}
	if h.mayChangePermissions(c) {
		if d.Find, err = h.searchPermissions(c, g, o, held); err != nil {
			return err
		}
	}
	d.ObjectHead = o.head(c, "permissions")
	return web.Render(c, http.StatusOK, views.ObjectPermissionsPage(h.objectPage(c, o, "permissions"), d))
}

func permissionNote(kind graph.Kind) string {
	if kind == graph.KindBlueprintPrincipal {
		return "what this principal may do, and what of it its agent identities inherit"
	}
	return "what this agent identity may do, itself or by way of its blueprint"
}

func (h *Handlers) mayChangePermissions(c echo.Context) bool {
	return h.may(c, "/agents/:id/permissions/grant")
}

// readHolding reads the parts side by side, then the APIs and the people in them.
func readHolding(ctx context.Context, g *graph.Client, o *object) (*holding, error) {
	held := &holding{apis: map[string]*graph.Resource{}, people: map[string]string{}}
	var faults [5]string
	work, partCtx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		held.roles, err = g.RoleAssignments(partCtx, o.id)
		return part(err, &faults[0])
	})
	work.Go(func() (err error) {
		held.grants, err = g.GrantsOf(partCtx, o.id)
		return part(err, &faults[1])
	})
	if o.kind == graph.KindAgentIdentity {
		held.readInherited(partCtx, work, g, o, &faults)
	} else {
		work.Go(func() (err error) {
			held.passedOn, err = readPassedOn(partCtx, g, o)
			return part(err, &faults[4])
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for i, what := range []string{
		"Application permissions", "Delegated permissions", "Inherited application permissions", "Inherited delegated permissions", "What agent identities inherit",
	} {
		if faults[i] != "" {
			held.faults = append(held.faults, views.PermissionFault{What: what, Why: faults[i]})
		}
	}
	return held, held.readNames(ctx, g)
}

func (held *holding) readInherited(ctx context.Context, work *errgroup.Group, g *graph.Client, o *object, faults *[5]string) {
	work.Go(func() (err error) {
		held.inheritedRoles, err = g.InheritedRoles(ctx, o.id)
		return part(err, &faults[2])
	})
	work.Go(func() (err error) {
		held.inheritedGrants, err = g.InheritedGrants(ctx, o.id)
		return part(err, &faults[3])
	})
	work.Go(func() error {
		p, err := g.BlueprintPrincipalOf(ctx, o.blueprint)
		if err == nil {
			held.principalID = p.ID
		}
		var fault string // the rows do without the link
		return part(err, &fault)
	})
}

// readPassedOn reads what agent identities inherit. A blueprint that is gone, or
// in another tenant, tells nothing.
func readPassedOn(ctx context.Context, g *graph.Client, o *object) ([]graph.InheritablePermission, error) {
	b, err := sourceOf(ctx, g, o)
	if graph.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return g.InheritablePermissions(ctx, b.ID)
}

// sourceOf is the blueprint of an object.
func sourceOf(ctx context.Context, g *graph.Client, o *object) (*graph.Blueprint, error) {
	if o.source != nil {
		return o.source, nil
	}
	return g.BlueprintByAppID(ctx, o.blueprint)
}

// readNames reads the APIs and the people behind the ids.
func (held *holding) readNames(ctx context.Context, g *graph.Client) error {
	var people []string
	for _, r := range slices.Concat(held.roles, held.inheritedRoles) {
		held.apis[r.ResourceID] = nil
	}
	for _, grant := range slices.Concat(held.grants, held.inheritedGrants) {
		held.apis[grant.ResourceID] = nil
		if grant.PrincipalID != "" && !slices.Contains(people, grant.PrincipalID) {
			people = append(people, grant.PrincipalID)
		}
	}
	apis := make(chan *graph.Resource, len(held.apis))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(4)
	for id := range held.apis {
		work.Go(func() error {
			api, err := g.ResourceByID(ctx, id)
			if err == nil {
				apis <- api
			}
			var fault string // its id stands for it
			return part(err, &fault)
		})
	}
	work.Go(func() error {
		objects, err := g.GetByIDs(ctx, people[:min(len(people), 1000)])
		for _, o := range objects {
			held.people[o.ID] = views.Named(o.DisplayName, o.ID)
		}
		var fault string
		return part(err, &fault)
	})
	err := work.Wait()
	close(apis)
	for api := range apis {
		held.apis[api.ID] = api
	}
	return err
}

// searchPermissions is the search of the tab, done where something was typed.
func (h *Handlers) searchPermissions(c echo.Context, g *graph.Client, o *object, held *holding) (*views.PermissionSearch, error) {
	s := &views.PermissionSearch{
		Action: o.path() + "/permissions", API: cut(strings.TrimSpace(c.QueryParam("api")), maxTyped), Q: cut(strings.TrimSpace(c.QueryParam("q")), maxTyped),
	}
	if s.Searched = s.Q != "" || s.API != ""; !s.Searched {
		return s, nil
	}
	apis, err := provision.FindAPIs(c.Request().Context(), g, s.API)
	if err != nil {
		return s, part(err, &s.Fault)
	}
	for _, api := range apis {
		s.APIs = append(s.APIs, views.PermissionAPI{
			Name: views.Named(api.DisplayName, api.AppID), AppID: api.AppID, Href: s.Action + "?" + url.Values{"api": {api.AppID}, "q": {s.Q}}.Encode() + "#add",
		})
	}
	if len(apis) == 0 {
		return s, nil
	}
	found := provision.FindPermissions(&apis[0], s.Q, foundMost+1)
	if s.More = len(found) > foundMost; s.More {
		found = found[:foundMost]
	}
	for _, p := range found {
		add := url.Values{"api": {p.Resource.AppID}, "kind": {kindWord(p.Application)}, "value": {p.Value}}
		s.Found = append(s.Found, views.FoundPermission{
			Permission: p, Held: held.has(p), AddHref: s.Action + "/grant?" + add.Encode(),
		})
	}
	return s, nil
}

// has says whether a permission was granted itself, to everybody.
func (held *holding) has(p provision.Permission) bool {
	if p.Application {
		return slices.ContainsFunc(held.roles, func(r graph.RoleAssignment) bool {
			return r.ResourceID == p.Resource.ID && strings.EqualFold(r.RoleID, p.ID)
		})
	}
	return slices.ContainsFunc(held.grants, func(g graph.DelegatedGrant) bool {
		everybody := g.ResourceID == p.Resource.ID && g.ConsentType == graph.ConsentEverybody
		return everybody && slices.ContainsFunc(g.Scopes(), func(s string) bool { return strings.EqualFold(s, p.Value) })
	})
}

// kindWord is the sort of a permission in an address.
func kindWord(application bool) string { return strings.ToLower(views.PermissionKind(application)) }
