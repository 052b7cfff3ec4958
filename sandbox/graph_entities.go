package sandbox

import (
	"cmp"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// propertyKind says how a property can be asked for in a query.
type propertyKind int

const (
	propOther propertyKind = iota // selectable only
	propText
	propTexts
	propBool
	propTime
)

// property is one property of an entity type. get reads it from an object of the type; its value is a
// string, bool, time.Time or []string by kind. A property that can only be selected has no get.
type property struct {
	name string
	kind propertyKind
	get  func(*state, any) any
}

// entityType is one type of the Graph model, as far as queries need it.
type entityType struct {
	name       string // as in microsoft.graph.<name>
	collection string // path segment of its collection
	agent      bool   // an agent type: its cast collections are closed to Global Readers
	properties map[string]property
	navs       []string // what $expand may name
	contained  bool     // lives under another object; collection is the relation's name
}

// resource is the name that Graph's messages use: the directory knows applications, service
// principals, users and groups, not the derived types.
func (e *entityType) resource() string {
	switch e.collection {
	case "applications":
		return "Application"
	case "servicePrincipals":
		return "ServicePrincipal"
	case "users":
		return "User"
	case "groups":
		return "Group"
	}
	return strings.ToUpper(e.name[:1]) + e.name[1:]
}

// property finds a property by name; names are taken in any case, as the directory does.
func (e *entityType) property(name string) (property, bool) {
	p, ok := e.properties[strings.ToLower(name)]
	return p, ok
}

//go:embed data/graph-properties.txt
var graphProperties string

// entities are the types the emulated Graph knows, by lower-case name.
type entities map[string]*entityType

// graphModel builds the types once; they never change afterwards.
var graphModel = sync.OnceValue(func() entities {
	model := entities{}
	for _, e := range []*entityType{
		{name: "application", collection: "applications", navs: []string{"owners"}},
		{name: "agentIdentityBlueprint", collection: "applications", agent: true, navs: []string{"owners", "sponsors", "federatedIdentityCredentials", "inheritablePermissions"}},
		{name: "servicePrincipal", collection: "servicePrincipals", navs: principalNavs()},
		{name: "agentIdentityBlueprintPrincipal", collection: "servicePrincipals", agent: true, navs: append(principalNavs(), "sponsors")},
		{name: "agentIdentity", collection: "servicePrincipals", agent: true, navs: append(principalNavs(), "sponsors")},
		{name: "user", collection: "users", navs: userNavs()},
		{name: "agentUser", collection: "users", navs: userNavs()},
		{name: "group", collection: "groups", navs: []string{"owners", "members", "memberOf"}},
		{name: "organization", collection: "organization"},
		{name: "directoryRole", collection: "directoryRoles", navs: []string{"members"}},
		{name: "directoryObject", collection: "directoryObjects"},
		{name: "oAuth2PermissionGrant", collection: "oauth2PermissionGrants"},
		{name: "appRoleAssignment", collection: "appRoleAssignments"},
		{name: "federatedIdentityCredential", collection: "federatedIdentityCredentials", contained: true},
		{name: "inheritablePermission", collection: "inheritablePermissions", contained: true},
		{name: "licenseDetails", collection: "licenseDetails", contained: true},
		{name: "domain", collection: "domains"},
		{name: "subscribedSku", collection: "subscribedSkus"},
	} {
		e.properties = map[string]property{}
		model[strings.ToLower(e.name)] = e
	}
	for line := range strings.Lines(graphProperties) {
		words := strings.Fields(line)
		e := model[strings.ToLower(words[0])]
		if e == nil {
			continue
		}
		for _, name := range words[1:] {
			e.properties[strings.ToLower(name)] = property{name: name}
		}
	}
	maps.Copy(model["agentuser"].properties, model["user"].properties)
	// A list of directory objects mixes types: any property of theirs can be selected, none filtered on.
	all := model["directoryobject"].properties
	for _, e := range model {
		for name, p := range e.properties {
			all[name] = property{name: p.name}
		}
	}
	for name, list := range filterable() {
		for _, p := range list {
			model[name].properties[strings.ToLower(p.name)] = p
		}
	}
	return model
})

// text, texts, flag and moment make a property that queries can read.
func text[T any](name string, get func(T) string) property {
	return property{name, propText, func(_ *state, o any) any { return get(o.(T)) }}
}

func texts[T any](name string, get func(*state, T) []string) property {
	return property{name, propTexts, func(st *state, o any) any { return get(st, o.(T)) }}
}

func flag[T any](name string, get func(T) bool) property {
	return property{name, propBool, func(_ *state, o any) any { return get(o.(T)) }}
}

// common are the properties every directory object is asked by.
func common() []property {
	return []property{
		{"id", propText, func(_ *state, o any) any { return o.(object).head().ID }},
		{"createdDateTime", propTime, func(_ *state, o any) any { return o.(object).head().CreatedAt }},
		{"deletedDateTime", propTime, func(_ *state, o any) any {
			if at := o.(object).head().DeletedAt; !at.IsZero() {
				return at
			}
			return nil
		}},
	}
}

// filterable lists the properties that $filter, $orderby and $search can use, per type.
func filterable() map[string][]property {
	apps, principals := applicationProperties(), principalProperties()
	return map[string][]property{
		"application": apps, "agentidentityblueprint": apps,
		"serviceprincipal": principals, "agentidentity": principals, "agentidentityblueprintprincipal": principals,
		"user": userProperties(), "agentuser": userProperties(), "group": groupProperties(), "directoryrole": roleProperties(),
		"oauth2permissiongrant": grantProperties(), "approleassignment": assignmentProperties(),
		"federatedidentitycredential": federatedProperties(), "inheritablepermission": inheritableProperties(),
	}
}

// applicationProperties can be asked for in queries. https://learn.microsoft.com/graph/api/resources/application
func applicationProperties() []property {
	return append(common(),
		text("appId", func(a *application) string { return a.AppID }),
		text("displayName", func(a *application) string { return a.DisplayName }),
		text("description", func(a *application) string { return a.Description }),
		text("uniqueName", func(a *application) string { return a.UniqueName }),
		text("signInAudience", func(a *application) string { return a.SignInAudience }),
		text("createdByAppId", func(a *application) string { return a.CreatedByAppID }),
		text("serviceManagementReference", func(a *application) string { return a.ServiceManagementRef }),
		text("publisherDomain", func(*application) string { return tenantDomain }),
		texts("tags", func(_ *state, a *application) []string { return a.Tags }),
		texts("identifierUris", func(_ *state, a *application) []string { return a.IdentifierURIs }),
	)
}

// principalProperties serve all three types. That agentIdentityBlueprintId filters is not documented;
// here it does, and clients need a way out all the same.
func principalProperties() []property {
	return append(common(),
		text("appId", func(p *servicePrincipal) string { return p.AppID }),
		text("displayName", func(p *servicePrincipal) string { return p.DisplayName }),
		text("description", func(p *servicePrincipal) string { return p.Description }),
		text("servicePrincipalType", (*servicePrincipal).graphType),
		text("agentIdentityBlueprintId", func(p *servicePrincipal) string { return p.BlueprintAppID }),
		text("signInAudience", func(p *servicePrincipal) string { return p.SignInAudience }),
		text("createdByAppId", func(p *servicePrincipal) string { return p.CreatedByAppID }),
		text("appOwnerOrganizationId", (*servicePrincipal).homeTenant),
		flag("accountEnabled", func(p *servicePrincipal) bool { return p.AccountEnabled }),
		texts("servicePrincipalNames", func(_ *state, p *servicePrincipal) []string { return p.ServicePrincipalNames }),
		texts("tags", func(st *state, p *servicePrincipal) []string { return st.tagsOf(p) }),
	)
}

// userProperties hold identityParentId, by which agent users are kept out of people pickers.
func userProperties() []property {
	return append(common(),
		text("displayName", func(u *user) string { return u.DisplayName }),
		text("userPrincipalName", func(u *user) string { return u.UserPrincipalName }),
		text("mail", func(u *user) string { return u.Mail }),
		text("mailNickname", func(u *user) string { return u.MailNickname }),
		text("givenName", func(u *user) string { return u.GivenName }),
		text("surname", func(u *user) string { return u.Surname }),
		text("jobTitle", func(u *user) string { return u.JobTitle }),
		text("userType", func(u *user) string { return u.UserType }),
		text("usageLocation", func(u *user) string { return u.UsageLocation }),
		text("department", func(u *user) string { return u.extra("department") }),
		text("employeeId", func(u *user) string { return u.extra("employeeId") }),
		text("identityParentId", func(u *user) string { return u.IdentityParentID }),
		flag("accountEnabled", func(u *user) bool { return u.AccountEnabled }),
	)
}

// groupProperties hold what decides whether a group may be a sponsor.
func groupProperties() []property {
	return append(common(),
		text("displayName", func(g *group) string { return g.DisplayName }),
		text("description", func(g *group) string { return g.Description }),
		text("mail", func(g *group) string { return g.Mail }),
		text("mailNickname", func(g *group) string { return g.MailNickname }),
		flag("mailEnabled", func(g *group) bool { return g.MailEnabled }),
		flag("securityEnabled", func(g *group) bool { return g.SecurityEnabled }),
		flag("isAssignableToRole", func(g *group) bool { return g.IsAssignableToRole }),
		texts("groupTypes", func(_ *state, g *group) []string { return g.GroupTypes }),
	)
}

func roleProperties() []property {
	return []property{
		common()[0],
		text("displayName", func(r *directoryRole) string { return r.DisplayName }),
		text("roleTemplateId", func(r *directoryRole) string { return r.RoleTemplateID }),
	}
}

func grantProperties() []property {
	return []property{
		common()[0],
		text("clientId", func(g *permissionGrant) string { return g.ClientID }),
		text("consentType", func(g *permissionGrant) string { return g.ConsentType }),
		text("principalId", func(g *permissionGrant) string { return g.PrincipalID }),
		text("resourceId", func(g *permissionGrant) string { return g.ResourceID }),
		{name: "scope"},
	}
}

func assignmentProperties() []property {
	return append(common(),
		text("principalId", func(a *appRoleAssignment) string { return a.PrincipalID }),
		text("resourceId", func(a *appRoleAssignment) string { return a.ResourceID }),
		text("appRoleId", func(a *appRoleAssignment) string { return a.AppRoleID }),
		property{name: "principalDisplayName"}, property{name: "principalType"}, property{name: "resourceDisplayName"},
	)
}

// graphType is servicePrincipalType.
func (p *servicePrincipal) graphType() string {
	if p.Type == agentIdentity {
		return "ServiceIdentity"
	}
	return "Application"
}

// homeTenant is the tenant of its application. An agent identity has none.
func (p *servicePrincipal) homeTenant() string {
	if p.Type == agentIdentity {
		return ""
	}
	return cmp.Or(p.HomeTenantID, tenantID)
}

// tagsOf gives an agent identity its own tags and its blueprint's.
func (st *state) tagsOf(p *servicePrincipal) []string {
	if p.Type != agentIdentity {
		return p.Tags
	}
	blueprint := st.app(p.BlueprintAppID)
	if blueprint == nil || len(blueprint.Tags) == 0 {
		return p.Tags
	}
	all := slices.Clone(p.Tags)
	for _, tag := range blueprint.Tags {
		if !slices.Contains(all, tag) {
			all = append(all, tag)
		}
	}
	return all
}
