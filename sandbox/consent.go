package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// wanted is one permission a client asks consent for: a delegated one, or an app role.
type wanted struct {
	resource *servicePrincipal
	scope    permissionScope
	role     appRole // app role instead of the scope when its id is set
	static   bool    // asked for by /.default
}

func (w wanted) isRole() bool { return w.role.ID != "" }

func (w wanted) value() string {
	if w.isRole() {
		return w.role.Value
	}
	return w.scope.Value
}

// needsAdmin: app roles, and delegated permissions of the type Admin.
// https://learn.microsoft.com/entra/identity-platform/permissions-consent-overview
func (w wanted) needsAdmin() bool {
	return w.isRole() || strings.EqualFold(w.scope.Type, "Admin")
}

// readWanted resolves the scopes of an authorize request, which may span resources, unlike those of a
// token request; OIDC scopes are permissions of Graph. /.default stands for what the registration
// lists. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
func (st *state) readWanted(c *client, scopes []string) ([]wanted, *refusal) {
	var list []wanted
	for _, text := range scopes {
		name, value := splitScope(text)
		res := st.resource(name)
		if res == nil {
			return nil, refuseResource(name)
		}
		if value == ".default" {
			list = append(list, st.registeredScopes(c.app)...)
			continue
		}
		known, ok := res.principal.scope(value)
		if !ok {
			return nil, refuseUnknownScope(c.principal.DisplayName, value, res.principal.AppID)
		}
		if c.isAgentic() && isBlocked(res.principal.AppID, "delegated", known.Value) {
			return nil, refuseBlocked(known.Value)
		}
		list = append(list, wanted{resource: res.principal, scope: known})
	}
	return distinct(list), nil
}

// distinct drops what was asked for twice and keeps the order.
func distinct(list []wanted) []wanted {
	var out []wanted
	for _, w := range list {
		same := func(o wanted) bool {
			return o.resource.ID == w.resource.ID && o.value() == w.value() && o.isRole() == w.isRole()
		}
		if !slices.ContainsFunc(out, same) {
			out = append(out, w)
		}
	}
	return out
}

// registered is what the registration of an application lists as required.
func (st *state) registered(a *application) []wanted {
	var required []struct {
		ResourceAppID  string `json:"resourceAppId"`
		ResourceAccess []struct{ ID, Type string }
	}
	if json.Unmarshal(a.Extra["requiredResourceAccess"], &required) != nil {
		return nil
	}
	var list []wanted
	for _, r := range required {
		p := st.principal(r.ResourceAppID)
		if p == nil {
			continue
		}
		for _, access := range r.ResourceAccess {
			if role, ok := p.role(access.ID); ok && access.Type == "Role" {
				list = append(list, wanted{resource: p, role: role, static: true})
			}
			for _, scope := range p.Scopes {
				if scope.ID == access.ID && access.Type == "Scope" {
					list = append(list, wanted{resource: p, scope: scope, static: true})
				}
			}
		}
	}
	return list
}

func (st *state) registeredScopes(a *application) []wanted {
	return slices.DeleteFunc(st.registered(a), wanted.isRole)
}

// holds tells whether the client has the permission already, for this user or for everybody.
func (st *state) holds(c *client, userID string, w wanted) bool {
	if w.isRole() {
		return slices.ContainsFunc(st.assignedByPrincipal.of(c.principal.ID), func(a *appRoleAssignment) bool {
			return a.ResourceID == w.resource.ID && a.AppRoleID == w.role.ID
		})
	}
	return slices.Contains(st.consented(c, userID, &resource{principal: w.resource}), w.scope.Value)
}

// missing are the permissions that nobody has consented to yet. /.default asks nobody who has consented
// to anything of the client before.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope
func (st *state) missing(c *client, userID string, list []wanted) []wanted {
	known := slices.ContainsFunc(st.grantsByClient.of(c.principal.ID), func(g *permissionGrant) bool {
		return g.PrincipalID == "" || g.PrincipalID == userID
	})
	return slices.DeleteFunc(slices.Clone(list), func(w wanted) bool { return w.static && known || st.holds(c, userID, w) })
}

// mayConsent tells whether the user may consent to the permission for the whole tenant. App roles of
// Graph are for two roles alone.
// https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent#prerequisites
func (st *state) mayConsent(userID string, w wanted) bool {
	return slices.ContainsFunc(st.rolesOf(userID), func(r *directoryRole) bool {
		switch r.RoleTemplateID {
		case roleGlobalAdministrator, rolePrivilegedRoleAdmin:
			return true
		case roleCloudAppAdmin, roleApplicationAdmin:
			return !w.isRole() || w.resource.AppID != graphAppID
		}
		return false
	})
}

// consentNeed is how far a sign-in is from consent.
type consentNeed int

const (
	consentGiven   consentNeed = iota
	consentByUser              // the user may consent
	consentByAdmin             // only an administrator may, and the user is none
)

// need judges what is missing for the user.
func (st *state) need(u *user, missing []wanted) consentNeed {
	if len(missing) == 0 {
		return consentGiven
	}
	for _, w := range missing {
		if (w.needsAdmin() || !st.knobs.UserConsent) && !st.mayConsent(u.ID, w) {
			return consentByAdmin
		}
	}
	return consentByUser
}

// consentsForAll tells whether the user may tick the box that consents for everybody.
func (st *state) consentsForAll(u *user, list []wanted) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(w wanted) bool { return !st.mayConsent(u.ID, w) })
}

// grant records consent as Graph would show it: one oauth2PermissionGrant for each resource, one
// appRoleAssignment for each role. An empty userID consents for everybody. It returns the ids of what
// changed.
// https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
func (tx *txn) grant(c *client, userID string, list []wanted) []string {
	var changed []string
	for _, w := range list {
		if w.isRole() {
			if tx.holds(c, userID, w) {
				continue
			}
			a := &appRoleAssignment{
				meta: meta{ID: newID()}, PrincipalID: c.principal.ID, PrincipalType: "ServicePrincipal",
				ResourceID: w.resource.ID, AppRoleID: w.role.ID,
			}
			tx.put(a)
			changed = append(changed, a.ID)
			continue
		}
		if g := tx.widened(c, userID, w); g != nil {
			tx.put(g)
			changed = append(changed, g.ID)
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// widened is the grant with the scope added; nil when it has it already.
func (tx *txn) widened(c *client, userID string, w wanted) *permissionGrant {
	kind := "Principal"
	if userID == "" {
		kind = "AllPrincipals"
	}
	for _, g := range tx.grantsByClient.of(c.principal.ID) {
		if g.ResourceID != w.resource.ID || g.ConsentType != kind || g.PrincipalID != userID {
			continue
		}
		scopes := strings.Fields(g.Scope)
		if slices.Contains(scopes, w.scope.Value) {
			return nil
		}
		more := clone(g)
		more.Scope = strings.Join(append(scopes, w.scope.Value), " ")
		return more
	}
	return &permissionGrant{
		meta: meta{ID: grantID(c.principal.ID, w.resource.ID, userID)}, ClientID: c.principal.ID, ConsentType: kind, PrincipalID: userID,
		ResourceID: w.resource.ID, Scope: w.scope.Value,
	}
}

// Refusals around consent.

// refuseDeclined is the answer to *Cancel*.
func refuseDeclined() *refusal {
	e := refuse400("access_denied", 65004, "User declined to consent to access the app.")
	e.Suberror = "cancel"
	return e
}

// refuseNeedsAdmin is shown, never sent: the person must find an administrator, the client cannot help.
// With byPolicy nothing asked for needs one by itself: people may not consent here.
// https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/troubleshoot-consent-issues
func refuseNeedsAdmin(app string, byPolicy bool) *refusal {
	if byPolicy {
		return refuse400("access_denied", 90094, "An administrator of %s has set a policy that prevents you from granting %s the permissions it is requesting. Contact an administrator of %s, who can grant permissions to this app on your behalf.", tenantName, app, tenantName)
	}
	return refuse400("access_denied", 90094, "%s needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it.", app)
}

// refuseBlocked: the documents say that the service refuses, and not with which code.
// https://learn.microsoft.com/entra/agent-id/authorization-agent-id
func refuseBlocked(name string) *refusal {
	return refuseScope(name, "The permission is not allowed for agent identities and agent identity blueprints.")
}

// refuseAgentConsent is the newer reading of the documents: an agent identity gets its permissions by
// grants or from its blueprint.
// https://learn.microsoft.com/entra/agent-id/agent-on-behalf-of-oauth-flow
func refuseAgentConsent() *refusal {
	return refuse400("invalid_request", 82014, "Interactive consent is not supported for agent identities. Use inheritable permissions on the agent identity blueprint.")
}
