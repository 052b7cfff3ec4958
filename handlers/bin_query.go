package handlers

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// binQuery is what the address of the recycle bin says.
type binQuery struct {
	search, kind string
	listPlace
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
	q := binQuery{search: strings.TrimSpace(cut(c.QueryParam("q"), 120)), kind: chosen(binKinds(), c.QueryParam("kind")), listPlace: listPlaceOf(c)}
	if secretTyped(q.search) != "" {
		q.search = ""
	}
	return q
}

// values are the parts of the address, without the place in the list.
func (q binQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.search, "kind": q.kind} {
		if value != "" {
			v.Set(name, value)
		}
	}
	q.add(v)
	return v
}

func (q binQuery) href() string { return address("/recycle-bin", q.values()) }

// unticked is the same without ticks.
func (q binQuery) unticked() binQuery {
	q.ticked, q.everyRow = nil, false
	return q
}

// without is the bin without a filter. What was ticked may not be in it any more.
func (q binQuery) without(names ...string) string {
	v := q.unticked().values()
	for _, name := range names {
		v.Del(name)
	}
	return address("/recycle-bin", v)
}

// kept is the address as hidden fields, for the form around the rows: all but the
// ticks of the rows shown, which have boxes of their own.
func (q binQuery) kept(shown map[string]bool) []views.Option {
	return hiddenFields(q.values(), shown)
}

// of are the objects of the bin that the filters leave.
func (q binQuery) of(b *bin) []*graph.DeletedObject { return b.where(q.takes) }

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
