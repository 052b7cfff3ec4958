package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// longRun is the number of steps from which done ones are folded away.
	longRun = 50
	// stepsPerPage is how many of them a page of ?all=1 lists.
	stepsPerPage = 100
	// plannedShown is how many planned steps a folded list shows.
	plannedShown = 10
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
		v := h.runStep(run, &run.Steps[i], secret, u, mine)
		if v.Notice != nil {
			v.Notice.SwitchOff = h.switchBehind(c, run, &run.Steps[i])
		}
		d.Steps = append(d.Steps, v)
	}
	if len(d.Steps) > longRun {
		shortenSteps(c, &d)
	}
	d.MayRetry = mine && run.State == models.RunFailed && d.Failed > 0
	d.MayResume = mine && provision.Resumable(run)
	d.MayCancel = mayRemove(u, run) && provision.Cancellable(run)
	if d.Failed > 0 {
		d.FailedHref = runPath(run.ID) + "/failed.csv"
	}
	if quota, more, ok := provision.RunQuota(run); ok {
		d.Quota = quota.Words(more)
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

// fold leaves out of a long list what needs nobody: steps that are done and
// have nothing to say, and planned ones far ahead.
func fold(d *views.RunData) {
	done, planned, noticed := 0, 0, 0
	d.Steps = slices.DeleteFunc(d.Steps, func(s views.RunStep) bool {
		switch {
		case s.Notice != nil || s.Secret != nil || len(s.Earlier) > 0:
			noticed++
			return noticed > longRun
		case s.State == string(models.StepDone):
			done++
			return true
		case s.State == string(models.StepPlanned):
			planned++
			return planned > plannedShown
		}
		return false
	})
	d.Folded = fmt.Sprintf("%s done", views.Count(done))
	if planned > plannedShown {
		d.Folded += fmt.Sprintf(", %s more planned", views.Count(planned-plannedShown))
	}
	if noticed > longRun {
		d.Folded += fmt.Sprintf(", %s more with a notice", views.Count(noticed-longRun))
	}
	d.Folded += ". "
	d.Unfold = runPath(d.ID) + "?all=1"
}

// shortenSteps keeps the page of a long run readable: what needs nobody is folded,
// and ?all=1 lists every step, a page at a time.
func shortenSteps(c echo.Context, d *views.RunData) {
	if c.QueryParam("all") != "1" {
		fold(d)
		return
	}
	pages := (len(d.Steps) + stepsPerPage - 1) / stepsPerPage
	page, _ := strconv.Atoi(c.QueryParam("page")) // nonsense is the first page
	page = min(max(page, 1), pages)
	from := (page - 1) * stepsPerPage
	to := min(from+stepsPerPage, len(d.Steps))
	d.Paging.Text = fmt.Sprintf("Steps %s to %s of %s", views.Count(from+1), views.Count(to), views.Count(len(d.Steps)))
	if page > 1 {
		d.Paging.PreviousHref = stepsPath(d.ID, page-1)
	}
	if page < pages {
		d.Paging.NextHref = stepsPath(d.ID, page+1)
	}
	d.Steps = d.Steps[from:to]
	d.EventsURL += strings.TrimPrefix(stepsPath(d.ID, page), runPath(d.ID))
}

func stepsPath(runID int64, page int) string {
	return runPath(runID) + "?all=1&page=" + strconv.Itoa(page)
}

// runStep is one step with its notice and, below the step that minted it, the
// secret.
func (h *Handlers) runStep(run *models.Run, s *models.Step, secret provision.SecretState, u *web.User, mine bool) views.RunStep {
	v := views.RunStep{StepView: views.StepView{
		Number: s.Ordinal, State: string(s.State), Name: s.Name, Call: s.Method + " " + s.Path, Anchor: fmt.Sprintf("step-%d", s.Ordinal),
	}}
	v.Status, v.Tone = stepStatus(s)
	if run.State == models.RunWaitingSignIn && s.State == models.StepWaiting {
		v.Status, v.Tone = "Waiting for sign-in", views.ToneWarn
	}
	traceStep(&v, run, s)
	switch {
	case s.State == models.StepDone || s.State == models.StepFailed:
		v.Right = views.Took(s.Duration)
	case !s.NextAt.IsZero() && run.State == models.RunWaiting:
		v.Right = "next " + views.Clock(s.NextAt)
	}
	switch s.Result {
	case models.ResultAdopted:
		v.Call += ", answer lost; found by reading, not sent again"
	case models.ResultRepeated:
		v.Call += ", answer lost; not found by reading, sent again"
	}
	if advice, ok := provision.Advise(run, s, secret.SignsIn); ok {
		v.Notice = h.stepNotice(run, s, advice, mine)
		if slices.Contains(advice.Fixes, provision.FixGiveUp) && mayRemove(u, run) {
			v.Notice.GiveUpHref = giveUpPath(run.ID)
		}
	}
	if s.Kind == provision.KindSecret && s.State == models.StepDone {
		v.Secret = &views.RunSecret{
			Held: secret.Held, Mine: secret.Mine, MayRemove: mayRemove(u, run) && !secret.Needed && !secret.Removed,
			ShowURL: runPath(run.ID) + "/secret", RemoveURL: runPath(run.ID) + "/secret/remove",
			Owner: provision.HistoryOf(s).By, Until: secret.Until, KeyID: secret.KeyID, Hint: secret.Hint, // a taken-over run has another
			Removed: secret.Removed, Kept: secret.Kept,
		}
		if u.Has(web.Operator) {
			v.Secret.AddHref = newSecretPath(run.BlueprintID)
		}
	}
	return v
}

// traceStep says who a step ran as, what it made, where the audit tells of it,
// and how it was refused before.
func traceStep(v *views.RunStep, run *models.Run, s *models.Step) {
	history := provision.HistoryOf(s)
	if history.Calls > 0 {
		v.RanAs = ranAs(history.As, history.By)
	}
	if s.OpID != "" {
		v.AuditHref = "/audit?op=" + s.OpID
	}
	if s.State == models.StepDone {
		if run.BlueprintID != "" {
			v.ObjectHref, v.ObjectText = "/blueprints/"+run.BlueprintID, "Open the blueprint"
		}
		switch s.Kind {
		case provision.KindPrincipal:
			v.ObjectHref, v.ObjectText = "/principals/"+s.ObjectID, "Open the blueprint principal"
		case provision.KindAgent:
			v.ObjectHref, v.ObjectText = "/agents/"+s.ObjectID, "Open the agent identity"
		case provision.KindRole, provision.KindRoleRemove, provision.KindConsent, provision.KindConsentRemove:
			v.ObjectHref, v.ObjectText = holderPage(run, s)
		}
	}
	for _, r := range history.Earlier {
		before := views.EarlierRefusal{At: r.At, Act: "sent it again", ActBy: r.ActionBy, ActAt: r.ActionAt, What: "Failed"}
		if r.Status != 0 {
			before.What = strings.TrimSpace(fmt.Sprintf("Refused with %d %s", r.Status, r.Code))
		}
		if r.By != "" {
			before.RanAs = ranAs(r.As, r.By)
		}
		if r.OpID != "" {
			before.AuditHref = "/audit?op=" + r.OpID
		}
		switch r.Action {
		case models.ActionRunAsBlueprint:
			before.Act = "let the run go on as the blueprint"
		case models.ActionRunAsMe:
			before.Act = "let the run go on with a person’s rights"
		}
		v.Earlier = append(v.Earlier, before)
	}
}

func ranAs(as provision.RunAs, owner string) string {
	if as == provision.AsBlueprint {
		return "as the blueprint, for " + owner
	}
	return "as " + owner
}

func stepStatus(s *models.Step) (string, views.Tone) {
	switch s.State {
	case models.StepDone:
		return doneWords(s), views.ToneOK
	case models.StepFailed:
		if s.HTTPStatus >= 400 {
			return fmt.Sprintf("Refused, %d", s.HTTPStatus), views.ToneDanger
		}
		return "Failed", views.ToneDanger
	case models.StepStarted:
		return "Sent, waiting for the answer", views.ToneWait
	case models.StepUnknown:
		return "Outcome unknown, reading", views.ToneWarn
	case models.StepWaiting:
		if s.MaxAttempts > 0 {
			return fmt.Sprintf("Attempt %d of %d", s.Attempt, max(s.MaxAttempts, s.Attempt)), views.ToneWait
		}
		return "Waiting", views.ToneWait
	}
	return "Planned", views.ToneMuted
}

func doneWords(s *models.Step) string {
	switch {
	case provision.TakesAway(s.Kind):
		return provision.DoneWord(s.Kind) // whose call did it makes no odds
	case s.Result == models.ResultAdopted:
		return "Adopted"
	case s.Result == models.ResultRepeated:
		return provision.DoneWord(s.Kind) + ", second try"
	}
	return provision.DoneWord(s.Kind)
}

// stepNotice puts advice and Graph's answer into words and buttons.
func (h *Handlers) stepNotice(run *models.Run, s *models.Step, advice provision.Advice, mine bool) *views.RunNotice {
	n := &views.RunNotice{
		Tone: views.ToneDanger, Title: advice.Title, Text: advice.Text, Message: s.ErrorMessage, Request: s.GraphRequestID, At: s.FinishedAt,
	}
	if run.State == models.RunWaitingSignIn && s.State != models.StepFailed {
		n.Message, n.Request = "", "" // what was answered before is not what it waits for
	} else if s.HTTPStatus >= http.StatusBadRequest {
		n.Said = strings.TrimSpace(fmt.Sprintf("%d %s", s.HTTPStatus, s.ErrorCode))
	}
	if s.State != models.StepFailed {
		n.Tone, n.At = views.ToneWait, run.UpdatedAt
		if run.State == models.RunWaiting {
			n.NextAt = s.NextAt
		}
		if s.State == models.StepWaiting {
			n.GiveUp = s.GiveUpAt
		}
	}
	if run.State == models.RunWaitingSignIn {
		n.Tone = views.ToneWarn
	}
	n.Support = support(run, s)
	if !mine {
		return n
	}
	for i, fix := range advice.Fixes {
		if fix == provision.FixAddSecret {
			n.AddSecretHref = newSecretPath(run.BlueprintID)
			continue
		}
		if fix == provision.FixGiveUp {
			continue // a link, for Admins as well
		}
		n.Buttons = append(n.Buttons, views.RunButton{
			Action: runPath(run.ID) + "/" + fixPath(fix), Text: string(fix),
			ID:      fmt.Sprintf("fix-%d-%s", s.Ordinal, fixPath(fix)),
			Primary: i == 0 && fix != provision.FixTryNow,
		})
	}
	return n
}

func fixPath(f provision.Fix) string {
	switch f {
	case provision.FixRetry:
		return "retry"
	case provision.FixAsBlueprint:
		return "as-blueprint"
	case provision.FixAsMe:
		return "as-me"
	}
	return "try"
}

// support is what Microsoft's support asks for about a call.
func support(run *models.Run, s *models.Step) string {
	if s.GraphRequestID == "" && s.OpID == "" {
		return ""
	}
	lines := []string{
		fmt.Sprintf("Run %d, step %d: %s %s", run.ID, s.Ordinal, s.Method, s.Path),
		fmt.Sprintf("Answer: %d %s %s", s.HTTPStatus, s.ErrorCode, s.ErrorMessage),
	}
	if s.GraphRequestID != "" {
		lines = append(lines, "request-id: "+s.GraphRequestID)
	}
	if s.OpID != "" {
		lines = append(lines, "client-request-id: "+s.OpID)
	}
	lines = append(lines, "Tenant: "+run.TID, "Time: "+run.UpdatedAt.UTC().Format(time.RFC3339))
	return strings.Join(lines, "\n")
}
