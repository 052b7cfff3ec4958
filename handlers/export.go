package handlers

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// exportEvery is how many rows of a file are written before the browser's time
// to take them begins anew.
const exportEvery = 500

// exportList makes the handler that writes what a list's filters leave as a file,
// CSV or JSON, in the order and with the columns of the page. The export is
// recorded before the first byte leaves.
func (h *Handlers) exportList(spec func() *listSpec) echo.HandlerFunc {
	return func(c echo.Context) error {
		form, err := web.Form(c, "format")
		if err != nil {
			return err
		}
		q := h.listQueryOf(c, spec())
		if q.secret != "" {
			return web.Redirect(c, q.unsearched())
		}
		s, _, err := h.inventory(c)
		if err != nil {
			return err
		}
		if s == nil {
			return web.Redirect(c, q.path) // it says how far the reading is
		}
		items := h.sorted(q, s.Select(q.query(h.Tenant.ID, h.Now()), h.Now()), s)
		format := oneOf(form.Get("format"), []string{"json"})
		err = h.record(c, models.NewAudit{
			Action: models.ActionListExport, Result: models.ResultSucceeded, TargetKind: "page", TargetID: q.path,
			Body: map[string]any{"address": cut(q.without("q"), 300), "name": views.PluralOf(q.thing), "rows": len(items), "format": map[bool]string{true: "json", false: "csv"}[format == "json"]},
		})
		if err != nil {
			return err
		}
		f := file{h: h, c: c, q: q, of: s, items: items}
		if format == "json" {
			return f.json()
		}
		return f.csv()
	}
}

// file is a list as a file.
type file struct {
	h     *Handlers
	c     echo.Context
	q     listQuery
	of    *provision.Snapshot
	items []*provision.Item
}

// columns are those of the page, and the ids that a program joins by.
func (f file) columns() []listColumn {
	columns := f.q.shownColumns()
	for _, key := range []string{"app", "id", "blueprint-app"} {
		col := f.q.column(key)
		missing := col != nil
		for _, c := range columns {
			missing = missing && c.key != key
		}
		if missing {
			columns = append(columns, *col)
		}
	}
	return columns
}

func (f file) begin(kind, ending string) {
	name := strings.ReplaceAll(views.PluralOf(f.q.thing), " ", "-")
	startFile(f.c, name+"-"+f.h.Now().UTC().Format("20060102-150405")+"."+ending, kind)
}

// startFile sends the head of an answer that is a file.
func startFile(c echo.Context, name, kind string) {
	res := c.Response()
	res.Header().Set("Content-Type", kind)
	res.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
}

// csv writes the rows under their heads. https://www.rfc-editor.org/rfc/rfc4180
func (f file) csv() error {
	f.begin("text/csv; charset=utf-8", "csv")
	out, columns := csv.NewWriter(f.c.Response()), f.columns()
	var heads []string
	for _, col := range columns {
		heads = append(heads, col.title)
	}
	_ = out.Write(heads) // faults of the browser's connection: see out.Error below
	for n, item := range f.items {
		if n%exportEvery == 0 {
			f.h.web.WriteOn(f.c)
		}
		row, cells := f.h.listRow(item, f.of), make([]string, 0, len(columns))
		for _, col := range columns {
			cells = append(cells, col.textOf(row))
		}
		if _ = out.Write(safeCells(cells)); out.Error() != nil {
			return nil // nobody reads on
		}
	}
	out.Flush()
	return nil
}

// json writes one object a row, as the snapshot has it, with when it was read.
func (f file) json() error {
	f.begin("application/json; charset=utf-8", "json")
	f.h.web.WriteOn(f.c)
	out := json.NewEncoder(f.c.Response())
	out.SetIndent("", "  ")
	items := f.items
	if items == nil {
		items = []*provision.Item{}
	}
	_ = out.Encode(map[string]any{
		"tenantId": f.h.Tenant.ID, "readAt": f.of.ReadAt.UTC().Format(time.RFC3339), "kind": f.q.kind, "objects": items,
	}) // a fault is the browser's connection
	return nil
}

// safeCells keeps names from being read as formulas by a spreadsheet: a quote
// before them makes them text.
// https://owasp.org/www-community/attacks/CSV_Injection
func safeCells(cells []string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func joinTags(tags []string) string { return strings.Join(tags, " ") }

func enabledText(enabled bool) string {
	if enabled {
		return "Enabled"
	}
	return "Disabled"
}
