package sandbox

import (
	"encoding/json"
	"strings"
	"time"
)

// kind names the sort of an object in the store; it is the first column of the objects table.
type kind string

const (
	kindUser             kind = "user"
	kindGroup            kind = "group"
	kindDirectoryRole    kind = "directoryRole"
	kindApplication      kind = "application"
	kindServicePrincipal kind = "servicePrincipal"
	kindGrant            kind = "oauth2PermissionGrant"
	kindAssignment       kind = "appRoleAssignment"
	kindDeletedItem      kind = "deletedItem"
	kindRefreshToken     kind = "refreshToken"
	kindAuthCode         kind = "authCode"
	kindBrowserSession   kind = "browserSession"
	kindDeviceCode       kind = "deviceCode"
	kindKnobs            kind = "knobs"

	// Parts of other objects, never stored alone.
	kindFederated   kind = "federatedIdentityCredential"
	kindInheritable kind = "inheritablePermission"
)

// object is everything the tenant stores. Objects in the state are never changed in place: clone
// one, change the copy (slices and maps replaced, not appended to) and put it back.
type object interface {
	head() *meta
	kind() kind
}

// meta is what every stored object has. Seq is the order of creation, the order of lists.
// VisibleAt is when replication has carried the object to where readers look (lag knobs).
type meta struct {
	ID        string    `json:"id"`
	Seq       int64     `json:"seq"`
	CreatedAt time.Time `json:"createdAt"`
	VisibleAt time.Time `json:"visibleAt,omitzero"`
	DeletedAt time.Time `json:"deletedAt,omitzero"` // set while the object is in the recycle bin
}

func (m *meta) head() *meta { return m }

// visible tells whether readers can see the object at the given time.
func (m *meta) visible(now time.Time) bool { return !now.Before(m.VisibleAt) }

// clone returns a shallow copy to change and put back.
func clone[T any](p *T) *T {
	c := *p
	return &c
}

// user is a person, or an agent user when IdentityParentID names its agent identity.
type user struct {
	meta
	UserPrincipalName string   `json:"userPrincipalName"`
	DisplayName       string   `json:"displayName"`
	GivenName         string   `json:"givenName,omitempty"`
	Surname           string   `json:"surname,omitempty"`
	Mail              string   `json:"mail,omitempty"`
	MailNickname      string   `json:"mailNickname,omitempty"`
	JobTitle          string   `json:"jobTitle,omitempty"`
	UserType          string   `json:"userType,omitempty"`
	AccountEnabled    bool     `json:"accountEnabled"`
	IdentityParentID  string   `json:"identityParentId,omitempty"`
	SponsorIDs        []string `json:"sponsorIds,omitempty"`
	ManagerID         string   `json:"managerId,omitempty"`
	UsageLocation     string   `json:"usageLocation,omitempty"`
	CreatedByAppID    string   `json:"createdByAppId,omitempty"`
	PasswordHash      string   `json:"passwordHash,omitempty"`

	Licenses []assignedLicense `json:"assignedLicenses,omitempty"`
	// Extra holds writable properties that nothing here interprets, as they were sent.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
	// Does is the sentence beside the name in the account picker; only personas have one.
	Does string `json:"does,omitempty"`
}

func (*user) kind() kind          { return kindUser }
func (u *user) isAgentUser() bool { return u.IdentityParentID != "" }
func (u *user) isPersona() bool   { return u.Does != "" }

// group covers the four kinds the sponsor rules tell apart: assigned security, Microsoft 365
// ("Unified" in GroupTypes), dynamic ("DynamicMembership") and role-assignable.
type group struct {
	meta
	DisplayName        string   `json:"displayName"`
	Description        string   `json:"description,omitempty"`
	Mail               string   `json:"mail,omitempty"`
	MailNickname       string   `json:"mailNickname,omitempty"`
	MailEnabled        bool     `json:"mailEnabled"`
	SecurityEnabled    bool     `json:"securityEnabled"`
	GroupTypes         []string `json:"groupTypes"`
	MembershipRule     string   `json:"membershipRule,omitempty"`
	IsAssignableToRole bool     `json:"isAssignableToRole"`
	MemberIDs          []string `json:"memberIds,omitempty"`
	OwnerIDs           []string `json:"ownerIds,omitempty"`
}

func (*group) kind() kind { return kindGroup }

// directoryRole is an activated role; members are users, role-assignable groups or service principals.
type directoryRole struct {
	meta
	RoleTemplateID string   `json:"roleTemplateId"`
	DisplayName    string   `json:"displayName"`
	Description    string   `json:"description,omitempty"`
	MemberIDs      []string `json:"memberIds,omitempty"`
}

func (*directoryRole) kind() kind { return kindDirectoryRole }

// application is an ordinary app registration, or a blueprint.
type application struct {
	meta
	AppID                string               `json:"appId"`
	Blueprint            bool                 `json:"blueprint,omitempty"`
	DisplayName          string               `json:"displayName"`
	Description          string               `json:"description,omitempty"`
	UniqueName           string               `json:"uniqueName,omitempty"`
	SignInAudience       string               `json:"signInAudience"`
	IdentifierURIs       []string             `json:"identifierUris,omitempty"`
	Tags                 []string             `json:"tags,omitempty"`
	PasswordCredentials  []passwordCredential `json:"passwordCredentials,omitempty"`
	KeyCredentials       []keyCredential      `json:"keyCredentials,omitempty"`
	WebRedirectURIs      []string             `json:"webRedirectUris,omitempty"`
	PublicRedirectURIs   []string             `json:"publicClientRedirectUris,omitempty"`
	PublicClient         bool                 `json:"isFallbackPublicClient,omitempty"`
	IDTokens             bool                 `json:"enableIdTokenIssuance,omitempty"`
	API                  apiApplication       `json:"api"`
	AppRoles             []appRole            `json:"appRoles,omitempty"`
	OwnerIDs             []string             `json:"ownerIds,omitempty"`
	SponsorIDs           []string             `json:"sponsorIds,omitempty"`
	CreatedByAppID       string               `json:"createdByAppId,omitempty"`
	CreatedAppOnly       bool                 `json:"createdAppOnly,omitempty"`
	ServiceManagementRef string               `json:"serviceManagementReference,omitempty"`

	Federated   []*federatedCredential   `json:"federatedIdentityCredentials,omitempty"`
	Inheritable []*inheritablePermission `json:"inheritablePermissions,omitempty"`
	// Extra holds writable properties that nothing here interprets, as they were sent.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

func (*application) kind() kind { return kindApplication }

// apiApplication is what a resource exposes.
type apiApplication struct {
	RequestedAccessTokenVersion int               `json:"requestedAccessTokenVersion,omitempty"`
	Scopes                      []permissionScope `json:"oauth2PermissionScopes,omitempty"`
	PreAuthorized               []preAuthorized   `json:"preAuthorizedApplications,omitempty"`
}

// permissionScope is one delegated permission of a resource.
type permissionScope struct {
	ID                      string `json:"id"`
	Value                   string `json:"value"`
	Type                    string `json:"type,omitempty"`
	IsEnabled               bool   `json:"isEnabled"`
	AdminConsentDisplayName string `json:"adminConsentDisplayName,omitempty"`
	AdminConsentDescription string `json:"adminConsentDescription,omitempty"`
	UserConsentDisplayName  string `json:"userConsentDisplayName,omitempty"`
	UserConsentDescription  string `json:"userConsentDescription,omitempty"`
}

type preAuthorized struct {
	AppID                  string   `json:"appId"`
	DelegatedPermissionIDs []string `json:"delegatedPermissionIds"`
}

// appRole is one application permission of a resource.
type appRole struct {
	ID                 string   `json:"id"`
	Value              string   `json:"value"`
	DisplayName        string   `json:"displayName,omitempty"`
	Description        string   `json:"description,omitempty"`
	AllowedMemberTypes []string `json:"allowedMemberTypes,omitempty"`
	IsEnabled          bool     `json:"isEnabled"`
}

// passwordCredential keeps a SHA-256 of the secret: secrets are 240 random bits, so a slow hash would
// only slow the token endpoint.
type passwordCredential struct {
	KeyID       string    `json:"keyId"`
	DisplayName string    `json:"displayName,omitempty"`
	Hint        string    `json:"hint,omitempty"`
	Hash        string    `json:"hash"`
	StartAt     time.Time `json:"startDateTime"`
	EndAt       time.Time `json:"endDateTime"`
}

// keyCredential is a registered certificate; Key is its DER form.
type keyCredential struct {
	KeyID       string    `json:"keyId"`
	CustomID    string    `json:"customKeyIdentifier,omitempty"`
	DisplayName string    `json:"displayName,omitempty"`
	Type        string    `json:"type"`
	Usage       string    `json:"usage"`
	Key         []byte    `json:"key"`
	StartAt     time.Time `json:"startDateTime"`
	EndAt       time.Time `json:"endDateTime"`
}

// principalType says which of the three service principals an object is.
type principalType string

const (
	ordinaryPrincipal  principalType = "servicePrincipal"
	blueprintPrincipal principalType = "agentIdentityBlueprintPrincipal"
	agentIdentity      principalType = "agentIdentity"
)

// servicePrincipal is an ordinary one, a blueprint principal or an agent identity. For an agent
// identity AppID is empty (its client id is its object id) and BlueprintAppID names
// its blueprint; for a blueprint principal AppID is the blueprint's.
type servicePrincipal struct {
	meta
	Type                      principalType     `json:"type"`
	AppID                     string            `json:"appId,omitempty"`
	BlueprintAppID            string            `json:"agentIdentityBlueprintId,omitempty"`
	DisplayName               string            `json:"displayName"`
	Description               string            `json:"description,omitempty"`
	AccountEnabled            bool              `json:"accountEnabled"`
	AppRoleAssignmentRequired bool              `json:"appRoleAssignmentRequired,omitempty"`
	ServicePrincipalNames     []string          `json:"servicePrincipalNames,omitempty"`
	SignInAudience            string            `json:"signInAudience,omitempty"`
	Tags                      []string          `json:"tags,omitempty"`
	AppRoles                  []appRole         `json:"appRoles,omitempty"`
	Scopes                    []permissionScope `json:"oauth2PermissionScopes,omitempty"`
	OwnerIDs                  []string          `json:"ownerIds,omitempty"`
	SponsorIDs                []string          `json:"sponsorIds,omitempty"`
	CreatedByAppID            string            `json:"createdByAppId,omitempty"`
	// HomeTenantID and HomeName are of the tenant its application lives in; empty is this one.
	HomeTenantID string `json:"appOwnerOrganizationId,omitempty"`
	HomeName     string `json:"publisherName,omitempty"`
	// Extra holds writable properties that nothing here interprets, as they were sent.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

func (*servicePrincipal) kind() kind { return kindServicePrincipal }

// clientID is what the principal signs in as.
func (p *servicePrincipal) clientID() string {
	if p.Type == agentIdentity {
		return p.ID
	}
	return p.AppID
}

// role finds an enabled app role of a resource by id.
func (p *servicePrincipal) role(id string) (appRole, bool) {
	for _, r := range p.AppRoles {
		if r.ID == id {
			return r, true
		}
	}
	return appRole{}, false
}

// scope finds a delegated permission of a resource by its value, without regard to case.
func (p *servicePrincipal) scope(value string) (permissionScope, bool) {
	for _, s := range p.Scopes {
		if strings.EqualFold(s.Value, value) {
			return s, true
		}
	}
	return permissionScope{}, false
}

// permissionGrant is an oauth2PermissionGrant: ClientID and ResourceID are object ids of service principals.
type permissionGrant struct {
	meta
	ClientID    string `json:"clientId"`
	ConsentType string `json:"consentType"` // AllPrincipals or Principal
	PrincipalID string `json:"principalId,omitempty"`
	ResourceID  string `json:"resourceId"`
	Scope       string `json:"scope"`
}

func (*permissionGrant) kind() kind { return kindGrant }

// appRoleAssignment gives an app role of a resource to a user, group or service principal.
type appRoleAssignment struct {
	meta
	PrincipalID   string `json:"principalId"`
	PrincipalType string `json:"principalType"`
	ResourceID    string `json:"resourceId"`
	AppRoleID     string `json:"appRoleId"`
}

func (*appRoleAssignment) kind() kind { return kindAssignment }

// deletedItem is an application, service principal or user in the recycle bin, whole, under its own id.
// It counts against quotas until it is purged.
type deletedItem struct {
	meta
	Kind           kind            `json:"kind"`
	Object         json.RawMessage `json:"object"`
	BlueprintAppID string          `json:"agentIdentityBlueprintId,omitempty"` // of an agent identity
	AppOnly        bool            `json:"appOnly,omitempty"`                  // a blueprint created app-only
	// CleanUp is the blueprint whose identities follow its principal into the bin a day later.
	CleanUp string `json:"cleanUp,omitempty"`
}

func (*deletedItem) kind() kind { return kindDeletedItem }
