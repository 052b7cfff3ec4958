package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// showAgentUser shows one agent user among its family.
func (h *Handlers) showAgentUser(c echo.Context) error {
	u, o, err := h.openAgentUser(c)
	if o == nil {
		return err
	}
	d := views.AgentUserDetail{User: *u, TenantID: h.Tenant.ID}
	siblings, broken := views.AgentsOf{}, impact{}
	if err := h.fillAgentUser(c, o, &d, &siblings, &broken); err != nil {
		return err
	}
	d.ObjectHead = o.head(c, "")
	d.Findings = agentUserFindings(&d)
	d.Tree = agentUserTree(c, o, &d, siblings)
	d.Impact = broken.view(o)
	if d.Parent != nil {
		mayTest, err := h.mayTest(c, o.blueprint)
		if err != nil {
			return err
		}
		if mayTest {
			d.Actions = append(d.Actions, views.ButtonView{Href: "/tokens?mode=agent-user&agent=" + d.Parent.ID, Icon: "arrow-left-right", Text: "Get a token"})
		}
		d.Actions = append(d.Actions, views.ButtonView{Href: "/agents/" + d.Parent.ID, Icon: "agentIdentity", Text: "Open agent identity"})
	}
	d.Actions = append(d.Actions, h.actButtons(c, o, nil)...)
	return web.Render(c, http.StatusOK, views.AgentUserPage(h.objectPage(c, o, ""), d))
}

// showAgentUserTab shows another part of an agent user.
func (h *Handlers) showAgentUserTab(c echo.Context) error {
	return showPart(h, c, graph.KindAgentUser, h.openAgentUser, ownTabs[*graph.AgentUser]{
		"permissions": h.showUserGrants, "licences": h.showLicences, "groups": h.showGroups, "owners": h.showManager,
	})
}

// openAgentUser reads the agent user of an address. Without an object the
// request is answered, or failed.
func (h *Handlers) openAgentUser(c echo.Context) (*graph.AgentUser, *object, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, nil, err
	}
	calls := h.recordCalls(c)
	u, err := h.graph(c).AgentUser(c.Request().Context(), id)
	if err != nil {
		return nil, nil, h.elsewhere(c, graph.KindAgentUser, id, err)
	}
	return u, &object{
		kind: graph.KindAgentUser, id: u.ID, name: views.Named(u.DisplayName, u.UserPrincipalName), parent: u.IdentityParentID,
		lead:   "The user account of one agent identity. It has no password: only that agent identity signs in as it.",
		readAt: h.Now(), calls: calls, badge: enabledText(u.AccountEnabled), tone: enabledTone(u.AccountEnabled), enabled: u.AccountEnabled, upn: u.UserPrincipalName,
	}, nil
}

// fillAgentUser reads the parts side by side. The family hangs on the parent,
// which is read first there.
func (h *Handlers) fillAgentUser(c echo.Context, o *object, d *views.AgentUserDetail, siblings *views.AgentsOf, broken *impact) error {
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error { return h.readParent(ctx, g, o, d, siblings) })
	readUserPeople(ctx, work, g, o.id, &d.Manager, &d.Sponsors)
	work.Go(func() (err error) {
		*broken, err = h.impactOf(c, o)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	d.Licences, d.LicencesFault = broken.licences, broken.faultOf(partLicences)
	var err error
	d.Origin, err = h.originOf(c, graph.KindAgentUser, o.id, "")
	return err
}

// readParent reads the agent identity and its family; one that is gone leaves
// an orphan, and nothing says what blueprint it had.
func (h *Handlers) readParent(ctx context.Context, g *graph.Client, o *object, d *views.AgentUserDetail, siblings *views.AgentsOf) error {
	agent, err := g.AgentIdentity(ctx, d.User.IdentityParentID)
	if graph.IsNotFound(err) {
		d.Orphan = true
		return nil
	}
	if err != nil {
		return part(err, &d.ParentFault)
	}
	d.Parent, o.blueprint = agent, agent.AgentIdentityBlueprintID
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return h.readFamily(ctx, g, o.blueprint, &d.Family) })
	work.Go(func() (err error) {
		*siblings, err = firstAgents(ctx, g, o.blueprint, 1)
		var fault string // the drawing does without the others
		return part(err, &fault)
	})
	return work.Wait()
}

// readUserPeople reads the manager and the sponsors of a user side by side with
// the rest of a page.
func readUserPeople(ctx context.Context, work *errgroup.Group, g *graph.Client, userID string, manager, sponsors *views.People) {
	work.Go(func() error {
		m, err := g.ManagerOf(ctx, userID)
		if graph.IsNotFound(err) {
			return nil // nobody
		}
		if err == nil {
			manager.Refs = []graph.PrincipalRef{*m}
		}
		return part(err, &manager.Fault)
	})
	work.Go(func() (err error) {
		sponsors.Refs, err = g.UserSponsors(ctx, userID)
		return part(err, &sponsors.Fault)
	})
}

// agentUserTree draws the family of an agent user, or what is left of it.
func agentUserTree(c echo.Context, o *object, d *views.AgentUserDetail, siblings views.AgentsOf) views.Tree {
	known := byParent([]graph.AgentUser{d.User})
	if d.Parent != nil {
		return familyTree(c, o, d.Family, views.AgentsOf{Rows: []views.AgentRow{agentRow(*d.Parent, "")}, Total: siblings.Total}, known)
	}
	parent := views.TreeBox{Mark: "agentIdentity", Name: "Not there any more", Second: d.User.IdentityParentID, Dashed: true, Children: known.boxes(o, d.User.IdentityParentID)}
	if !d.Orphan {
		parent.Name = "Not readable"
	}
	t := views.Tree{
		Summary: "The agent user and its agent identity", Heads: []string{"Agent identity", "Agent user"}, Root: parent,
	}
	return t.Switchable(o.path(), c.QueryParam("tree") == "list")
}
