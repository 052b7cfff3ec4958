package sandbox

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // the directory names certificates by their SHA-1 thumbprint
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// entity is the JSON of one object on its way out; keys are sorted when it is written, so that
// annotations come first.
type entity map[string]any

// jsonTime writes a time as the directory does, in whole seconds; nil when there is none.
func jsonTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// orNull writes an absent string as null.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// orEmpty writes an absent list as an empty one.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// typeName is the model's name of an object's type.
func typeName(o object) string {
	switch o := o.(type) {
	case *user:
		if o.isAgentUser() {
			return "agentUser"
		}
	case *application:
		if o.Blueprint {
			return "agentIdentityBlueprint"
		}
	case *servicePrincipal:
		return string(o.Type)
	case *permissionGrant:
		return "oAuth2PermissionGrant"
	}
	return string(o.kind())
}

// render writes an object with all its properties and its type.
func render(st *state, o object) entity {
	var e entity
	switch o := o.(type) {
	case *user:
		e = renderUser(o)
	case *group:
		e = renderGroup(o)
	case *directoryRole:
		e = entity{"displayName": o.DisplayName, "description": o.Description, "roleTemplateId": o.RoleTemplateID, "deletedDateTime": nil}
	case *application:
		e = renderApplication(o)
	case *servicePrincipal:
		e = renderPrincipal(st, o)
	case *permissionGrant:
		e = entity{
			"clientId": o.ClientID, "consentType": o.ConsentType, "principalId": orNull(o.PrincipalID),
			"resourceId": o.ResourceID, "scope": o.Scope,
		}
	case *appRoleAssignment:
		e = renderAssignment(st, o)
	case *federatedCredential:
		e = entity{
			"name": o.Name, "issuer": o.Issuer, "subject": o.Subject, "audiences": o.Audiences, "description": orNull(o.Description),
		}
	case *inheritablePermission:
		return renderInheritable(o)
	case *fixed:
		e = renderFixed(o)
	}
	e["id"] = o.head().ID
	if at := o.head().DeletedAt; !at.IsZero() {
		e["deletedDateTime"] = jsonTime(at)
	}
	e["@odata.type"] = "#microsoft.graph." + typeName(o)
	return e
}

// renderUser leaves out everything about passwords.
func renderUser(u *user) entity {
	e := entity{
		"accountEnabled": u.AccountEnabled, "assignedLicenses": orEmpty(u.Licenses), "businessPhones": []string{}, "createdDateTime": jsonTime(u.CreatedAt),
		"deletedDateTime": nil, "displayName": u.DisplayName, "givenName": orNull(u.GivenName), "identityParentId": orNull(u.IdentityParentID),
		"jobTitle": orNull(u.JobTitle), "mail": orNull(u.Mail), "mailNickname": orNull(u.MailNickname), "mobilePhone": nil,
		"officeLocation": nil, "preferredLanguage": nil, "surname": orNull(u.Surname), "userPrincipalName": u.UserPrincipalName,
		"userType": orNull(u.UserType), "usageLocation": orNull(u.UsageLocation), "otherMails": []string{},
	}
	if !u.DeletedAt.IsZero() {
		// The name is free for others while its user is in the bin.
		e["userPrincipalName"] = strings.ReplaceAll(u.ID, "-", "") + u.UserPrincipalName
	}
	return withExtra(e, u.Extra)
}

func renderGroup(g *group) entity {
	rule := orNull(g.MembershipRule)
	var processing any
	if rule != nil {
		processing = "On"
	}
	return entity{
		"createdDateTime": jsonTime(g.CreatedAt), "deletedDateTime": nil, "description": orNull(g.Description), "displayName": g.DisplayName,
		"groupTypes": orEmpty(g.GroupTypes), "isAssignableToRole": g.IsAssignableToRole, "mail": orNull(g.Mail), "mailEnabled": g.MailEnabled,
		"mailNickname": orNull(g.MailNickname), "membershipRule": rule, "membershipRuleProcessingState": processing,
		"securityEnabled": g.SecurityEnabled, "visibility": nil,
	}
}

// renderApplication shows absent properties as null or empty, as the directory does.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-get
func renderApplication(a *application) entity {
	e := entity{
		"appId": a.AppID, "appRoles": orEmpty(a.AppRoles), "certification": nil, "createdByAppId": orNull(a.CreatedByAppID),
		"createdDateTime": jsonTime(a.CreatedAt), "deletedDateTime": nil, "description": orNull(a.Description), "disabledByMicrosoftStatus": nil,
		"displayName": a.DisplayName, "groupMembershipClaims": nil, "identifierUris": orEmpty(a.IdentifierURIs),
		"info":           entity{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil, "termsOfServiceUrl": nil},
		"keyCredentials": renderKeys(a.KeyCredentials), "optionalClaims": nil, "passwordCredentials": renderPasswords(a.PasswordCredentials),
		"publisherDomain": tenantDomain, "requiredResourceAccess": []any{}, "serviceManagementReference": orNull(a.ServiceManagementRef),
		"signInAudience": a.SignInAudience, "tags": orEmpty(a.Tags), "tokenEncryptionKeyId": nil, "uniqueName": orNull(a.UniqueName),
		"verifiedPublisher": entity{"addedDateTime": nil, "displayName": nil, "verifiedPublisherId": nil},
		"web": entity{
			"homePageUrl": nil, "logoutUrl": nil, "redirectUris": orEmpty(a.WebRedirectURIs), "redirectUriSettings": []any{},
			"implicitGrantSettings": entity{"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false},
		},
		"api": renderAPI(a.API),
	}
	return withExtra(e, a.Extra)
}

func renderAPI(api apiApplication) entity {
	var version any
	if api.RequestedAccessTokenVersion > 0 {
		version = api.RequestedAccessTokenVersion
	}
	return entity{
		"acceptMappedClaims": nil, "knownClientApplications": []any{}, "requestedAccessTokenVersion": version,
		"oauth2PermissionScopes": orEmpty(api.Scopes), "preAuthorizedApplications": orEmpty(api.PreAuthorized),
	}
}

// renderPrincipal writes all three types; what an ordinary principal mirrors from its application an
// agent identity does not have.
func renderPrincipal(st *state, p *servicePrincipal) entity {
	e := entity{
		"accountEnabled": p.AccountEnabled, "appId": orNull(p.AppID), "appRoleAssignmentRequired": p.AppRoleAssignmentRequired,
		"createdByAppId": orNull(p.CreatedByAppID), "createdDateTime": jsonTime(p.CreatedAt), "deletedDateTime": nil,
		"disabledByMicrosoftStatus": nil, "displayName": p.DisplayName, "servicePrincipalType": p.graphType(), "tags": orEmpty(st.tagsOf(p)),
	}
	if p.Type == agentIdentity {
		// An agent identity has no application behind it: what describes one is left out.
		e["agentIdentityBlueprintId"] = p.BlueprintAppID
		delete(e, "appId")
		return withExtra(e, p.Extra)
	}
	maps.Copy(e, entity{
		"appDescription": nil, "appDisplayName": p.DisplayName, "appOwnerOrganizationId": p.homeTenant(), "appRoles": orEmpty(p.AppRoles),
		"description": orNull(p.Description), "homepage": nil, "keyCredentials": []any{}, "loginUrl": nil, "logoutUrl": nil, "notes": nil,
		"oauth2PermissionScopes": orEmpty(p.Scopes), "passwordCredentials": []any{}, "publisherName": cmp.Or(p.HomeName, tenantName),
		"replyUrls": []any{}, "servicePrincipalNames": orEmpty(p.ServicePrincipalNames), "signInAudience": orNull(p.SignInAudience),
		"info": entity{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil, "termsOfServiceUrl": nil},
	})
	if p.Type == blueprintPrincipal {
		// Graph's sample of a created principal shows the older name too.
		e["publishedPermissionScopes"] = orEmpty(p.Scopes)
	}
	return withExtra(e, p.Extra)
}

func renderAssignment(st *state, a *appRoleAssignment) entity {
	return entity{
		"appRoleId": a.AppRoleID, "createdDateTime": jsonTime(a.CreatedAt), "deletedDateTime": nil,
		"principalId": a.PrincipalID, "principalDisplayName": orNull(nameOf(st.directoryObject(a.PrincipalID))), "principalType": a.PrincipalType,
		"resourceId": a.ResourceID, "resourceDisplayName": orNull(nameOf(st.directoryObject(a.ResourceID))),
	}
}

func nameOf(o object) string {
	switch o := o.(type) {
	case *user:
		return o.DisplayName
	case *group:
		return o.DisplayName
	case *servicePrincipal:
		return o.DisplayName
	case *application:
		return o.DisplayName
	}
	return ""
}

func renderPasswords(list []passwordCredential) []entity {
	out := []entity{}
	for _, c := range list {
		out = append(out, renderPassword(c))
	}
	return out
}

// renderPassword never has the secret: only the answer to addPassword does.
func renderPassword(c passwordCredential) entity {
	return entity{
		"customKeyIdentifier": nil, "displayName": orNull(c.DisplayName), "endDateTime": jsonTime(c.EndAt), "hint": orNull(c.Hint),
		"keyId": c.KeyID, "secretText": nil, "startDateTime": jsonTime(c.StartAt),
	}
}

// renderKeys leaves the key itself out, as Graph does unless it is selected.
func renderKeys(list []keyCredential) []entity {
	out := []entity{}
	for _, c := range list {
		out = append(out, entity{
			"customKeyIdentifier": c.customID(), "displayName": orNull(c.DisplayName), "endDateTime": jsonTime(c.EndAt), "key": nil,
			"keyId": c.KeyID, "startDateTime": jsonTime(c.StartAt), "type": c.Type, "usage": c.Usage,
		})
	}
	return out
}

// customID is what names the credential beside its id: the thumbprint of the
// certificate, unless whoever added it chose another.
// https://learn.microsoft.com/graph/api/resources/keycredential
func (c keyCredential) customID() string {
	if c.CustomID != "" {
		return c.CustomID
	}
	return fmt.Sprintf("%X", sha1.Sum(c.Key))
}

// withExtra adds properties that were sent and are kept as they came.
func withExtra(e entity, extra map[string]json.RawMessage) entity {
	for name, value := range extra {
		e[name] = value
	}
	return e
}

// defaults leaves out what users are returned without, unless $select names it.
func (e entity) defaults(name string) entity {
	if name == "user" {
		return e.pick([]string{
			"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
			"officeLocation", "preferredLanguage", "surname", "userPrincipalName",
		})
	}
	return e
}

// pick keeps the named properties and the annotations; a property without value is null.
func (e entity) pick(names []string) entity {
	out := entity{"@odata.type": e["@odata.type"]}
	for _, name := range names {
		out[name] = e[name]
	}
	return out
}

// shape is render as the query asks for it. Types other than the declared one keep their name
// (OData minimal metadata); agent types always do, as Graph's own samples show.
func (g *graphCall) shape(st *state, o object, declared string, selected []string) entity {
	e := render(st, o)
	if selected == nil {
		e = e.defaults(string(o.kind()))
		delete(e, "customSecurityAttributes")
	} else {
		e = e.pick(selected)
	}
	if name := typeName(o); name == declared && slices.Contains([]string{"user", "group", "application", "servicePrincipal", "directoryRole", "oAuth2PermissionGrant", "appRoleAssignment", "federatedIdentityCredential", "inheritablePermission", "domain", "subscribedSku", "licenseDetails"}, name) {
		delete(e, "@odata.type")
	}
	return e
}
