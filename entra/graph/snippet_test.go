package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"go/format"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

const (
	newID    = "9a770000-0000-4000-8000-000000000001"
	newAppID = "5d210000-0000-4000-8000-000000000002"
)

// plan is what a new blueprint with every kind of credential, an API and one agent is made by.
func plan(base, name string) []graph.Call {
	return []graph.Call{
		graph.CreateBlueprintCall(base, graph.NewBlueprint{DisplayName: name, Sponsors: people(newID)}),
		graph.CreateBlueprintPrincipalCall(graph.LaterBlueprintAppID),
		graph.AddPasswordCall(graph.LaterBlueprintID, name, time.Date(2027, 5, 21, 0, 0, 0, 0, time.UTC)),
		graph.AddFederatedCall(graph.LaterBlueprintID, graph.FederatedCredential{Name: name, Issuer: name, Subject: name, Audiences: []string{name}}),
		graph.SetCertificatesCall(graph.LaterBlueprintID, nil, graph.NewCertificate{DisplayName: name, DER: []byte(name)}),
		graph.ExposeCall(graph.LaterBlueprintID, graph.ExposedAPI{
			IdentifierURIs: []string{"api://" + graph.LaterBlueprintAppID}, API: exposed(name), Web: &graph.WebSettings{RedirectURIs: []string{name}},
		}),
		graph.SetAPICall(graph.LaterBlueprintID, exposed(name)),
		graph.CreateAgentIdentityCall(base, graph.NewAgentIdentity{DisplayName: name + " 01", BlueprintAppID: graph.LaterBlueprintAppID}).By(graph.AsBlueprint),
	}
}

// exposed is an API with one scope and one client.
func exposed(name string) graph.APISettings {
	return graph.APISettings{
		TokenVersion:  2,
		Scopes:        []graph.PermissionScope{{ID: newID, Value: "access_agent", Type: graph.ScopeForUsers, IsEnabled: true, AdminConsentName: name}},
		Preauthorized: []graph.PreauthorizedApp{{AppID: newID, ScopeIDs: []string{newID}}},
	}
}

// tenant answers a plan's calls as Graph would: ids first, then the rest, the name as it came.
func tenant(t *testing.T) *fake {
	return newFake(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := json.Marshal(map[string]any{"id": newID, "appId": newAppID, "displayName": `"id": "wrong" "appId":"wrong"`})
		if err != nil {
			t.Error(err)
		}
		answer(201, string(body))(w, r)
	})
}

// check compares what a snippet sent with what the run itself would send.
func check(t *testing.T, f *fake, name string) {
	t.Helper()
	wantURIs := []string{
		"POST /v1.0/applications/microsoft.graph.agentIdentityBlueprint",
		"POST /v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal",
		"POST /v1.0/applications/" + newID + "/addPassword",
		"POST /v1.0/applications/" + newID + "/federatedIdentityCredentials",
		"PATCH /v1.0/applications/" + newID + "/microsoft.graph.agentIdentityBlueprint",
		"PATCH /v1.0/applications/" + newID + "/microsoft.graph.agentIdentityBlueprint",
		"PATCH /v1.0/applications/" + newID + "/microsoft.graph.agentIdentityBlueprint",
		"POST /v1.0/servicePrincipals/microsoft.graph.agentIdentity",
	}
	if diff := cmp.Diff(wantURIs, f.uris()); diff != "" {
		t.Fatalf("requests (-want +got):\n%s", diff)
	}
	api := map[string]any{
		"requestedAccessTokenVersion": 2.0,
		"oauth2PermissionScopes": []any{map[string]any{
			"id": newID, "value": "access_agent", "type": "User", "isEnabled": true, "adminConsentDisplayName": name, "adminConsentDescription": "",
		}},
		"preAuthorizedApplications": []any{map[string]any{"appId": newID, "delegatedPermissionIds": []any{newID}}},
	}
	wantBodies := []map[string]any{
		{"displayName": name, "sponsors@odata.bind": []any{f.URL + "/v1.0/users/" + newID}},
		{"appId": newAppID},
		{"passwordCredential": map[string]any{"displayName": name, "endDateTime": "2027-05-21T00:00:00Z"}},
		{"name": name, "issuer": name, "subject": name, "audiences": []any{name}},
		{"keyCredentials": []any{map[string]any{
			"displayName": name, "type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString([]byte(name)),
		}}},
		{"identifierUris": []any{"api://" + newAppID}, "api": api, "web": map[string]any{"redirectUris": []any{name}}},
		{"api": api},
		{"displayName": name + " 01", "agentIdentityBlueprintId": newAppID},
	}
	for i, want := range wantBodies {
		var got map[string]any
		if err := json.Unmarshal([]byte(f.sent[i]), &got); err != nil {
			t.Fatalf("body %d: %v in %s", i+1, err, f.sent[i])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("body %d (-want +got):\n%s", i+1, diff)
		}
		token := "Bearer token-of-ann"
		if i == len(wantBodies)-1 {
			token = "Bearer token-of-blueprint"
		}
		if got := f.seen[i].Header; got.Get("Authorization") != token || got.Get("OData-Version") != "4.0" || got.Get("Content-Type") != "application/json" {
			t.Errorf("headers %d = %v", i+1, got)
		}
	}
}

func TestCURLSnippetsRunAsCopied(t *testing.T) {
	sh := shell(t)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is not installed: apt-get install curl; the copied snippets are run with it")
	}
	for _, name := range hostileNames() {
		f := tenant(t)
		text, err := graph.Snippet(graph.SnippetCURL, f.URL, plan(f.URL, name))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), sh)
		cmd.Stdin = strings.NewReader(text)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TOKEN=token-of-ann", "BLUEPRINT_TOKEN=token-of-blueprint")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s\n%s", name, err, out, text)
		}
		check(t, f, name)
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%q left %v behind", name, left)
		}
	}
}

func TestACURLSnippetStopsAtTheFirstRefusalAndWithoutAToken(t *testing.T) {
	sh := shell(t)
	f := newFake(t, answer(403, denied))
	text, err := graph.Snippet(graph.SnippetCURL, f.URL, plan(f.URL, "x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range []string{"TOKEN=t", "TOKEN="} {
		cmd := exec.CommandContext(t.Context(), sh, "-c", text)
		cmd.Env = append(os.Environ(), env)
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%s: no failure: %s", env, out)
		}
	}
	if f.count() != 1 {
		t.Errorf("requests = %v", f.uris())
	}
}

func TestGoSnippetsAreGoAndRunAsCopied(t *testing.T) {
	// One program for all names: a build for each would take minutes.
	f := tenant(t)
	var calls []graph.Call
	for _, name := range hostileNames() {
		calls = append(calls, plan(f.URL, name)...)
	}
	text, err := graph.Snippet(graph.SnippetGo, f.URL, calls)
	if err != nil {
		t.Fatal(err)
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(string(formatted), text); diff != "" {
		t.Errorf("not formatted (-gofmt +got):\n%s", diff)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", file)
	cmd.Env = append(os.Environ(), "TOKEN=token-of-ann", "BLUEPRINT_TOKEN=token-of-blueprint")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := len(plan("", ""))
	for i, name := range hostileNames() {
		check(t, &fake{Server: f.Server, seen: f.seen[n*i : n*i+n], sent: f.sent[n*i : n*i+n]}, name)
	}
}

func TestPowerShellSnippetsAsText(t *testing.T) {
	name := "‘; Remove-Item x; ’ $(x) `y` it's"
	text, err := graph.Snippet(graph.SnippetPowerShell, "https://graph.microsoft.com", plan("https://graph.microsoft.com", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# 1. Needs AgentIdentityBlueprint.Create\n",
		"$uri = $graph + '/v1.0/applications/microsoft.graph.agentIdentityBlueprint'\n",
		`"displayName": "‘‘; Remove-Item x; ’’ $(x) ` + "`y`" + ` it''s"`,
		"$body = '{\n  \"appId\": \"' + $blueprintAppId + '\"\n}'\n",
		"$uri = $graph + '/v1.0/applications/' + $blueprintId + '/addPassword'\n",
		"$uri = $graph + '/v1.0/applications/' + $blueprintId + '/federatedIdentityCredentials'\n",
		"\"api://' + $blueprintAppId + '\"\n",
		"# 8. Needs AgentIdentity.CreateAsManager, sent as the blueprint\n",
		"Authorization = \"Bearer $blueprintToken\"",
		"$blueprintId = $answer.id\n$blueprintAppId = $answer.appId\n",
	} {
		if !contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

func TestSnippetsOfReadsAndUnknownLanguages(t *testing.T) {
	read := []graph.Call{{Method: "GET", Path: "/v1.0/applications?$top=1", Needs: "Application.Read.All", Eventual: true}}
	for kind, want := range map[graph.SnippetKind]string{
		graph.SnippetCURL: "ConsistencyLevel: eventual", graph.SnippetPowerShell: "ConsistencyLevel = 'eventual'", graph.SnippetGo: `"ConsistencyLevel": "eventual"`,
	} {
		text, err := graph.Snippet(kind, graph.DefaultBase, read)
		if err != nil || !contains(text, want) || contains(text, "Content-Type") || contains(text, "--data") {
			t.Errorf("%s: %v\n%s", kind, err, text)
		}
	}
	if _, err := graph.Snippet("cobol", graph.DefaultBase, read); err == nil {
		t.Error("wrote COBOL")
	}
	if _, err := graph.Snippet(graph.SnippetGo, "", []graph.Call{{Body: func() {}}}); err == nil {
		t.Error("wrote a body that is no JSON")
	}
}

func shell(t *testing.T) string {
	t.Helper()
	sh, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("bash is not installed: apt-get install bash; the copied snippets are run with it")
	}
	return sh
}
