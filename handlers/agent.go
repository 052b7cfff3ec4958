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

// showAgent shows one agent identity among its family.
func (h *Handlers) showAgent(c echo.Context) error {
	a, o, err := h.openAgent(c)
	if o == nil {
		return err
	}
	d := views.AgentDetail{Agent: *a, TenantID: h.Tenant.ID}
	var count *int
	mayTest, broken := false, impact{}
	if err := h.fillAgent(c, o, &d, &count, &mayTest, &broken); err != nil {
		return err
	}
	d.ObjectHead = o.head(c, "")
	d.Impact = broken.view(o)
	d.Tree = familyTree(c, o, d.Family, views.AgentsOf{Rows: []views.AgentRow{agentRow(*a, "")}, Total: count}, byParent(broken.users))
	if mayTest {
		d.Actions = append(d.Actions, views.ButtonView{Href: "/tokens?agent=" + a.ID, Icon: "arrow-left-right", Text: "Get a token"})
	}
	if d.User != nil {
		d.Actions = append(d.Actions, views.ButtonView{Href: "/agent-users/" + d.User.ID, Icon: "agentUser", Text: "Open agent user"})
	}
	if h.may(c, "/agents/:id/agent-user/new") && d.User == nil && d.UserFault == "" {
		d.AddUserHref = addUserPath(a.ID)
		d.Actions = append(d.Actions, views.ButtonView{Href: d.AddUserHref, Icon: "agentUser", Text: "Add agent user"})
	}
	d.Actions = append(d.Actions, h.actButtons(c, o, nil)...)
	return web.Render(c, http.StatusOK, views.AgentPage(h.objectPage(c, o, ""), d))
}

// showAgentTab shows another part of an agent identity.
func (h *Handlers) showAgentTab(c echo.Context) error {
	return showPart(h, c, graph.KindAgentIdentity, h.openAgent, nil)
}

// openAgent reads the agent identity of an address. Without an object the
// request is answered, or failed.
func (h *Handlers) openAgent(c echo.Context) (*graph.AgentIdentity, *object, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, nil, err
	}
	calls := h.recordCalls(c)
	a, err := h.graph(c).AgentIdentity(c.Request().Context(), id)
	if err != nil {
		return nil, nil, h.elsewhere(c, graph.KindAgentIdentity, id, err)
	}
	return a, &object{
		kind: graph.KindAgentIdentity, id: a.ID, name: views.Named(a.DisplayName, a.ID), blueprint: a.AgentIdentityBlueprintID,
		lead:      "One agent. It has no credential of its own: its blueprint asks for its tokens.",
		createdBy: a.CreatedByAppID, readAt: h.Now(), calls: calls, badge: enabledText(a.AccountEnabled), tone: enabledTone(a.AccountEnabled), enabled: a.AccountEnabled,
	}, nil
}

// fillAgent reads the parts side by side; count is how many agent identities
// the blueprint has, nil where Graph does not say.
func (h *Handlers) fillAgent(c echo.Context, o *object, d *views.AgentDetail, count **int, mayTest *bool, broken *impact) error {
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error { return h.readFamily(ctx, g, o.blueprint, &d.Family) })
	work.Go(func() (err error) {
		*mayTest, err = h.mayTest(c, o.blueprint)
		return err
	})
	work.Go(func() error {
		siblings, err := firstAgents(ctx, g, o.blueprint, 1)
		*count = siblings.Total
		var fault string // the drawing does without the others
		return part(err, &fault)
	})
	work.Go(func() (err error) {
		*broken, err = h.impactOf(c, o)
		return err
	})
	readPeople(ctx, work, g, o, &d.Owners, &d.Sponsors)
	if err := work.Wait(); err != nil {
		return err
	}
	if d.UserFault = broken.faultOf(partUsers); len(broken.users) > 0 {
		d.User = &broken.users[0]
	}
	var err error
	d.Origin, err = h.originOf(c, graph.KindAgentIdentity, o.id, o.createdBy)
	if d.Origin.App == "" && strings.EqualFold(o.createdBy, o.blueprint) {
		d.Origin.App = "Its blueprint, with its own token"
	}
	return err
}

// readFamily reads the blueprint and the principal behind an App ID. Without
// the first, the second tells whether it lives in another tenant.
func (h *Handlers) readFamily(ctx context.Context, g *graph.Client, appID string, f *views.Family) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		b, err := g.BlueprintByAppID(ctx, appID)
		if graph.IsNotFound(err) {
			return nil // deleted, or in another tenant; the page says which
		}
		f.Blueprint = b
		return part(err, &f.BlueprintFault)
	})
	work.Go(func() error {
		err := readPrincipalOf(ctx, g, appID, &f.Principal, &f.PrincipalFault)
		if f.Principal != nil {
			f.Home = h.homeOf(f.Principal)
		}
		return err
	})
	return work.Wait()
}
