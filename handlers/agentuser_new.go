package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// addUserPath is where an agent identity gets its agent user.
func addUserPath(agentID string) string { return "/agents/" + agentID + "/agent-user/new" }

// newUser is the agent user that an agent identity is to get, with what the
// tenant says at this moment.
type newUser struct {
	o      *object
	family views.Family
	user   *graph.AgentUser // that it has already; nil for none
	fault  string           // why nobody knows whether it has one
	form   views.AgentUserForm
	spec   provision.UserAddition
	faults map[string]string // by the names of the fields
}

// askAgentUser is the form, with names made of that of the agent identity.
func (h *Handlers) askAgentUser(c echo.Context) error {
	n, err := h.openNewUser(c)
	if n == nil {
		return err
	}
	if n.user != nil {
		return h.showChange(c, http.StatusOK, h.hasUser(c, n))
	}
	n.spec.DisplayName, n.spec.UserName = n.o.name, provision.UserNameFor(n.o.name)
	if len(n.form.Domains) > 0 {
		n.spec.Domain = n.form.Domains[0].Value
	}
	ch := h.addingUser(c, n)
	if err := h.warnOthersAgent(c, n, ch); err != nil {
		return err
	}
	return h.askChange(c, ch)
}

// makeAgentUser makes it, as a run of one step that is done at once. Where it has
// one by now, nothing is sent.
func (h *Handlers) makeAgentUser(c echo.Context) error {
	posted, err := web.Form(c, changeFields("displayName", "userName", "domain", "usageLocation")...)
	if err != nil {
		return err
	}
	n, err := h.openNewUser(c)
	if n == nil {
		return err
	}
	if request := posted.Get("request"); graphID(request) {
		former, err := h.Engine.UserAdditionOf(c.Request().Context(), h.actor(c), n.o.id, request)
		if err != nil {
			return err
		}
		if former != nil {
			return web.Redirect(c, runPath(former.ID))
		}
	}
	if n.user != nil {
		return h.showChange(c, http.StatusOK, h.hasUser(c, n))
	}
	if err := h.readNewUser(c, n, posted); err != nil {
		return err
	}
	return h.makeChange(c, h.addingUser(c, n), posted)
}

// openNewUser reads the agent identity of an address, its family and the domains
// of the tenant. Without one the request is answered, or failed.
func (h *Handlers) openNewUser(c echo.Context) (*newUser, error) {
	_, o, err := h.openAgent(c)
	if o == nil {
		return nil, err
	}
	n := &newUser{o: o}
	var domains []string
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error {
		user, err := h.graph(c).AgentUserOf(ctx, o.id)
		switch {
		case err == nil:
			n.user = user
		case !graph.IsNotFound(err):
			return part(err, &n.fault)
		}
		return nil
	})
	work.Go(func() error { return h.readFamily(ctx, h.graph(c), o.blueprint, &n.family) })
	work.Go(func() (err error) {
		domains, n.form.DomainsFault, err = h.domains(c)
		return err
	})
	if err := work.Wait(); err != nil {
		return nil, err
	}
	n.form.Domains = domainOptions(domains, "")
	n.spec = provision.UserAddition{AgentID: o.id, AgentName: o.name, BlueprintAppID: o.blueprint}
	if b := n.family.Blueprint; b != nil {
		n.spec.BlueprintID, n.spec.BlueprintAppID = b.ID, b.AppID
	}
	return n, nil
}

// readNewUser takes what was posted and finds what is wrong with it. A name that
// cannot be looked up is left to Graph.
func (h *Handlers) readNewUser(c echo.Context, n *newUser, posted url.Values) error {
	s := &n.spec
	s.DisplayName, s.UserName = typedField(posted, "displayName"), typedField(posted, "userName")
	s.Domain, s.UsageLocation = typedField(posted, "domain"), typedField(posted, "usageLocation")
	n.faults = s.Validate()
	var domains []string
	for _, d := range n.form.Domains {
		domains = append(domains, d.Value)
	}
	n.form.Domains = domainOptions(domains, s.Domain)
	if len(domains) > 0 && n.faults["domain"] == "" {
		n.faults["domain"] = provision.DomainFault(s.Domain, domains)
	}
	if n.faults["userName"]+n.faults["domain"] != "" {
		return nil
	}
	holder, err := h.graph(c).UserNamed(c.Request().Context(), s.UPN())
	if err != nil {
		var fault string
		return part(err, &fault)
	}
	n.faults["userName"] = fmt.Sprintf("The sign-in name %s belongs to “%s” already. Choose another name.", s.UPN(), views.Named(holder.DisplayName, holder.ID))
	return nil
}

// addingUser is the page with its form.
func (h *Handlers) addingUser(c echo.Context, n *newUser) *change {
	o, spec := n.o, n.spec
	call := h.Engine.UserAdditionCall(spec)
	ch := &change{of: o, page: h.actPage(c, o, "Add agent user to "+o.name, "Add agent user"), faults: n.faults}
	ch.view = views.ChangeView{
		Action: addUserPath(o.id), Act: "Add agent user", Keep: "Add none", KeepHref: o.path(), Busy: "Adding…", Findings: h.newUserFindings(c, n),
		Consequences: []string{
			"The agent identity gets an account of its own, with which it acts as a user. Only it signs in to that account: there is no password. It can have one.",
		},
		Calls: []views.ReviewCall{{Method: call.Method, Path: call.Path, What: "Create the agent user of " + o.name, Names: []string{o.name}, Needs: call.Needs}},
	}
	ch.send = func(ctx context.Context, a models.Actor, requestID, reason string) (*models.Run, error) {
		spec.Reason = reason
		return h.Engine.AddUser(ctx, a, requestID, spec)
	}
	f := n.form
	f.DisplayName, f.UserName, f.Domain, f.UsageLocation, f.Faults = spec.DisplayName, spec.UserName, spec.Domain, spec.UsageLocation, n.faults
	if n.family.Blueprint != nil && n.family.Principal != nil {
		f.WizardHref = "/agents/new?agent=" + o.id
	}
	ch.fields = views.AgentUserFields(f)
	return ch
}

// newUserFindings say why the agent user would be of no use yet.
func (h *Handlers) newUserFindings(c echo.Context, n *newUser) []views.Finding {
	var findings []views.Finding
	if n.fault != "" {
		findings = append(findings, views.Finding{
			Tone: views.ToneInfo, Title: "Whether it has an agent user is not known",
			Detail: n.fault + ". It can have one only: if there is one, Graph refuses the next.",
		})
	}
	if !n.o.enabled {
		f := views.Finding{
			Tone: views.ToneWarn, Title: "This agent identity is disabled",
			Detail: "Its agent user can be made now. Nobody signs in as it until somebody enables the agent identity again.",
		}
		if h.may(c, "/agents/:id/enable") {
			f.Act, f.ActHref = "Enable…", n.o.path()+"/enable"
		}
		findings = append(findings, f)
	}
	f := n.family
	if f.Blueprint == nil && f.BlueprintFault == "" && !f.Home.Elsewhere {
		return append(findings, views.Finding{
			Tone: views.ToneDanger, Title: "Its blueprint is not in this tenant any more",
			Detail: "Agents sign in by their blueprint, so nobody can sign in as the agent user without it. One that was deleted in the last 30 days can be restored; do that first.",
			Act:    "Recycle bin", ActHref: "/recycle-bin",
		})
	}
	return append(findings, familyFindings(f)...)
}

// warnOthersAgent is warnOthersObject for what owners of the blueprint may do too.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func (h *Handlers) warnOthersAgent(c echo.Context, n *newUser, ch *change) error {
	if web.CurrentUser(c).Has(web.Admin) {
		return nil
	}
	ctx, g, me := c.Request().Context(), h.graph(c), h.actor(c).OID
	var fault string // Graph says so of the change itself
	owners, err := g.Owners(ctx, graph.KindAgentIdentity, n.o.id)
	if err != nil || refTo(owners, me) != nil {
		return part(err, &fault)
	}
	if b := n.family.Blueprint; b != nil {
		if owners, err = g.Owners(ctx, graph.KindBlueprint, b.ID); err != nil || refTo(owners, me) != nil {
			return part(err, &fault)
		}
	}
	ch.view.Consequences = append(ch.view.Consequences, "You own neither the agent identity nor its blueprint, and your roles let you change only what you own: Graph may refuse this.")
	return nil
}

// hasUser is the page about an agent identity that has its agent user.
func (h *Handlers) hasUser(c echo.Context, n *newUser) *change {
	ch := &change{of: n.o, page: h.actPage(c, n.o, n.o.name+" has an agent user already", "Add agent user")}
	ch.page.Lead = "Nothing was sent, and nothing is changed."
	ch.view = views.ChangeView{
		Findings: []views.Finding{{
			Tone: views.ToneInfo, Title: "Its agent user is " + views.Visible(n.user.UserPrincipalName),
			Detail: "An agent identity can have one only. Somebody was here before, or the page you came from was read earlier.",
		}},
		Keep: "Open the agent user", KeepHref: "/agent-users/" + n.user.ID,
	}
	return ch
}
