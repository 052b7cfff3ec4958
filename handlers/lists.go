package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// inventoryWait is how long a page waits for a reading of the tenant before it
// shows the snapshot of before, or how far the reading is.
const inventoryWait = 1500 * time.Millisecond

// inventory is the snapshot that a page shows, read anew when it is old. nil and
// no error: the first reading goes on. fault says why a newer one failed.
func (h *Handlers) inventory(c echo.Context) (s *provision.Snapshot, fault string, err error) {
	inv := h.Engine.Inventory()
	wait, cancel := context.WithTimeout(c.Request().Context(), cmp.Or(h.InventoryWait, inventoryWait))
	defer cancel()
	inv.Quiet(wait)
	if s, err = inv.Snapshot(c.Request().Context()); err != nil {
		return nil, "", err
	}
	if s == nil || inv.Stale(s) {
		readErr := inv.Refresh(wait, h.actor(c))
		if late := errors.Is(readErr, context.DeadlineExceeded) && wait.Err() != nil; readErr != nil && !late {
			if s == nil {
				return nil, "", readErr
			}
			if err := part(readErr, &fault); err != nil {
				return nil, "", err
			}
		}
		s, err = inv.Snapshot(c.Request().Context())
	}
	return s, fault, err
}

// refreshInventory reads the tenant anew because somebody asks for it.
func (h *Handlers) refreshInventory(c echo.Context) error {
	form, err := web.Form(c, "to")
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(c.Request().Context(), cmp.Or(h.InventoryWait, inventoryWait))
	defer cancel()
	if err := h.Engine.Inventory().Refresh(wait, h.actor(c)); err != nil && wait.Err() == nil {
		return err
	}
	return web.Redirect(c, h.web.ReturnPath(form.Get("to")))
}

// list makes the handler of one list.
func (h *Handlers) list(spec func() *listSpec) echo.HandlerFunc {
	return func(c echo.Context) error {
		q := h.listQueryOf(c, spec())
		if q.secret != "" {
			return web.Redirect(c, q.unsearched())
		}
		s, fault, err := h.inventory(c)
		if err != nil {
			return err
		}
		p := h.page(c, q.title, strings.TrimPrefix(q.path, "/"))
		p.Lead = q.lead
		p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: q.title}}
		if s == nil {
			return h.showReading(c, p)
		}
		l := h.listPage(c, q, s)
		l.Snapshot.Fault = fault
		if q.kind == graph.KindBlueprint && h.may(c, "/blueprints/new") {
			if l.Drafts, err = h.ownDrafts(c); err != nil {
				return err
			}
		}
		return web.Render(c, http.StatusOK, views.ListPageOf(p, l))
	}
}

// showReading says how far the first reading of the tenant is; the page asks
// again by itself.
func (h *Handlers) showReading(c echo.Context, p views.Page) error {
	d := views.Reading{}
	if progress := h.Engine.Inventory().Progress(); progress != nil {
		d = views.Reading{
			By: progress.By, Started: progress.Started, Blueprints: progress.Blueprints, Principals: progress.Principals,
			Agents: progress.Agents, Users: progress.Users,
		}
	}
	p.Refresh = 2
	return web.Render(c, http.StatusOK, views.ReadingPage(p, d))
}

// sorted puts objects in the order of the address: by name they are already.
func (h *Handlers) sorted(q listQuery, items []*provision.Item, s *provision.Snapshot) []*provision.Item {
	key, down := strings.CutPrefix(q.sort, "-")
	if key != "" && key != "name" {
		column := q.column(key)
		keys := make(map[*provision.Item]string, len(items))
		for _, item := range items {
			keys[item] = column.orderOf(h.listRow(item, s))
		}
		items = slices.Clone(items)
		slices.SortStableFunc(items, func(a, b *provision.Item) int { return strings.Compare(keys[a], keys[b]) })
	}
	if down {
		items = slices.Clone(items)
		slices.Reverse(items)
	}
	return items
}

func (h *Handlers) listRow(item *provision.Item, s *provision.Snapshot) listRow {
	return listRow{item: item, of: s, now: h.Now(), app: func(appID string) string { return h.appName(s, appID) }}
}

// appName names the program that made an object, as far as the snapshot knows
// it: the portal, or a blueprint.
func (h *Handlers) appName(s *provision.Snapshot, appID string) string {
	if appID != "" && strings.EqualFold(appID, h.App.ClientID) {
		return "Agent ID Portal"
	}
	if b := s.Blueprint(appID); b != nil {
		return views.Named(b.Name, b.ID)
	}
	return ""
}

// listPage is a page of a list.
func (h *Handlers) listPage(c echo.Context, q listQuery, s *provision.Snapshot) views.ObjectList {
	found := h.sorted(q, s.Select(q.query(h.Tenant.ID, h.Now()), h.Now()), s)
	last := max(1, (len(found)+q.rows-1)/q.rows)
	q.page = min(q.page, last)
	from := (q.page - 1) * q.rows
	shown := found[from:min(from+q.rows, len(found))]
	l := views.ObjectList{
		Kind: string(q.kind), Thing: q.thing, Path: q.path, Query: q.search, Search: q.listSpec.search, Secret: q.notice,
		Filters: h.filters(q, s), Hidden: q.hidden(), Chips: q.chips(s), ClearAll: q.without(filterNames()...),
		Total:   totalWords(len(found), len(s.Of(q.kind)), q.thing),
		Paging:  q.paging(from, len(shown), len(found), last),
		Columns: q.columnChoices(), MayCreate: h.may(c, "/blueprints/new"),
		Export: address(q.path+"/export", q.values()), Found: len(found), Whole: len(s.Of(q.kind)),
		Snapshot: h.snapshotWords(s, q.href()),
	}
	columns := q.shownColumns()
	for _, col := range columns {
		l.Heads = append(l.Heads, q.head(col))
	}
	words := map[string]bool{}
	for _, item := range shown {
		row := views.ListRow{ID: item.ID, Name: views.Named(item.Name, item.ID), Href: q.path + "/" + item.ID, Tick: tickWord(item.ID)}
		row.Ticked = q.everyRow || slices.Contains(q.ticked, strings.ToLower(item.ID))
		words[row.Tick] = true
		r := h.listRow(item, s)
		for _, col := range columns[1:] {
			cell := col.cell(r)
			cell.Label = col.title
			row.Cells = append(row.Cells, cell)
		}
		l.Rows = append(l.Rows, row)
	}
	l.Kept = q.kept(words)
	h.tickable(c, q, &l, words, found)
	return l
}

// snapshotWords is what a page says of the snapshot it shows.
func (h *Handlers) snapshotWords(s *provision.Snapshot, again string) views.SnapshotOf {
	return views.SnapshotOf{
		ReadAt: s.ReadAt, ReadBy: s.ReadBy, Calls: s.Calls, Took: s.Took, Unread: s.Unread, Again: again,
		Reading: h.Engine.Inventory().Progress() != nil,
	}
}

// head is the head of a column: a link that sorts by it, or turns it round.
func (q listQuery) head(col listColumn) views.Column {
	head := views.Column{Title: col.title, Number: col.number}
	current := cmp.Or(q.sort, "name")
	next := col.key
	switch current {
	case col.key:
		head.Sorted, next = "ascending", "-"+col.key
	case "-" + col.key:
		head.Sorted = "descending"
	}
	q.sort, q.page = next, 1
	head.SortHref = q.href()
	return head
}

// order says in words how the rows are sorted.
func (q listQuery) order() string {
	key, down := strings.CutPrefix(cmp.Or(q.sort, "name"), "-")
	text := "sorted by " + strings.ToLower(strings.TrimSuffix(q.column(key).title, " (UTC)"))
	if down {
		text += ", last first"
	}
	return text
}

// paging is the foot of a list of n rows from a place on, of total.
func (q listQuery) paging(from, n, total, last int) views.Paging {
	p := q.foot(last, func(rows int) string {
		q.rows, q.page = rows, 1
		return q.href()
	})
	if n == 0 {
		return p
	}
	p.Text = views.Count(from + 1)
	if n > 1 {
		p.Text += "–" + views.Count(from+n)
	}
	p.Text += " of " + views.Count(total) + ", " + q.order()
	return p
}

// columnChoices are the columns to choose from.
func (q listQuery) columnChoices() []views.ColumnChoice {
	shown := q.shownColumns()
	var choices []views.ColumnChoice
	for _, col := range q.listSpec.all[1:] {
		on := slices.ContainsFunc(shown, func(s listColumn) bool { return s.key == col.key })
		choices = append(choices, views.ColumnChoice{Key: col.key, Title: col.title, On: on})
	}
	return choices
}

// filters are the choices above the list.
func (h *Handlers) filters(q listQuery, s *provision.Snapshot) []views.ListFilter {
	filters := []views.ListFilter{{Label: "Status", Name: "status", Value: q.status, Options: statusOptions()}}
	if q.has(filterBlueprint) {
		filters = append(filters, views.ListFilter{Label: "Blueprint", Name: "blueprint", Value: q.app, Options: blueprintOptions(s, q.app)})
	}
	if q.has(filterHome) {
		filters = append(filters, views.ListFilter{Label: "Blueprint lives in", Name: "home", Value: q.home, Options: homeOptions()})
	}
	lacks := []views.Option{{Label: "Anything"}}
	for _, o := range q.lackOptions() {
		if !slices.Contains(q.lacks, o.Value) {
			lacks = append(lacks, o)
		}
	}
	return append(filters,
		views.ListFilter{Label: "Created", Name: "created", Value: q.since, Options: sinceDays()},
		views.ListFilter{Label: "Sponsor", Name: "sponsor", Value: q.sponsor, Options: sponsorOptions(s, q)},
		views.ListFilter{Label: "Needs", Name: "lack", Options: lacks},
		views.ListFilter{Label: "Made by", Name: "by", Value: q.by, Options: byOptions()})
}

// blueprintOptions are the blueprints to narrow to; the chosen one is among them
// also when it is not in this tenant.
func blueprintOptions(s *provision.Snapshot, chosen string) []views.Option {
	options := []views.Option{{Label: "All blueprints"}}
	for _, b := range s.Of(graph.KindBlueprint) {
		options = append(options, views.Option{Value: strings.ToLower(b.AppID), Label: views.Named(b.Name, b.ID)})
	}
	return withChosen(options, chosen)
}

// sponsorOptions are those who sponsor an object of the list.
func sponsorOptions(s *provision.Snapshot, q listQuery) []views.Option {
	options, seen := []views.Option{{Label: "Anybody"}}, map[string]bool{}
	for _, item := range s.Of(q.kind) {
		for _, id := range item.Sponsors {
			if seen[id] {
				continue
			}
			seen[id] = true
			label := id
			if person := s.Item(id); person != nil {
				label = personWords(person)
			}
			options = append(options, views.Option{Value: id, Label: label})
		}
	}
	slices.SortFunc(options[1:], func(a, b views.Option) int {
		return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
	})
	return withChosen(options, q.sponsor)
}

func withChosen(options []views.Option, chosen string) []views.Option {
	if chosen != "" && optionLabel(options, chosen) == "" {
		options = append(options, views.Option{Value: chosen, Label: chosen})
	}
	return options
}

// totalWords counts the rows of a list, with the total where filters leave some out.
func totalWords(n, total int, thing string) string {
	if total == n {
		return views.Plural(n, thing)
	}
	return views.Count(n) + " of " + views.Plural(total, thing)
}

// tickable offers acts on ticked rows to those who may change many at once.
func (h *Handlers) tickable(c echo.Context, q listQuery, l *views.ObjectList, words map[string]bool, found []*provision.Item) {
	if !h.may(c, "/bulk") || len(found) == 0 {
		return
	}
	l.Tickable, l.AllTicked = true, q.everyRow
	l.Kept = append(l.Kept, views.Option{Label: "list", Value: strings.TrimPrefix(q.path, "/")})
	for _, act := range bulkActs() {
		if slices.Contains(act.kinds, q.kind) {
			l.Acts = append(l.Acts, views.BulkAct{Word: act.word, Label: act.label, Danger: act.danger})
		}
	}
	for _, id := range q.ticked {
		if !words[tickWord(id)] {
			l.TickedElsewhere++
		}
	}
	if l.MostTicked = h.BulkMost; len(found) <= h.BulkMost {
		every := q
		every.everyRow, every.ticked = true, nil
		l.TickAll = every.href()
	}
	none := q
	none.everyRow, none.ticked = false, nil
	l.TickNone = none.href()
}
