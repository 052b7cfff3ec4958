package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// showBlueprint shows one blueprint with everything that hangs on it.
func (h *Handlers) showBlueprint(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	b, err := blueprintByAnyID(c.Request().Context(), h.graph(c), id)
	if err != nil {
		return err
	}
	if b.ID != id {
		return web.Redirect(c, "/blueprints/"+b.ID)
	}
	d := views.BlueprintDetail{
		Blueprint: *b, TenantID: h.Tenant.ID, ReadAt: h.Now(),
		MayCreate:  h.may(c, "/blueprints/new"),
		Credential: nextCredential(b, h.Now()), Credentials: credentialRows(b, h.Now()),
	}
	if err := h.fillBlueprint(c, &d); err != nil {
		return err
	}
	d.Findings = blueprintFindings(&d)
	name := views.Named(b.DisplayName, b.ID)
	p := h.page(c, name, "blueprints")
	if p.Lead = b.Description; p.Lead == "" {
		p.Lead = blueprintLead(&d)
	}
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprints", Href: "/blueprints"}, {Text: name}}
	return web.Render(c, http.StatusOK, views.BlueprintPage(p, d))
}

// blueprintLead is for blueprints that nobody described: what they are for.
func blueprintLead(d *views.BlueprintDetail) string {
	agents := views.Plural(len(d.Agents), "agent identity")
	switch {
	case d.AgentsFault != "":
		agents = "agent identities"
	case d.AgentsMore:
		agents = "more than " + agents
	case len(d.Agents) == 0:
		return "A blueprint without agent identities yet. It holds the credential and the permissions for those it will have."
	}
	return "The blueprint of " + agents + ": it holds the credential and the permissions they share."
}

// fillBlueprint reads the parts side by side. A part that Graph refuses says
// so in its place; the page stands without it.
func (h *Handlers) fillBlueprint(c echo.Context, d *views.BlueprintDetail) error {
	g, b := h.graph(c), d.Blueprint
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() error {
		principal, err := g.BlueprintPrincipalOf(ctx, b.AppID)
		if err == nil {
			d.Principal = principal
		}
		if graph.IsNotFound(err) {
			return nil // an ordinary state: Graph makes no principal by itself
		}
		return part(err, &d.PrincipalFault)
	})
	work.Go(func() (err error) {
		d.Owners.Refs, err = g.Owners(ctx, graph.KindBlueprint, b.ID)
		return part(err, &d.Owners.Fault)
	})
	work.Go(func() (err error) {
		d.Sponsors.Refs, err = g.Sponsors(ctx, graph.KindBlueprint, b.ID)
		return part(err, &d.Sponsors.Fault)
	})
	work.Go(func() (err error) {
		d.MayTest, err = h.mayTest(c, b.AppID)
		return err
	})
	work.Go(func() (err error) {
		d.Agents, d.AgentsMore, err = agentsOf(ctx, g, b.AppID)
		return part(err, &d.AgentsFault)
	})
	if err := work.Wait(); err != nil {
		return err
	}
	if err := h.nameSecrets(c, d.Credentials); err != nil {
		return err
	}
	if mayAddSecret(web.CurrentUser(c), d.Owners.Refs) {
		d.AddSecretHref = newSecretPath(b.ID)
	}
	var err error
	if d.Runs, err = h.runsOf(c, b.ID); err != nil {
		return err
	}
	d.Origin, err = h.originOf(c, graph.KindBlueprint, b.ID, b.CreatedByAppID)
	return err
}

// nameSecrets says which run made a secret: the name it has in the directory
// is the run's own mark, for finding it again, and tells a reader nothing.
func (h *Handlers) nameSecrets(c echo.Context, rows []views.CredentialRow) error {
	for i := range rows {
		op, ours := provision.SecretOp(rows[i].Name)
		if !ours {
			continue
		}
		records, err := h.Store.AuditByOp(c.Request().Context(), op)
		if err != nil {
			return fmt.Errorf("find the run that made a secret: %w", err)
		}
		for _, r := range records {
			rows[i].RunID = cmp.Or(rows[i].RunID, r.RunID)
		}
	}
	return nil
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

// agentsOf is the first page of a blueprint's agent identities.
func agentsOf(ctx context.Context, g *graph.Client, appID string) (rows []views.AgentRow, more bool, err error) {
	page, err := g.AgentIdentitiesPage(ctx, appID, graph.ListOptions{Top: pageSize})
	if err != nil {
		return nil, false, err
	}
	for _, a := range page.Items {
		rows = append(rows, agentRow(a, ""))
	}
	return rows, page.Next != "", nil
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
			Act: "Read again", ActHref: "/blueprints/" + d.Blueprint.ID,
		})
	}
	if d.Principal != nil && !d.Principal.AccountEnabled {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "The principal is disabled",
			Detail: "None of the agent identities gets a token until somebody enables it again.",
		})
	}
	if f := credentialFinding(&d.Blueprint, d.ReadAt); f != nil {
		f.Act, f.ActHref = "", ""
		findings = append(findings, *f)
	}
	if d.Sponsors.Fault == "" && len(d.Sponsors.Refs) == 0 {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "The blueprint has no sponsor",
			Detail: "Nobody is asked when its access is reviewed. A sponsor is a person or a group.",
		})
	}
	return findings
}
