package graph_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestReadsAskExactAddresses(t *testing.T) {
	const list = `{"value":[{"id":"1","displayName":"A","roleTemplateId":"r"}]}`
	const id = "9a770000-0000-4000-8000-000000000001"
	tests := []struct {
		name string
		do   func(*testing.T, *graph.Client) error
		want string
	}{
		{
			"roles", func(t *testing.T, c *graph.Client) error { _, err := c.DirectoryRoles(t.Context()); return err },
			"GET /v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id%2CroleTemplateId%2CdisplayName",
		},
		{
			"organization", func(t *testing.T, c *graph.Client) error { _, err := c.Organization(t.Context()); return err },
			"GET /v1.0/organization?$select=id%2CdisplayName%2CcreatedDateTime%2CverifiedDomains",
		},
		{
			"users", func(t *testing.T, c *graph.Client) error {
				_, err := c.SearchUsers(t.Context(), `a"nn & co`)
				return err
			},
			`GET /v1.0/users?$count=true&$filter=accountEnabled%20eq%20true&$search=%22displayName%3Aa%20nn%20%26%20co%22%20OR%20%22mail%3Aa%20nn%20%26%20co%22%20OR%20%22userPrincipalName%3Aa%20nn%20%26%20co%22&$select=id%2CdisplayName%2CuserPrincipalName%2Cmail%2CuserType%2CidentityParentId&$top=15`,
		},
		{
			"groups", func(t *testing.T, c *graph.Client) error { _, err := c.SearchGroups(t.Context(), "all"); return err },
			"GET /v1.0/groups?$count=true&$search=%22displayName%3Aall%22&$select=id%2CdisplayName%2CgroupTypes%2CsecurityEnabled%2CmailEnabled%2CisAssignableToRole%2CmembershipRule&$top=15",
		},
		{"blueprints", func(t *testing.T, c *graph.Client) error {
			_, err := c.Blueprints(t.Context(), graph.ListOptions{Top: 500, OrderBy: "displayName desc"})
			return err
		}, "GET /v1.0/applications/microsoft.graph.agentIdentityBlueprint?$count=true&$orderby=displayName%20desc&$top=100"},
		{
			"blueprint", func(t *testing.T, c *graph.Client) error { _, err := c.Blueprint(t.Context(), id); return err },
			"GET /v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint",
		},
		{
			"a hostile id", func(t *testing.T, c *graph.Client) error { _, err := c.Blueprint(t.Context(), "a/b?c#d"); return err },
			"GET /v1.0/applications/a%2Fb%3Fc%23d/microsoft.graph.agentIdentityBlueprint",
		},
		{"blueprint by app id", func(t *testing.T, c *graph.Client) error {
			_, err := c.BlueprintByAppID(t.Context(), "x' or 'a' eq 'a")
			return err
		}, "GET /v1.0/applications/microsoft.graph.agentIdentityBlueprint?$filter=appId%20eq%20%27x%27%27%20or%20%27%27a%27%27%20eq%20%27%27a%27"},
		{"blueprints by tag", func(t *testing.T, c *graph.Client) error {
			_, err := c.BlueprintsTagged(t.Context(), "portal-op:1")
			return err
		}, "GET /v1.0/applications/microsoft.graph.agentIdentityBlueprint?$filter=tags%2Fany%28t%3At%20eq%20%27portal-op%3A1%27%29"},
		{"principals", func(t *testing.T, c *graph.Client) error {
			_, err := c.BlueprintPrincipals(t.Context(), graph.ListOptions{})
			return err
		}, "GET /v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal"},
		{"principal of", func(t *testing.T, c *graph.Client) error {
			_, err := c.BlueprintPrincipalOf(t.Context(), blueprintAppID)
			return err
		}, "GET /v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal?$filter=appId%20eq%20%27" + blueprintAppID + "%27"},
		{"agents", func(t *testing.T, c *graph.Client) error {
			_, err := c.AgentIdentities(t.Context(), graph.ListOptions{Search: "bot", Filter: graph.AgentsOfFilter(blueprintAppID)})
			return err
		}, "GET " + typedAgents + "?$count=true&$filter=agentIdentityBlueprintId%20eq%20%27" + blueprintAppID + "%27&$search=%22displayName%3Abot%22"},
		{
			"agent", func(t *testing.T, c *graph.Client) error { _, err := c.AgentIdentity(t.Context(), id); return err },
			"GET /v1.0/servicePrincipals/" + id + "/microsoft.graph.agentIdentity",
		},
		{"owners", func(t *testing.T, c *graph.Client) error {
			_, err := c.Owners(t.Context(), graph.KindBlueprint, id)
			return err
		}, "GET /v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint/owners"},
		{"sponsors", func(t *testing.T, c *graph.Client) error {
			_, err := c.Sponsors(t.Context(), graph.KindAgentIdentity, id)
			return err
		}, "GET /v1.0/servicePrincipals/" + id + "/microsoft.graph.agentIdentity/sponsors"},
		{
			"objects", func(t *testing.T, c *graph.Client) error { _, err := c.GetByIDs(t.Context(), []string{id}); return err },
			"POST /v1.0/directoryObjects/getByIds",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, answer(200, list))
			if err := tt.do(t, f.client()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.want}, f.uris()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadsPassOnRefusals(t *testing.T) {
	f := newFake(t, answer(401, `{"error":{"code":"InvalidAuthenticationToken","message":"x"}}`))
	c := f.client()
	err1 := readMe(t.Context(), c)
	_, err2 := c.DirectoryRoles(t.Context())
	_, err3 := c.Organization(t.Context())
	_, err4 := c.SearchGroups(t.Context(), "x")
	_, err5 := c.Blueprints(t.Context(), graph.ListOptions{})
	_, err6 := c.AgentIdentity(t.Context(), "x")
	_, err7 := c.Owners(t.Context(), graph.KindBlueprintPrincipal, "x")
	_, err8 := c.GetByIDs(t.Context(), []string{"x"})
	_, err9 := c.Count(t.Context(), graph.KindBlueprint)
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9} {
		var refusal *graph.Error
		if !errors.As(err, &refusal) || refusal.Code != "InvalidAuthenticationToken" {
			t.Errorf("read %d: err = %v", i+1, err)
		}
	}
}

func TestAnObjectOfAnotherKindIsNotFound(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "microsoft.graph.") {
			answer(403, denied)(w, r)
			return
		}
		answer(200, `{"@odata.type":"#microsoft.graph.application","id":"1","displayName":"An app"}`)(w, r)
	})
	if _, err := f.client().Blueprint(t.Context(), "1"); !graph.IsNotFound(err) {
		t.Errorf("err = %v", err)
	}
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "microsoft.graph.") {
			answer(403, denied)(w, r)
			return
		}
		answer(200, `{"@odata.type":"#microsoft.graph.agentIdentityBlueprint","id":"1","displayName":"Ours"}`)(w, r)
	})
	if b, err := f.client().Blueprint(t.Context(), "1"); err != nil || b.DisplayName != "Ours" {
		t.Errorf("blueprint = %+v, err = %v", b, err)
	}
}

func TestNoneFoundByFilterIsNotFound(t *testing.T) {
	f := newFake(t, answer(200, `{"value":[]}`))
	if _, err := f.client().BlueprintPrincipalOf(t.Context(), blueprintAppID); !graph.IsNotFound(err) {
		t.Errorf("err = %v", err)
	}
	if _, err := f.client().Organization(t.Context()); !graph.IsNotFound(err) {
		t.Errorf("err = %v", err)
	}
}

func TestCountAsksForOneAndItsTotal(t *testing.T) {
	f := pages(t, 14)
	n, err := f.client().Count(t.Context(), graph.KindBlueprint)
	if err != nil || n != 14 {
		t.Errorf("count = %d, %v", n, err)
	}
	if want := []string{"GET /v1.0/applications/microsoft.graph.agentIdentityBlueprint?$count=true&$top=1"}; !cmp.Equal(want, f.uris()) {
		t.Errorf("requests = %v, want %v", f.uris(), want)
	}
	f = newFake(t, answer(200, `{"value":[{"id":"1"},{"id":"2"}]}`))
	if n, err := f.client().Count(t.Context(), graph.KindBlueprintPrincipal); err != nil || n != 2 {
		t.Errorf("count without a total = %d, %v", n, err)
	}
	if _, err := f.client().Count(t.Context(), graph.KindGroup); err == nil {
		t.Error("counted a kind without a list")
	}
}

func TestObjectsAreNamedByType(t *testing.T) {
	f := newFake(t, answer(200, `{"value":[
		{"@odata.type":"#microsoft.graph.user","id":"1","displayName":"Ann","userPrincipalName":"ann@x.example"},
		{"@odata.type":"#microsoft.graph.agentUser","id":"2"},{"@odata.type":"microsoft.graph.group","id":"3"},
		{"@odata.type":"#graph.agentIdentity","id":"4"},{"@odata.type":"#microsoft.graph.device","id":"5"},
		{"@odata.type":"#microsoft.graph.application","id":"6","appId":"a"}]}`))
	objects, err := f.client().GetByIDs(t.Context(), []string{"1", "2"})
	if err != nil {
		t.Fatal(err)
	}
	want := []graph.DirectoryObject{
		{ID: "1", Kind: graph.KindUser, DisplayName: "Ann", UPN: "ann@x.example"},
		{ID: "2", Kind: graph.KindAgentUser},
		{ID: "3", Kind: graph.KindGroup},
		{ID: "4", Kind: graph.KindAgentIdentity},
		{ID: "5", Kind: graph.KindOther},
		{ID: "6", Kind: graph.KindApplication, AppID: "a"},
	}
	if diff := cmp.Diff(want, objects); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if f.sent[0] != `{"ids":["1","2"]}` {
		t.Errorf("body = %s", f.sent[0])
	}
	if _, err := f.client().GetByIDs(t.Context(), make([]string, 1001)); err == nil {
		t.Error("1,001 ids were accepted")
	}
	if none, err := f.client().GetByIDs(t.Context(), nil); err != nil || none != nil || f.count() != 1 {
		t.Errorf("no ids gave %v, %v", none, err)
	}
}

func TestPeopleSearchTellsKindsApart(t *testing.T) {
	f := newFake(t, answer(200, `{"value":[{"id":"1","displayName":"Ann","userPrincipalName":"ann@x"},{"id":"2","displayName":"Agent","identityParentId":"9"},
		{"@odata.type":"#microsoft.graph.agentUser","id":"3"}]}`))
	found, err := f.client().SearchUsers(t.Context(), "a")
	var kinds []graph.Kind
	for _, c := range found {
		kinds = append(kinds, c.Kind)
	}
	if diff := cmp.Diff([]graph.Kind{graph.KindUser, graph.KindAgentUser, graph.KindAgentUser}, kinds); diff != "" || err != nil || found[0].UPN != "ann@x" {
		t.Errorf("kinds (-want +got):\n%s%v", diff, err)
	}
}

func TestGroupsThatMaySponsor(t *testing.T) {
	for body, want := range map[string]bool{
		`"groupTypes":["Unified"]`:                                      true,
		`"groupTypes":["DynamicMembership"]`:                            true,
		`"groupTypes":["Unified"],"isAssignableToRole":true`:            false,
		`"groupTypes":[],"securityEnabled":true`:                        false,
		`"groupTypes":["Unified"],"@odata.type":"microsoft.graph.user"`: false,
	} {
		f := newFake(t, answer(200, `{"value":[{"id":"1",`+body+`}]}`))
		found, err := f.client().SearchGroups(t.Context(), "a")
		if err != nil || len(found) != 1 || found[0].SponsorGroup() != want {
			t.Errorf("%s: %+v, %v, want %v", body, found, err, want)
		}
	}
}

func TestCandidateThatIsNotThere(t *testing.T) {
	f := newFake(t, answer(200, `{"value":[]}`))
	if _, err := f.client().Candidate(t.Context(), "1"); !graph.IsNotFound(err) {
		t.Errorf("error %v, want a 404", err)
	}
}
