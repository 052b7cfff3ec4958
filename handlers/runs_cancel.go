package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"

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

// failedRows is the file of the steps that failed, with what Graph said.
func (h *Handlers) failedRows(c echo.Context) error {
	run, err := h.readRun(c)
	if err != nil {
		return err
	}
	res := c.Response()
	res.Header().Set("Content-Type", "text/csv; charset=utf-8")
	res.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"run-%d-failed.csv\"", run.ID))
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
	out := csv.NewWriter(res)
	_ = out.Write([]string{"Step", "Name", "What", "Status", "Code", "Message", "Note", "Attempts", "Ended (UTC)", "request-id", "client-request-id"})
	for _, s := range provision.FailedSteps(run) {
		status := ""
		if s.HTTPStatus != 0 {
			status = strconv.Itoa(s.HTTPStatus)
		}
		_ = out.Write(safeCells([]string{
			strconv.Itoa(s.Ordinal), s.ObjectName, s.Name, status, s.ErrorCode, s.ErrorMessage, s.Note,
			strconv.Itoa(s.Attempt), csvTime(s.FinishedAt), s.GraphRequestID, s.OpID,
		}))
	}
	out.Flush()
	return nil // who has gone reads no error either
}
