package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

func TestAddressesOfLists(t *testing.T) {
	const guid = "5d21f0c8-3b7e-4f19-a6d4-0c92e18b7a45"
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	agents := provision.Query{Kind: graph.KindAgentIdentity}
	tests := []struct {
		address, href string
		query         func(*provision.Query)
	}{
		{"/agents", "/agents", nil},
		{"/agents?sort=-name", "/agents?sort=-name", nil},
		{"/agents?sort=created&page=3", "/agents?page=3&sort=created", nil},
		{"/agents?rows=25&page=0", "/agents?rows=25", nil},
		{"/agents?rows=50&page=99999999", "/agents", nil},
		{"/agents?rows=99999", "/agents", nil},
		{"/agents?rows=-1&%24top=5&%24filter=x", "/agents", nil},
		{"/agents?status=disabled", "/agents?status=disabled", func(q *provision.Query) { q.Status = "disabled" }},
		{"/agents?status=x'&home=elsewhere&by=me&lack=credential", "/agents", nil},
		{"/agents?lack=owner&lack=sponsor&lack=owner", "/agents?lack=owner&lack=sponsor", func(q *provision.Query) { q.NoOwner, q.NoSponsor = true, true }},
		{"/agents?created=7&by=portal", "/agents?by=portal&created=7", func(q *provision.Query) {
			q.By, q.Since = provision.MadeHere, now.AddDate(0, 0, -7)
		}},
		{"/agents?created=9999999999&sponsor=x", "/agents", nil},
		{"/agents?sponsor=" + guid, "/agents?sponsor=" + guid, func(q *provision.Query) { q.Sponsor = guid }},
		{"/agents?sort=id;drop&sort=drop", "/agents", nil},
		{"/agents?col=owners&col=drop&col=owners", "/agents?col=owners", nil},
		{"/agents?q=+a%26b+&sort=name", "/agents?q=a%26b&sort=name", func(q *provision.Query) { q.Text = "a&b" }},
		{"/agents?blueprint=" + strings.ToUpper(guid), "/agents?blueprint=" + guid, func(q *provision.Query) { q.Blueprint = guid }},
		{"/agents?blueprint=x'", "/agents", nil},
		{"/agents?sel=" + tickWord(guid) + "&sel=x&sel=" + tickWord(guid), "/agents?sel=" + tickWord(guid), nil},
		{"/agents?sel=all", "/agents?sel=all", nil},
	}
	for _, tt := range tests {
		h := &Handlers{Now: func() time.Time { return now }}
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, tt.address, nil), httptest.NewRecorder())
		q := h.listQueryOf(c, agentsList())
		if q.href() != tt.href {
			t.Errorf("%s: address = %s, want %s", tt.address, q.href(), tt.href)
		}
		want := agents
		if tt.query != nil {
			tt.query(&want)
		}
		if diff := cmp.Diff(want, q.query("tenant", now)); diff != "" {
			t.Errorf("%s: query (-want +got):\n%s", tt.address, diff)
		}
	}
}

func TestAnAddressNamesNoMoreRowsThanItHolds(t *testing.T) {
	v := url.Values{}
	for n := range maxTicked + 20 {
		v.Add("sel", tickWord(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)))
	}
	if ids := tickedIDs(v["sel"]); len(ids) != maxTicked || ids[7] != "00000000-0000-4000-8000-000000000007" {
		t.Errorf("%d ids, %q", len(ids), ids[7])
	}
	if n := len("/agents?" + v.Encode()); n > 8<<10 {
		t.Errorf("the address has %d bytes", n)
	}
}

func TestHeadsOfColumnsTurnTheOrderRound(t *testing.T) {
	for sort, want := range map[string]views.Column{
		"":         {Title: "Name", Sorted: "ascending", SortHref: "/agents?sort=-name"},
		"name":     {Title: "Name", Sorted: "ascending", SortHref: "/agents?sort=-name"},
		"-name":    {Title: "Name", Sorted: "descending", SortHref: "/agents?sort=name"},
		"-created": {Title: "Name", SortHref: "/agents?sort=name"},
	} {
		q := listQuery{listSpec: agentsList(), sort: sort, listPlace: listPlace{rows: pageSize, page: 4}}
		if diff := cmp.Diff(want, q.head(nameColumn())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sort, diff)
		}
	}
}

func TestFootsOfLists(t *testing.T) {
	q := listQuery{listSpec: agentsList(), listPlace: listPlace{rows: pageSize, page: 1}}
	rows := []views.RowChoice{{Rows: 25, Href: "/agents?rows=25"}, {Rows: 50, Href: "/agents", Current: true}, {Rows: 100, Href: "/agents?rows=100"}}
	for name, tt := range map[string]struct {
		page, from, n, total, last int
		sort                       string
		want                       views.Paging
	}{
		"first": {1, 0, 50, 212, 5, "", views.Paging{Text: "1–50 of 212, sorted by name", NextPage: 2}},
		"last":  {5, 200, 12, 212, 5, "", views.Paging{Text: "201–212 of 212, sorted by name", PreviousPage: 4}},
		"one":   {1, 0, 1, 1, 1, "-created", views.Paging{Text: "1 of 1, sorted by created, last first"}},
		"none":  {1, 0, 0, 0, 1, "", views.Paging{Text: "No rows"}},
	} {
		q.page, q.sort = tt.page, tt.sort
		tt.want.Rows = rows
		if tt.sort != "" {
			tt.want.Rows = []views.RowChoice{{Rows: 25, Href: "/agents?rows=25&sort=-created"}, {Rows: 50, Href: "/agents?sort=-created", Current: true}, {Rows: 100, Href: "/agents?rows=100&sort=-created"}}
		}
		if diff := cmp.Diff(tt.want, q.paging(tt.from, tt.n, tt.total, tt.last)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestEveryColumnSorts asks each list for each of its columns, both ways.
func TestEveryColumnSorts(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, spec := range []*listSpec{blueprintsList(), principalsList(), agentsList(), agentUsersList()} {
		whole := len(p.get(spec.path).names())
		for _, col := range spec.all {
			page := p.get(spec.path + "?col=" + col.key + "&sort=" + col.key)
			if page.status != 200 || len(page.names()) != whole {
				t.Errorf("%s by %s: %d with %d rows of %d", spec.path, col.key, page.status, len(page.names()), whole)
			}
			if got := page.text(`th[aria-sort="ascending"]`); got != col.title {
				t.Errorf("%s by %s: the head %q is marked", spec.path, col.key, got)
			}
			turned := p.get(spec.path + "?sort=-" + col.key).names()
			if len(turned) != whole {
				t.Errorf("%s by %s, turned round: %q", spec.path, col.key, turned)
			}
		}
	}
	if got := p.get("/blueprints?sort=credential").names(); got[0] != "Payroll bridge" || got[1] != "Support triage" {
		t.Errorf("by credential: %q", got)
	}
	if got := p.get("/blueprints?sort=-agents").names(); got[len(got)-1] != "Contract reader" {
		t.Errorf("by agents, most first: %q", got)
	}
}

// TestFiltersOfLists narrows the seeded tenant by each filter.
func TestFiltersOfLists(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	sponsor := ""
	page := p.get("/blueprints")
	page.Find("#f-sponsor option").Each(func(_ int, o *goquery.Selection) {
		if strings.HasPrefix(o.Text(), "greta.lind@") {
			sponsor = o.AttrOr("value", "")
		}
	})
	for address, want := range map[string]string{
		"/blueprints?lack=sponsor":                              "Travel desk",
		"/blueprints?lack=credential":                           "Payroll bridge, Support triage",
		"/blueprints?lack=credential&lack=sponsor":              "",
		"/blueprints?sponsor=" + sponsor:                        "Expense audit",
		"/blueprints?by=portal":                                 "",
		"/blueprints?status=disabled":                           "",
		"/agents?status=disabled":                               "Meeting notes 01",
		"/agents?lack=owner":                                    "",
		"/agents?lack=sponsor":                                  "Travel desk 01",
		"/agents?created=7":                                     "Invoice helper 01",
		"/agents?q=notes+meeting":                               "Meeting notes 01",
		"/agent-users":                                          "Invoice helper 01",
		"/agent-users?q=invoice-helper-01%40":                   "Invoice helper 01",
		"/agent-users?blueprint=" + p.info.Seed.Blueprint.AppID: "Invoice helper 01",
		"/agent-users?status=disabled":                          "",
	} {
		page := p.get(address)
		if got := strings.Join(page.names(), ", "); page.status != 200 || got != want {
			t.Errorf("%s: %d %q, want %q", address, page.status, got, want)
		}
		if want == "" && !strings.HasPrefix(page.text(".empty h2"), "No ") {
			t.Errorf("%s: empty = %q", address, page.text(".empty"))
		}
	}
	page = p.get("/blueprints?lack=credential&lack=sponsor&sponsor=" + sponsor)
	if got := page.text(".chips"); !strings.Contains(got, "Sponsor greta.lind@sandbox.example") || !strings.Contains(got, "Needs no sponsor") {
		t.Errorf("chips = %s", got)
	}
	if page.Find(`.chip-remove[href="/blueprints?lack=sponsor&sponsor=`+sponsor+`"]`).Length() != 1 {
		t.Errorf("no chip takes one of two lacks off: %s", page.body)
	}
}
