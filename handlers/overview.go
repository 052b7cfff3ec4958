package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// showOverview is the first page after sign-in. People without a role for
// agents get it too, with what they can do.
func (h *Handlers) showOverview(c echo.Context) error {
	u := web.CurrentUser(c)
	o := views.Overview{
		MayCreate: h.may(c, "/blueprints/new"), MayTest: h.may(c, "/tokens"),
		Tenant: views.TenantFacts{
			Sandbox: h.Tenant.Sandbox, ID: h.Tenant.ID, Domain: h.domain(), Roles: roleWords(u), SignedInAs: u.Username,
		},
	}
	p := h.page(c, "Overview", "overview")
	if !h.may(c, "/blueprints") {
		o.NoRole = true
		return web.Render(c, http.StatusOK, views.OverviewPage(p, o))
	}
	d, err := h.readDirectory(c, &o)
	if err != nil {
		return err
	}
	if err := h.fillLocal(c, &o, d); err != nil {
		return err
	}
	p.Lead, o.ReadAt = "Tenant "+h.domain(), h.Now()
	return web.Render(c, http.StatusOK, views.OverviewPage(p, o))
}

// directory is what Overview reads from Graph.
type directory struct {
	blueprints, agents int
	list               []graph.Blueprint
	read               bool // all of it came
}

// maxScan is how many blueprints Overview looks at for credentials that end. A
// tenant holds 250 of them made by programs, and a few more made by hand.
const maxScan = 500

// readDirectory counts and looks through the directory, side by side.
func (h *Handlers) readDirectory(c echo.Context, o *views.Overview) (directory, error) {
	var d directory
	var faults [4]string
	g := h.graph(c)
	work, ctx := errgroup.WithContext(c.Request().Context())
	work.Go(func() (err error) {
		d.blueprints, err = g.Count(ctx, graph.KindBlueprint)
		return part(err, &faults[0])
	})
	work.Go(func() (err error) {
		d.agents, err = g.Count(ctx, graph.KindAgentIdentity)
		return part(err, &faults[1])
	})
	work.Go(func() (err error) {
		d.list, err = firstBlueprints(ctx, g, maxScan)
		return part(err, &faults[2])
	})
	work.Go(func() error {
		org, err := g.Organization(ctx)
		if err == nil {
			o.Tenant.Name = org.DisplayName
		}
		return part(err, &faults[3]) // the name is an extra: its fault is not shown
	})
	if err := work.Wait(); err != nil {
		return d, err
	}
	for _, fault := range faults[:3] {
		if fault != "" {
			o.GraphFault = fault + ". What is known without it is below."
		}
	}
	d.read = o.GraphFault == ""
	return d, nil
}

func firstBlueprints(ctx context.Context, g *graph.Client, limit int) ([]graph.Blueprint, error) {
	var list []graph.Blueprint
	for b, err := range g.AllBlueprints(ctx) {
		if err != nil {
			return list, err
		}
		if list = append(list, b); len(list) == limit {
			break
		}
	}
	return list, nil
}

// fillLocal adds what the portal's own database knows.
func (h *Handlers) fillLocal(c echo.Context, o *views.Overview, d directory) error {
	ctx := c.Request().Context()
	runs, err := h.Store.RunCounts(ctx)
	if err != nil {
		return err
	}
	tests, err := h.tokenTests(c)
	if err != nil {
		return err
	}
	o.Figures = figures(d, h.Now(), runs, tests)
	if o.Findings, err = h.findings(c, d); err != nil {
		return err
	}
	if err := h.fillActs(c, o); err != nil {
		return err
	}
	o.FirstSteps, err = h.firstSteps(c)
	return err
}

// testCount is how many token tests the last 7 days saw, as far as the person
// may see them.
type testCount struct {
	all, refused int
	more         bool
	own          bool
}

const maxTests = 500

func (h *Handlers) tokenTests(c echo.Context) (testCount, error) {
	filter := models.AuditFilter{Action: models.ActionTokenTest, From: h.Now().Add(-7 * 24 * time.Hour), Limit: maxTests}
	n := testCount{own: !seesAllActs(web.CurrentUser(c))}
	if n.own {
		filter.Actor = h.actor(c).String()
	}
	records, err := h.Store.Audit(c.Request().Context(), filter)
	if err != nil {
		return n, err
	}
	n.all, n.more = len(records), len(records) == maxTests
	for _, r := range records {
		if r.Result != models.ResultSucceeded {
			n.refused++
		}
	}
	return n, nil
}

// credentialWords says how many blueprints have credentials that ended or end
// soon. It is empty when not all of them were looked at.
func (d directory) credentialWords(now time.Time) string {
	ended, soon := 0, 0
	for i := range d.list {
		switch f := credentialFinding(&d.list[i], now); {
		case f == nil:
		case f.Tone == views.ToneDanger:
			ended++
		default:
			soon++
		}
	}
	switch {
	case len(d.list) == 0 || len(d.list) == maxScan:
		return noneYet(d.blueprints)
	case ended+soon == 0:
		return "no credential ends soon"
	}
	return "credentials: " + strconv.Itoa(ended) + " ended, " + strconv.Itoa(soon) + " end soon"
}

// noneYet are the words below a figure that is zero.
func noneYet(n int) string {
	if n == 0 {
		return "none yet"
	}
	return ""
}

func figures(d directory, now time.Time, runs map[models.RunState]int, tests testCount) []views.FigureOf {
	var list []views.FigureOf
	if d.read {
		list = append(list,
			views.FigureOf{Icon: "blueprint", Label: "Blueprints", Number: views.Count(d.blueprints), Note: d.credentialWords(now), Href: "/blueprints"},
			views.FigureOf{Icon: "agentIdentity", Label: "Agent identities", Number: views.Count(d.agents), Note: noneYet(d.agents), Href: "/agents"},
		)
	}
	all := 0
	for _, n := range runs {
		all += n
	}
	waiting := runs[models.RunWaiting] + runs[models.RunWaitingSignIn]
	note := "all done"
	switch failed := runs[models.RunFailed]; {
	case all == 0:
		note = noneYet(all)
	case waiting > 0 || failed > 0:
		note = strconv.Itoa(waiting) + " waiting, " + strconv.Itoa(failed) + " failed"
	case runs[models.RunRunning] > 0:
		note = strconv.Itoa(runs[models.RunRunning]) + " running"
	}
	list = append(list, views.FigureOf{Icon: "list-task", Label: "Runs", Number: views.Count(all), Note: note, Href: "/runs"})
	return append(list, tests.figure())
}

func (n testCount) figure() views.FigureOf {
	f := views.FigureOf{Icon: "arrow-left-right", Label: "Token tests, 7 days", Number: views.Count(n.all), Href: "/audit?action=" + models.ActionTokenTest}
	if n.own {
		f.Label = "Your token tests, 7 days"
	}
	if n.more {
		f.Number += "+"
	}
	if f.Note = noneYet(n.all); n.all > 0 {
		f.Note = strconv.Itoa(n.refused) + " refused"
	}
	return f
}

// firstSteps are shown until this person has done each of them once: no tour,
// no flag to set. What others did does not count.
func (h *Handlers) firstSteps(c echo.Context) ([]views.FirstStep, error) {
	if !h.may(c, "/blueprints/new") {
		return nil, nil
	}
	ctx, u := c.Request().Context(), web.CurrentUser(c)
	runs, err := h.Store.Runs(ctx, models.RunFilter{TID: u.TID, OwnerOID: u.OID, States: []models.RunState{models.RunDone}, Limit: 1})
	if err != nil {
		return nil, err
	}
	tests, err := h.Store.Audit(ctx, models.AuditFilter{Action: models.ActionTokenTest, Actor: h.actor(c).String(), Limit: 1})
	if err != nil {
		return nil, err
	}
	return stepsLeft(len(runs) > 0, len(tests) > 0), nil
}

func stepsLeft(made, tested bool) []views.FirstStep {
	if made && tested {
		return nil
	}
	return []views.FirstStep{
		{
			Title: "Create a blueprint with agent identities", Text: "The portal shows every Graph call before it sends it.",
			Act: "New blueprint", Href: "/blueprints/new", Done: made,
		},
		{
			Title: "Get a token as one of them", Text: "Each hop is shown, decoded and verified.",
			Act: "Token lab", Href: "/tokens", Done: tested,
		},
	}
}
