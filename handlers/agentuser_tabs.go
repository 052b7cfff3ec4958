package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// showLicences lists the products an agent user has, with their services.
func (h *Handlers) showLicences(c echo.Context, u *graph.AgentUser, o *object) error {
	d := views.AgentUserLicences{UsageLocation: u.UsageLocation, Assign: "POST /v1.0/users/" + u.ID + "/assignLicense"}
	var err error
	d.Licences, err = h.graph(c).LicensesOf(c.Request().Context(), u.ID)
	if err := part(err, &d.Fault); err != nil {
		return err
	}
	if h.may(c, "/agent-users/:id/licences/add") && d.Fault == "" {
		d.Add = &views.ButtonView{Href: o.path() + "/licences/add", Icon: "plus-lg", Text: "Assign licence…"}
		d.Remove = map[string]string{}
		for _, l := range d.Licences {
			d.Remove[l.SKUID] = o.path() + "/licences/" + strings.ToLower(l.SKUID) + "/remove"
		}
	}
	d.ObjectHead = o.head(c, "licences")
	return web.Render(c, http.StatusOK, views.AgentUserLicencesPage(h.objectPage(c, o, "licences"), d))
}

// showGroups lists the groups an agent user is a member of.
func (h *Handlers) showGroups(c echo.Context, u *graph.AgentUser, o *object) error {
	d := views.AgentUserGroups{Add: "POST /v1.0/groups/{id of the group}/members/$ref"}
	groups, err := h.graph(c).GroupsOf(c.Request().Context(), u.ID)
	if err := part(err, &d.Fault); err != nil {
		return err
	}
	may := h.may(c, "/agent-users/:id/groups/add") && d.Fault == ""
	if may {
		d.AddTo, d.Remove = &views.ButtonView{Href: o.path() + "/groups/add", Icon: "plus-lg", Text: "Add to a group…"}, map[string]string{}
	}
	for _, g := range groups {
		d.Rows = append(d.Rows, views.GroupRow{ID: g.ID, Name: g.DisplayName, Kind: groupKind(g)})
		if may && !g.Dynamic() {
			d.Remove[g.ID] = memberships().removePath(o, g.ID)
		}
	}
	d.ObjectHead = o.head(c, "groups")
	return web.Render(c, http.StatusOK, views.AgentUserGroupsPage(h.objectPage(c, o, "groups"), d))
}

// showManager lists who manages an agent user and who answers for it. Users
// have no owners.
func (h *Handlers) showManager(c echo.Context, u *graph.AgentUser, o *object) error {
	user := "/v1.0/users/" + u.ID
	d := views.AgentUserPeople{SetManager: "PUT " + user + "/manager/$ref", AddSponsor: "POST " + user + "/sponsors/$ref"}
	work, ctx := errgroup.WithContext(c.Request().Context())
	readUserPeople(ctx, work, h.graph(c), u.ID, &d.Manager, &d.Sponsors)
	if err := work.Wait(); err != nil {
		return err
	}
	h.offerChanges(c, o, manager(), &d.Manager)
	h.offerChanges(c, o, sponsors(), &d.Sponsors)
	d.ObjectHead = o.head(c, "owners")
	return web.Render(c, http.StatusOK, views.AgentUserPeoplePage(h.objectPage(c, o, "owners"), d))
}

// showUserGrants lists what was granted for an agent user alone. What its agent
// identity holds for everybody counts as well, and is on that one's page.
func (h *Handlers) showUserGrants(c echo.Context, u *graph.AgentUser, o *object) error {
	ctx, g := c.Request().Context(), h.graph(c)
	held, err := readUserHolding(ctx, g, u.ID)
	if err != nil {
		return err
	}
	d := views.ObjectPermissions{
		Note: "what was granted for this agent user alone", Rows: userRows(held), Faults: held.faults,
		SeeWords: "What its agent identity holds for everybody, or inherits, counts for it as well", SeeHref: "/agents/" + u.IdentityParentID + "/permissions",
	}
	d.ObjectHead = o.head(c, "permissions")
	return web.Render(c, http.StatusOK, views.ObjectPermissionsPage(h.objectPage(c, o, "permissions"), d))
}

// readUserHolding reads the app roles of a user and the grants for it alone,
// then the APIs and the clients in them.
func readUserHolding(ctx context.Context, g *graph.Client, userID string) (*holding, error) {
	held := &holding{apis: map[string]*graph.Resource{}, people: map[string]string{}}
	var roles, grants string
	work, partCtx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		held.roles, err = g.UserRoleAssignments(partCtx, userID)
		return part(err, &roles)
	})
	work.Go(func() (err error) {
		held.grants, err = g.GrantsFor(partCtx, userID)
		return part(err, &grants)
	})
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for _, f := range []views.PermissionFault{{What: "App roles", Why: roles}, {What: "Delegated permissions", Why: grants}} {
		if f.Why != "" {
			held.faults = append(held.faults, f)
		}
	}
	return held, held.readClients(ctx, g)
}

// readClients reads the APIs behind the ids, and the clients by name.
func (held *holding) readClients(ctx context.Context, g *graph.Client) error {
	if err := held.readNames(ctx, g); err != nil {
		return err
	}
	var ids []string
	for _, grant := range held.grants {
		ids = append(ids, grant.ClientID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	objects, err := g.GetByIDs(ctx, ids[:min(len(ids), 1000)])
	for _, o := range objects {
		held.people[o.ID] = views.Named(o.DisplayName, o.ID)
		held.clients = append(held.clients, o)
	}
	var fault string // the id stands for the name
	return part(err, &fault)
}

// userRows are the permissions of a user by API and name; none can be changed
// from the user's side.
func userRows(held *holding) []views.PermissionRow {
	var rows []views.PermissionRow
	for _, r := range held.roles {
		row := held.roleRow(r)
		row.Source = "Assigned here"
		rows = append(rows, row)
	}
	for _, grant := range held.grants {
		for _, scope := range grant.Scopes() {
			row := held.scopeRow(grant, scope)
			row.Source, row.SourceHref = "For the client “"+held.clientName(grant.ClientID)+"”", held.clientPage(grant.ClientID)
			rows = append(rows, row)
		}
	}
	sortPermissions(rows)
	return rows
}

func (held *holding) clientName(id string) string {
	if name := held.people[id]; name != "" {
		return name
	}
	return id
}

// clientPage is where the permissions of a client are; empty for applications
// that are no agents.
func (held *holding) clientPage(id string) string {
	for _, o := range held.clients {
		if folder, _, _ := folderOf(o.Kind); o.ID == id && folder != "" {
			return folder + "/" + id + "/permissions"
		}
	}
	return ""
}
