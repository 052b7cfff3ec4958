package sandbox

import (
	"slices"
	"strings"
	"time"
)

// federatedCredential lets a token of another issuer stand for a secret of the application. It is part
// of its application and never stored alone; the meta gives it an id and a place in lists.
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
type federatedCredential struct {
	meta
	Name        string   `json:"name"`
	Issuer      string   `json:"issuer"`
	Subject     string   `json:"subject"`
	Audiences   []string `json:"audiences"`
	Description string   `json:"description,omitempty"`
}

func (*federatedCredential) kind() kind { return kindFederated }

// matches tells whether an assertion with these claims is one the credential speaks of. All three are
// compared exactly, case included.
func (f *federatedCredential) matches(issuer, subject string, audiences []string) bool {
	return f.Issuer == issuer && f.Subject == subject && slices.ContainsFunc(f.Audiences, func(a string) bool {
		return slices.Contains(audiences, a)
	})
}

// Kinds of an inheritable permission; scopes know all three, roles all but enumerated.
const (
	inheritAll  = "allAllowed"
	inheritSome = "enumerated"
	inheritNone = "none"
)

// inheritablePermission says what agent identities get of the grants of their blueprint's principal at
// one resource. The id is the appId of the resource.
// https://learn.microsoft.com/graph/api/resources/inheritablepermission
type inheritablePermission struct {
	meta
	ScopesKind string   `json:"scopesKind"`
	Scopes     []string `json:"scopes,omitempty"`
	RolesKind  string   `json:"rolesKind"`
}

func (*inheritablePermission) kind() kind { return kindInheritable }

// allows tells whether a delegated permission that the principal was granted goes on to the identities.
func (p *inheritablePermission) allows(scope string) bool {
	return p.ScopesKind == inheritAll || p.ScopesKind == inheritSome && slices.ContainsFunc(p.Scopes, func(s string) bool {
		return strings.EqualFold(s, scope)
	})
}

// inheritable is the application's entry for the resource, or nil.
func (a *application) inheritable(resourceAppID string) *inheritablePermission {
	for _, p := range a.Inheritable {
		if strings.EqualFold(p.ID, resourceAppID) {
			return p
		}
	}
	return nil
}

// assignedLicense is a licence of a user, less the service plans that are switched off.
type assignedLicense struct {
	SKUID         string   `json:"skuId"`
	DisabledPlans []string `json:"disabledPlans"`
}

// inherited is what the blueprint of an agent identity passes on: app role assignments and delegated
// grants of its principal, as far as the blueprint allows; grants are copies with the scopes that stay.
// Only what replication has carried by now counts.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
func (st *state) inherited(agent *servicePrincipal, now time.Time) (roles []*appRoleAssignment, grants []*permissionGrant) {
	blueprint, parent := st.app(agent.BlueprintAppID), st.principal(agent.BlueprintAppID)
	if agent.Type != agentIdentity || blueprint == nil || parent == nil {
		return nil, nil
	}
	for _, a := range st.assignedByPrincipal.of(parent.ID) {
		if p := st.inheritableAt(blueprint, a.ResourceID); p != nil && p.RolesKind == inheritAll && a.visible(now) {
			roles = append(roles, a)
		}
	}
	for _, g := range st.grantsByClient.of(parent.ID) {
		p := st.inheritableAt(blueprint, g.ResourceID)
		if p == nil || !g.visible(now) {
			continue
		}
		scopes := slices.DeleteFunc(strings.Fields(g.Scope), func(s string) bool { return !p.allows(s) })
		if len(scopes) > 0 {
			narrowed := clone(g)
			narrowed.Scope = strings.Join(scopes, " ")
			grants = append(grants, narrowed)
		}
	}
	return roles, grants
}

// inheritableAt is the blueprint's entry for a resource, by the object id that grants name it with.
func (st *state) inheritableAt(blueprint *application, resourceID string) *inheritablePermission {
	if p := st.principals.get(resourceID); p != nil && p.AppID != "" {
		return blueprint.inheritable(p.AppID)
	}
	return nil
}
