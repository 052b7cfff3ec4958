package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	runsPerPage = 50
	// runRefresh is how often a page without a script loads an unfinished run
	// anew, in seconds.
	runRefresh = 3
)

// runTabs are the states one can look at, in the order of the tabs.
var runTabs = []struct {
	key, title string
	states     []models.RunState
}{
	{"", "All", nil},
	{"open", "Open", []models.RunState{models.RunRunning, models.RunWaiting, models.RunWaitingSignIn}},
	{"failed", "Failed", []models.RunState{models.RunFailed}},
	{"done", "Done", []models.RunState{models.RunDone}},
}

// listRuns shows the runs, newest first, by keyset.
func (h *Handlers) listRuns(c echo.Context) error {
	tab := runTabs[0]
	for _, t := range runTabs {
		if t.key == c.QueryParam("state") {
			tab = t
		}
	}
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64) // nonsense is the first page
	runs, err := h.Store.Runs(c.Request().Context(), models.RunFilter{
		TID: h.Tenant.ID, States: tab.states, Before: max(before, 0), Limit: runsPerPage + 1,
	})
	if err != nil {
		return fmt.Errorf("list runs: %w", err)
	}
	l := views.RunList{Filtered: tab.key != "" || before > 0, MayCreate: h.may(c, "/blueprints/new")}
	for _, t := range runTabs {
		l.Tabs = append(l.Tabs, views.Tab{Text: t.title, Href: runsPath(t.key, 0), Current: t.key == tab.key})
	}
	if len(runs) > runsPerPage {
		runs = runs[:runsPerPage]
		l.Paging.NextHref = runsPath(tab.key, runs[runsPerPage-1].ID)
	}
	if before > 0 {
		l.Paging.PreviousHref = runsPath(tab.key, 0)
	}
	l.Paging.PreviousLabel, l.Paging.NextLabel = "Newest", "Older"
	l.Paging.Text = views.Plural(len(runs), "run") + ", newest first"
	for i := range runs {
		l.Rows = append(l.Rows, h.listedRun(&runs[i]))
	}
	p := h.page(c, "Runs", "runs")
	p.Lead = "A run is a change of several steps. It goes on when you leave, and after a restart."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Runs"}}
	return web.Render(c, http.StatusOK, views.RunsPage(p, l))
}

func (h *Handlers) listedRun(run *models.Run) views.ListedRun {
	badge, tone := runBadge(run)
	row := views.ListedRun{
		ID: run.ID, Title: run.Title, State: badge, Tone: statusTone(tone), Owner: run.OwnerUsername, Started: run.CreatedAt,
		Took: views.Took(elapsed(run, h.Now())),
	}
	return row
}

func runsPath(state string, before int64) string {
	path := "/runs"
	if state != "" {
		path += "?state=" + state
	}
	if before > 0 {
		sep := "?"
		if state != "" {
			sep = "&"
		}
		path += sep + "before=" + strconv.FormatInt(before, 10)
	}
	return path
}

func runPath(id int64) string { return "/runs/" + strconv.FormatInt(id, 10) }

// showRun is the page of a run; ?all=1 lists every step of a long one.
func (h *Handlers) showRun(c echo.Context) error {
	run, err := h.readRun(c)
	if err != nil {
		return err
	}
	d, err := h.runData(c, run)
	if err != nil {
		return err
	}
	p := h.runChrome(c, run)
	if !d.Finished {
		p.Refresh = runRefresh
	}
	return web.Render(c, http.StatusOK, views.RunPage(p, d))
}

func (h *Handlers) runChrome(c echo.Context, run *models.Run) views.Page {
	p := h.page(c, fmt.Sprintf("Run %d: %s", run.ID, run.Title), "runs")
	p.Lead = fmt.Sprintf("Started %s. Owner: %s.", views.UTC(run.CreatedAt), run.OwnerUsername)
	if run.Reason != "" {
		p.Lead += " Reason: " + run.Reason
	}
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Runs", Href: "/runs"}, {Text: fmt.Sprintf("Run %d", run.ID)}}
	return p
}

// readRun reads the run of the address; one of another tenant is not found.
func (h *Handlers) readRun(c echo.Context) (*models.Run, error) {
	id, err := runID(c)
	if err != nil {
		return nil, err
	}
	run, err := h.Store.Run(c.Request().Context(), id)
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	if run.TID != h.Tenant.ID {
		return nil, fmt.Errorf("read run: %w", models.ErrNotFound)
	}
	return run, nil
}

func runID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("number of a run: %w", models.ErrNotFound)
	}
	return id, nil
}

// watchRun streams the live part of a run's page. An event says only that
// something changed; what is sent is read anew, so none can be missed.
func (h *Handlers) watchRun(c echo.Context) error {
	run, err := h.readRun(c)
	if err != nil {
		return err
	}
	changed, stop := h.Engine.Subscribe(run.ID)
	defer stop()
	stream, err := web.SSE(c)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		finished, err := h.sendRun(c, stream)
		if err == nil && !finished {
			err = stream.Wait(changed)
		}
		if errors.Is(err, web.ErrStreamEnded) || finished {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// sendRun sends a run as it is now, and the end of the stream after its last
// change.
func (h *Handlers) sendRun(c echo.Context, stream *web.EventStream) (finished bool, err error) {
	run, err := h.readRun(c)
	if err != nil {
		return false, err
	}
	d, err := h.runData(c, run)
	if err != nil {
		return false, err
	}
	if err := stream.Send("run", views.RunEvent(h.runChrome(c, run), d)); err != nil {
		return false, err
	}
	if d.Finished {
		return true, stream.Send("done", templ.NopComponent)
	}
	return false, nil
}

// actOnRun is a button of a run's page: it acts and shows the run again.
func (h *Handlers) actOnRun(act func(*provision.Engine, context.Context, models.Actor, int64) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := web.Form(c); err != nil {
			return err
		}
		run, err := h.readRun(c)
		if err != nil {
			return err
		}
		err = act(h.Engine, c.Request().Context(), h.actor(c), run.ID)
		if errors.Is(err, provision.ErrNoSecret) {
			return &noSecretError{blueprintID: run.BlueprintID, err: err}
		}
		if err != nil {
			return fmt.Errorf("act on run: %w", err)
		}
		return web.Redirect(c, runPath(run.ID))
	}
}
