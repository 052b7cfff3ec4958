package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

func giveUpPath(runID int64) string { return runPath(runID) + "/give-up" }

// askGiveUp says what giving a lost call up means, before anything is done. A
// call that can be read again needs no such act.
func (h *Handlers) askGiveUp(c echo.Context) error {
	run, err := h.managedRun(c)
	if err != nil {
		return err
	}
	s := provision.Unreadable(run)
	if s == nil {
		return web.Redirect(c, runPath(run.ID))
	}
	p := h.runChrome(c, run)
	p.Title, p.Lead = "Give up “"+s.Name+"”?", "Nothing is given up yet."
	p.Crumbs[2].Href = runPath(run.ID)
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: "Give up"})
	return web.Render(c, http.StatusOK, views.GiveUpPage(p, giveUpQuestion(run, s)))
}

func giveUpQuestion(run *models.Run, s *models.Step) views.GiveUpQuestion {
	q := views.GiveUpQuestion{
		RunID: run.ID, Step: s.Name, Call: s.Method + " " + s.Path, Operation: s.OpID, Sent: s.StartedAt,
		MayBeLeft: provision.LeftOver(run, s), Message: s.ErrorMessage, Owner: run.OwnerUsername,
		WaitsForSignIn: run.State == models.RunWaitingSignIn,
	}
	if s.HTTPStatus >= http.StatusBadRequest {
		q.Said = strings.TrimSpace(fmt.Sprintf("%d %s", s.HTTPStatus, s.ErrorCode))
	}
	return q
}

// giveUp ends the call that the page asked about, and no other.
func (h *Handlers) giveUp(c echo.Context) error {
	form, err := web.Form(c, "operation")
	if err != nil {
		return err
	}
	run, err := h.managedRun(c)
	if err != nil {
		return err
	}
	if err := h.Engine.GiveUp(c.Request().Context(), h.actor(c), run.ID, form.Get("operation")); err != nil {
		return fmt.Errorf("give up: %w", err)
	}
	return web.Redirect(c, runPath(run.ID))
}
