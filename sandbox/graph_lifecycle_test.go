package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGraphGrantsReachTokens writes grants by Graph and reads them back from tokens of the token endpoint:
// the blueprint's own permission for agent users, what an identity inherits, and how it ends when the
// blueprint goes.
func TestGraphGrantsReachTokens(t *testing.T) {
	f := newGraph(t)
	l := &lab{Sandbox: f.s, url: f.url, info: f.s.Info(), clock: f.clock}
	id, appID, principal := f.newFamily(f.admin(), "Reaching")
	secret := f.must(200, "POST", "/v1.0/applications/"+id+"/addPassword", f.admin(), `{}`).text("secretText")
	client := func(fields ...string) answer {
		return l.token(t, append([]string{"grant_type", "client_credentials"}, fields...)...)
	}
	asBlueprint := func() string {
		return access(t, client("client_id", appID, "client_secret", secret, "scope", "https://graph.microsoft.com/.default"))
	}
	agent := f.must(201, "POST", agents, asBlueprint(), agentBody("Reaching 01", appID)).text("id")
	f.must(403, "POST", "/beta/users", asBlueprint(), userBody(agent, "reaching", nil))
	grant := func(to, role string) {
		f.must(201, "POST", "/v1.0/servicePrincipals/"+to+"/appRoleAssignments", f.grantAdmin(), quoted(map[string]any{
			"principalId": to, "resourceId": seedID("resource " + graphAppID), "appRoleId": f.roleID(role),
		}))
	}
	grant(principal, identityParentedBy)
	grant(principal, "GroupMember.Read.All")
	user := f.must(201, "POST", "/beta/users", asBlueprint(), userBody(agent, "reaching", nil)).text("id")
	f.must(403, "PATCH", "/beta/users/"+seedID("agent user invoice-helper-01"), asBlueprint(), `{"jobTitle":"x"}`)
	f.must(204, "PATCH", "/beta/users/"+user, asBlueprint(), `{"jobTitle":"x"}`)

	t1 := func() answer {
		return client("client_id", appID, "client_secret", secret, "scope", exchangeScope, "fmi_path", agent)
	}
	roles := func() []any {
		tr := client("client_id", agent, "scope", "https://graph.microsoft.com/.default", "client_assertion_type", assertionType, "client_assertion", access(t, t1()))
		_, claims := decode(t, access(t, tr))
		list, _ := claims["roles"].([]any)
		return list
	}
	if got := roles(); slices.Contains(got, any("GroupMember.Read.All")) {
		t.Errorf("inherited without being let: %v", got)
	}
	f.must(201, "POST", blueprints+"/"+id+"/inheritablePermissions", f.admin(), `{"resourceAppId":"`+graphAppID+`","inheritableRoles":{"kind":"allAllowed"}}`)
	if got := roles(); !slices.Contains(got, any("GroupMember.Read.All")) {
		t.Errorf("not inherited: %v", got)
	}

	f.must(204, "DELETE", "/v1.0/applications/"+id, f.binAdmin(), "")
	if a := t1(); a.StatusCode == 200 {
		t.Errorf("a deleted blueprint gets a token: %s", a.text)
	}
	for _, o := range []string{id, principal} {
		f.must(200, "POST", bin+o+"/restore", f.binAdmin(), "")
	}
	if got := roles(); !slices.Contains(got, any("GroupMember.Read.All")) {
		t.Errorf("lost by way of the bin: %v", got)
	}
	f.must(204, "DELETE", "/v1.0/servicePrincipals/"+principal, f.binAdmin(), "")
	f.clock.advance(25 * time.Hour)
	if got := f.binned("agentIdentity"); !slices.Contains(got, agent) || strings.Contains(strings.Join(got, " "), user) {
		t.Errorf("bin of identities a day later: %v", got)
	}
}
