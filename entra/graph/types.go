package graph

import (
	"encoding/json"
	"time"

	"agentidportal/entra"
)

// Blueprint is an agent identity blueprint, an application.
// https://learn.microsoft.com/graph/api/resources/agentidentityblueprint
type Blueprint struct {
	ID                  string                `json:"id"`    // object id
	AppID               string                `json:"appId"` // client id; agent identities name their blueprint by it
	DisplayName         string                `json:"displayName"`
	Description         string                `json:"description"`
	SignInAudience      string                `json:"signInAudience"`
	PublisherDomain     string                `json:"publisherDomain"`
	CreatedByAppID      string                `json:"createdByAppId"`
	CreatedDateTime     time.Time             `json:"createdDateTime"`
	Tags                []string              `json:"tags"`
	IdentifierURIs      []string              `json:"identifierUris"`
	PasswordCredentials []PasswordCredential  `json:"passwordCredentials"`
	KeyCredentials      []KeyCredential       `json:"keyCredentials"`
	Federated           []FederatedCredential `json:"federatedIdentityCredentials"` // only with $expand; others fill it from FederatedCredentials
	API                 APISettings           `json:"api"`
	Web                 WebSettings           `json:"web"`
	Raw                 json.RawMessage       `json:"-"` // as received
}

// UnmarshalJSON keeps the body as received beside the fields.
func (b *Blueprint) UnmarshalJSON(data []byte) error {
	type fields Blueprint
	return keepRaw(data, (*fields)(b), &b.Raw)
}

// PasswordCredential is a client secret of a blueprint. SecretText is set only in the answer that made it.
type PasswordCredential struct {
	KeyID         string
	DisplayName   string
	Hint          string // the first characters, read-only
	StartDateTime time.Time
	EndDateTime   time.Time
	SecretText    entra.Secret
}

// UnmarshalJSON moves the secret into a type that does not print.
func (p *PasswordCredential) UnmarshalJSON(data []byte) error {
	var wire struct {
		KeyID         string    `json:"keyId"`
		DisplayName   string    `json:"displayName"`
		Hint          string    `json:"hint"`
		StartDateTime time.Time `json:"startDateTime"`
		EndDateTime   time.Time `json:"endDateTime"`
		SecretText    string    `json:"secretText"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*p = PasswordCredential{
		KeyID: wire.KeyID, DisplayName: wire.DisplayName, Hint: wire.Hint,
		StartDateTime: wire.StartDateTime, EndDateTime: wire.EndDateTime,
	}
	if wire.SecretText != "" {
		p.SecretText = entra.NewSecret(wire.SecretText)
	}
	return nil
}

// KeyCredential is a certificate of a blueprint, without its key.
type KeyCredential struct {
	KeyID         string    `json:"keyId"`
	CustomKeyID   string    `json:"customKeyIdentifier"` // the SHA-1 thumbprint, where Graph shows it
	DisplayName   string    `json:"displayName"`
	Type          string    `json:"type"`
	Usage         string    `json:"usage"`
	StartDateTime time.Time `json:"startDateTime"`
	EndDateTime   time.Time `json:"endDateTime"`
}

// BlueprintPrincipal is the service principal of a blueprint in this tenant.
// https://learn.microsoft.com/graph/api/resources/agentidentityblueprintprincipal
type BlueprintPrincipal struct {
	ID              string          `json:"id"`
	AppID           string          `json:"appId"`
	DisplayName     string          `json:"displayName"`
	AccountEnabled  bool            `json:"accountEnabled"`         // true unless Graph says false
	OwnerTenantID   string          `json:"appOwnerOrganizationId"` // tenant of the blueprint itself; may be another one
	PublisherName   string          `json:"publisherName"`
	SignInAudience  string          `json:"signInAudience"`
	CreatedByAppID  string          `json:"createdByAppId"`
	CreatedDateTime time.Time       `json:"createdDateTime"`
	Tags            []string        `json:"tags"`
	Raw             json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the body as received beside the fields.
func (p *BlueprintPrincipal) UnmarshalJSON(data []byte) error {
	type fields BlueprintPrincipal
	p.AccountEnabled = true
	return keepRaw(data, (*fields)(p), &p.Raw)
}

// AgentIdentity is one agent, a service principal without an application or credentials of its own.
// https://learn.microsoft.com/graph/api/resources/agentidentity
type AgentIdentity struct {
	ID                       string          `json:"id"` // object id, and the client id in tokens
	DisplayName              string          `json:"displayName"`
	AgentIdentityBlueprintID string          `json:"agentIdentityBlueprintId"` // the blueprint's appId, despite its name
	AccountEnabled           bool            `json:"accountEnabled"`           // true unless Graph says false
	CreatedByAppID           string          `json:"createdByAppId"`
	CreatedDateTime          time.Time       `json:"createdDateTime"`
	ServicePrincipalType     string          `json:"servicePrincipalType"`
	Tags                     []string        `json:"tags"`
	Raw                      json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the body as received beside the fields.
func (a *AgentIdentity) UnmarshalJSON(data []byte) error {
	type fields AgentIdentity
	a.AccountEnabled = true
	return keepRaw(data, (*fields)(a), &a.Raw)
}

func keepRaw(data []byte, fields any, raw *json.RawMessage) error {
	if err := json.Unmarshal(data, fields); err != nil {
		return err
	}
	*raw = append(json.RawMessage(nil), data...)
	return nil
}
