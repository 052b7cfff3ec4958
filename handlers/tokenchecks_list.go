package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// checkQuery is what the address of the list of checks says.
type checkQuery struct {
	listPlace
	words string
	down  bool // last name first
}

func checkQueryOf(c echo.Context) checkQuery {
	return checkQuery{listPlace: listPlaceOf(c), words: strings.TrimSpace(cut(c.QueryParam("q"), 120)), down: c.QueryParam("sort") == "-name"}
}

func (q checkQuery) href() string {
	v := url.Values{}
	if q.words != "" {
		v.Set("q", q.words)
	}
	if q.down {
		v.Set("sort", "-name")
	}
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	q.add(v)
	return address(checksPath, v)
}

// at is the list on another page.
func (q checkQuery) at(page int) string {
	q.page = page
	return q.href()
}

// pick keeps what the filter leaves, in the order of the page.
func (q checkQuery) pick(checks []models.TokenCheck) []models.TokenCheck {
	words := strings.ToLower(q.words)
	checks = slices.DeleteFunc(checks, func(check models.TokenCheck) bool {
		text := strings.ToLower(strings.Join([]string{check.Name, check.AgentName, check.BlueprintName, check.Scope}, "\n"))
		return !strings.Contains(text, words)
	})
	if q.down {
		slices.Reverse(checks)
	}
	return checks
}

// listChecks is the page of all saved checks.
func (h *Handlers) listChecks(c echo.Context) error {
	q := checkQueryOf(c)
	if entra.LooksSecret(q.words) {
		return web.Redirect(c, checksPath) // an address stays in the browser's history
	}
	all, err := h.checksToSee(c)
	if err != nil {
		return err
	}
	total := len(all)
	checks := q.pick(all)
	last := max(1, (len(checks)+q.rows-1)/q.rows)
	q.page = min(q.page, last)
	l := views.TokenCheckList{Query: q.words, Found: len(checks), ExportURL: checksPath + "/export", Name: views.Column{Title: "Check", Sorted: "ascending"}}
	l.Total = totalWords(len(checks), total, "check")
	turned := q
	turned.down, turned.page = !q.down, 1
	l.Name.SortHref = turned.href()
	if q.down {
		l.Name.Sorted = "descending"
	}
	if q.words != "" {
		l.Chips = []views.Chip{{Name: "Holds", Value: q.words, RemoveHref: checksPath}}
	}
	l.ExportURL = strings.Replace(q.at(1), checksPath, l.ExportURL, 1)
	from := (q.page - 1) * q.rows
	shown := checks[from:min(from+q.rows, len(checks))]
	for i := range shown {
		l.Rows = append(l.Rows, checkRow(&shown[i]))
	}
	l.Paging = q.paging(from, len(shown), len(checks), last)
	p := h.labPage(c, "Checks")
	p.Lead = "What tokens must hold, saved to be run again: for one agent identity, or for all of a blueprint."
	return web.Render(c, http.StatusOK, views.TokenChecksPage(p, l))
}

// paging is the foot of the list.
func (q checkQuery) paging(from, shown, found, last int) views.Paging {
	sized := q
	sized.page = 1
	p := q.foot(last, func(rows int) string {
		sized.rows = rows
		return sized.href()
	})
	if p.PreviousPage > 0 {
		p.PreviousHref = q.at(p.PreviousPage)
	}
	if p.NextPage > 0 {
		p.NextHref = q.at(p.NextPage)
	}
	if shown > 0 {
		p.Text = fmt.Sprintf("%d–%d of %s, sorted by name", from+1, from+shown, views.Count(found))
	}
	return p
}

// exportChecks writes what the filter of the list leaves as a file.
func (h *Handlers) exportChecks(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	q := checkQueryOf(c)
	checks, err := h.checksToSee(c)
	if err != nil {
		return err
	}
	checks = q.pick(checks)
	err = h.record(c, models.NewAudit{
		Action: models.ActionListExport, Result: models.ResultSucceeded, TargetKind: "page", TargetID: checksPath,
		Body: map[string]any{"address": checksPath, "name": "token checks", "rows": len(checks), "format": "csv"},
	})
	if err != nil {
		return err
	}
	startFile(c, "token-checks-"+h.Now().UTC().Format("20060102-150405")+".csv", "text/csv; charset=utf-8")
	out := csv.NewWriter(c.Response())
	_ = out.Write([]string{
		"Name", "Blueprint", "Agent identity", "Mode", "Scope", "A token must hold", "Last run (UTC)", "Passed", "Failed", "Not issued", "Left out",
		"Check ID", "Blueprint App ID", "Agent Object ID",
	})
	for i := range checks {
		check := &checks[i]
		_ = out.Write(safeCells([]string{
			check.Name, check.BlueprintName, check.AgentName, check.Mode, check.Scope, strings.Join(sentencesOf(check), "; "), csvTime(check.RanAt),
			strconv.Itoa(check.Passed), strconv.Itoa(check.Failed), strconv.Itoa(check.NotIssued), strconv.Itoa(check.NotAsked),
			check.ID, check.BlueprintAppID, check.AgentID,
		}))
	}
	out.Flush()
	return nil // who has gone reads no error either
}
