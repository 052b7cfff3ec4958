package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// filterSubject is what the filters of the tests are tried on.
func filterSubject() *application {
	return &application{
		meta:  meta{ID: "9a770000-0000-4000-8000-000000000001", CreatedAt: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)},
		AppID: "5d210000-0000-4000-8000-000000000002", DisplayName: "O'Brien's helper", Tags: []string{"portal-op:1", "two"},
	}
}

func TestFilter(t *testing.T) {
	entity, o := graphModel()["agentidentityblueprint"], filterSubject()
	for text, want := range map[string]bool{
		"displayName eq 'O''Brien''s helper'":                                                  true,
		"displayName eq 'o''brien''s HELPER'":                                                  true,
		"displayName ne 'x'":                                                                   true,
		"startswith(displayName,'o''b')":                                                       true,
		"startsWith(displayName, 'x')":                                                         false,
		"appId eq '5d210000-0000-4000-8000-000000000002'":                                      true,
		"appId eq 5D210000-0000-4000-8000-000000000002":                                        true,
		"tags/any(t:t eq 'portal-op:1')":                                                       true,
		"tags/any(x: x eq 'Two')":                                                              true,
		"tags/any(t:startswith(t,'portal-op:'))":                                               true,
		"tags/any(t:t eq 'three')":                                                             false,
		"tags/any(t:t eq 'three' or t eq 'two')":                                               true,
		"createdDateTime ge 2026-11-02T08:00:00Z":                                              true,
		"createdDateTime le 2026-11-02T07:59:59.999Z":                                          false,
		"createdDateTime gt 2026-11-02T10:00:00+02:00":                                         false,
		"not(displayName eq 'x')":                                                              true,
		"not displayName eq 'x' and appId ne 'y'":                                              true,
		"displayName eq 'x' or appId eq 'x' or tags/any(t:t eq 'two')":                         true,
		"displayName eq 'x' or appId eq 'x' and tags/any(t:t eq 'two')":                        false,
		"(displayName eq 'x' or tags/any(t:t eq 'two')) and startswith(displayName,'O')":       true,
		"displayName in ('a','O''Brien''s helper')":                                            true,
		"displayName in ('a')":                                                                 false,
		"description eq null":                                                                  true,
		"displayName ne null":                                                                  true,
		"microsoft.graph.agentIdentityBlueprint/displayName eq 'O''Brien''s helper'":           true,
		"DisplayName eq 'O''Brien''s helper'":                                                  true,
		"displayName ge 'O' and displayName lt 'P'":                                            true,
		"id eq '9A770000-0000-4000-8000-000000000001'":                                         true,
		"uniqueName eq 'x'":                                                                    false,
		"publisherDomain eq '" + tenantDomain + "'":                                            true,
		"startswith(displayName,'O') and not(startswith(displayName,'O''Brien')) or id eq '1'": false,
	} {
		f, fault := parseFilter(entity, text)
		if fault != nil {
			t.Errorf("%s: %v", text, fault)
			continue
		}
		if got := f.match(newState(), o); got != want {
			t.Errorf("%s = %v, want %v", text, got, want)
		}
	}
}

func TestFilterRefused(t *testing.T) {
	entity := graphModel()["agentidentityblueprint"]
	for text, code := range map[string]string{
		"": "Request_BadRequest", " ": "Request_BadRequest", "displayName": "Request_BadRequest", "displayName eq": "Request_BadRequest",
		"displayName eq 'x": "Request_BadRequest", "displayName eq x": "Request_BadRequest", "displayName eq 'x' and": "Request_BadRequest",
		"(displayName eq 'x'": "Request_BadRequest", "displayName eq 'x')": "Request_BadRequest", "nothing eq 'x'": "Request_BadRequest",
		"displayName is 'x'": "Request_BadRequest", "displayName eq 'x' 'y'": "Request_BadRequest", "eq eq eq": "Request_BadRequest",
		"createdDateTime ge 'x'": "Request_BadRequest", "createdDateTime ge yesterday": "Request_BadRequest",
		"length(displayName) eq 3": "Request_BadRequest", "concat(displayName,'x')": "Request_BadRequest", "startswith('x',displayName)": "Request_BadRequest",
		"startswith(displayName)": "Request_BadRequest", "startswith(displayName,7)": "Request_BadRequest", "tags/any(t)": "Request_BadRequest",
		"tags/any(t:u eq 'x')": "Request_BadRequest", "tags/any(t:t eq 'x'": "Request_BadRequest", "displayName in ()": "Request_BadRequest",
		"displayName in ('a'": "Request_BadRequest", "not": "Request_BadRequest", "\x00": "Request_BadRequest", "displayName eq 'x'; drop": "Request_BadRequest",
		strings.Repeat("(", 100) + "displayName eq 'x'" + strings.Repeat(")", 100): "Request_BadRequest",
		strings.Repeat("not ", 100) + "displayName eq 'x'":                         "Request_BadRequest",
		"displayName in (" + strings.Repeat("'a',", 20) + "'b')":                   "Request_BadRequest",
		"contains(displayName,'x')":                                                "Request_UnsupportedQuery",
		"endswith(displayName,'x')":                                                "Request_UnsupportedQuery",
		"tags eq 'x'":                                                              "Request_UnsupportedQuery",
		"tags/all(t:t eq 'x')":                                                     "Request_UnsupportedQuery",
		"displayName/any(t:t eq 'x')":                                              "Request_UnsupportedQuery",
		"passwordCredentials eq 'x'":                                               "Request_UnsupportedQuery",
		"passwordCredentials/any(p:p eq 'x')":                                      "Request_UnsupportedQuery",
		"displayName gt null":                                                      "Request_UnsupportedQuery",
	} {
		if _, fault := parseFilter(entity, text); fault == nil || fault.Code != code || fault.Status != 400 {
			t.Errorf("%q: %v, want %s", text, fault, code)
		}
	}
}

func TestSearch(t *testing.T) {
	entity, o := graphModel()["user"], &user{DisplayName: "Anna-Lena Österreich", Mail: "ann@example.com"}
	for text, want := range map[string]bool{
		`"displayName:ann"`: true, `"displayName:lena"`: true, `"displayName:öst ann"`: true, `"displayName:na"`: false,
		`"mail:ann@"`: true, `"mail:example"`: false, `"displayName:x" OR "mail:ann"`: true, `"displayName:x" AND "mail:ann"`: false,
		`("displayName:x" OR "displayName:ann") AND "mail:ann"`: true, `"displayName:ann\"x"`: false,
	} {
		match, fault := parseSearch(entity, text)
		if fault != nil {
			t.Errorf("%s: %v", text, fault)
			continue
		}
		if got := match(newState(), o); got != want {
			t.Errorf("%s = %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{``, `ann`, `"ann"`, `"nothing:ann"`, `"displayName:ann`, `"displayName:ann" OR`, `"displayName:"`, `("displayName:ann"`, `"accountEnabled:true"`, strings.Repeat("(", 99)} {
		if _, fault := parseSearch(entity, text); fault == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// TestQueryMutations feeds the parsers 20,000 broken variants of good clauses; they may refuse, never panic.
func TestQueryMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	good := []string{
		"tags/any(t:t eq 'portal-op:1') and createdDateTime ge 2026-11-02T08:00:00Z or not(startswith(displayName,'a''b'))",
		"displayName in ('a','b') and appId eq 5d210000-0000-4000-8000-000000000002", `("displayName:a" OR "description:b c") AND "displayName:d"`,
		"owners($select=id;$top=3),sponsors($select=id,displayName)", "displayName desc,createdDateTime",
	}
	pieces := append([]string{"'", "(", ")", ",", "/", ":", "any", "eq", "not ", "null", "\x00", "é", "\"", "\\", "%", "=", ";", " or ", "\u202e"}, good...)
	entity, o, st := graphModel()["agentidentityblueprint"], filterSubject(), newState()
	taken := 0
	for range 20_000 {
		text := []byte(good[r.IntN(len(good))])
		for range 1 + r.IntN(4) {
			at := r.IntN(len(text) + 1)
			switch r.IntN(3) {
			case 0:
				text = slices.Insert(text, at, []byte(pieces[r.IntN(len(pieces))])...)
			case 1:
				text = slices.Delete(text, at, min(len(text), at+r.IntN(6)))
			default:
				if at < len(text) {
					text[at] = byte(r.IntN(256))
				}
			}
		}
		if f, fault := parseFilter(entity, string(text)); fault == nil {
			taken++
			f.match(st, o)
		}
		if match, fault := parseSearch(entity, string(text)); fault == nil {
			match(st, o)
		}
		_, _ = parseExpand(entity, string(text))
		_, _ = parseOrder(entity, string(text))
		_, _ = parseSelect(entity, string(text))
		if _, fault := parseTarget(graphModel(), string(text)); fault != nil && fault.Status != 400 {
			t.Fatalf("path %q: %v", text, fault)
		}
	}
	if taken == 0 {
		t.Error("no mutation was a good filter: the mutations test nothing")
	}
}

// FuzzFilter is the native target of the same parser.
func FuzzFilter(f *testing.F) {
	f.Add("tags/any(t:t eq 'portal-op:1') and createdDateTime ge 2026-11-02T08:00:00Z")
	f.Add("not(startswith(displayName,'a''b')) or displayName in ('a','b')")
	entity, o, st := graphModel()["agentidentityblueprint"], filterSubject(), newState()
	f.Fuzz(func(_ *testing.T, text string) {
		if parsed, fault := parseFilter(entity, text); fault == nil {
			parsed.match(st, o)
		}
	})
}

// TestGraphPaging follows the next links of 250 agents, also while others are created and deleted.
func TestGraphPaging(t *testing.T) {
	f := newGraph(t)
	f.alone()
	seedAgents(f, 249, seedID("app invoice-helper"))
	admin := f.admin()
	follow := func(first string, headers ...string) (ids []string, sizes []int, counts []any) {
		t.Helper()
		for link := first; link != ""; {
			a := f.must(200, "GET", link, admin, "", headers...)
			ids, sizes, counts = append(ids, a.column("id")...), append(sizes, len(a.values())), append(counts, a.body["@odata.count"])
			link = a.text("@odata.nextLink")
			if link != "" && !strings.HasPrefix(link, f.s.o.GraphURL+"/v1.0/servicePrincipals/microsoft.graph.agentIdentity?") {
				t.Fatalf("next link %s", link)
			}
		}
		return ids, sizes, counts
	}
	all, sizes, _ := follow(agents)
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" {
		t.Errorf("page sizes (-want +got):\n%s", diff)
	}
	if slices.Sort(all); len(slices.Compact(all)) != 250 {
		t.Errorf("%d different agents, want 250", len(slices.Compact(all)))
	}
	_, sizes, counts := follow(agents+"?$count=true&$orderby=displayName&$top=99&$select=id,displayName", "ConsistencyLevel", "eventual")
	if diff := cmp.Diff([]int{99, 99, 52}, sizes); diff != "" {
		t.Errorf("page sizes in order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{250.0, nil, nil}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	var names []string
	for link := agents + "?$orderby=displayName%20desc&$top=60"; link != ""; {
		a := f.must(200, "GET", link, admin, "")
		names, link = append(names, a.column("displayName")...), a.text("@odata.nextLink")
	}
	if len(names) != 250 || !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(b), strings.ToLower(a)) }) {
		t.Errorf("%d names, first %v", len(names), names[:3])
	}
}

// TestGraphListQueries: what lists take and refuse.
func TestGraphListQueries(t *testing.T) {
	f := newGraph(t)
	f.alone()
	seedAgents(f, 20, seedID("app invoice-helper"))
	admin := f.admin()
	token := f.must(200, "GET", agents+"?$top=5", admin, "").text("@odata.nextLink")
	token = token[strings.Index(token, "$skiptoken=")+len("$skiptoken="):]
	eventual := "eventual"
	for _, tt := range []struct {
		query, level string
		status       int
		code         string
		items        int
	}{
		{"", "", 200, "", 21},
		{"$top=3", "", 200, "", 3},
		{"top=3", "", 200, "", 3},
		{"$top=0", "", 400, "Request_BadRequest", 0},
		{"$top=101", "", 400, "Request_BadRequest", 0},
		{"$top=x", "", 400, "Request_BadRequest", 0},
		{"$skip=3", "", 400, "Request_BadRequest", 0},
		{"$nothing=3", "", 400, "Request_BadRequest", 0},
		{"nothing=3", "", 200, "", 21},
		{"$top=3&$top=4", "", 400, "Request_BadRequest", 0},
		{"$select=nothing", "", 400, "Request_BadRequest", 0},
		{"$expand=nothing", "", 400, "Request_BadRequest", 0},
		{"$expand=sponsors($select=id;$top=3)&$top=2", "", 200, "", 2},
		{"$filter=" + url.QueryEscape("displayName eq 'Seeded agent 00001'"), "", 200, "", 1},
		{"$filter=" + url.QueryEscape("displayName ne 'Seeded agent 00001'"), "", 400, "Request_UnsupportedQuery", 0},
		{"$filter=" + url.QueryEscape("displayName ne 'Seeded agent 00001'") + "&$count=true", eventual, 200, "", 20},
		{"$filter=" + url.QueryEscape("accountEnabled eq true and startswith(displayName,'Seeded')"), "", 200, "", 10},
		{"$search=" + url.QueryEscape(`"displayName:seeded"`), "", 400, "Request_UnsupportedQuery", 0},
		{"$search=" + url.QueryEscape(`"displayName:seeded"`) + "&$count=true", eventual, 200, "", 20},
		{"$orderby=displayName", "", 200, "", 21},
		{"$orderby=tags", "", 400, "Request_UnsupportedQuery", 0},
		{"$orderby=displayName%20up", "", 400, "Request_BadRequest", 0},
		{"$orderby=displayName&$filter=" + url.QueryEscape("startswith(displayName,'S')"), "", 400, "Request_UnsupportedQuery", 0},
		{"$orderby=displayName&$count=true&$filter=" + url.QueryEscape("startswith(displayName,'S')"), eventual, 200, "", 20},
		{"$count=perhaps", "", 400, "Request_BadRequest", 0},
		{"$filter=%zz", "", 400, "Request_BadRequest", 0},
		{"$top=5&$skiptoken=" + token, "", 200, "", 5},
		{"$top=5&$skiptoken=x", "", 400, "Request_BadRequest", 0},
		{"$top=5&$skiptoken=" + token[:len(token)-2] + "AA", "", 400, "Request_BadRequest", 0},
		{"$orderby=displayName&$skiptoken=" + token, "", 400, "Request_BadRequest", 0},
	} {
		a := f.do("GET", agents+"?"+tt.query, admin, "", "ConsistencyLevel", tt.level)
		if a.status != tt.status || a.code() != tt.code || len(a.values()) != tt.items {
			t.Errorf("?%s = %d %s with %d items, want %d %s with %d: %.200s", tt.query, a.status, a.code(), len(a.values()), tt.status, tt.code, tt.items, a.raw)
		}
	}
	picked := f.must(200, "GET", agents+"?$top=1&$select=id,displayName,description", admin, "")
	if diff := cmp.Diff(map[string]any{
		"@odata.type": "#microsoft.graph.agentIdentity", "id": seedID("agent invoice-helper-01"), "displayName": "Invoice helper 01", "description": nil,
	}, picked.values()[0]); diff != "" {
		t.Errorf("$select (-want +got):\n%s", diff)
	}
	if a := f.do(http.MethodGet, "/v1.0/users?$top=999", admin, ""); a.status != 200 {
		t.Errorf("999 users a page = %d", a.status)
	}
	plain := f.must(200, "GET", "/v1.0/servicePrincipals?$top=999", f.personToken("auditor", "Application.Read.All"), "")
	kinds := map[string]int{}
	for _, v := range plain.values() {
		kinds[fmt.Sprint(v["@odata.type"])]++
	}
	if kinds["#microsoft.graph.agentIdentity"] != 21 || kinds["#microsoft.graph.agentIdentityBlueprintPrincipal"] != 1 {
		t.Errorf("types in the plain list: %v", kinds)
	}
}
