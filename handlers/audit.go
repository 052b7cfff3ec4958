package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// listAudit shows the history, newest first. Who may not see all of it sees
// their own acts.
func (h *Handlers) listAudit(c echo.Context) error {
	q, faults := auditQueryOf(c, zoneOf(c))
	all := seesAllActs(web.CurrentUser(c))
	if !all {
		q.Actor = "" // their own acts are all there is to choose from
	}
	if err := h.findWho(c.Request().Context(), &q); err != nil {
		return err
	}
	filter := q.filter()
	if !all {
		filter.Actor = h.actor(c).String()
	}
	filter.Limit = pageSize + 1 // one more tells whether there is a next page
	records, err := h.Store.Audit(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	if q.After > 0 && len(records) <= pageSize {
		return web.Redirect(c, q.first().href()) // the newest page, and that whole
	}
	l, err := h.auditList(c, q, filter, records)
	if err != nil {
		return err
	}
	p := h.page(c, "Audit", "audit")
	p.Lead = "Every act of this portal, in a chain that shows tampering."
	if !all {
		p.Lead = "What you did in this portal, in a chain that shows tampering. Auditors see the acts of everybody."
	}
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Audit"}}
	status := http.StatusOK
	if len(faults) > 0 {
		l.Errors, p.HasError, status = faults, true, http.StatusUnprocessableEntity
	}
	return web.Render(c, status, views.AuditPage(p, l))
}

// auditList cuts the page out of the records read and says which way it goes on.
func (h *Handlers) auditList(c echo.Context, q auditQuery, filter models.AuditFilter, records []models.AuditRecord) (views.AuditList, error) {
	all := seesAllActs(web.CurrentUser(c))
	l := views.AuditList{Fields: q.fields(), Chips: q.chips(), ClearAll: "/audit", MayVerify: all, AskWho: all}
	older := len(records) > pageSize
	switch {
	case older && q.After > 0:
		records = records[1:]
	case older:
		records = records[:pageSize]
	}
	if len(records) > 0 {
		if q.Before > 0 || q.After > 0 {
			l.Newer = q.page(0, records[0].Seq).href()
		}
		if older || q.After > 0 {
			l.Older = q.page(records[len(records)-1].Seq, 0).href()
		}
	}
	for _, r := range records {
		l.Rows = append(l.Rows, auditRow(r))
	}
	if q.Target != "" {
		l.Runs = runsIn(records)
	}
	var err error
	l.Total, err = h.auditTotal(c.Request().Context(), filter, all, len(l.Chips) > 0)
	return l, err
}

// runsIn are the runs that records belong to, each once, the newest first: what
// happened to an object is a part of what its runs did.
func runsIn(records []models.AuditRecord) []string {
	var runs []string
	for _, r := range records {
		if r.RunID != "" && !slices.Contains(runs, r.RunID) {
			runs = append(runs, r.RunID)
		}
	}
	return runs
}

// auditTotal counts the records of the filters beside those of the chain, for
// people who see all of it.
func (h *Handlers) auditTotal(ctx context.Context, filter models.AuditFilter, all, filtered bool) (string, error) {
	var chain int64
	if all {
		head, err := h.Store.Audit(ctx, models.AuditFilter{Limit: 1})
		if err != nil {
			return "", err
		}
		if len(head) > 0 {
			chain = head[0].Seq
		}
	}
	if all && !filtered {
		return views.Plural(int(chain), "record") + " in the chain", nil
	}
	n, err := h.Store.CountAudit(ctx, filter)
	if err != nil {
		return "", err
	}
	if !all {
		return views.Plural(int(n), "record") + " of yours", nil
	}
	return views.Count(n) + " of " + views.Plural(int(chain), "record"), nil
}

func auditRow(r models.AuditRecord) views.AuditRow {
	row := views.AuditRow{ActRow: actRow(r), Action: r.Action, RequestID: factsOf(r).requestID(), NoRequestID: "no call"}
	if r.Kind == models.AuditIntent {
		row.NoRequestID = "with the outcome"
	}
	switch {
	case r.Open:
		row.NoRequestID = "no answer yet"
		row.Result, row.Tone = "No outcome yet", views.ToneWarn
	case r.Kind == models.AuditIntent:
		row.Result, row.Tone = "Intent", views.ToneMuted
	}
	if r.WordsGone {
		row.Who += ", name erased"
	}
	return row
}

// parseSeq reads the number of a record; 0 when it is none.
func parseSeq(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return n
}
