package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// pageSize is how many rows a list asks Graph for unless its address says
// otherwise; 100 is the most it gives.
const pageSize = 50

// pageSizes are the rows a page one can choose from.
var pageSizes = [...]int{25, pageSize, 100}

// listSpec is what one list of directory objects can be asked: Graph does not
// sort and filter every kind in the same way.
type listSpec struct {
	path  string
	thing string   // "blueprint"
	sorts []string // name, -name, created, -created
	// status, home and blueprint are the filters some lists have and others not.
	status, home, blueprint bool
}

func blueprintsList() listSpec {
	return listSpec{path: "/blueprints", thing: "blueprint", sorts: []string{"name", "-name", "created", "-created"}}
}

func principalsList() listSpec {
	return listSpec{path: "/principals", thing: "blueprint principal", sorts: []string{"name", "-name"}, status: true, home: true}
}

func agentsList() listSpec {
	return listSpec{path: "/agents", thing: "agent identity", sorts: []string{"name", "-name"}, status: true, blueprint: true}
}

// listQuery is what the address of a list says. Anything that is not
// understood counts as absent: an edited address still shows a list.
type listQuery struct {
	listSpec
	search    string
	secret    string // what was typed into the search and is not searched: token, secret
	notice    string // the same, one address later
	app       string // App ID of the blueprint the list is narrowed to
	status    string // enabled, disabled
	home      string // here, elsewhere
	by        string // portal
	since     string // days, of those in sinceDays
	sort      string // of sorts
	rows      int
	next      string // graph.Page.Next
	from      int    // number of the first row, for display
	tenantID  string
	asked     time.Time
	unlimited bool // an export: as many rows a request as Graph gives
}

// sinceDays are the choices of Created, by the days in the address.
func sinceDays() []views.Option {
	return []views.Option{
		{Label: "Any time"},
		{Value: "1", Label: "Last 24 hours"},
		{Value: "7", Label: "Last 7 days"},
		{Value: "30", Label: "Last 30 days"},
		{Value: "180", Label: "Last 180 days"},
	}
}

func (h *Handlers) listQueryOf(c echo.Context, spec listSpec) listQuery {
	search := c.QueryParam("q")
	secret := secretTyped(search)
	if secret != "" {
		search = "" // it must reach no link, no audit record and no server
	}
	q := listQuery{
		listSpec: spec, search: strings.TrimSpace(cut(search, 120)), secret: secret, notice: oneOf(c.QueryParam("not"), secretKinds()), next: c.QueryParam("next"), from: 1,
		rows: pageSize, tenantID: h.Tenant.ID, asked: h.Now(),
		sort: oneOf(c.QueryParam("sort"), spec.sorts), by: oneOf(c.QueryParam("by"), []string{"portal"}),
	}
	if id, err := graph.ParseGUID(c.QueryParam("blueprint")); err == nil && spec.blueprint {
		q.app = id
	}
	if spec.status {
		q.status = oneOf(c.QueryParam("status"), []string{"enabled", "disabled"})
	}
	if spec.home {
		q.home = oneOf(c.QueryParam("home"), []string{"here", "elsewhere"})
	}
	if days := c.QueryParam("created"); optionLabel(sinceDays(), days) != "" {
		q.since = days
	}
	if n, err := strconv.Atoi(c.QueryParam("rows")); err == nil && slices.Contains(pageSizes[:], n) {
		q.rows = n
	}
	if n, err := strconv.Atoi(c.QueryParam("from")); err == nil && n > 0 && n < 1e9 && q.next != "" {
		q.from = n
	}
	return q
}

// optionLabel is the words of a choice; empty for a value that is none.
func optionLabel(options []views.Option, value string) string {
	i := slices.IndexFunc(options, func(o views.Option) bool { return o.Value == value })
	if value == "" || i < 0 {
		return ""
	}
	return options[i].Label
}

// values are the parts of the address, without the place in the list.
func (q listQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"q": q.search, "blueprint": q.app, "status": q.status, "home": q.home, "by": q.by, "created": q.since, "sort": q.sort,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.rows != pageSize {
		v.Set("rows", strconv.Itoa(q.rows))
	}
	return v
}

// href is the address of the list with the query as it is.
func (q listQuery) href() string {
	v := q.values()
	if q.next != "" {
		v.Set("next", q.next)
	}
	if q.next != "" && q.from > 1 {
		v.Set("from", strconv.Itoa(q.from))
	}
	return address(q.path, v)
}

func address(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// first is the same list from its beginning.
func (q listQuery) first() listQuery {
	q.next, q.from = "", 1
	return q
}

// unsearched is the list without the secret that was typed into its search,
// with a notice of it.
func (q listQuery) unsearched() string {
	v := q.values()
	v.Set("not", q.secret)
	return address(q.path, v)
}

// without is the list from its beginning without one of its filters.
func (q listQuery) without(names ...string) string {
	v := q.values()
	for _, name := range names {
		v.Del(name)
	}
	return address(q.path, v)
}

// filter is what Graph narrows the list by, beside the blueprint.
func (q listQuery) filter() graph.Filter {
	f := graph.Filter{OurOwn: q.by != ""}
	if days, err := strconv.Atoi(q.since); err == nil {
		f.Since = q.asked.AddDate(0, 0, -days)
	}
	if q.status != "" {
		enabled := q.status == "enabled"
		f.Enabled = &enabled
	}
	switch q.home {
	case "here":
		f.HomeID = q.tenantID
	case "elsewhere":
		f.AwayID = q.tenantID
	}
	return f
}

// options are what Graph is asked for. It takes no order beside a search.
func (q listQuery) options() graph.ListOptions {
	o := graph.ListOptions{Top: q.rows, Search: q.search, Filter: q.filter().String(), Next: q.next}
	if q.unlimited {
		o.Top = 100
	}
	if q.search == "" {
		o.OrderBy = map[string]string{
			"": "displayName", "name": "displayName", "-name": "displayName desc",
			"created": "createdDateTime", "-created": "createdDateTime desc",
		}[q.sort]
	}
	return o
}

// order says in words how the rows are sorted.
func (q listQuery) order() string {
	switch {
	case q.search != "":
		return "best matches as Graph orders them"
	case strings.HasSuffix(q.sort, "created"):
		return "sorted by creation"
	default:
		return "sorted by name"
	}
}

// sorted makes a head of a column a link that sorts by it, or turns it round.
func (q listQuery) sorted(col views.Column, key string) views.Column {
	if q.search != "" {
		return col
	}
	current := q.sort
	if current == "" {
		current = "name"
	}
	next := key
	switch current {
	case key:
		col.Sorted, next = "ascending", "-"+key
	case "-" + key:
		col.Sorted = "descending"
	}
	other := q.first()
	other.sort = next
	col.SortHref = other.href()
	return col
}

// staleLink says whether a list failed because of the link to its page: it was
// edited, or Graph has forgotten it. The list from its beginning is the answer.
func (q listQuery) staleLink(err error) bool {
	var refused *graph.Error
	if q.next == "" {
		return false
	}
	return errors.Is(err, graph.ErrForeignLink) || errors.As(err, &refused) && refused.Status == 400
}

// pagingOf is the foot of a list of n rows, of total if that is known.
func (q listQuery) pagingOf(n int, total *int, next string) views.Paging {
	p := views.Paging{PreviousLabel: "First page"}
	if q.next != "" {
		p.PreviousHref = q.first().href()
	}
	if next != "" {
		following := q
		following.next, following.from = next, q.from+n
		p.NextHref = following.href()
	}
	for _, rows := range pageSizes {
		other := q.first()
		other.rows = rows
		p.Rows = append(p.Rows, views.RowChoice{Rows: rows, Href: other.href(), Current: rows == q.rows})
	}
	if n == 0 {
		p.Text = "No rows"
		return p
	}
	p.Text = views.Count(q.from)
	if n > 1 {
		p.Text += "–" + views.Count(q.from+n-1)
	}
	if total != nil {
		p.Text += " of " + views.Count(*total)
	}
	p.Text += ", " + q.order()
	return p
}

// chips are the filters that are on; each takes itself off. blueprintName is
// what the blueprint of the filter is called, empty when it is not known.
func (q listQuery) chips(blueprintName string) []views.Chip {
	if blueprintName == "" {
		blueprintName = q.app
	}
	var chips []views.Chip
	for _, f := range []struct{ field, name, value string }{
		{"blueprint", "Blueprint", blueprintName},
		{"status", "Status", q.status},
		{"home", "Lives in", optionLabel(homeOptions(), q.home)},
		{"created", "Created", strings.ToLower(optionLabel(sinceDays(), q.since))},
		{"by", "Made by", optionLabel(byOptions(), q.by)},
		{"q", "Search", q.search},
	} {
		if f.value != "" {
			chips = append(chips, views.Chip{Name: f.name, Value: f.value, RemoveHref: q.without(f.field)})
		}
	}
	return chips
}

func homeOptions() []views.Option {
	return []views.Option{{Label: "Any tenant"}, {Value: "here", Label: "This tenant"}, {Value: "elsewhere", Label: "Another tenant"}}
}

func byOptions() []views.Option {
	return []views.Option{{Label: "Anyone"}, {Value: "portal", Label: "This portal"}}
}

// filters are the choices above the list.
func (q listQuery) filters() []views.ListFilter {
	var filters []views.ListFilter
	if q.listSpec.status {
		filters = append(filters, views.ListFilter{Label: "Status", Name: "status", Value: q.status, Options: []views.Option{
			{Label: "Any status"}, {Value: "enabled", Label: "Enabled"}, {Value: "disabled", Label: "Disabled"},
		}})
	}
	if q.listSpec.home {
		filters = append(filters, views.ListFilter{Label: "Blueprint lives in", Name: "home", Value: q.home, Options: homeOptions()})
	}
	return append(filters,
		views.ListFilter{Label: "Created", Name: "created", Value: q.since, Options: sinceDays()},
		views.ListFilter{Label: "Made by", Name: "by", Value: q.by, Options: byOptions()})
}

// hidden are the parts of the address that the filter form has no control for.
func (q listQuery) hidden() []views.Option {
	var hidden []views.Option
	if q.sort != "" {
		hidden = append(hidden, views.Option{Label: "sort", Value: q.sort})
	}
	if q.rows != pageSize {
		hidden = append(hidden, views.Option{Label: "rows", Value: strconv.Itoa(q.rows)})
	}
	return hidden
}

// listPage is what every list shows around its rows. An empty Fault means that
// Graph answered with n rows, of total if it said so.
func (h *Handlers) listPage(c echo.Context, q listQuery, n int, total *int, next string) views.ListPage {
	chips := q.chips("")
	return views.ListPage{
		Path: q.path, Query: q.search, Secret: q.notice, Filters: q.filters(), Hidden: q.hidden(), Chips: chips, Filtered: len(chips) > 0,
		ClearAll: q.without("q", "blueprint", "status", "home", "created", "by"), Again: q.href(), ReadAt: h.Now(),
		MayCreate: h.may(c, "/blueprints/new"), Total: totalWords(n, total, q.thing), Paging: q.pagingOf(n, total, next),
		ExportAction: address(q.path+"/export", q.values()), ExportNote: exportNote,
	}
}

// refusedList turns a refusal of the filters themselves into words: not every
// tenant and every Graph version filters on all that the portal offers.
func refusedList[T any](q listQuery, found *graph.Page[T], err error) (*graph.Page[T], string, error) {
	var refused *graph.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || len(q.chips("")) == 0 {
		return found, "", err
	}
	return &graph.Page[T]{ReadAt: q.asked}, "Graph answered 400 " + refused.Code + ": " + refused.Message, nil
}

// listStatus is the status of a list; one whose filters Graph does not take
// has a fault in what was asked.
func listStatus(refused string) int {
	if refused != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// callsKey is where a request keeps the recorder of its calls.
const callsKey = "graph calls"

// recordCalls makes graph(c) note what this request asks Graph, for the page
// to show. It comes before the first read.
func (h *Handlers) recordCalls(c echo.Context) *graph.Recorder {
	calls := &graph.Recorder{}
	c.Set(callsKey, calls)
	return calls
}
