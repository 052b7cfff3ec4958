package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

func TestQueriesOfLists(t *testing.T) {
	const guid = "5d21f0c8-3b7e-4f19-a6d4-0c92e18b7a45"
	tests := []struct {
		address, href string
		options       graph.ListOptions
	}{
		{"/agents", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?sort=-name", "/agents?sort=-name", graph.ListOptions{Top: 50, OrderBy: "displayName desc"}},
		{"/agents?sort=created", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?rows=25", "/agents?rows=25", graph.ListOptions{Top: 25, OrderBy: "displayName"}},
		{"/agents?rows=50", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?rows=99999", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?rows=-1&%24top=5&%24filter=x", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?status=disabled", "/agents?status=disabled", graph.ListOptions{Top: 50, OrderBy: "displayName", Filter: "accountEnabled eq false"}},
		{"/agents?status=x'&home=elsewhere&by=me", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?created=7&by=portal", "/agents?by=portal&created=7", graph.ListOptions{
			Top: 50, OrderBy: "displayName", Filter: "createdDateTime ge 2026-11-14T08:00:00Z and tags/any(t:startswith(t,'portal-op:'))",
		}},
		{"/agents?created=9999999999", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?sort=id;drop", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?q=+a%26b+&sort=name", "/agents?q=a%26b&sort=name", graph.ListOptions{Top: 50, Search: "a&b"}},
		{"/agents?blueprint=" + strings.ToUpper(guid), "/agents?blueprint=" + guid, graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?blueprint=x'", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?next=abc&from=51", "/agents?from=51&next=abc", graph.ListOptions{Top: 50, Next: "abc", OrderBy: "displayName"}},
		{"/agents?from=51", "/agents", graph.ListOptions{Top: 50, OrderBy: "displayName"}},
		{"/agents?next=abc&from=-1", "/agents?next=abc", graph.ListOptions{Top: 50, Next: "abc", OrderBy: "displayName"}},
	}
	h := &Handlers{Now: func() time.Time { return time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC) }}
	for _, tt := range tests {
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, tt.address, nil), httptest.NewRecorder())
		c.SetPath("/agents")
		q := h.listQueryOf(c, agentsList())
		if q.href() != tt.href {
			t.Errorf("%s: address = %s, want %s", tt.address, q.href(), tt.href)
		}
		if diff := cmp.Diff(tt.options, q.options()); diff != "" {
			t.Errorf("%s: options (-want +got):\n%s", tt.address, diff)
		}
	}
}

func TestHeadsOfColumnsTurnTheOrderRound(t *testing.T) {
	for sort, want := range map[string]views.Column{
		"":         {Title: "Name", Sorted: "ascending", SortHref: "/agents?sort=-name"},
		"name":     {Title: "Name", Sorted: "ascending", SortHref: "/agents?sort=-name"},
		"-name":    {Title: "Name", Sorted: "descending", SortHref: "/agents?sort=name"},
		"-created": {Title: "Name", SortHref: "/agents?sort=name"},
	} {
		q := listQuery{listSpec: agentsList(), sort: sort, rows: pageSize, next: "x", from: 51}
		if diff := cmp.Diff(want, q.sorted(views.Column{Title: "Name"}, "name")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sort, diff)
		}
	}
	if col := (listQuery{listSpec: agentsList(), search: "x"}).sorted(views.Column{Title: "Name"}, "name"); col.SortHref != "" {
		t.Errorf("a search offers the order %s", col.SortHref)
	}
}

func TestFootsOfLists(t *testing.T) {
	total := 212
	tests := []struct {
		name  string
		q     listQuery
		n     int
		total *int
		next  string
		want  views.Paging
	}{
		{"first", listQuery{listSpec: listSpec{path: "/a"}, rows: pageSize, from: 1}, 50, &total, "abc", views.Paging{Text: "1–50 of 212, sorted by name", NextHref: "/a?from=51&next=abc"}},
		{"last", listQuery{listSpec: listSpec{path: "/a"}, rows: pageSize, from: 201, next: "abc"}, 12, nil, "", views.Paging{Text: "201–212, sorted by name", PreviousHref: "/a"}},
		{"one", listQuery{listSpec: listSpec{path: "/a"}, rows: pageSize, from: 1, sort: "-created"}, 1, nil, "", views.Paging{Text: "1, sorted by creation"}},
		{"none", listQuery{listSpec: listSpec{path: "/a"}, rows: pageSize, from: 1}, 0, nil, "", views.Paging{Text: "No rows"}},
		{"search", listQuery{listSpec: listSpec{path: "/a"}, rows: pageSize, from: 1, search: "x"}, 2, nil, "", views.Paging{Text: "1–2, best matches as Graph orders them"}},
	}
	for _, tt := range tests {
		tt.want.PreviousLabel = "First page"
		tt.want.Rows = []views.RowChoice{
			{Rows: 25, Href: withRows(tt.q, "25")}, {Rows: 50, Href: tt.q.without(), Current: true}, {Rows: 100, Href: withRows(tt.q, "100")},
		}
		if diff := cmp.Diff(tt.want, tt.q.pagingOf(tt.n, tt.total, tt.next)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func withRows(q listQuery, rows string) string {
	v := q.values()
	v.Set("rows", rows)
	return address(q.path, v)
}
