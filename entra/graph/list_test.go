package graph_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

const (
	blueprintAppID = "5d210000-0000-4000-8000-000000000001"
	typedAgents    = "/v1.0/servicePrincipals/microsoft.graph.agentIdentity"
	denied         = `{"error":{"code":"Authorization_RequestDenied","message":"No."}}`
)

// pages serves a list of n agent identities, two a page, with links as Graph writes them.
func pages(t *testing.T, n int) *fake {
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		from := 0
		fmt.Sscanf(r.URL.Query().Get("$skiptoken"), "p%d", &from)
		var items []string
		for i := from; i < min(from+2, n); i++ {
			items = append(items, fmt.Sprintf(`{"id":"%d","displayName":"Agent %d"}`, i, i))
		}
		next := ""
		if from+2 < n {
			next = fmt.Sprintf(`,"@odata.nextLink":%q`, f.URL+r.URL.Path+fmt.Sprintf("?$count=true&$skiptoken=p%d", from+2))
		}
		answer(200, fmt.Sprintf(`{"@odata.count":%d,"value":[%s]%s}`, n, strings.Join(items, ","), next))(w, r)
	})
	return f
}

func TestAnIteratorReadsEveryPageAndStopsWhenAsked(t *testing.T) {
	f := pages(t, 5)
	var names []string
	for agent, err := range f.client().AllAgentIdentities(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, agent.DisplayName)
	}
	if diff := cmp.Diff([]string{"Agent 0", "Agent 1", "Agent 2", "Agent 3", "Agent 4"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	for _, r := range f.seen {
		if r.Header.Get("ConsistencyLevel") != "eventual" {
			t.Errorf("%s went out without ConsistencyLevel", r.RequestURI)
		}
	}
	f = pages(t, 50)
	for range f.client().AllAgentIdentities(t.Context()) {
		break
	}
	if f.count() != 1 {
		t.Errorf("%d requests for one item", f.count())
	}
}

func TestPagesGoOnFromTheirCursor(t *testing.T) {
	f := pages(t, 3)
	first, err := f.client().AgentIdentities(t.Context(), graph.ListOptions{Top: 2})
	if err != nil {
		t.Fatal(err)
	}
	if first.Count == nil || *first.Count != 3 || len(first.Items) != 2 || !first.ReadAt.Equal(clock()) {
		t.Errorf("first page = %+v", first)
	}
	if strings.Contains(first.Next, f.URL) || url.QueryEscape(first.Next) != first.Next {
		t.Errorf("cursor %q is no plain word", first.Next)
	}
	second, err := f.client().AgentIdentities(t.Context(), graph.ListOptions{Next: first.Next, Search: "ignored"})
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Items) != 1 || second.Next != "" {
		t.Errorf("second page = %+v", second)
	}
	if want := "GET " + typedAgents + "?$count=true&$skiptoken=p2"; f.uris()[1] != want {
		t.Errorf("request = %s, want %s", f.uris()[1], want)
	}
}

func TestAnEditedCursorIsNotFollowed(t *testing.T) {
	f := pages(t, 3)
	for _, target := range []string{
		"https://evil.example/v1.0/servicePrincipals/microsoft.graph.agentIdentity?$skiptoken=p2",
		"//evil.example" + typedAgents, "@evil.example" + typedAgents, ".evil.example" + typedAgents,
		"/v1.0/users", "/beta/servicePrincipals/microsoft.graph.agentIdentity", typedAgents + "/../../users",
		"/v1.0/applications", typedAgents + "#x", "", "\x00",
	} {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(target))
		if cursor == "" {
			continue
		}
		if _, err := f.client().AgentIdentities(t.Context(), graph.ListOptions{Next: cursor}); !errors.Is(err, graph.ErrForeignLink) {
			t.Errorf("%q: err = %v", target, err)
		}
	}
	if _, err := f.client().AgentIdentities(t.Context(), graph.ListOptions{Next: "%%%"}); !errors.Is(err, graph.ErrForeignLink) {
		t.Errorf("err = %v", err)
	}
	if f.count() != 0 {
		t.Errorf("requests = %v", f.uris())
	}
}

func TestALinkFromGraphStaysWithinItsList(t *testing.T) {
	tests := []struct{ name, link string }{
		{"another host", "https://evil.example" + typedAgents + "?$skiptoken=x"},
		{"another scheme", "HOSTS" + typedAgents},
		{"a host that begins alike", "HOST.evil.example" + typedAgents},
		{"userinfo", "HOST@evil.example" + typedAgents},
		{"another version", "HOST/beta/servicePrincipals/microsoft.graph.agentIdentity?$skiptoken=x"},
		{"another list", "HOST/v1.0/users?$skiptoken=x"},
		{"a relative link", typedAgents + "?$skiptoken=x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f *fake
			f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
				link := strings.Replace(tt.link, "HOST", f.URL, 1)
				if strings.HasPrefix(tt.link, "HOSTS") {
					link = strings.Replace(f.URL, "http:", "https:", 1) + typedAgents
				}
				answer(200, fmt.Sprintf(`{"value":[{"id":"1"}],"@odata.nextLink":%q}`, link))(w, r)
			})
			var last error
			for _, err := range f.client().AllAgentIdentities(t.Context()) {
				last = err
			}
			if !errors.Is(last, graph.ErrForeignLink) || f.count() != 1 {
				t.Errorf("err = %v after %v", last, f.uris())
			}
		})
	}
}

func TestListsEnd(t *testing.T) {
	var f *fake
	n := 0
	link := func(text func() string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			answer(200, fmt.Sprintf(`{"value":[{"id":"1"}],"@odata.nextLink":%q}`, f.URL+typedAgents+"?$skiptoken="+text()))(w, r)
		}
	}
	tests := []struct {
		name     string
		handler  http.HandlerFunc
		want     error
		requests int
	}{
		{"a circle", link(func() string { return "same" }), graph.ErrLinkLoop, 2},
		{"no end", link(func() string { n++; return fmt.Sprint(n) }), graph.ErrTooManyPages, 1000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f = newFake(t, tt.handler)
			var last error
			for _, err := range f.client().AllAgentIdentities(t.Context()) {
				last = err
			}
			if !errors.Is(last, tt.want) || f.count() != tt.requests {
				t.Errorf("err = %v after %d requests", last, f.count())
			}
		})
	}
}

func TestThePlainListStandsInWhereTheTypedOneIsClosed(t *testing.T) {
	mixed := `{"@odata.count":4,"value":[
		{"@odata.type":"#microsoft.graph.servicePrincipal","id":"1","displayName":"An app"},
		{"id":"5","displayName":"Graph leaves the type of base objects out"},
		{"@odata.type":"#microsoft.graph.agentIdentity","id":"2","displayName":"Agent","agentIdentityBlueprintId":"` + strings.ToUpper(blueprintAppID) + `","accountEnabled":false},
		{"@odata.type":"#Microsoft.Graph.AgentIdentity","id":"3","displayName":"Other","agentIdentityBlueprintId":"00000000-0000-4000-8000-000000000009"},
		{"@odata.type":"#microsoft.graph.agentIdentityBlueprintPrincipal","id":"4","displayName":"Principal"}]}`
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "microsoft.graph.") {
			answer(403, denied)(w, r)
			return
		}
		answer(200, mixed)(w, r)
	})
	page, err := f.client().AgentIdentities(t.Context(), graph.ListOptions{OrderBy: "displayName"})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 2 || page.Items[0].AccountEnabled || !page.Items[1].AccountEnabled || page.Count != nil {
		t.Errorf("page = %+v", page)
	}
	if want := "GET /v1.0/servicePrincipals?$count=true&$orderby=displayName"; f.uris()[1] != want {
		t.Errorf("request = %s, want %s", f.uris()[1], want)
	}
	n, err := f.client().Count(t.Context(), graph.KindAgentIdentity)
	if err != nil || n != 2 {
		t.Errorf("count = %d, %v", n, err)
	}
	var of []string
	for agent, err := range f.client().AgentIdentitiesOf(t.Context(), blueprintAppID) {
		if err != nil {
			t.Fatal(err)
		}
		of = append(of, agent.ID)
	}
	if diff := cmp.Diff([]string{"2"}, of); diff != "" {
		t.Errorf("agents of the blueprint (-want +got):\n%s", diff)
	}
}

func TestThePlainListRefusedTooKeepsTheFirstRefusal(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "microsoft.graph.") {
			answer(403, denied)(w, r)
			return
		}
		answer(400, `{"error":{"code":"Request_BadRequest","message":"x"}}`)(w, r)
	})
	if _, err := f.client().Blueprints(t.Context(), graph.ListOptions{}); !graph.IsForbidden(err) {
		t.Errorf("err = %v", err)
	}
}

func TestAgentsOfABlueprintArePickedWhereTheFilterIsUnknown(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$filter") != "" {
			answer(400, `{"error":{"code":"Request_UnsupportedQuery","message":"x"}}`)(w, r)
			return
		}
		answer(200, `{"value":[{"id":"1","agentIdentityBlueprintId":"`+blueprintAppID+`"},{"id":"2","agentIdentityBlueprintId":"x"}]}`)(w, r)
	})
	var ids []string
	for agent, err := range f.client().AgentIdentitiesOf(t.Context(), blueprintAppID) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, agent.ID)
	}
	if diff := cmp.Diff([]string{"1"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestOnePageOfABlueprintsAgents(t *testing.T) {
	f := pages(t, 3)
	page, err := f.client().AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Top: 50})
	if err != nil || len(page.Items) != 2 || page.Next == "" {
		t.Fatalf("page = %+v, %v", page, err)
	}
	if want := "GET " + typedAgents + "?$count=true&$filter=agentIdentityBlueprintId%20eq%20%27" + blueprintAppID + "%27&$top=50"; f.uris()[0] != want {
		t.Errorf("request = %s, want %s", f.uris()[0], want)
	}
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$filter") != "" {
			answer(400, `{"error":{"code":"Request_UnsupportedQuery","message":"x"}}`)(w, r)
			return
		}
		answer(200, `{"value":[{"id":"1","displayName":"Night Watch","agentIdentityBlueprintId":"`+blueprintAppID+`"},
			{"id":"2","displayName":"Night","agentIdentityBlueprintId":"x"},{"id":"3","displayName":"Day","agentIdentityBlueprintId":"`+blueprintAppID+`"}]}`)(w, r)
	})
	page, err = f.client().AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Search: "night"})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "1" || page.Next != "" {
		t.Errorf("page = %+v, %v", page, err)
	}
	f = newFake(t, answer(401, `{"error":{"code":"InvalidAuthenticationToken","message":"x"}}`))
	if _, err := f.client().AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{}); err == nil {
		t.Error("a refusal was swallowed")
	}
}

func TestAPlainListIsReadOnUntilItHoldsSomething(t *testing.T) {
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "microsoft.graph.") {
			answer(403, denied)(w, r)
			return
		}
		at := 0
		fmt.Sscanf(r.URL.Query().Get("$skiptoken"), "p%d", &at)
		kind := "servicePrincipal"
		if at == 3 {
			kind = "agentIdentity"
		}
		answer(200, fmt.Sprintf(`{"value":[{"@odata.type":"#microsoft.graph.%s","id":"%d"}],"@odata.nextLink":%q}`,
			kind, at, f.URL+r.URL.Path+fmt.Sprintf("?$skiptoken=p%d", at+1)))(w, r)
	})
	page, err := f.client().AgentIdentities(t.Context(), graph.ListOptions{})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "3" || page.Next == "" {
		t.Fatalf("page = %+v, %v", page, err)
	}
	before := f.count()
	page, err = f.client().AgentIdentities(t.Context(), graph.ListOptions{Next: page.Next})
	if err != nil || len(page.Items) != 0 || page.Next == "" || f.count()-before != 20 {
		t.Errorf("page = %+v, %v after %d requests", page, err, f.count()-before)
	}
}

func TestASearchWithoutAWordIsNotSent(t *testing.T) {
	f := newFake(t, answer(400, denied))
	for _, text := range []string{`"`, `\\`, "---", "' \""} {
		page, err := f.client().Blueprints(t.Context(), graph.ListOptions{Search: text})
		if err != nil || len(page.Items) != 0 || !page.ReadAt.Equal(clock()) {
			t.Errorf("%q: %+v, %v", text, page, err)
		}
	}
	if f.count() != 0 {
		t.Errorf("requests = %v", f.uris())
	}
}

func TestReadsThatDecideUseTheDirectoryItself(t *testing.T) {
	f := pages(t, 3)
	c := f.client()
	if _, err := c.BlueprintsTagged(t.Context(), graph.OpTag("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.BlueprintPrincipalOf(t.Context(), "00000000-0000-0000-0000-000000000001"); err != nil {
		t.Fatal(err)
	}
	for _, err := range c.AgentIdentitiesOf(t.Context(), "00000000-0000-0000-0000-000000000001") {
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(f.seen) < 3 {
		t.Fatalf("only %d requests were made", len(f.seen))
	}
	for _, r := range f.seen {
		if r.Header.Get("ConsistencyLevel") != "" {
			t.Errorf("%s asks an index that trails the directory", r.RequestURI)
		}
	}
}

// everyone serves a list of n pages whose items belong to nobody asked for, to readers without the filter.
func everyone(t *testing.T, n int) *fake {
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$filter") != "" || strings.Contains(r.URL.Path, "microsoft.graph.") {
			answer(403, denied)(w, r)
			return
		}
		at := 0
		fmt.Sscanf(r.URL.Query().Get("$skiptoken"), "p%d", &at)
		owner, next := "x", ""
		if at == n-1 {
			owner = blueprintAppID
		} else {
			next = fmt.Sprintf(`,"@odata.nextLink":%q`, f.URL+r.URL.Path+fmt.Sprintf("?$skiptoken=p%d", at+1))
		}
		answer(200, fmt.Sprintf(`{"value":[{"@odata.type":"#microsoft.graph.agentIdentity","id":"%d","agentIdentityBlueprintId":%q}]%s}`, at, owner, next))(w, r)
	})
	return f
}

func TestAgentsArePickedFromFewPages(t *testing.T) {
	f := everyone(t, 30)
	c := f.client()
	page, err := c.AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Top: 7})
	if err != nil || len(page.Items) != 0 || page.Next == "" || page.Count != nil || f.count() > 25 {
		t.Fatalf("page = %+v, %v after %d requests", page, err, f.count())
	}
	page, err = c.AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Top: 7, Next: page.Next})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "29" || page.Next != "" || page.Count != nil {
		t.Errorf("second page = %+v, %v", page, err)
	}
	page, err = everyone(t, 3).client().AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Top: 7})
	if err != nil || page.Count == nil || *page.Count != 1 {
		t.Errorf("of three pages: %+v, %v", page, err)
	}
}

func TestAStaleCursorIsNoReasonToPick(t *testing.T) {
	f := pages(t, 3)
	c := f.client()
	page, err := c.AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Top: 2})
	if err != nil {
		t.Fatal(err)
	}
	f.Config.Handler = answer(400, `{"error":{"code":"Directory_ExpiredPageToken","message":"x"}}`)
	_, err = c.AgentIdentitiesPage(t.Context(), blueprintAppID, graph.ListOptions{Next: page.Next})
	var refused *graph.Error
	if !errors.As(err, &refused) || refused.Status != 400 {
		t.Errorf("err = %v", err)
	}
}
