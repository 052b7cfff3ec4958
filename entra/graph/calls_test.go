package graph_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
)

// people are references to users.
func people(ids ...string) []graph.PrincipalRef {
	var refs []graph.PrincipalRef
	for _, id := range ids {
		refs = append(refs, graph.PrincipalRef{ID: id, Kind: graph.KindUser})
	}
	return refs
}

func TestCallsAreWhatTheReferenceSays(t *testing.T) {
	const base, id = "https://graph.microsoft.com", "9a770000-0000-4000-8000-000000000001"
	end := time.Date(2027, 5, 21, 10, 0, 0, 999, time.FixedZone("", 7200))
	tests := []struct {
		name               string
		call               graph.Call
		method, path, need string
		body               string
	}{
		{
			"blueprint", graph.CreateBlueprintCall(base, graph.NewBlueprint{
				DisplayName: "Invoice helper", Description: "Reads invoices", Sponsors: people(id), Owners: people(id), Tags: []string{graph.OpTag("1")},
			}), "POST", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.Create",
			`{"displayName":"Invoice helper","description":"Reads invoices","sponsors@odata.bind":["` + base + `/v1.0/users/` + id + `"],"owners@odata.bind":["` + base + `/v1.0/users/` + id + `"],"tags":["portal-op:1"]}`,
		},
		{
			"blueprint for many tenants, sponsored by a group, owned by an application", graph.CreateBlueprintCall(base, graph.NewBlueprint{
				DisplayName: "I", SignInAudience: graph.AudienceManyTenants,
				Sponsors: []graph.PrincipalRef{{ID: id, Kind: graph.KindGroup}}, Owners: []graph.PrincipalRef{{ID: id, Kind: graph.KindServicePrincipal}},
			}), "POST", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.Create",
			`{"displayName":"I","signInAudience":"AzureADMultipleOrgs","sponsors@odata.bind":["` + base + `/v1.0/groups/` + id + `"],"owners@odata.bind":["` + base + `/v1.0/servicePrincipals/` + id + `"]}`,
		},
		{
			"principal", graph.CreateBlueprintPrincipalCall(id),
			"POST", "/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal", "AgentIdentityBlueprintPrincipal.Create",
			`{"appId":"` + id + `"}`,
		},
		{
			"secret", graph.AddPasswordCall(id, "portal:1", end),
			"POST", "/v1.0/applications/" + id + "/addPassword", "AgentIdentityBlueprint.AddRemoveCreds.All",
			`{"passwordCredential":{"displayName":"portal:1","endDateTime":"2027-05-21T08:00:00Z"}}`,
		},
		{
			"secret without an end", graph.AddPasswordCall(id, "", time.Time{}),
			"POST", "/v1.0/applications/" + id + "/addPassword", "AgentIdentityBlueprint.AddRemoveCreds.All",
			`{"passwordCredential":{}}`,
		},
		{
			"remove secret", graph.RemovePasswordCall("../x", id),
			"POST", "/v1.0/applications/..%2Fx/removePassword", "AgentIdentityBlueprint.AddRemoveCreds.All",
			`{"keyId":"` + id + `"}`,
		},
		{
			"agent", graph.CreateAgentIdentityCall(base, graph.NewAgentIdentity{DisplayName: "A 01", BlueprintAppID: id, Sponsors: people(id)}),
			"POST", "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", "AgentIdentity.Create.All",
			`{"displayName":"A 01","agentIdentityBlueprintId":"` + id + `","sponsors@odata.bind":["` + base + `/v1.0/users/` + id + `"]}`,
		},
		{
			"federated credential", graph.AddFederatedCall(id, graph.FederatedCredential{ID: "x", Name: "ci", Issuer: "https://i", Subject: "s", Audiences: []string{"a"}}),
			"POST", "/v1.0/applications/" + id + "/federatedIdentityCredentials", "AgentIdentityBlueprint.AddRemoveCreds.All",
			`{"name":"ci","issuer":"https://i","subject":"s","audiences":["a"]}`,
		},
		{
			"certificate beside another", graph.SetCertificatesCall(id, []graph.KeyCredential{{KeyID: "k", DisplayName: "old", Type: "T", Usage: "U", StartDateTime: end, EndDateTime: end}},
				graph.NewCertificate{KeyID: id, DisplayName: "new", DER: []byte{1, 2}}),
			"PATCH", "/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.AddRemoveCreds.All",
			`{"keyCredentials":[{"keyId":"k","displayName":"old","type":"T","usage":"U","startDateTime":"2027-05-21T10:00:00.000000999+02:00","endDateTime":"2027-05-21T10:00:00.000000999+02:00"},` +
				`{"keyId":"` + id + `","displayName":"new","type":"AsymmetricX509Cert","usage":"Verify","key":"AQI="}]}`,
		},
		{
			"nothing exposed", graph.ExposeCall(id, graph.ExposedAPI{}),
			"PATCH", "/v1.0/applications/" + id + "/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.UpdateAuthProperties.All",
			`{"identifierUris":[],"api":{"oauth2PermissionScopes":[],"preAuthorizedApplications":[]}}`,
		},
		{
			"agent as its blueprint", graph.CreateAgentIdentityCall(base, graph.NewAgentIdentity{DisplayName: "A"}).By(graph.AsBlueprint),
			"POST", "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", "AgentIdentity.CreateAsManager",
			`{"displayName":"A","agentIdentityBlueprintId":""}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, err := json.Marshal(tt.call.Body)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{tt.call.Method, tt.call.Path, tt.call.Needs, string(body)}
			if diff := cmp.Diff([]string{tt.method, tt.path, tt.need, tt.body}, got); diff != "" {
				t.Errorf("call (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlaceholdersStandReadableInAPlan(t *testing.T) {
	call := graph.AddPasswordCall(graph.LaterBlueprintID, "x", time.Time{})
	if want := "/v1.0/applications/{blueprint-object-id}/addPassword"; call.Path != want {
		t.Errorf("path = %s, want %s", call.Path, want)
	}
}

func TestASecretDoesNotPrint(t *testing.T) {
	var p graph.PasswordCredential
	err := json.Unmarshal([]byte(`{"keyId":"k","hint":"SAN","secretText":"SANDBOX~very-secret","startDateTime":null,"endDateTime":"2027-05-21T08:00:00Z"}`), &p)
	if err != nil {
		t.Fatal(err)
	}
	if p.SecretText.Reveal() != "SANDBOX~very-secret" || p.EndDateTime.Year() != 2027 || p.Hint != "SAN" {
		t.Errorf("credential = %+v", p)
	}
	text, err := json.Marshal(p)
	if err != nil || !json.Valid(text) {
		t.Fatal(err)
	}
	if string(text) == "" || contains(string(text), "very-secret") {
		t.Errorf("printed as %s", text)
	}
}

func TestObjectsKeepTheirBody(t *testing.T) {
	var b graph.Blueprint
	body := `{"id":"1","appId":"2","tags":["a"],"newProperty":{"x":1},"passwordCredentials":[{"keyId":"k"}],"createdDateTime":"2026-11-02T08:10:11Z"}`
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		t.Fatal(err)
	}
	if string(b.Raw) != body || b.AppID != "2" || len(b.PasswordCredentials) != 1 || b.CreatedDateTime.IsZero() {
		t.Errorf("blueprint = %+v", b)
	}
	var bad graph.AgentIdentity
	if err := json.Unmarshal([]byte(`{"id":7}`), &bad); err == nil {
		t.Error("a number was taken for an id")
	}
}
