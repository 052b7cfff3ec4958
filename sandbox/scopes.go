package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// resource is an API tokens are made for.
type resource struct {
	principal  *servicePrincipal
	audience   string // aud of its v1 tokens
	v2         bool   // the resource asks for v2 tokens
	userIDType bool   // the resource asks for idtyp in tokens of people
}

// asked is what a scope parameter comes to.
type asked struct {
	resource *resource // nil when only OIDC scopes were asked for
	values   []string  // delegated permissions by their right names, without OIDC scopes
	oidc     []string
	all      bool // /.default
	offline  bool // /.default, and offline_access is consented
}

func (a *asked) wants(oidcScope string) bool { return slices.Contains(a.oidc, oidcScope) }

// oidcScopes belong to the sign-in itself. MSAL Go sends them with every grant.
func oidcScopes() []string { return []string{"openid", "profile", "email", "offline_access"} }

// readScopes resolves the scopes of a request: at most one resource, every delegated permission known.
func (st *state) readScopes(scopes []string, clientName string) (*asked, *refusal) {
	a := &asked{}
	for _, text := range scopes {
		if slices.Contains(oidcScopes(), strings.ToLower(text)) {
			a.oidc = append(a.oidc, strings.ToLower(text))
			continue
		}
		name, value := splitScope(text)
		if name == "" || value == "" {
			return nil, refuseScopeForToken(text)
		}
		res := st.resource(name)
		if res == nil {
			return nil, refuseResource(name)
		}
		if a.resource != nil && a.resource.principal.ID != res.principal.ID {
			return nil, refuseManyResources(scopes)
		}
		a.resource = res
		if value == ".default" {
			a.all = true
			continue
		}
		known, ok := res.principal.scope(value)
		if !ok {
			return nil, refuseUnknownScope(clientName, value, res.principal.AppID)
		}
		a.values = append(a.values, known.Value)
	}
	if a.all && len(a.values) > 0 {
		return nil, refuseScope(strings.Join(scopes, " "), ".default scope can't be combined with resource-specific scopes.")
	}
	return a, nil
}

// splitScope takes "<resource>/<value>" apart; a bare value belongs to Graph. A resource that ends in
// a slash gives a double slash, which is meant so.
func splitScope(text string) (name, value string) {
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return graphResource, text
	}
	return text[:i], text[i+1:]
}

// resource finds the service principal by app id, identifier URI or one of its names; nil when the
// tenant has none.
func (st *state) resource(name string) *resource {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimRight(name, "/")), "spn:")
	p := st.principal(strings.TrimPrefix(name, "api://"))
	if a := st.appByURI[name]; p == nil && a != nil {
		p = st.principal(a.AppID)
	}
	if p == nil {
		p = st.principalNamed(name)
	}
	if p == nil {
		return nil
	}
	return &resource{principal: p, audience: st.audience(p), v2: st.wantsV2(p), userIDType: st.wantsUserIDType(p)}
}

// principalNamed looks among the few Microsoft resources, which have no application in the tenant.
func (st *state) principalNamed(name string) *servicePrincipal {
	for _, r := range resourceSeeds() {
		for _, n := range r.names {
			if strings.EqualFold(strings.TrimRight(n, "/"), name) {
				return st.principal(r.appID)
			}
		}
	}
	return nil
}

func (st *state) audience(p *servicePrincipal) string {
	if a := st.app(p.AppID); a != nil {
		if len(a.IdentifierURIs) > 0 {
			return a.IdentifierURIs[0]
		}
		return a.AppID
	}
	for _, r := range resourceSeeds() {
		if r.appID == p.AppID {
			return r.names[0]
		}
	}
	return p.AppID
}

// wantsV2 tells the token version, which follows the resource and not the endpoint.
func (st *state) wantsV2(p *servicePrincipal) bool {
	if a := st.app(p.AppID); a != nil {
		return a.API.RequestedAccessTokenVersion == 2
	}
	return p.AppID == exchangeAppID
}

// wantsUserIDType tells whether the resource lists the optional claim idtyp with include_user_token;
// without the latter only app-only tokens carry it.
// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
func (st *state) wantsUserIDType(p *servicePrincipal) bool {
	a := st.app(p.AppID)
	if a == nil || a.Extra["optionalClaims"] == nil {
		return false
	}
	var optional struct {
		AccessToken []struct {
			Name       string   `json:"name"`
			Properties []string `json:"additionalProperties"`
		} `json:"accessToken"`
	}
	if json.Unmarshal(a.Extra["optionalClaims"], &optional) != nil {
		return false
	}
	for _, c := range optional.AccessToken {
		if c.Name == "idtyp" {
			return slices.Contains(c.Properties, "include_user_token")
		}
	}
	return false
}

// consented lists the delegated permissions the client has for the user at the resource: grants for
// all, grants for this user, those an agent identity inherits, and what the resource pre-authorized.
func (st *state) consented(c *client, userID string, res *resource) []string {
	var have []string
	_, inherited := st.inherited(c.principal, c.at)
	for _, g := range slices.Concat(st.grantsByClient.of(c.principal.ID), inherited) {
		if g.ResourceID == res.principal.ID && g.visible(c.at) && (g.ConsentType == "AllPrincipals" || g.PrincipalID == userID) {
			have = append(have, strings.Fields(g.Scope)...)
		}
	}
	if a := st.app(res.principal.AppID); a != nil {
		for _, pre := range a.API.PreAuthorized {
			for _, scope := range a.API.Scopes {
				if pre.AppID == c.id && slices.Contains(pre.DelegatedPermissionIDs, scope.ID) {
					have = append(have, scope.Value)
				}
			}
		}
	}
	slices.Sort(have)
	return slices.Compact(have)
}

// grantedScopes settles what a user token carries: what was asked for, all that is consented for
// /.default, and a refusal when something asked for is not consented.
func (st *state) grantedScopes(c *client, userID string, a *asked) ([]string, *refusal) {
	res := a.resource
	if res == nil {
		return a.oidc, nil
	}
	have := st.consented(c, userID, res)
	missing := func(v string) bool { return !slices.Contains(have, v) }
	if slices.ContainsFunc(a.values, missing) || (a.all && len(have) == 0) {
		return nil, refuseConsent(c.id, c.principal.DisplayName)
	}
	a.offline = a.all && c.isAgent() && slices.Contains(have, "offline_access")
	granted := slices.Clone(a.values)
	if a.all {
		granted = slices.DeleteFunc(slices.Clone(have), func(v string) bool { return slices.Contains(oidcScopes(), v) })
	}
	if res.principal.AppID == graphAppID {
		for _, v := range a.oidc {
			if v != "offline_access" {
				granted = append(granted, v)
			}
		}
	}
	return granted, nil
}

// effectiveRoles are the app roles of an application at a resource: those assigned, those an agent
// identity inherits, and the one that every blueprint principal has at Graph by itself.
func (st *state) effectiveRoles(c *client, res *resource) []string {
	var roles []string
	inherited, _ := st.inherited(c.principal, c.at)
	for _, a := range slices.Concat(st.assignedByPrincipal.of(c.principal.ID), inherited) {
		if a.ResourceID != res.principal.ID || !a.visible(c.at) {
			continue
		}
		if r, ok := res.principal.role(a.AppRoleID); ok && r.IsEnabled {
			roles = append(roles, r.Value)
		}
	}
	if c.isBlueprint() && res.principal.AppID == graphAppID {
		roles = append(roles, createAsManager)
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}
