package provision

import (
	"fmt"
	"strings"

	"agentidportal/entra/graph"
)

// Limits of what can be granted at once.
const (
	// MaxInherit is how many APIs a blueprint can pass permissions of on.
	// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
	MaxInherit = 10
	// maxScopeText is how long the scopes of a grant may be, with the blanks between.
	// https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
	maxScopeText = 3850
)

// usersRoleValue lets a blueprint look after the agent users of its own agent identities.
// https://learn.microsoft.com/graph/permissions-reference
const usersRoleValue = "AgentIdUser.ReadWrite.IdentityParentedBy"

// ResourceRef is the service principal of an API in this tenant.
type ResourceRef struct {
	ID    string `json:"id"`    // object id of the service principal
	AppID string `json:"appId"` // client id of the API
	Name  string `json:"name"`
}

// InheritSpec lets all agents of a blueprint inherit delegated permissions of one API. They take effect for what the
// blueprint principal was granted, which the run does as well when Consent is set.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
type InheritSpec struct {
	Resource ResourceRef `json:"resource"`
	Scopes   []string    `json:"scopes"`  // empty: every scope that the principal was granted
	Consent  bool        `json:"consent"` // grant Scopes to the principal, for everybody
}

// RoleSpec is an application permission: an app role of an API, given to every agent identity of a run.
type RoleSpec struct {
	Resource ResourceRef `json:"resource"`
	RoleID   string      `json:"roleId"`
	Value    string      `json:"value"` // Mail.Send
}

// words names an API for a sentence.
func (r ResourceRef) words() string {
	if strings.TrimSpace(r.Name) != "" {
		return "“" + r.Name + "”"
	}
	return r.AppID
}

func (r ResourceRef) fault() string {
	if _, err := graph.ParseGUID(r.AppID); err != nil {
		return "Choose an API from the directory."
	}
	return ""
}

func (b BlueprintSpec) inheritFault() string {
	if len(b.Inherit) > MaxInherit {
		return fmt.Sprintf("A blueprint passes on permissions of at most %d APIs. This names %d.", MaxInherit, len(b.Inherit))
	}
	seen := map[string]bool{}
	for _, in := range b.Inherit {
		key := strings.ToLower(in.Resource.AppID)
		if seen[key] {
			return fmt.Sprintf("%s is named twice. Put its permissions together.", in.Resource.words())
		}
		seen[key] = true
		if fault := in.fault(); fault != "" {
			return fault
		}
	}
	return ""
}

func (in InheritSpec) fault() string {
	if fault := in.Resource.fault(); fault != "" {
		return fault
	}
	if in.Consent && len(in.Scopes) == 0 {
		return fmt.Sprintf("Name the delegated permissions of %s to consent to: consent is given by name.", in.Resource.words())
	}
	return scopesFault(in.Resource, in.Scopes)
}

// scopesFault is what is wrong with delegated permissions of an API.
func scopesFault(r ResourceRef, scopes []string) string {
	seen := map[string]bool{}
	for _, scope := range scopes {
		key := strings.ToLower(scope)
		switch reason := graph.Blocked(r.AppID, scope, false); {
		case scope == "" || strings.ContainsFunc(scope, notInScope):
			return fmt.Sprintf("“%s” is no delegated permission of %s: its name has no blanks.", scope, r.words())
		case seen[key]:
			return fmt.Sprintf("%s of %s is named twice.", scope, r.words())
		case reason != "":
			return scope + ": " + reason + " Take it away."
		}
		seen[key] = true
	}
	if n := len(strings.Join(scopes, " ")); n > maxScopeText {
		return fmt.Sprintf("These are too many permissions of %s for one grant: their names have %d characters, %d fit.", r.words(), n, maxScopeText)
	}
	return ""
}

// notInScope: scopes are tokens divided by blanks. https://www.rfc-editor.org/rfc/rfc6749#section-3.3
func notInScope(r rune) bool { return r <= ' ' || r == '"' || r == '\\' || r > '~' }

func (b BlueprintSpec) rolesFault() string {
	seen := map[string]bool{}
	for _, role := range b.Roles {
		if fault := role.fault(); fault != "" {
			return fault
		}
		key := strings.ToLower(role.Resource.AppID + " " + role.Value)
		if seen[key] {
			return fmt.Sprintf("%s of %s is named twice.", role.Value, role.Resource.words())
		}
		seen[key] = true
	}
	return ""
}

func (r RoleSpec) fault() string {
	if fault := r.Resource.fault(); fault != "" {
		return fault
	}
	if r.Value == "" || strings.ContainsFunc(r.Value, notInScope) {
		return fmt.Sprintf("“%s” is no application permission of %s: its name has no blanks.", r.Value, r.Resource.words())
	}
	if reason := graph.Blocked(r.Resource.AppID, r.Value, true); reason != "" {
		return r.Value + ": " + reason + " Take it away."
	}
	return ""
}

// inherit adds what agent identities are to inherit, and consent to it.
func (p *planner) inherit(spec BlueprintSpec, principal int) {
	for _, in := range spec.Inherit {
		p.add(planned{
			kind: KindInherit, name: spec.DisplayName, title: "Let agents inherit from " + in.Resource.Name, needs: []int{principal},
			ask: inheritAsk{Resource: in.Resource, Scopes: in.Scopes},
		})
	}
	for _, in := range spec.Inherit {
		if in.Consent && len(in.Scopes) > 0 {
			p.add(planned{
				kind: KindConsent, name: spec.DisplayName, title: "Consent to permissions of " + in.Resource.Name, needs: []int{principal},
				ask: consentAsk{Holder: holder{objectRef{Step: principal}, graph.KindBlueprintPrincipal}, Resource: in.Resource, Scopes: in.Scopes},
			})
		}
	}
}

// principalRole adds what lets the blueprint look after agent users, where there are to be some, and returns its number;
// 0 for none.
func (p *planner) principalRole(spec BlueprintSpec, principal objectRef) int {
	if !spec.makesUsers() {
		return 0
	}
	role := RoleSpec{Resource: ResourceRef{AppID: graph.GraphAppID, Name: "Microsoft Graph"}, Value: usersRoleValue}
	if spec.UsersRole != nil {
		role = *spec.UsersRole
	}
	return p.role(role, spec.DisplayName, principal, graph.KindBlueprintPrincipal)
}

// makesUsers says whether the run makes agent users.
func (b BlueprintSpec) makesUsers() bool {
	for _, row := range b.Rows {
		if row.User != nil {
			return true
		}
	}
	return b.Users != nil
}

// roles adds the application permissions of the agent identities of rows.
func (p *planner) roles(spec BlueprintSpec, rows []AgentRow, agents []objectRef) {
	for _, role := range spec.Roles {
		for i, agent := range agents {
			p.role(role, rows[i].Name, agent, graph.KindAgentIdentity)
		}
	}
}

// role adds one application permission of an object.
func (p *planner) role(role RoleSpec, name string, of objectRef, kind graph.Kind) int {
	return p.add(planned{
		kind: KindRole, name: name, title: "Grant " + role.Value + " to " + name, needs: steps(of.Step),
		ask: roleAsk{Holder: holder{of, kind}, Resource: role.Resource, RoleID: role.RoleID, Value: role.Value},
	})
}
