package sandbox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGraphInheritable is the life of one entry, in both forms of naming a kind.
func TestGraphInheritable(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	id, _ := f.newBlueprint(token, "Heirs")
	path := blueprints + "/" + id + "/inheritablePermissions"
	body := `{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"@odata.type":"microsoft.graph.enumeratedScopes","kind":"enumerated","scopes":["User.Read"]},
		"inheritableRoles":{"@odata.type":"microsoft.graph.noRoles","kind":"none"}}`
	made := f.must(201, "POST", path, token, body)
	want := map[string]any{
		"resourceAppId":     graphAppID,
		"inheritableScopes": map[string]any{"@odata.type": "#microsoft.graph.enumeratedScopes", "kind": "enumerated", "scopes": []any{"User.Read"}},
		"inheritableRoles":  map[string]any{"@odata.type": "#microsoft.graph.noRoles", "kind": "none"},
	}
	delete(made.body, "@odata.context")
	if diff := cmp.Diff(want, made.body); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	f.must(409, "POST", path, token, body)
	one := "/beta/applications/" + id + "/microsoft.graph.agentIdentityBlueprint/inheritablePermissions/" + strings.ToUpper(graphAppID)
	patched := f.must(200, "PATCH", one, token, `{"inheritableScopes":{"kind":"allAllowed"},"inheritableRoles":{"@odata.type":"#microsoft.graph.allAllowedRoles"}}`)
	if s, _ := patched.body["inheritableScopes"].(map[string]any); s["kind"] != "allAllowed" || s["scopes"] != nil {
		t.Errorf("changed: %s", patched.raw)
	}
	if got := f.must(200, "GET", path, token, "").column("resourceAppId"); !cmp.Equal(got, []string{graphAppID}) {
		t.Errorf("list %v", got)
	}
	if got := f.must(200, "GET", one, token, "").text("resourceAppId"); got != graphAppID {
		t.Errorf("one %q", got)
	}
	f.must(204, "DELETE", one, token, "")
	f.must(404, "GET", one, token, "")
	f.must(404, "DELETE", one, token, "")
	f.must(404, "PATCH", one, token, `{}`)
}

// TestGraphInheritableRefused: ids, kinds and types that are none, the limit of ten, other applications.
func TestGraphInheritableRefused(t *testing.T) {
	f := newGraph(t)
	token := f.admin()
	id, _ := f.newBlueprint(token, "Refused heirs")
	path := "/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint/inheritablePermissions"
	for name, body := range map[string]string{
		"no resource":           `{}`,
		"no GUID":               `{"resourceAppId":"graph"}`,
		"a GUID in braces":      `{"resourceAppId":"{` + graphAppID + `}"}`,
		"an unknown kind":       `{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"kind":"some"}}`,
		"kind against type":     `{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"@odata.type":"microsoft.graph.noScopes","kind":"allAllowed"}}`,
		"an empty list":         `{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"kind":"enumerated","scopes":[]}}`,
		"a list of none":        `{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"kind":"none","scopes":["User.Read"]}}`,
		"enumerated roles":      `{"resourceAppId":"` + graphAppID + `","inheritableRoles":{"kind":"enumerated"}}`,
		"a blocked scope":       `{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"kind":"enumerated","scopes":["Directory.AccessAsUser.All"]}}`,
		"text for a complex":    `{"resourceAppId":"` + graphAppID + `","inheritableScopes":"allAllowed"}`,
		"an unknown property":   `{"resourceAppId":"` + graphAppID + `","heirs":1}`,
		"null for the resource": `{"resourceAppId":null}`,
	} {
		if a := f.do("POST", path, token, body); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	f.must(403, "POST", path, f.personToken("user", allScopes()...), `{"resourceAppId":"`+graphAppID+`"}`)
	f.must(400, "GET", "/v1.0/applications/"+seedID("application client")+"/inheritablePermissions", token, "")
	for range maxInheritable {
		f.must(201, "POST", path, token, `{"resourceAppId":"`+newID()+`","inheritableScopes":{"kind":"allAllowed"}}`)
	}
	if a := f.must(400, "POST", path, token, `{"resourceAppId":"`+newID()+`"}`); !strings.Contains(a.message(), "limit of 10") {
		t.Errorf("the eleventh: %s", a.raw)
	}
}

// TestGraphInherited: what the principal was granted, as far as the blueprint passes it on, at the
// addresses that only beta has.
func TestGraphInherited(t *testing.T) {
	f := newGraph(t)
	appID, principalID, agent := f.newAgent("Parent")
	token, graph := f.grantAdmin(), seedID("resource "+graphAppID)
	f.must(201, "POST", "/v1.0/oauth2PermissionGrants", token, quoted(map[string]any{
		"clientId": principalID, "consentType": "AllPrincipals", "resourceId": graph, "scope": "User.Read Mail.Read",
	}))
	role := f.roleID("Mail.Read")
	f.must(201, "POST", "/v1.0/servicePrincipals/"+principalID+"/appRoleAssignments", token, quoted(map[string]any{
		"principalId": principalID, "resourceId": graph, "appRoleId": role,
	}))
	id := f.must(200, "GET", "/v1.0/applications(appId='"+appID+"')", token, "").text("id")
	entry := blueprints + "/" + id + "/inheritablePermissions"
	inherited := func() (roles []string, scopes []string) {
		base := "/beta/servicePrincipals/" + agent + "/microsoft.graph.agentIdentity/"
		return f.must(200, "GET", base+"inheritedAppRoleAssignments", token, "").column("appRoleId"),
			f.must(200, "GET", base+"inheritedOauth2PermissionGrants", token, "").column("scope")
	}
	if roles, scopes := inherited(); roles != nil || scopes != nil {
		t.Errorf("without an entry: %v %v", roles, scopes)
	}
	for i, tt := range []struct {
		body          string
		roles, scopes []string
	}{
		{`{"resourceAppId":"` + graphAppID + `","inheritableScopes":{"kind":"enumerated","scopes":["mail.read"]}}`, nil, []string{"Mail.Read"}},
		{`{"inheritableScopes":{"kind":"allAllowed"},"inheritableRoles":{"kind":"allAllowed"}}`, []string{role}, []string{"User.Read Mail.Read"}},
		{`{"inheritableScopes":{"kind":"none"}}`, []string{role}, nil},
	} {
		if i == 0 {
			f.must(201, "POST", entry, f.admin(), tt.body)
		} else {
			f.must(200, "PATCH", entry+"/"+graphAppID, f.admin(), tt.body)
		}
		roles, scopes := inherited()
		if diff := cmp.Diff([][]string{tt.roles, tt.scopes}, [][]string{roles, scopes}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.body, diff)
		}
	}
	f.must(400, "GET", "/v1.0/servicePrincipals/"+agent+"/inheritedAppRoleAssignments", token, "")
	f.must(400, "GET", "/beta/servicePrincipals/"+principalID+"/inheritedAppRoleAssignments", token, "")
}
