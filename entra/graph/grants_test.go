package graph_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

func TestGrantCallsAreWhatTheReferenceSays(t *testing.T) {
	const id, other, third = "9a770000-0000-4000-8000-000000000001", "9a770000-0000-4000-8000-000000000002", "9a770000-0000-4000-8000-000000000003"
	const inheritable = "/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint/inheritablePermissions"
	for name, tc := range map[string]struct {
		call         graph.Call
		method, path string
		body         string
	}{
		"assign": {
			graph.AssignRoleCall(id, other, third), "POST", "/v1.0/servicePrincipals/" + id + "/appRoleAssignments",
			`{"principalId":"` + id + `","resourceId":"` + other + `","appRoleId":"` + third + `"}`,
		},
		"take a role": {graph.RemoveRoleCall(id, "a/../b"), "DELETE", "/v1.0/servicePrincipals/" + id + "/appRoleAssignments/a%2F..%2Fb", ``},
		"consent": {
			graph.GrantCall(id, other, []string{"Mail.Read", "User.Read"}), "POST", "/v1.0/oauth2PermissionGrants",
			`{"clientId":"` + id + `","consentType":"AllPrincipals","resourceId":"` + other + `","scope":"Mail.Read User.Read"}`,
		},
		"change consent": {graph.ChangeGrantCall("x_-1", []string{"Mail.Read"}), "PATCH", "/v1.0/oauth2PermissionGrants/x_-1", `{"scope":"Mail.Read"}`},
		"end consent":    {graph.RemoveGrantCall("x?y"), "DELETE", "/v1.0/oauth2PermissionGrants/x%3Fy", ``},
		"inherit some": {
			graph.InheritCall(id, graph.GraphAppID, []string{"Mail.Read"}), "POST", inheritable,
			`{"resourceAppId":"` + graph.GraphAppID + `","inheritableScopes":{"@odata.type":"#microsoft.graph.enumeratedScopes","kind":"enumerated","scopes":["Mail.Read"]}}`,
		},
		"inherit all": {
			graph.ChangeInheritCall(id, graph.GraphAppID, nil), "PATCH", inheritable + "/" + graph.GraphAppID,
			`{"inheritableScopes":{"@odata.type":"#microsoft.graph.allAllowedScopes","kind":"allAllowed"}}`,
		},
		"end inheritance": {graph.RemoveInheritCall(id, graph.GraphAppID), "DELETE", inheritable + "/" + graph.GraphAppID, ``},
	} {
		body := ""
		if tc.call.Body != nil {
			text, err := json.Marshal(tc.call.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = string(text)
		}
		got := []string{tc.call.Method, tc.call.Path, body}
		if diff := cmp.Diff([]string{tc.method, tc.path, tc.body}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestBlockedPermissionsSayWhy(t *testing.T) {
	for _, tc := range []struct {
		app, value  string
		application bool
		blocked     bool
	}{
		{graph.GraphAppID, "RoleManagement.ReadWrite.Directory", true, true},
		{strings.ToUpper(graph.GraphAppID), "application.readwrite.all", true, true},
		{graph.GraphAppID, "Directory.AccessAsUser.All", false, true},
		{graph.GraphAppID, "Mail.Send", true, false},
		{graph.GraphAppID, "Calendars.Read", false, false},
		{newAppID, "RoleManagement.ReadWrite.Directory", true, false},
	} {
		if reason := graph.Blocked(tc.app, tc.value, tc.application); (reason != "") != tc.blocked {
			t.Errorf("%+v: %q", tc, reason)
		}
	}
}

// grantPlan makes a blueprint with one agent, and gives both what they need.
func grantPlan(h *house, api *graph.Resource, name string) []graph.Call {
	mail := slices.IndexFunc(api.Roles, func(r graph.AppRole) bool { return r.Value == "Mail.Send" })
	return []graph.Call{
		graph.CreateBlueprintCall(h.info.Graph, graph.NewBlueprint{DisplayName: name, Sponsors: people(h.persona("sponsor").ObjectID)}),
		graph.CreateBlueprintPrincipalCall(graph.LaterBlueprintAppID),
		graph.InheritCall(graph.LaterBlueprintID, api.AppID, []string{"Mail.Read"}),
		graph.GrantCall(graph.LaterID(2), api.ID, []string{"Mail.Read", "User.Read"}),
		graph.CreateAgentIdentityCall(h.info.Graph, graph.NewAgentIdentity{
			DisplayName: name + " 01", BlueprintAppID: graph.LaterBlueprintAppID, Sponsors: people(h.persona("sponsor").ObjectID),
		}),
		graph.AssignRoleCall(graph.LaterID(5), api.ID, api.Roles[mail].ID),
	}
}

// TestCopiedGrantsDoTheSame: the snippets of a plan that grants permissions, run
// against the sandbox as they were copied.
func TestCopiedGrantsDoTheSame(t *testing.T) {
	h := newHouse(t)
	token := h.token("global-admin")
	admin := graph.New(graph.Options{Base: h.info.Graph, Token: bearer(token)})
	api, err := admin.Resource(t.Context(), graph.GraphAppID)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for kind, run := range map[graph.SnippetKind]func(text string) *exec.Cmd{
		graph.SnippetCURL: func(text string) *exec.Cmd { return exec.CommandContext(t.Context(), shell(t), "-c", text) },
		graph.SnippetGo: func(text string) *exec.Cmd {
			file := filepath.Join(dir, "main.go")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return exec.CommandContext(t.Context(), "go", "run", file)
		},
	} {
		name := `{call-2-id}", "x": "` + string(kind)
		text, err := graph.Snippet(kind, h.info.Graph, grantPlan(h, api, name))
		if err != nil {
			t.Fatal(err)
		}
		cmd := run(text)
		cmd.Env = append(os.Environ(), "TOKEN="+token)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", kind, err, out)
		}
		checkGrants(t, admin, api, name)
	}
}

// checkGrants reads what a grantPlan made.
func checkGrants(t *testing.T, admin *graph.Client, api *graph.Resource, name string) {
	t.Helper()
	ctx, found := t.Context(), false
	for b, err := range admin.AllBlueprints(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if b.DisplayName != name {
			continue
		}
		found = true
		list, err := admin.InheritablePermissions(ctx, b.ID)
		if err != nil || len(list) != 1 || list[0].ResourceAppID != api.AppID || !slices.Equal(list[0].Scopes.Scopes, []string{"Mail.Read"}) {
			t.Errorf("inheritable %+v, %v", list, err)
		}
		principal, err := admin.BlueprintPrincipalOf(ctx, b.AppID)
		if err != nil {
			t.Fatal(err)
		}
		grants, err := admin.GrantsOf(ctx, principal.ID)
		if err != nil || len(grants) != 1 || grants[0].Scope != "Mail.Read User.Read" || grants[0].ResourceID != api.ID {
			t.Errorf("grants %+v, %v", grants, err)
		}
		for agent, err := range admin.AgentIdentitiesOf(ctx, b.AppID) {
			if err != nil {
				t.Fatal(err)
			}
			roles, err := admin.RoleAssignments(ctx, agent.ID)
			if err != nil || len(roles) != 1 || roles[0].ResourceName != api.DisplayName || roles[0].CreatedDateTime.IsZero() {
				t.Errorf("roles %+v, %v", roles, err)
			}
			inherited, err := admin.InheritedGrants(ctx, agent.ID)
			if err != nil || len(inherited) != 1 || inherited[0].Scope != "Mail.Read" {
				t.Errorf("inherited %+v, %v", inherited, err)
			}
			if own, err := admin.InheritedRoles(ctx, agent.ID); err != nil || len(own) != 0 {
				t.Errorf("inherited roles %+v, %v", own, err)
			}
		}
	}
	if !found {
		t.Errorf("no blueprint named %q", name)
	}
}

func TestAPIsAreReadWithWhatTheyOffer(t *testing.T) {
	h := newHouse(t)
	auditor, ctx := h.as("auditor"), t.Context()
	api, err := auditor.Resource(ctx, graph.GraphAppID)
	if err != nil || len(api.Roles) < 100 || len(api.Scopes) < 100 || api.DisplayName != "Microsoft Graph" {
		t.Fatalf("%d roles, %d scopes, %v", len(api.Roles), len(api.Scopes), err)
	}
	again, err := auditor.ResourceByID(ctx, api.ID)
	if err != nil || again.AppID != graph.GraphAppID || again.Scopes[0].DisplayName == "" || again.Roles[0].AllowedMemberTypes == nil {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := auditor.Resource(ctx, newAppID); !graph.IsNotFound(err) {
		t.Errorf("an API that nobody has: %v", err)
	}
	found, err := auditor.FindResources(ctx, "micro", 1)
	if err != nil || len(found) != 1 {
		t.Errorf("%d APIs, %v", len(found), err)
	}
	refused := newFake(t, answer(http.StatusForbidden, denied))
	nobody := graph.New(graph.Options{Base: refused.URL, Token: bearer("t")})
	for what, err := range map[string]error{
		"APIs":        second(nobody.FindResources(ctx, "x", 1)),
		"API":         second(nobody.ResourceByID(ctx, newID)),
		"roles":       second(nobody.RoleAssignments(ctx, newID)),
		"grants":      second(nobody.GrantsOf(ctx, newID)),
		"inherited":   errors.Join(second(nobody.InheritedRoles(ctx, newID)), second(nobody.InheritedGrants(ctx, newID))),
		"inheritable": second(nobody.InheritablePermissions(ctx, newID)),
	} {
		if !graph.IsForbidden(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
