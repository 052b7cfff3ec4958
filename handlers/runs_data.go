package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// runBadge is the one word or two beside the title of a run.
func runBadge(run *models.Run) (string, views.Tone) {
	words, tone := runWords(run.State)
	if run.State != models.RunWaiting {
		return words, tone
	}
	for i := range run.Steps {
		if s := &run.Steps[i]; s.WaitFor != "" && (s.State == models.StepWaiting || s.State == models.StepUnknown) {
			return words + " for " + s.WaitFor, tone
		}
	}
	return words + " for the directory", tone
}

// statusTone keeps the spinner for what moves.
func statusTone(t views.Tone) views.Tone {
	if t == views.ToneInfo {
		return views.ToneWait
	}
	return t
}

func elapsed(run *models.Run, now time.Time) time.Duration {
	if run.FinishedAt.IsZero() {
		return max(now.Sub(run.CreatedAt), 0)
	}
	return run.FinishedAt.Sub(run.CreatedAt)
}

// runData is what the page of a run shows to this person.
func (h *Handlers) runData(c echo.Context, run *models.Run) (views.RunData, error) {
	u := web.CurrentUser(c)
	secret, err := h.Engine.Secret(c.Request().Context(), h.actor(c), run)
	if err != nil {
		return views.RunData{}, err
	}
	mine := owns(u, run) && u.Has(web.Operator)
	open := run.State != models.RunDone && run.State != models.RunFailed
	d := views.RunData{
		ID: run.ID, Finished: !open, EventsURL: runPath(run.ID) + "/events", Elapsed: views.Took(elapsed(run, h.Now())),
		AuditHref: "/audit?run=" + strconv.FormatInt(run.ID, 10),
		Owner:     run.OwnerUsername, Cancelled: run.CancelledBy,
		MayTake: u.Has(web.Admin) && !owns(u, run) && run.State != models.RunDone,
	}
	d.Badge, d.Tone = runBadge(run)
	for i := range run.Steps {
		count(&d, &run.Steps[i])
	}
	l := stepList{h: h, c: c, run: run, secret: secret, u: u, mine: mine, notSent: provision.NotSent(run)}
	l.fill(&d)
	d.MayRetry = mine && run.State == models.RunFailed && d.Failed > 0
	d.MayResume = mine && provision.Resumable(run)
	d.MayCancel = mayRemove(u, run) && provision.Cancellable(run)
	if d.Failed > 0 {
		d.FailedHref = runPath(run.ID) + "/failed.csv"
	}
	if !open && run.Kind == provision.RunNewBlueprint && h.may(c, "/blueprints/new") {
		d.SimilarHref = "/blueprints/new?like=" + strconv.FormatInt(run.ID, 10)
	}
	if quota, more, ok := provision.RunQuota(run); ok {
		d.Quota, d.QuotaUsed = quota.Words(more), quota.Used()+more
	}
	if run.Kind == provision.RunChange && len(run.Steps) == 1 && run.State == models.RunFailed {
		d.ObjectHref, d.ObjectText = changedObject(run, &run.Steps[0])
	}
	if run.State == models.RunDone {
		d.Result = runResult(run, secret, u)
	}
	return d, nil
}

// switchBehind names the switch of the sandbox that makes it refuse a step:
// people may create no agent identities. Empty when there is none.
func (h *Handlers) switchBehind(c echo.Context, run *models.Run, s *models.Step) string {
	asMe := run.RunAs == string(provision.AsMe)
	if k := h.knobsNow(c); asMe && s.Kind == provision.KindAgent && s.HTTPStatus == http.StatusForbidden && k != nil && !k.DelegatedCreate {
		return knobSwitches[0].label
	}
	return ""
}

func count(d *views.RunData, s *models.Step) {
	d.StepCount++
	d.Calls += provision.HistoryOf(s).Calls
	switch s.State {
	case models.StepDone:
		d.Done++
	case models.StepFailed:
		d.Failed++
	case models.StepPlanned:
		d.Planned++
	default:
		d.Waiting++
	}
}
