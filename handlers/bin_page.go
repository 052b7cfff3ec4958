package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// showBin lists the recycle bin: what was deleted when, and how long it stays.
func (h *Handlers) showBin(c echo.Context) error {
	q := binQueryOf(c)
	calls := h.recordCalls(c)
	b, err := h.readBin(c)
	if err != nil {
		return err
	}
	left := q.of(b)
	last := max(1, (len(left)+q.rows-1)/q.rows)
	q.page = min(q.page, last)
	from := (q.page - 1) * q.rows
	shown := left[from:min(from+q.rows, len(left))]
	p := h.page(c, "Recycle bin", "recycle-bin")
	p.Lead = "Deleted agent objects stay here for 30 days. Until then they can be restored, and agent identities count against the quota of their blueprint."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Recycle bin"}}
	every := q.unticked()
	every.everyRow = true
	d := views.Bin{
		Query: q.search, Kind: q.kind, Kinds: binKinds(), Total: totalWords(len(left), len(b.all), "deleted object"), MayChange: h.may(c, "/recycle-bin/restore"),
		Paging: q.paging(from, len(shown), len(left), last), ReadAt: h.Now(), Again: c.Request().URL.RequestURI(), Filtered: q.search != "" || q.kind != "",
		ClearAll: q.without("q", "kind"), AllTicked: q.everyRow, Found: len(left), TickAll: every.href(), TickNone: q.unticked().href(),
	}
	if q.rows != pageSize {
		d.RowsAPage = strconv.Itoa(q.rows)
	}
	if q.kind != "" {
		d.Chips = append(d.Chips, views.Chip{Name: "Kind", Value: optionLabel(binKinds(), q.kind), RemoveHref: q.without("kind")})
	}
	if q.search != "" {
		d.Chips = append(d.Chips, views.Chip{Name: "Search", Value: q.search, RemoveHref: q.without("q")})
	}
	h.readGone(c, b, shown)
	words := map[string]bool{}
	for _, o := range shown {
		row := h.binRow(b, o)
		row.Ticked = q.everyRow || slices.Contains(q.ticked, strings.ToLower(o.ID))
		words[row.Tick] = true
		d.Rows = append(d.Rows, row)
	}
	d.Kept = q.kept(words)
	for _, id := range q.ticked {
		if !words[tickWord(id)] {
			d.TickedElsewhere++
		}
	}
	d.Calls = calls.Sent()
	return web.Render(c, http.StatusOK, views.BinPage(p, d))
}

// paging is the foot of the bin with n rows from a place on, of total.
func (q binQuery) paging(from, n, total, last int) views.Paging {
	paging := q.foot(last, func(rows int) string {
		q.rows = rows
		return q.href()
	})
	if total > 0 {
		paging.Text = fmt.Sprintf("%s–%s of %s, the last deleted first", views.Count(from+1), views.Count(from+n), views.Count(total))
	}
	return paging
}

// leftWords says how long an object stays in the bin.
func (b *bin) leftWords(d *graph.DeletedObject) (string, views.Tone) {
	if d.DeletedAt.IsZero() {
		return "Not known", views.ToneWarn
	}
	left := binDays(b.now, d.DeletedAt)
	switch {
	case left == 0:
		return "Ends now", views.ToneDanger
	case left <= 3:
		return views.Plural(left, "day"), views.ToneWarn
	}
	return views.Plural(left, "day"), ""
}

func (h *Handlers) binRow(b *bin, d *graph.DeletedObject) views.BinRow {
	row := views.BinRow{ID: d.ID, Tick: tickWord(d.ID), Mark: string(d.Kind), Name: views.Named(d.DisplayName, d.ID), Kind: views.KindWords(d.Kind), Deleted: d.DeletedAt, UPN: d.UPN}
	row.Left, row.LeftTone = b.leftWords(d)
	if d.Kind == graph.KindBlueprintPrincipal {
		row.Unpurgeable = "A principal leaves the bin only by time"
	}
	row.Belongs = b.belongs(d)
	if why := b.lost(d, nil); why != "" {
		row.Lost = "Cannot be restored: " + why
	}
	return row
}

// belongs says which deleted object an object needs to be restored first; empty
// where that is not in the bin.
func (b *bin) belongs(d *graph.DeletedObject) string {
	var parent *graph.DeletedObject
	switch d.Kind {
	case graph.KindBlueprintPrincipal:
		parent = b.blueprint(d.AppID)
	case graph.KindAgentIdentity:
		parent = b.principal(d.BlueprintAppID)
	case graph.KindAgentUser:
		parent = b.item(d.ParentID)
	}
	if parent == nil {
		return ""
	}
	return views.Named(parent.DisplayName, parent.ID)
}
