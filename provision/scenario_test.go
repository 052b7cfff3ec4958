package provision_test

import (
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/provision"
)

func TestScenarioOf(t *testing.T) {
	const tenant = "https://login.microsoftonline.com/0f3c9a52-7d41-4be8-9c06-51a8e2d7b634/v2.0"
	specs := map[string]provision.FederatedSpec{
		provision.FederatedGitHub:          {Scenario: provision.FederatedGitHub, Organization: "contoso", Repository: "agents", Entity: provision.EntityBranch, EntityName: "main"},
		provision.FederatedKubernetes:      {Scenario: provision.FederatedKubernetes, Issuer: "https://oidc.contoso.example/v2.0", Namespace: "agents", ServiceAccount: "clerk"},
		provision.FederatedManagedIdentity: {Scenario: provision.FederatedManagedIdentity, ManagedIdentityID: "6A1F0C9E-0000-4000-8000-000000000001"},
		provision.FederatedOther:           {Scenario: provision.FederatedOther, Issuer: "https://idp.contoso.example", Subject: "6a1f0c9e-0000-4000-8000-000000000001"},
	}
	for want, spec := range specs {
		if got := provision.ScenarioOf(spec.Credential(tenant)); got != want {
			t.Errorf("made for %s, taken for %s", want, got)
		}
	}
	if got := provision.ScenarioOf(graph.FederatedCredential{}); got != provision.FederatedOther {
		t.Errorf("nothing is taken for %s", got)
	}
}
