package handlers

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
)

// listPlace is what the address of a list says of the page that is shown and of
// the rows that are ticked, on this page and others.
type listPlace struct {
	rows     int
	page     int      // from 1
	ticked   []string // object ids
	untaken  int      // ticks beyond those that an address can name
	everyRow bool     // everything that the filters leave is ticked
}

func listPlaceOf(c echo.Context) listPlace {
	ticks := c.QueryParams()["sel"]
	p := listPlace{rows: pageSize, page: 1, ticked: tickedIDs(ticks), untaken: max(0, len(ticks)-maxTicked), everyRow: c.QueryParam("sel") == tickedAll}
	if n, err := strconv.Atoi(c.QueryParam("rows")); err == nil && slices.Contains(pageSizes[:], n) {
		p.rows = n
	}
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 0 && n < 1e6 {
		p.page = n
	}
	return p
}

// add puts the size of the page and the ticks into an address; the page itself is
// left to whoever knows whether the rows are the same.
func (p listPlace) add(v url.Values) {
	if p.rows != pageSize {
		v.Set("rows", strconv.Itoa(p.rows))
	}
	for _, id := range p.ticked {
		v.Add("sel", tickWord(id))
	}
	if p.everyRow {
		v.Set("sel", tickedAll)
	}
}

// plainFoot is the foot of a list of pageSize rows a page, of which nobody chooses
// the size: at is the address of a page, order how the rows stand.
func plainFoot(page, last, total int, order string, at func(page int) string) views.Paging {
	paging := views.Paging{Text: "No rows"}
	if page > 1 {
		paging.PreviousHref = at(page - 1)
	}
	if page < last {
		paging.NextHref = at(page + 1)
	}
	if from := (page - 1) * pageSize; total > 0 {
		paging.Text = views.Count(from+1) + "–" + views.Count(min(from+pageSize, total)) + " of " + views.Count(total) + ", " + order
	}
	return paging
}

// foot is the foot of a list whose last page is known; sized is the address of the
// list with another size of its pages.
func (p listPlace) foot(last int, sized func(rows int) string) views.Paging {
	paging := views.Paging{Text: "No rows"}
	if p.page > 1 {
		paging.PreviousPage = p.page - 1
	}
	if p.page < last {
		paging.NextPage = p.page + 1
	}
	for _, rows := range pageSizes {
		paging.Rows = append(paging.Rows, views.RowChoice{Rows: rows, Href: sized(rows), Current: rows == p.rows})
	}
	return paging
}
