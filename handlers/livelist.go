package handlers

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// livePage is the place in a list that is read from Graph as it is shown, page
// by page and by name: Graph sorts and counts it, and its cursor is the way on.
type livePage struct {
	path string
	rows int
	down bool
	next string // graph.Page.Next
	from int    // number of the first row, for display
}

// livePageOf reads the place from an address. Anything that is not understood
// counts as absent.
func livePageOf(c echo.Context, path string) livePage {
	p := livePage{path: path, rows: pageSize, next: c.QueryParam("next"), from: 1, down: c.QueryParam("sort") == "-name"}
	if n, err := strconv.Atoi(c.QueryParam("rows")); err == nil && slices.Contains(pageSizes[:], n) {
		p.rows = n
	}
	if n, err := strconv.Atoi(c.QueryParam("from")); err == nil && n > 0 && n < 1e9 && p.next != "" {
		p.from = n
	}
	return p
}

func (p livePage) href() string {
	v := url.Values{}
	if p.rows != pageSize {
		v.Set("rows", strconv.Itoa(p.rows))
	}
	if p.down {
		v.Set("sort", "-name")
	}
	if p.next != "" {
		v.Set("next", p.next)
		if p.from > 1 {
			v.Set("from", strconv.Itoa(p.from))
		}
	}
	return address(p.path, v)
}

// first is the same list from its beginning.
func (p livePage) first() livePage {
	p.next, p.from = "", 1
	return p
}

func (p livePage) options() graph.ListOptions {
	o := graph.ListOptions{Top: p.rows, OrderBy: "displayName", Next: p.next}
	if p.down {
		o.OrderBy += " desc"
	}
	return o
}

// stale says whether a list failed because of the link to its page: it was
// edited, or Graph has forgotten it. The list from its beginning is the answer.
func (p livePage) stale(err error) bool {
	var refused *graph.Error
	if p.next == "" {
		return false
	}
	return errors.Is(err, graph.ErrForeignLink) || errors.As(err, &refused) && refused.Status == 400
}

// foot is the foot of a page of n rows, of total if that is known.
func (p livePage) foot(n int, total *int, next string) views.Paging {
	foot := views.Paging{PreviousLabel: "First page", Text: "No rows"}
	if p.next != "" {
		foot.PreviousHref = p.first().href()
	}
	if next != "" {
		following := p
		following.next, following.from = next, p.from+n
		foot.NextHref = following.href()
	}
	for _, rows := range pageSizes {
		other := p.first()
		other.rows = rows
		foot.Rows = append(foot.Rows, views.RowChoice{Rows: rows, Href: other.href(), Current: rows == p.rows})
	}
	if n == 0 {
		return foot
	}
	foot.Text = views.Count(p.from)
	if n > 1 {
		foot.Text += "–" + views.Count(p.from+n-1)
	}
	if total != nil {
		foot.Text += " of " + views.Count(*total)
	}
	foot.Text += ", sorted by name"
	return foot
}

// liveTotal counts the rows of a page, with the total where Graph gave one.
func liveTotal(n int, total *int, thing string) string {
	if total == nil {
		return views.Plural(n, thing)
	}
	return totalWords(n, *total, thing)
}
