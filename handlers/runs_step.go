package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

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
	switch {
	case provision.WasThere(s) && provision.LeavesNothing(s.Kind):
		v.Call += ", gone already; found by reading, nothing was removed"
	case provision.WasThere(s):
		v.Call += ", there already; found by reading, nothing was made"
	case s.Result == models.ResultAdopted && provision.LeavesNothing(s.Kind):
		v.Call += ", answer lost; gone when read, not sent again"
	case s.Result == models.ResultRepeated && provision.LeavesNothing(s.Kind):
		v.Call += ", answer lost; still there when read, sent again"
	case s.Result == models.ResultAdopted:
		v.Call += ", answer lost; found by reading, not sent again"
	case s.Result == models.ResultRepeated:
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
	v.DetailsHref = stepPagePath(run.ID, s.Ordinal)
	history := provision.HistoryOf(s)
	if history.Calls > 0 {
		v.RanAs = ranAs(history.As, history.By)
	}
	if s.OpID != "" {
		v.AuditHref = "/audit?op=" + s.OpID
	}
	v.ObjectHref, v.ObjectText = stepObject(run, s)
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
	case provision.WasThere(s):
		return "There already"
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

func stepPagePath(runID int64, step int) string {
	return fmt.Sprintf("%s/steps/%d", runPath(runID), step)
}

// stepDetails are the facts of a step and its call, for who looks into it.
func (h *Handlers) stepDetails(run *models.Run, s *models.Step) *views.StepDetails {
	d := &views.StepDetails{
		Number: s.Ordinal, Attempt: s.Attempt, MaxAttempts: s.MaxAttempts, Began: s.StartedAt, Ended: s.FinishedAt,
		RequestID: s.GraphRequestID, OpID: s.OpID, Answer: strings.TrimSpace(fmt.Sprintf("%d %s", s.HTTPStatus, s.ErrorCode)),
		Sent: provision.HistoryOf(s).Calls > 0,
	}
	if s.HTTPStatus == 0 {
		d.Answer = ""
	}
	if !d.Ended.IsZero() {
		d.Took = views.Took(s.Duration)
	}
	if s.State == models.StepWaiting || s.State == models.StepUnknown || s.State == models.StepStarted {
		d.WaitsFor, d.NextAt = s.WaitFor, s.NextAt
		if s.State == models.StepWaiting {
			d.GivesUp = s.GiveUpAt
		}
	}
	for _, n := range s.Needs {
		d.Needs = append(d.Needs, views.StepLink{Number: n, Href: stepPagePath(run.ID, n)})
	}
	if call, ok := h.Engine.CallOf(run, s); ok {
		d.Call = callText(call)
	}
	return d
}

// callText is a call as it goes over the wire, without the headers.
func callText(call graph.Call) string {
	text := call.Method + " " + call.Path
	if call.Body == nil {
		return text
	}
	var body strings.Builder
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // read by people; the view escapes it
	encoder.SetIndent("", "  ")
	if encoder.Encode(call.Body) != nil {
		return text
	}
	return text + "\n\n" + strings.TrimRight(body.String(), "\n")
}

// showRunStep is the page of one step: what it sent, what was answered, what it
// waits for.
func (h *Handlers) showRunStep(c echo.Context) error {
	run, err := h.readRun(c)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(c.Param("number")) // nonsense is no step
	i := slices.IndexFunc(run.Steps, func(s models.Step) bool { return s.Ordinal == n })
	if i < 0 {
		return fmt.Errorf("step of run %d: %w", run.ID, models.ErrNotFound)
	}
	s, u := &run.Steps[i], web.CurrentUser(c)
	secret, err := h.Engine.Secret(c.Request().Context(), h.actor(c), run)
	if err != nil {
		return err
	}
	l := stepList{h: h, c: c, run: run, secret: secret, u: u, mine: owns(u, run) && u.Has(web.Operator), notSent: provision.NotSent(run)}
	v := l.view(s)
	v.Details, v.DetailsHref = h.stepDetails(run, s), ""
	p := h.runChrome(c, run)
	p.Title, p.Lead = fmt.Sprintf("Step %d: %s", s.Ordinal, s.Name), fmt.Sprintf("Of run %d: %s.", run.ID, run.Title)
	p.Crumbs[2].Href = runPath(run.ID)
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: fmt.Sprintf("Step %d", s.Ordinal)})
	return web.Render(c, http.StatusOK, views.RunStepPage(p, v))
}
