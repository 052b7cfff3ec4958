package provision

import "time"

// CredentialKind is how a blueprint proves itself to the sign-in service.
type CredentialKind string

// The kinds of credential on offer, the best first. CredentialUnset is what specs of before there was a choice have:
// a client secret when they have a life for one.
const (
	CredentialUnset       CredentialKind = ""
	CredentialFederated   CredentialKind = "federated"
	CredentialCertificate CredentialKind = "certificate"
	CredentialSecret      CredentialKind = "secret"
	CredentialNone        CredentialKind = "none"
)

// FederatedSpec is a federated identity credential: a token of another issuer that counts as the blueprint's credential.
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
type FederatedSpec struct {
	Scenario string `json:"scenario"` // FederatedManagedIdentity and the others
	Name     string `json:"name"`     // of the credential, unique in the blueprint
	// What the form of the scenario asks for; the issuer and the subject are built from it.
	ManagedIdentityID string `json:"managedIdentityId,omitempty"` // object id of its service principal
	Organization      string `json:"organization,omitempty"`      // GitHub
	Repository        string `json:"repository,omitempty"`
	Entity            string `json:"entity,omitempty"` // environment, branch, tag, pull_request
	EntityName        string `json:"entityName,omitempty"`
	Issuer            string `json:"issuer,omitempty"` // Kubernetes and other issuers
	Namespace         string `json:"namespace,omitempty"`
	ServiceAccount    string `json:"serviceAccount,omitempty"`
	Subject           string `json:"subject,omitempty"` // other issuers
	Audience          string `json:"audience,omitempty"`
}

// CertificateSpec is a certificate without its key, as it was uploaded.
type CertificateSpec struct {
	Name       string    `json:"name"`       // of the file or the subject
	DER        []byte    `json:"der"`        // the certificate itself
	Thumbprint string    `json:"thumbprint"` // SHA-1 of it in hex, as Entra shows it
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
}

// ExposeSpec is what a blueprint needs so that agents can act on behalf of users: an API of its own that clients get
// user tokens for.
// https://learn.microsoft.com/entra/agent-id/create-blueprint
type ExposeSpec struct {
	Scope         string   `json:"scope"`         // value of the scope: access_agent
	AdminOnly     bool     `json:"adminOnly"`     // only admins may consent to it
	Preauthorized []string `json:"preauthorized"` // client ids that need no consent
	RedirectURIs  []string `json:"redirectUris"`  // web redirect URIs, for consent pages
}
