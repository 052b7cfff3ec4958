package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// binKept is how long the directory keeps a deleted object.
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
const binKept = 30 * 24 * time.Hour

// binQuery is what the address of the recycle bin says.
type binQuery struct {
	search, kind string
	page         int
	ticked       []string
}

// binKinds are the kinds that the bin can be narrowed to.
func binKinds() []views.Option {
	return []views.Option{
		{Label: "Every kind"},
		{Value: string(graph.KindBlueprint), Label: "Blueprints"},
		{Value: string(graph.KindBlueprintPrincipal), Label: "Blueprint principals"},
		{Value: string(graph.KindAgentIdentity), Label: "Agent identities"},
		{Value: string(graph.KindAgentUser), Label: "Agent users"},
	}
}

func binQueryOf(c echo.Context) binQuery {
	q := binQuery{search: strings.TrimSpace(cut(c.QueryParam("q"), 120)), kind: chosen(binKinds(), c.QueryParam("kind")), page: 1, ticked: tickedIDs(c.QueryParams()["sel"])}
	if secretTyped(q.search) != "" {
		q.search = ""
	}
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 0 && n < 1e6 {
		q.page = n
	}
	return q
}

func (q binQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.search, "kind": q.kind} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (q binQuery) without(name string) string {
	v := q.values()
	v.Del(name)
	return address("/recycle-bin", v)
}

func (q binQuery) takes(d *graph.DeletedObject) bool {
	if q.kind != "" && string(d.Kind) != q.kind {
		return false
	}
	text := strings.ToLower(q.search)
	for _, id := range []string{d.ID, d.AppID, d.UPN} {
		if text != "" && strings.HasPrefix(strings.ToLower(id), text) {
			return true
		}
	}
	return strings.Contains(strings.ToLower(d.DisplayName), text)
}

// bin is what the recycle bin holds, with what its objects belong to.
type bin struct {
	all  []graph.DeletedObject
	byID map[string]*graph.DeletedObject
	now  time.Time // of the directory
}

// readBin reads the whole bin: Graph can neither narrow it to agents nor search
// it. An object that was deleted a moment ago comes first.
func (h *Handlers) readBin(c echo.Context) (*bin, error) {
	b := &bin{byID: map[string]*graph.DeletedObject{}, now: h.directoryNow(c)}
	for d, err := range h.graph(c).AllDeleted(c.Request().Context()) {
		if err != nil {
			return nil, err
		}
		b.all = append(b.all, d)
	}
	slices.SortStableFunc(b.all, func(x, y graph.DeletedObject) int {
		return cmp.Or(y.DeletedAt.Compare(x.DeletedAt), strings.Compare(strings.ToLower(x.DisplayName), strings.ToLower(y.DisplayName)))
	})
	for i := range b.all {
		b.byID[strings.ToLower(b.all[i].ID)] = &b.all[i]
	}
	return b, nil
}

// directoryNow is the directory's clock: that of the sandbox can be moved.
func (h *Handlers) directoryNow(c echo.Context) time.Time {
	k := h.knobsNow(c)
	if k == nil {
		return h.Now()
	}
	return h.Now().Add(time.Duration(k.ClockOffsetSec) * time.Second)
}

func (b *bin) item(id string) *graph.DeletedObject { return b.byID[strings.ToLower(id)] }

// blueprint is the deleted blueprint with an App ID; nil when it is not in the bin.
func (b *bin) blueprint(appID string) *graph.DeletedObject { return b.app(graph.KindBlueprint, appID) }

// principal is the deleted principal of a blueprint, by App ID; nil when it is not
// in the bin.
func (b *bin) principal(appID string) *graph.DeletedObject {
	return b.app(graph.KindBlueprintPrincipal, appID)
}

func (b *bin) app(kind graph.Kind, appID string) *graph.DeletedObject {
	for i := range b.all {
		if b.all[i].Kind == kind && strings.EqualFold(b.all[i].AppID, appID) {
			return &b.all[i]
		}
	}
	return nil
}

// agents are the deleted agent identities of a blueprint, by App ID.
func (b *bin) agents(appID string) []*graph.DeletedObject {
	return b.where(func(d *graph.DeletedObject) bool {
		return d.Kind == graph.KindAgentIdentity && strings.EqualFold(d.BlueprintAppID, appID)
	})
}

// users are the deleted agent users of an agent identity, by its object id.
func (b *bin) users(agentID string) []*graph.DeletedObject {
	return b.where(func(d *graph.DeletedObject) bool {
		return d.Kind == graph.KindAgentUser && strings.EqualFold(d.ParentID, agentID)
	})
}

func (b *bin) where(takes func(*graph.DeletedObject) bool) []*graph.DeletedObject {
	var found []*graph.DeletedObject
	for i := range b.all {
		if takes(&b.all[i]) {
			found = append(found, &b.all[i])
		}
	}
	return found
}

// leftWords says how long an object stays in the bin.
func (b *bin) leftWords(d *graph.DeletedObject) (string, views.Tone) {
	left := d.DeletedAt.Add(binKept).Sub(b.now)
	switch {
	case d.DeletedAt.IsZero():
		return "Not known", views.ToneWarn
	case left <= 0:
		return "Ends now", views.ToneDanger
	case left <= 3*24*time.Hour:
		return days(left), views.ToneWarn
	}
	return days(left), ""
}

// showBin lists the recycle bin: what was deleted when, and how long it stays.
func (h *Handlers) showBin(c echo.Context) error {
	q := binQueryOf(c)
	calls := h.recordCalls(c)
	b, err := h.readBin(c)
	if err != nil {
		return err
	}
	var left []*graph.DeletedObject
	for i := range b.all {
		if q.takes(&b.all[i]) {
			left = append(left, &b.all[i])
		}
	}
	last := max(1, (len(left)+pageSize-1)/pageSize)
	q.page = min(q.page, last)
	from := (q.page - 1) * pageSize
	p := h.page(c, "Recycle bin", "recycle-bin")
	p.Lead = "Deleted agent objects stay here for 30 days. Until then they can be restored, and agent identities count against the quota of their blueprint."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Recycle bin"}}
	d := views.Bin{
		Query: q.search, Kind: q.kind, Kinds: binKinds(), Total: totalWords(len(left), len(b.all), "deleted object"), MayChange: h.may(c, "/recycle-bin/restore"),
		Paging: binPaging(q, from, len(left), last), ReadAt: h.Now(), Again: c.Request().URL.RequestURI(), Calls: calls.Sent(), Filtered: q.search != "" || q.kind != "",
	}
	if q.kind != "" {
		d.Chips = append(d.Chips, views.Chip{Name: "Kind", Value: optionLabel(binKinds(), q.kind), RemoveHref: q.without("kind")})
	}
	if q.search != "" {
		d.Chips = append(d.Chips, views.Chip{Name: "Search", Value: q.search, RemoveHref: q.without("q")})
	}
	for _, o := range left[from:min(from+pageSize, len(left))] {
		row := h.binRow(b, o)
		row.Ticked = slices.Contains(q.ticked, strings.ToLower(o.ID))
		d.Rows = append(d.Rows, row)
	}
	return web.Render(c, http.StatusOK, views.BinPage(p, d))
}

func binPaging(q binQuery, from, total, last int) views.Paging {
	paging := views.Paging{Text: "No rows"}
	if q.page > 1 {
		paging.PreviousPage = q.page - 1
	}
	if q.page < last {
		paging.NextPage = q.page + 1
	}
	if total > 0 {
		paging.Text = fmt.Sprintf("%s–%s of %s, the last deleted first", views.Count(from+1), views.Count(min(from+pageSize, total)), views.Count(total))
	}
	return paging
}

func (h *Handlers) binRow(b *bin, d *graph.DeletedObject) views.BinRow {
	row := views.BinRow{ID: d.ID, Tick: tickWord(d.ID), Mark: string(d.Kind), Name: views.Named(d.DisplayName, d.ID), Kind: views.KindWords(d.Kind), Deleted: d.DeletedAt, UPN: d.UPN}
	row.Left, row.LeftTone = b.leftWords(d)
	if d.Kind == graph.KindBlueprintPrincipal {
		row.Unpurgeable = "A principal leaves the bin only by time"
	}
	row.Belongs = b.belongs(d)
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
