package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// checkRefresh is how often the page of a check that runs loads itself anew
// without a script, in seconds.
const checkRefresh = 3

// showCheck is the page of one check.
func (h *Handlers) showCheck(c echo.Context) error {
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	return h.renderCheck(c, http.StatusOK, check, "", nil)
}

// backToCheck is where the answer to a run is loaded anew.
func (h *Handlers) backToCheck(c echo.Context) error {
	return web.Redirect(c, checkPath(c.Param("id")))
}

// renderCheck shows a check with the form that runs it, and what its last run
// has brought. chosen is the kept secret; empty for the newest of the blueprint.
func (h *Handlers) renderCheck(c echo.Context, status int, check *models.TokenCheck, chosen string, faults map[string]string) error {
	kept, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	kept = slices.DeleteFunc(kept, func(k models.KeptSecret) bool { return k.BlueprintAppID != check.BlueprintAppID })
	sweep := h.Engine.Sweeps().Last(h.actor(c), check.ID)
	if sweep != nil && sweep.Ended.After(check.RanAt) && sweep.Check.UpdatedAt.Equal(check.UpdatedAt) {
		check.CheckSummary = sweep.Sum // it ended after the row was read
	}
	d := views.TokenCheckPage{
		Row: checkRow(check), Created: check.CreatedAt, Changed: check.UpdatedAt, Assertions: sentencesOf(check),
		Kept: h.keptRows(kept), Chosen: firstWord(chosen, h.newestKept(kept, check.BlueprintAppID).ID), Faults: faults,
	}
	if check.BlueprintID != "" && (faults["client_secret"] != "" || faults["kept"] != "") {
		d.AddSecretHref = newSecretPath(check.BlueprintID)
	}
	if sweep != nil {
		d.Sweep = h.sweepView(c, check, sweep)
	}
	if running := h.Engine.Sweeps().Running(h.actor(c)); running != nil && running.ID != check.ID {
		d.Busy, d.BusyHref = running.Name, checkPath(running.ID)
	}
	p := h.checkPage(c, check, check.Name, "")
	p.Crumbs = append(p.Crumbs[:3], views.Crumb{Text: check.Name})
	p.HasError = len(faults) > 0
	if d.Sweep != nil && d.Sweep.Running {
		p.Refresh = checkRefresh
	}
	return web.Render(c, status, views.TokenCheckDetail(p, d))
}

// sweepView puts a run into words: what needs somebody first.
func (h *Handlers) sweepView(c echo.Context, check *models.TokenCheck, s *provision.SweepView) *views.TokenSweep {
	v := &views.TokenSweep{
		Running: s.Ended.IsZero(), Done: s.Done(), Total: len(s.Agents), Started: s.Started, Ended: s.Ended,
		OtherSettings: !s.Check.UpdatedAt.Equal(check.UpdatedAt),
	}
	sum := s.Sum
	if v.Running {
		sum.NotAsked = 0 // they still may be
	}
	v.Counts, _ = summaryWords(sum)
	if v.Done == 0 {
		v.Counts = "Nothing yet"
	}
	v.Tone, v.Title, v.Text = sweepWords(s)
	agents := slices.Clone(s.Agents)
	slices.SortStableFunc(agents, func(a, b provision.Swept) int { return cmp.Compare(sweptRank(a.State), sweptRank(b.State)) })
	place := listPlaceOf(c)
	last := max(1, (len(agents)+place.rows-1)/place.rows)
	place.page = min(place.page, last)
	from := (place.page - 1) * place.rows
	shown := agents[from:min(from+place.rows, len(agents))]
	for i := range shown {
		row := sweptRow(&s.Check, &shown[i])
		row.Ways = h.sweptWays(c, &s.Check, &shown[i])
		v.Rows = append(v.Rows, row)
	}
	v.Paging = sweepPaging(check, place, from, len(shown), len(agents), last)
	return v
}

func sweepPaging(check *models.TokenCheck, place listPlace, from, shown, total, last int) views.Paging {
	at := func(page, rows int) string {
		q := url.Values{}
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		listPlace{rows: rows}.add(q)
		return address(checkPath(check.ID), q)
	}
	p := place.foot(last, func(rows int) string { return at(1, rows) })
	if p.PreviousPage > 0 {
		p.PreviousHref = at(p.PreviousPage, place.rows)
	}
	if p.NextPage > 0 {
		p.NextHref = at(p.NextPage, place.rows)
	}
	if shown > 0 {
		p.Text = strconv.Itoa(from+1) + "–" + strconv.Itoa(from+shown) + " of " + views.Count(total) + ", what did not pass first"
	}
	return p
}

// sweepWords say what a run waits for, or how it ended before its time.
func sweepWords(s *provision.SweepView) (tone views.Tone, title, text string) {
	switch {
	case !s.PausedUntil.IsZero():
		return views.ToneInfo, "The sign-in service asked for a pause", "Nothing is asked for until " + views.UTC(s.PausedUntil) + ". You may leave."
	case s.Ended.IsZero() && s.Cancelled:
		return views.ToneInfo, "The run is being cancelled", "Nothing more is asked for."
	case s.Ended.IsZero():
		return views.ToneInfo, "", ""
	case s.Spared:
		return views.ToneDanger, "The blueprint's credential was refused", "Every agent would have been refused alike, so the others were not asked for."
	case s.Late:
		return views.ToneWarn, "The time of the run was over", "What was not answered by then was left out. Run the check again later: the sign-in service may have been busy."
	case s.Cancelled:
		return views.ToneWarn, "The run was cancelled", "What was not answered by then was left out."
	case s.Sum.NotAsked > 0:
		return views.ToneWarn, "The run was stopped", "What was not answered by then was left out."
	}
	return views.ToneInfo, "", ""
}

// sweptRank puts what needs somebody first, and what is not settled last.
func sweptRank(state provision.SweptState) int {
	return slices.Index([]provision.SweptState{
		provision.SweptFailed, provision.SweptNotIssued, provision.SweptPassed, provision.SweptUnanswered, provision.SweptNotAsked, provision.SweptAsking, provision.SweptWaiting,
	}, state)
}

func sweptRow(check *models.TokenCheck, a *provision.Swept) views.SweptRow {
	row := views.SweptRow{ID: a.Agent.ID, Name: views.Named(a.Agent.Name, a.Agent.ID), Checks: a.Checks, Unproven: a.Unproven, Hop: string(a.Hop), Err: a.Err, Fault: a.Fault}
	switch a.State {
	case provision.SweptPassed:
		row.State, row.Tone = "Passed", views.ToneOK
	case provision.SweptFailed:
		row.State, row.Tone = "Failed", views.ToneDanger
	case provision.SweptNotIssued:
		row.State, row.Tone = "Not issued", views.ToneDanger
	case provision.SweptUnanswered:
		row.State, row.Tone, row.Fault = "Asked", views.ToneWarn, "The answer was not waited for: the run ended first."
	case provision.SweptNotAsked:
		row.State, row.Tone, row.Fault = "Not asked", views.ToneWarn, "The run ended before its turn."
	case provision.SweptAsking:
		row.State, row.Tone = "Asking", views.ToneWait
	default:
		row.State, row.Tone = "Waiting", views.ToneOpen
	}
	if strings.HasPrefix(row.State, "Not issued") || row.State == "Failed" {
		row.LabHref = "/tokens?" + views.Query("mode", check.Mode, "agent", a.Agent.ID, "scope", check.Scope)
	}
	return row
}
