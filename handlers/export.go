package handlers

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// maxExport bounds an export: each hundred rows are one request to Graph.
const maxExport = 10_000

// exportTime bounds an export as a whole; what is said of it stands in brokenOff.
const exportTime = 10 * time.Minute

const exportNote = "at most 10,000 rows"

// csvOf is one list as a CSV file: how its pages are read and its rows written.
type csvOf[T any] struct {
	query listQuery
	name  string
	head  []string
	read  func(ctx context.Context, q listQuery) (*graph.Page[T], error)
	row   func(T) []string
}

// exportList streams a list page by page. The first page is read, and the
// export recorded, before the first byte leaves, so that a refusal is still a
// page. What goes wrong later stands in the file's last row: a file that is
// too short must not look whole.
// https://www.rfc-editor.org/rfc/rfc4180
func exportList[T any](h *Handlers, c echo.Context, list csvOf[T]) error {
	q := list.query.first()
	if q.secret != "" {
		return web.Redirect(c, q.unsearched())
	}
	q.unlimited = true
	page, err := list.read(c.Request().Context(), q)
	if err != nil {
		return err
	}
	err = h.record(c, models.NewAudit{
		Action: models.ActionListExport, Result: models.ResultSucceeded, TargetKind: "page", TargetID: q.path,
		Body: map[string]any{"address": cut(q.without("q"), 300), "name": strings.ReplaceAll(list.name, "-", " ")},
	})
	if err != nil {
		return err
	}
	res := c.Response()
	res.Header().Set("Content-Type", "text/csv; charset=utf-8")
	res.Header().Set("Content-Disposition", `attachment; filename="`+list.name+"-"+h.Now().UTC().Format("20060102-150405")+`.csv"`)
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
	ctx, cancel := exportContext(c.Request().Context())
	defer cancel()
	out := csv.NewWriter(res)
	_ = out.Write(list.head) // faults of the browser's connection: see out.Error below
	for n := 0; ; {
		h.web.WriteOn(c)
		for _, item := range page.Items {
			if n == maxExport {
				_ = out.Write([]string{"Not complete: the list has more than " + views.Count(maxExport) + " rows. Narrow it by filters."})
				page.Next = ""
				break
			}
			_ = out.Write(safeCells(list.row(item)))
			n++
		}
		if out.Flush(); out.Error() != nil || page.Next == "" {
			return nil // nobody reads on
		}
		res.Flush()
		q.next = page.Next
		if page, err = list.read(ctx, q); err != nil {
			h.Log.Info("export a list", "error", err, "rows", n, "request_id", web.RequestID(c))
			h.web.WriteOn(c)
			_ = out.Write([]string{brokenOff(ctx, n)})
			out.Flush()
			return nil
		}
	}
}

// exportContext outlives the patience for a page, which is for those who wait
// before an empty window: here rows arrive. It ends when the reader leaves.
func exportContext(request context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(request), exportTime)
	stop := context.AfterFunc(request, func() {
		if !errors.Is(request.Err(), context.DeadlineExceeded) {
			cancel()
		}
	})
	return ctx, func() { stop(); cancel() }
}

// brokenOff is the last row of a file that ends before its list.
func brokenOff(ctx context.Context, rows int) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "Not complete: this portal stopped after " + strconv.Itoa(rows) + " rows and 10 minutes, the longest an export may take. Narrow it by filters."
	}
	return "Not complete: Graph stopped answering after " + strconv.Itoa(rows) + " rows. Export again."
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
