package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// listAudit shows the history, newest first. Who may not see all of it sees
// what he did himself.
func (h *Handlers) listAudit(c echo.Context) error {
	q, faults := auditQueryOf(c, zoneOf(c))
	filter := q.filter()
	all := seesAllActs(web.CurrentUser(c))
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
	l, err := h.auditList(c, q, records)
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
func (h *Handlers) auditList(c echo.Context, q auditQuery, records []models.AuditRecord) (views.AuditList, error) {
	l := views.AuditList{
		Fields: q.fields(), Chips: q.chips(), ClearAll: "/audit", MayVerify: seesAllActs(web.CurrentUser(c)),
	}
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
	if !l.MayVerify {
		return l, nil
	}
	head, err := h.Store.Audit(c.Request().Context(), models.AuditFilter{Limit: 1})
	if err == nil && len(head) > 0 {
		l.Total = views.Plural(int(head[0].Seq), "record") + " in the chain"
	}
	return l, err
}

func auditRow(r models.AuditRecord) views.AuditRow {
	row := views.AuditRow{ActRow: actRow(r), Action: r.Action, RequestID: factsOf(r).requestID()}
	switch {
	case r.Open:
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
