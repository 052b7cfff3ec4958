package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// askCancel says what cancelling a run means, before anything is done.
func (h *Handlers) askCancel(c echo.Context) error {
	run, err := h.managedRun(c)
	if err != nil {
		return err
	}
	if !provision.Cancellable(run) {
		return web.Redirect(c, runPath(run.ID))
	}
	q := views.CancelQuestion{RunID: run.ID}
	for _, s := range run.Steps {
		switch s.State {
		case models.StepDone, models.StepFailed:
			q.Done++
		case models.StepPlanned:
			q.Left++
		default:
			q.Waiting++
		}
	}
	p := h.runChrome(c, run)
	p.Title, p.Lead = fmt.Sprintf("Cancel run %d?", run.ID), "Nothing is cancelled yet."
	p.Crumbs[2].Href = runPath(run.ID)
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: "Cancel"})
	return web.Render(c, http.StatusOK, views.CancelPage(p, q))
}

// cancelRun is for the owner of a run and for Admins.
func (h *Handlers) cancelRun(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	run, err := h.managedRun(c)
	if err != nil {
		return err
	}
	if err := h.Engine.Cancel(c.Request().Context(), h.actor(c), run.ID); err != nil {
		return fmt.Errorf("cancel run: %w", err)
	}
	return web.Redirect(c, runPath(run.ID))
}

// failedRows is the file of the steps that failed and of those that were not
// sent because of them, each with what Graph said and what to do.
func (h *Handlers) failedRows(c echo.Context) error {
	run, err := h.readRun(c)
	if err != nil {
		return err
	}
	secret, err := h.Engine.Secret(c.Request().Context(), h.actor(c), run)
	if err != nil {
		return err
	}
	res := c.Response()
	res.Header().Set("Content-Type", "text/csv; charset=utf-8")
	res.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"run-%d-failed.csv\"", run.ID))
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
	out := csv.NewWriter(res)
	_ = out.Write([]string{"Step", "Name", "Kind of step", "Problem", "Status", "Code", "Fix", "Attempts", "Ended (UTC)", "request-id", "client-request-id"})
	notSent := provision.NotSent(run)
	for i := range run.Steps {
		s := &run.Steps[i]
		by, kept := notSent[s.Ordinal]
		if s.State != models.StepFailed && !kept {
			continue
		}
		status := ""
		if s.HTTPStatus != 0 {
			status = strconv.Itoa(s.HTTPStatus)
		}
		problem, fix := problemOf(run, s, secret)
		if kept {
			problem, fix = keptBackWords(by), fmt.Sprintf("Mend step %d first. “%s” sends this one after it.", by.Step, provision.FixRetry)
		}
		_ = out.Write(safeCells([]string{
			strconv.Itoa(s.Ordinal), s.ObjectName, stepKindWords(s.Kind), problem, status, s.ErrorCode, fix,
			strconv.Itoa(s.Attempt), csvTime(s.FinishedAt), s.GraphRequestID, s.OpID,
		}))
	}
	out.Flush()
	return nil // who has gone reads no error either
}

// problemOf says of a failed step what the matter is and what to do about it.
func problemOf(run *models.Run, s *models.Step, secret provision.SecretState) (problem, fix string) {
	advice, ok := provision.Advise(run, s, secret.SignsIn)
	if !ok {
		return s.ErrorMessage, ""
	}
	problem, fix = advice.Title+".", advice.Text
	if s.ErrorMessage != "" {
		problem += " In Graph’s words: " + s.ErrorMessage
	}
	if len(advice.Fixes) > 0 {
		fix = strings.TrimSpace(fix + " Press “" + string(advice.Fixes[0]) + "” on the page of the run.")
	}
	return problem, fix
}
