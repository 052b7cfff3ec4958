package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// grantAdmin may grant everything there is.
func (f *graphFixture) grantAdmin() string {
	return f.personToken("global-admin", append(allScopes(), "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All")...)
}

// roleID finds an app role of Graph by its value.
func (f *graphFixture) roleID(value string) string {
	f.t.Helper()
	var id string
	_ = f.s.tenant.read(func(st *state) error {
		for _, r := range st.principal(graphAppID).AppRoles {
			if r.Value == value {
				id = r.ID
			}
		}
		return nil
	})
	if id == "" {
		f.t.Fatalf("Graph has no app role %s", value)
	}
	return id
}

// TestGraphAssignments: an app role from both sides, once, and away again.
func TestGraphAssignments(t *testing.T) {
	f := newGraph(t)
	token, graph := f.grantAdmin(), seedID("resource "+graphAppID)
	_, _, agent := f.newAgent("Assigned")
	body := func(principal, role string) string {
		return quoted(map[string]any{"principalId": principal, "resourceId": graph, "appRoleId": role})
	}
	mail := f.roleID("Mail.Read")
	made := f.must(201, "POST", "/v1.0/servicePrincipals/"+agent+"/appRoleAssignments", token, body(agent, mail))
	for name, want := range map[string]string{"principalId": agent, "resourceId": graph, "principalType": "ServicePrincipal", "principalDisplayName": "Assigned 01", "resourceDisplayName": "Microsoft Graph"} {
		if made.text(name) != want {
			t.Errorf("%s is %q, want %q", name, made.text(name), want)
		}
	}
	f.must(400, "POST", "/v1.0/servicePrincipals/"+agent+"/appRoleAssignments", token, body(agent, mail))
	f.must(201, "POST", "/v1.0/servicePrincipals/"+graph+"/appRoleAssignedTo", token, body(agent, f.roleID("User.Read.All")))
	if got := f.must(200, "GET", "/v1.0/servicePrincipals/"+agent+"/appRoleAssignments", token, "").values(); len(got) != 2 {
		t.Errorf("%d assignments, want 2", len(got))
	}
	f.must(200, "GET", "/v1.0/servicePrincipals/"+agent+"/appRoleAssignments/"+made.text("id"), token, "")
	f.must(204, "DELETE", "/v1.0/servicePrincipals/"+graph+"/appRoleAssignedTo/"+made.text("id"), token, "")
	f.must(404, "DELETE", "/v1.0/servicePrincipals/"+agent+"/appRoleAssignments/"+made.text("id"), token, "")
}

// TestGraphAssignmentsRefused: blocked permissions, wrong ends, and who may not.
func TestGraphAssignmentsRefused(t *testing.T) {
	f := newGraph(t)
	token, graph := f.grantAdmin(), seedID("resource "+graphAppID)
	_, principal, agent := f.newAgent("Refused")
	mail, all := f.roleID("Mail.Read"), "AppRoleAssignment.ReadWrite.All"
	for name, tt := range map[string]struct {
		token, at, principal, resource, role string
		status                               int
		message                              string
	}{
		"blocked for an agent":       {token, agent, agent, graph, f.roleID("Files.Read.All"), 400, "Files.Read.All"},
		"blocked for a blueprint":    {token, principal, principal, graph, f.roleID("RoleManagement.ReadWrite.Directory"), 400, "RoleManagement"},
		"blocked, but no agent":      {token, seedID("principal client"), seedID("principal client"), graph, f.roleID("Files.Read.All"), 201, ""},
		"another principal":          {token, agent, principal, graph, mail, 400, "do not match"},
		"an agent as the resource":   {token, agent, agent, agent, mail, 400, "cannot be the resource"},
		"an unknown role":            {token, agent, agent, graph, newID(), 400, "not found"},
		"an unknown resource":        {token, agent, agent, newID(), mail, 404, ""},
		"a role in braces":           {token, agent, agent, graph, "{" + mail + "}", 400, "appRoleId"},
		"no administrator of roles":  {f.personToken("agent-admin", append(allScopes(), all)...), agent, agent, graph, mail, 403, ""},
		"without reading":            {f.personToken("global-admin", all), agent, agent, graph, mail, 403, ""},
		"without writing":            {f.personToken("global-admin", allScopes()...), agent, agent, graph, mail, 403, ""},
		"an app with the permission": {f.clientToken(all, "Application.Read.All"), agent, agent, graph, mail, 201, ""},
	} {
		a := f.do("POST", "/v1.0/servicePrincipals/"+tt.at+"/appRoleAssignments", tt.token,
			quoted(map[string]any{"principalId": tt.principal, "resourceId": tt.resource, "appRoleId": tt.role}))
		if a.status != tt.status || !strings.Contains(a.message(), tt.message) {
			t.Errorf("%s: %d, want %d: %s", name, a.status, tt.status, a.raw)
		}
	}
}

// TestGraphGrants: one delegated grant for each client, resource and person.
func TestGraphGrants(t *testing.T) {
	f := newGraph(t)
	token, graph := f.grantAdmin(), seedID("resource "+graphAppID)
	_, principal, _ := f.newAgent("Granted")
	person := seedID("user user")
	grant := func(changes map[string]any) string {
		body := map[string]any{"clientId": principal, "consentType": "AllPrincipals", "resourceId": graph, "scope": "User.Read  Mail.Read"}
		for name, value := range changes {
			body[name] = value
		}
		return quoted(body)
	}
	const path = "/v1.0/oauth2PermissionGrants"
	made := f.must(201, "POST", path, token, grant(nil))
	id := made.text("id")
	if made.text("scope") != "User.Read Mail.Read" || guidLike(id) || made.body["principalId"] != nil {
		t.Errorf("made: %s", made.raw)
	}
	one := map[string]any{"consentType": "Principal", "principalId": person}
	f.must(201, "POST", path, token, grant(one))
	for name, tt := range map[string]struct {
		changes map[string]any
		status  int
	}{
		"twice for all":             {nil, 409},
		"twice for one":             {one, 409},
		"one without a person":      {map[string]any{"consentType": "Principal"}, 400},
		"all with a person":         {map[string]any{"principalId": person}, 400},
		"another sort of consent":   {map[string]any{"consentType": "Some"}, 400},
		"no scope":                  {map[string]any{"scope": " "}, 400},
		"a long scope":              {map[string]any{"scope": strings.Repeat("x", maxGrantScope+1)}, 400},
		"a blocked scope":           {map[string]any{"consentType": "Principal", "principalId": seedID("user sponsor"), "scope": "User.Read Group.ReadWrite.All"}, 400},
		"nobody":                    {map[string]any{"consentType": "Principal", "principalId": newID()}, 404},
		"an unknown client":         {map[string]any{"clientId": newID()}, 404},
		"a client in braces":        {map[string]any{"clientId": "{" + principal + "}"}, 400},
		"an unknown property":       {map[string]any{"wings": 1}, 400},
		"an expiry, which is taken": {map[string]any{"clientId": seedID("agent invoice-helper-01"), "resourceId": seedID("principal invoice-helper"), "expiryTime": "2027-01-01T00:00:00Z"}, 201},
	} {
		if a := f.do("POST", path, token, grant(tt.changes)); a.status != tt.status {
			t.Errorf("%s: %d, want %d: %s", name, a.status, tt.status, a.raw)
		}
	}
	listed := f.must(200, "GET", path+"?$filter=clientId%20eq%20'"+principal+"'", token, "")
	if diff := cmp.Diff([]string{"AllPrincipals", "Principal"}, listed.column("consentType")); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	f.must(403, "PATCH", path+"/"+id, f.personToken("agent-admin", "DelegatedPermissionGrant.ReadWrite.All"), `{"scope":"User.Read"}`)
	f.must(204, "PATCH", path+"/"+id, token, `{"scope":"User.Read"}`)
	f.must(400, "PATCH", path+"/"+id, token, `{"scope":""}`)
	f.must(400, "PATCH", path+"/"+id, token, `{"clientId":"`+newID()+`"}`)
	f.must(400, "PATCH", path+"/"+id, token, `{"scope":"Directory.AccessAsUser.All"}`)
	if got := f.must(200, "GET", path+"/"+id, token, "").text("scope"); got != "User.Read" {
		t.Errorf("scope %q", got)
	}
	f.must(204, "DELETE", path+"/"+id, token, "")
	f.must(404, "GET", path+"/"+id, token, "")
	f.must(404, "DELETE", path+"/"+id, token, "")
}

// TestGraphGrantLag: a new grant is there for readers, and for tokens, only after its lag.
func TestGraphGrantLag(t *testing.T) {
	f := newGraph(t)
	f.knobs(func(k *knobs) { k.LagMs.Grant, k.LagMs.AgentUser = 60_000, 60_000 })
	_, principal, agent := f.newAgent("Lagging")
	a := f.must(201, "POST", "/v1.0/oauth2PermissionGrants", f.grantAdmin(), quoted(map[string]any{
		"clientId": principal, "consentType": "AllPrincipals", "resourceId": seedID("resource " + graphAppID), "scope": "User.Read",
	}))
	u := f.must(201, "POST", "/v1.0/users", f.userAdmin(), userBody(agent, "lagging", nil))
	for _, want := range []int{404, 200} {
		f.must(want, "GET", "/v1.0/oauth2PermissionGrants/"+a.text("id"), f.grantAdmin(), "")
		f.must(want, "GET", "/v1.0/users/"+u.text("id"), f.userAdmin(), "")
		f.clock.advance(time.Minute)
	}
}
