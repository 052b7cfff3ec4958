package provision

import (
	"strings"

	"agentidportal/entra/graph"
)

// The scenarios of a federated credential: whose tokens the blueprint trusts.
const (
	FederatedManagedIdentity = "managed-identity"
	FederatedGitHub          = "github"
	FederatedKubernetes      = "kubernetes"
	FederatedOther           = "other"
)

// What a GitHub workflow may run for.
// https://docs.github.com/actions/reference/security/oidc
const (
	EntityEnvironment = "environment"
	EntityBranch      = "branch"
	EntityTag         = "tag"
	EntityPullRequest = "pull_request"
)

// DefaultFederatedAudience is the audience that tokens for Entra have unless somebody chose another.
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
const DefaultFederatedAudience = "api://AzureADTokenExchange"

// gitHubIssuer signs the tokens of every workflow of GitHub Actions.
const gitHubIssuer = "https://token.actions.githubusercontent.com"

// FederatedSpec is a federated identity credential: a token of another issuer that counts as the blueprint's credential.
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
type FederatedSpec struct {
	Scenario string `json:"scenario"` // FederatedManagedIdentity and the others
	Name     string `json:"name"`     // of the credential, unique in the blueprint
	// What the form of the scenario asks for; the issuer and the subject are built from it.
	ManagedIdentityID string `json:"managedIdentityId,omitempty"` // object id of its service principal
	Organization      string `json:"organization,omitempty"`      // GitHub
	Repository        string `json:"repository,omitempty"`
	Entity            string `json:"entity,omitempty"` // EntityEnvironment and the others
	EntityName        string `json:"entityName,omitempty"`
	Issuer            string `json:"issuer,omitempty"` // Kubernetes and other issuers
	Namespace         string `json:"namespace,omitempty"`
	ServiceAccount    string `json:"serviceAccount,omitempty"`
	Subject           string `json:"subject,omitempty"` // other issuers
	Audience          string `json:"audience,omitempty"`
}

// Credential is the federated credential as the directory takes it. tenantIssuer is the issuer of the tenant's own
// tokens, which managed identities have: see Engine.TenantIssuer.
func (f FederatedSpec) Credential(tenantIssuer string) graph.FederatedCredential {
	issuer, subject := f.trust(tenantIssuer)
	audience := strings.TrimSpace(f.Audience)
	if audience == "" {
		audience = DefaultFederatedAudience
	}
	return graph.FederatedCredential{Name: strings.TrimSpace(f.Name), Issuer: issuer, Subject: subject, Audiences: []string{audience}}
}

// trust builds the issuer and the subject. Entra compares them with the token letter by letter.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
func (f FederatedSpec) trust(tenantIssuer string) (issuer, subject string) {
	switch f.Scenario {
	case FederatedManagedIdentity:
		return tenantIssuer, strings.ToLower(strings.TrimSpace(f.ManagedIdentityID))
	case FederatedGitHub:
		return gitHubIssuer, f.gitHubSubject()
	case FederatedKubernetes:
		return strings.TrimSpace(f.Issuer), "system:serviceaccount:" + strings.TrimSpace(f.Namespace) + ":" + strings.TrimSpace(f.ServiceAccount)
	}
	return strings.TrimSpace(f.Issuer), strings.TrimSpace(f.Subject)
}

// gitHubSubject is the sub claim of a workflow's token.
// https://docs.github.com/actions/reference/security/oidc#example-subject-claims
func (f FederatedSpec) gitHubSubject() string {
	name := strings.TrimSpace(f.EntityName)
	subject := "repo:" + strings.TrimSpace(f.Organization) + "/" + strings.TrimSpace(f.Repository) + ":"
	switch f.Entity {
	case EntityEnvironment:
		return subject + "environment:" + strings.ReplaceAll(name, ":", "%3A") // a colon would end the part
	case EntityBranch:
		return subject + "ref:refs/heads/" + name
	case EntityTag:
		return subject + "ref:refs/tags/" + name
	}
	return subject + EntityPullRequest
}
