package provision

import (
	"strings"

	"agentidportal/entra/graph"
)

// ScenarioOf is the scenario that a federated credential of the directory was made for, as its issuer and its subject
// tell: FederatedGitHub and the others.
func ScenarioOf(f graph.FederatedCredential) string {
	switch _, err := graph.ParseGUID(f.Subject); {
	case strings.TrimSuffix(f.Issuer, "/") == gitHubIssuer:
		return FederatedGitHub
	case strings.HasPrefix(f.Subject, "system:serviceaccount:"):
		return FederatedKubernetes
	case err == nil && strings.HasSuffix(f.Issuer, "/v2.0"):
		// Tokens of a managed identity are the tenant's own, about an object id.
		return FederatedManagedIdentity
	}
	return FederatedOther
}

// ThumbprintOf is the SHA-1 thumbprint of a certificate of the directory, in upper-case hex; empty where Graph gives
// another identifier.
func ThumbprintOf(c graph.KeyCredential) string { return thumbprintOf(c) }
