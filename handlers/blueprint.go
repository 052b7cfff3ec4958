package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// showBlueprint shows one blueprint with what hangs on it.
func (h *Handlers) showBlueprint(c echo.Context) error {
	b, o, err := h.openBlueprint(c)
	if o == nil {
		return err
	}
	d := views.BlueprintDetail{Blueprint: *b, TenantID: h.Tenant.ID}
	mayTest, broken := false, impact{}
	if err := h.fillBlueprint(c, o, &d, &mayTest, &broken); err != nil {
		return err
	}
	o.identities = d.Agents.Total
	if o.lead == "" {
		o.lead = blueprintLead(&d)
	}
	d.ObjectHead = o.head(c, "")
	d.Impact = broken.view(o)
	d.Findings = blueprintFindings(&d)
	d.Tree = familyTree(c, o, views.Family{Blueprint: b, Principal: d.Principal, PrincipalFault: d.PrincipalFault}, d.Agents, byParent(broken.users))
	if mayTest && len(d.Agents.Rows) > 0 {
		d.Actions = append(d.Actions, views.ButtonView{Href: "/tokens?agent=" + d.Agents.Rows[0].ID, Icon: "arrow-left-right", Text: "Get a token"})
	}
	if mayTest && len(d.Agents.Rows) == 0 && d.Principal != nil {
		d.Actions = append(d.Actions, views.ButtonView{Href: "/tokens?mode=blueprint&blueprint=" + b.AppID, Icon: "arrow-left-right", Text: "Get a token"})
	}
	if h.may(c, "/agents/new") && d.Principal != nil {
		d.Actions = append(d.Actions, views.ButtonView{Href: "/agents/new?blueprint=" + b.ID, Icon: "plus-lg", Text: "Add agent identities"})
	}
	if h.may(c, "/blueprints/new") {
		d.Actions = append(d.Actions, views.ButtonView{Href: "/blueprints/new?like=" + b.ID, Icon: "copy", Text: "Create similar"})
	}
	d.Actions = append(d.Actions, h.actButtons(c, o, d.Principal)...)
	return web.Render(c, http.StatusOK, views.BlueprintPage(h.objectPage(c, o, ""), d))
}

// showBlueprintTab shows another part of a blueprint.
func (h *Handlers) showBlueprintTab(c echo.Context) error {
	return showPart(h, c, graph.KindBlueprint, h.openBlueprint, ownTabs[*graph.Blueprint]{"credentials": h.showCredentials, "setup": h.showSetup})
}

// openBlueprint reads the blueprint of an address. Without an object the
// request is answered, or failed.
func (h *Handlers) openBlueprint(c echo.Context) (*graph.Blueprint, *object, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, nil, err
	}
	calls := h.recordCalls(c)
	b, err := blueprintByAnyID(c.Request().Context(), h.graph(c), id)
	if err != nil {
		return nil, nil, h.elsewhere(c, graph.KindBlueprint, id, err)
	}
	if !strings.EqualFold(b.ID, id) {
		return nil, nil, web.Redirect(c, sameTab(c, graph.KindBlueprint, b.ID))
	}
	return b, &object{
		kind: graph.KindBlueprint, id: b.ID, name: views.Named(b.DisplayName, b.ID), lead: b.Description,
		blueprint: b.AppID, source: b, createdBy: b.CreatedByAppID, readAt: h.Now(), calls: calls,
	}, nil
}

// showCredentials lists the secrets and certificates of a blueprint.
func (h *Handlers) showCredentials(c echo.Context, b *graph.Blueprint, o *object) error {
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	var federated, fault string // who owns it decides about a button alone
	work.Go(func() error { return readFederated(ctx, g, b, &federated) })
	var owners []graph.PrincipalRef
	work.Go(func() (err error) {
		owners, err = g.Owners(ctx, graph.KindBlueprint, b.ID)
		return part(err, &fault)
	})
	if err := work.Wait(); err != nil {
		return err
	}
	d := views.BlueprintCredentials{Rows: credentialRows(b, h.Now())}
	if federated == "" {
		n := len(d.Rows)
		o.keys = &n
	} else {
		d.Rows = append(d.Rows, views.CredentialRow{Kind: "Federated credentials", State: views.CredentialState{Text: federated, Tone: views.ToneWarn}})
	}
	if err := h.nameSecrets(c, b.ID, d.Rows); err != nil {
		return err
	}
	if ownsKeys(web.CurrentUser(c), owners) {
		offerKeyActs(b.ID, &d)
	}
	d.ObjectHead = o.head(c, "credentials")
	return web.Render(c, http.StatusOK, views.BlueprintCredentialsPage(h.objectPage(c, o, "credentials"), d, credentialProofs(b)...))
}

// blueprintLead is for blueprints that nobody described: what they are for.
func blueprintLead(d *views.BlueprintDetail) string {
	agents := "agent identities"
	switch n := len(d.Agents.Rows); {
	case d.Agents.Fault != "", n == 0 && d.Agents.More:
	case n == 0:
		return "A blueprint without agent identities yet. It holds the credential and the permissions for those it will have."
	case d.Agents.Total != nil:
		agents = views.Plural(*d.Agents.Total, "agent identity")
	case d.Agents.More:
		agents = "more than " + views.Plural(n, "agent identity")
	default:
		agents = views.Plural(n, "agent identity")
	}
	return "The blueprint of " + agents + ": it holds the credential and the permissions they share."
}

// fillBlueprint reads the parts side by side. A part that Graph refuses says
// so in its place; the page stands without it.
func (h *Handlers) fillBlueprint(c echo.Context, o *object, d *views.BlueprintDetail, mayTest *bool, broken *impact) error {
	g, b := h.graph(c), d.Blueprint
	work, ctx := errgroup.WithContext(c.Request().Context())
	readPeople(ctx, work, g, o, &d.Owners, &d.Sponsors)
	var federated string
	work.Go(func() error { return readFederated(ctx, g, &d.Blueprint, &federated) })
	work.Go(func() (err error) {
		*mayTest, err = h.mayTest(c, b.AppID)
		return err
	})
	work.Go(func() (err error) {
		*broken, err = h.impactOf(c, o)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	d.Credential = nextCredential(&d.Blueprint, h.Now())
	if n := len(credentialRows(&d.Blueprint, h.Now())); federated == "" {
		o.keys = &n
	} else if d.Credential.Tone != "" {
		// What is short of a credential may have a federated one.
		d.Credential = views.CredentialState{Text: "Federated credentials: " + federated, Tone: views.ToneMuted}
	}
	d.Agents, d.Principal, d.PrincipalFault = broken.drawn(), broken.principal, broken.faultOf(partPrincipal)
	var err error
	if d.Runs, err = h.runsOf(c, b.ID); err != nil {
		return err
	}
	d.Origin, err = h.originOf(c, graph.KindBlueprint, b.ID, b.CreatedByAppID)
	return err
}

// readPrincipalOf reads the principal of a blueprint. That there is none is an
// ordinary state: Graph makes no principal by itself.
func readPrincipalOf(ctx context.Context, g *graph.Client, appID string, principal **graph.BlueprintPrincipal, fault *string) error {
	p, err := g.BlueprintPrincipalOf(ctx, appID)
	if graph.IsNotFound(err) {
		return nil
	}
	*principal = p
	return part(err, fault)
}

// nameSecrets says which run made a secret: the name it has in the directory
// is the run's own mark, for finding it again, and tells a reader nothing.
func (h *Handlers) nameSecrets(c echo.Context, blueprintID string, rows []views.CredentialRow) error {
	for i := range rows {
		run, err := h.runOfSecret(c.Request().Context(), blueprintID, &rows[i])
		if err != nil {
			return fmt.Errorf("find the run that made a secret: %w", err)
		}
		if run == nil {
			continue
		}
		rows[i].RunID = strconv.FormatInt(run.ID, 10)
		if mayRemove(web.CurrentUser(c), run) {
			rows[i].RemoveHref = runPath(run.ID) + "/secret/remove"
		}
	}
	return nil
}

// runOfSecret finds the run that made a secret; nil when none did. Whoever adds
// a secret chooses its name, so the run must have made this very one, here.
func (h *Handlers) runOfSecret(ctx context.Context, blueprintID string, row *views.CredentialRow) (*models.Run, error) {
	op, ours := provision.SecretOp(row.Name)
	if !ours {
		return nil, nil
	}
	records, err := h.Store.AuditByOp(ctx, op)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		id, err := strconv.ParseInt(r.RunID, 10, 64)
		if err != nil {
			continue
		}
		run, err := h.Store.Run(ctx, id)
		if errors.Is(err, models.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		made := slices.ContainsFunc(run.Steps, func(s models.Step) bool {
			return s.OpID == op && strings.EqualFold(s.ObjectID, row.KeyID)
		})
		if made && strings.EqualFold(run.BlueprintID, blueprintID) {
			return run, nil
		}
	}
	return nil, nil
}

// mayTest says whether a person is let test the agents of a blueprint. Where
// the directory cannot say, the offer is left out.
func (h *Handlers) mayTest(c echo.Context, blueprintAppID string) (bool, error) {
	if !h.may(c, "/tokens") {
		return false, nil
	}
	mine, err := h.blueprintsToTest(c)
	if err != nil {
		var fault string
		return false, part(err, &fault)
	}
	return mine(blueprintAppID), nil
}

// firstAgents are the first n agent identities of a blueprint, with the count
// of all where Graph gives one.
func firstAgents(ctx context.Context, g *graph.Client, appID string, n int) (views.AgentsOf, error) {
	page, err := g.AgentIdentitiesPage(ctx, appID, graph.ListOptions{Top: n, OrderBy: "displayName"})
	if err != nil {
		return views.AgentsOf{}, err
	}
	agents := views.AgentsOf{More: page.Next != "", Total: page.Count}
	for _, a := range page.Items {
		agents.Rows = append(agents.Rows, agentRow(a, ""))
	}
	if n := len(agents.Rows); agents.Total == nil && !agents.More {
		agents.Total = &n // all were read, so nobody needs to count them
	}
	return agents, nil
}

// deletedAgents counts the deleted agent identities of a blueprint that are not
// purged; nil where Graph does not let them be read.
func deletedAgents(ctx context.Context, g *graph.Client, appID string) (*int, error) {
	n, fault := 0, ""
	for _, err := range g.DeletedAgentIdentitiesOf(ctx, appID) {
		if err := part(err, &fault); err != nil || fault != "" {
			return nil, err
		}
		n++
	}
	return &n, nil
}

// runsOf are the last runs that made or changed a blueprint.
func (h *Handlers) runsOf(c echo.Context, blueprintID string) ([]views.ObjectRun, error) {
	runs, err := h.Store.Runs(c.Request().Context(), models.RunFilter{TID: h.Tenant.ID, BlueprintID: blueprintID, Limit: 10})
	if err != nil {
		return nil, err
	}
	var rows []views.ObjectRun
	for _, r := range runs {
		state, tone := runWords(r.State)
		rows = append(rows, views.ObjectRun{
			ID: r.ID, Number: strconv.FormatInt(r.ID, 10), Title: r.Title, Owner: r.OwnerUsername,
			State: state, Tone: tone, Start: r.CreatedAt,
		})
	}
	return rows, nil
}

// runWords is the state of a run in a cell.
func runWords(s models.RunState) (string, views.Tone) {
	switch s {
	case models.RunDone:
		return "Done", views.ToneOK
	case models.RunFailed:
		return "Failed", views.ToneDanger
	case models.RunWaitingSignIn:
		return "Waiting for sign-in", views.ToneWarn
	case models.RunWaiting:
		return "Waiting", views.ToneWait
	default:
		return "Running", views.ToneInfo
	}
}

// blueprintFindings are what the facts of a blueprint mean for its agents.
func blueprintFindings(d *views.BlueprintDetail) []views.Finding {
	var findings []views.Finding
	if d.Principal == nil && d.PrincipalFault == "" {
		findings = append(findings, views.Finding{
			Tone: views.ToneDanger, Title: "The blueprint has no principal in this tenant",
			Detail: "Without its principal it can neither create agent identities nor get tokens for them. If it was made a moment ago, " +
				"the principal may not be visible yet: that takes up to a few minutes and is no fault.",
			Act: "Set-up", ActHref: "/blueprints/" + d.Blueprint.ID + "/setup",
		})
	}
	if d.Principal != nil && !d.Principal.AccountEnabled {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "The principal is disabled",
			Detail: "None of the agent identities gets a token until somebody enables it again.",
			Act:    "Open the principal", ActHref: "/principals/" + d.Principal.ID,
		})
	}
	if f := credentialFinding(&d.Blueprint, d.ReadAt); f != nil && d.Credential.Tone == f.Tone {
		f.Act, f.ActHref = "Credentials", "/blueprints/"+d.Blueprint.ID+"/credentials"
		findings = append(findings, *f)
	}
	if d.Sponsors.Fault == "" && len(d.Sponsors.Refs) == 0 {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "The blueprint has no sponsor",
			Detail: "Nobody is asked when its access is reviewed. A sponsor is a person or a group.",
			Act:    "Set-up", ActHref: "/blueprints/" + d.Blueprint.ID + "/setup",
		})
	}
	return findings
}
