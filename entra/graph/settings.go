package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// APISettings are a blueprint as an API that others call. Every member stands here, so that a call that sends them all
// drops none.
// https://learn.microsoft.com/graph/api/resources/apiapplication
type APISettings struct {
	AcceptMappedClaims *bool              `json:"acceptMappedClaims,omitempty"`
	KnownClients       []string           `json:"knownClientApplications,omitempty"`
	TokenVersion       int                `json:"requestedAccessTokenVersion,omitempty"` // 1 or 2; 0: Entra's default
	Scopes             []PermissionScope  `json:"oauth2PermissionScopes"`
	Preauthorized      []PreauthorizedApp `json:"preAuthorizedApplications"`
}

// Scope is the scope with a value; nil without one. Values differ by more than their case.
func (a APISettings) Scope(value string) *PermissionScope {
	i := slices.IndexFunc(a.Scopes, func(s PermissionScope) bool { return strings.EqualFold(s.Value, value) })
	if i < 0 {
		return nil
	}
	return &a.Scopes[i]
}

// IsPreauthorized says whether a client needs no consent for a scope.
func (a APISettings) IsPreauthorized(clientAppID, scopeID string) bool {
	return slices.ContainsFunc(a.Preauthorized, func(p PreauthorizedApp) bool {
		return strings.EqualFold(p.AppID, clientAppID) &&
			slices.ContainsFunc(p.ScopeIDs, func(id string) bool { return strings.EqualFold(id, scopeID) })
	})
}

// PermissionScope is a delegated permission that an API offers.
// https://learn.microsoft.com/graph/api/resources/permissionscope
type PermissionScope struct {
	ID                string `json:"id"`
	Value             string `json:"value"`
	Type              string `json:"type"` // ScopeForUsers or ScopeForAdmins
	IsEnabled         bool   `json:"isEnabled"`
	AdminConsentName  string `json:"adminConsentDisplayName"`
	AdminConsentWords string `json:"adminConsentDescription"`
	UserConsentName   string `json:"userConsentDisplayName,omitempty"`
	UserConsentWords  string `json:"userConsentDescription,omitempty"`
}

// Who may consent to a scope.
const (
	ScopeForUsers  = "User"
	ScopeForAdmins = "Admin"
)

// PreauthorizedApp is a client that gets scopes without asking for consent.
// https://learn.microsoft.com/graph/api/resources/preauthorizedapplication
type PreauthorizedApp struct {
	AppID    string   `json:"appId"`
	ScopeIDs []string `json:"delegatedPermissionIds"`
}

// WebSettings are where the sign-in service may send browsers back to.
// https://learn.microsoft.com/graph/api/resources/webapplication
type WebSettings struct {
	HomePageURL   *string         `json:"homePageUrl,omitempty"`
	LogoutURL     *string         `json:"logoutUrl,omitempty"`
	RedirectURIs  []string        `json:"redirectUris"`
	ImplicitGrant json.RawMessage `json:"implicitGrantSettings,omitempty"`
}

// FederatedCredential lets a token of another issuer stand for a credential of the blueprint.
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
type FederatedCredential struct {
	ID          string   `json:"id,omitempty"`
	Name        string   `json:"name"`
	Issuer      string   `json:"issuer"`
	Subject     string   `json:"subject"`
	Audiences   []string `json:"audiences"` // exactly one
	Description string   `json:"description,omitempty"`
}

// SameTrust says whether two credentials accept the same tokens. Entra compares letter by letter.
func (f FederatedCredential) SameTrust(other FederatedCredential) bool {
	return f.Issuer == other.Issuer && f.Subject == other.Subject && slices.Equal(f.Audiences, other.Audiences)
}

// FederatedCredentials are those of a blueprint, at most 20.
// https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials
func (c *Client) FederatedCredentials(ctx context.Context, blueprintID string) ([]FederatedCredential, error) {
	list := listOf[FederatedCredential]{typed: federatedPath(blueprintID), needs: readBlueprints}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list federated credentials: %w", err)
	}
	return found, nil
}

func federatedPath(blueprintID string) string {
	return applicationsPath + "/" + idSegment(blueprintID) + "/federatedIdentityCredentials"
}
