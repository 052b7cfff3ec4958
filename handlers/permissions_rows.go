package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// permissionRows are the rows of the tab Permissions, by API and name; Microsoft
// Graph comes first.
func permissionRows(o *object, held *holding, mayChange bool) []views.PermissionRow {
	var rows []views.PermissionRow
	for _, r := range held.roles {
		row := held.roleRow(r)
		row.Source, row.Note = "Assigned here", held.passedRole(o, r)
		row.RemoveHref = removeHref(o, mayChange, url.Values{"assignment": {r.ID}})
		rows = append(rows, row)
	}
	for _, r := range held.inheritedRoles {
		row := held.roleRow(r)
		row.Source, row.SourceHref = inheritedFrom(held)
		rows = append(rows, row)
	}
	for _, g := range held.grants {
		for _, scope := range g.Scopes() {
			row := held.scopeRow(g, scope)
			row.Source, row.Note = held.consentWords(g), held.passedScope(o, g, scope)
			row.RemoveHref = removeHref(o, mayChange, url.Values{"grant": {g.ID}, "scope": {scope}})
			row.InheritHref, row.InheritWords = held.inheritLink(o, mayChange, g, scope)
			rows = append(rows, row)
		}
	}
	for _, g := range held.inheritedGrants {
		for _, scope := range g.Scopes() {
			row := held.scopeRow(g, scope)
			row.Source, row.SourceHref = inheritedFrom(held)
			row.Note = held.consentWords(g)
			rows = append(rows, row)
		}
	}
	sortPermissions(rows)
	return rows
}

func sortPermissions(rows []views.PermissionRow) {
	slices.SortStableFunc(rows, func(a, b views.PermissionRow) int {
		return cmp.Or(cmp.Compare(apiOrder(a.API), apiOrder(b.API)), cmp.Compare(strings.ToLower(a.Value), strings.ToLower(b.Value)), cmp.Compare(a.Kind, b.Kind))
	})
}

// What the rows say of inheritance, on both its sides.
const (
	inheritedSource = "Inherited from the blueprint"
	passedOnNote    = "Its agent identities inherit it"
)

// apiOrder puts Microsoft Graph before all others.
func apiOrder(name string) string {
	if name == "Microsoft Graph" {
		return ""
	}
	return strings.ToLower(name)
}

func removeHref(o *object, mayChange bool, what url.Values) string {
	if !mayChange {
		return ""
	}
	return o.path() + "/permissions/remove?" + what.Encode()
}

func inheritedFrom(held *holding) (words, href string) {
	if held.principalID != "" {
		href = "/principals/" + held.principalID + "/permissions"
	}
	return inheritedSource, href
}

// roleRow names an application permission as its API does, or by its id.
func (held *holding) roleRow(r graph.RoleAssignment) views.PermissionRow {
	row := views.PermissionRow{
		Value: r.RoleID, ID: r.RoleID, API: views.Named(r.ResourceName, r.ResourceID), Kind: views.PermissionKind(true), Since: r.CreatedDateTime,
	}
	if role := roleOf(held.apis[r.ResourceID], r.RoleID); role != nil {
		row.Value, row.Name = role.Value, role.DisplayName
	}
	return row
}

func roleOf(api *graph.Resource, roleID string) *graph.AppRole {
	if api == nil {
		return nil
	}
	i := slices.IndexFunc(api.Roles, func(r graph.AppRole) bool { return strings.EqualFold(r.ID, roleID) })
	if i < 0 {
		return nil
	}
	return &api.Roles[i]
}

func (held *holding) scopeRow(g graph.DelegatedGrant, scope string) views.PermissionRow {
	row := views.PermissionRow{Value: scope, API: g.ResourceID, Kind: views.PermissionKind(false)}
	if api := held.apis[g.ResourceID]; api != nil {
		row.API = views.Named(api.DisplayName, api.AppID)
		if s := scopeOf(api, scope); s != nil {
			row.Name, row.ID = s.DisplayName, s.ID
		}
	}
	return row
}

func scopeOf(api *graph.Resource, value string) *graph.Scope {
	i := slices.IndexFunc(api.Scopes, func(s graph.Scope) bool { return strings.EqualFold(s.Value, value) })
	if i < 0 {
		return nil
	}
	return &api.Scopes[i]
}

func (held *holding) consentWords(g graph.DelegatedGrant) string {
	if g.ConsentType == graph.ConsentEverybody {
		return "Consent for everybody"
	}
	if name := held.people[g.PrincipalID]; name != "" {
		return "Consent for “" + name + "” alone"
	}
	return "Consent for " + g.PrincipalID + " alone"
}

// passedRole says of a principal's permission whether agent identities inherit it.
func (held *holding) passedRole(o *object, r graph.RoleAssignment) string {
	p := held.passed(r.ResourceID)
	return passedWords(o, p != nil && p.Roles.Kind == graph.InheritAll)
}

func (held *holding) passedScope(o *object, g graph.DelegatedGrant, scope string) string {
	return passedWords(o, held.passesScope(g, scope))
}

// passesScope says whether agent identities inherit a delegated permission.
func (held *holding) passesScope(g graph.DelegatedGrant, scope string) bool {
	p := held.passed(g.ResourceID)
	named := func(s string) bool { return strings.EqualFold(s, scope) }
	return p != nil && (p.Scopes.Kind == graph.InheritAll || slices.ContainsFunc(p.Scopes.Scopes, named))
}

// passed is what the blueprint passes on of an API; nil for nothing.
func (held *holding) passed(resourceID string) *graph.InheritablePermission {
	api := held.apis[resourceID]
	for i := range held.passedOn {
		if api != nil && strings.EqualFold(held.passedOn[i].ResourceAppID, api.AppID) {
			return &held.passedOn[i]
		}
	}
	return nil
}

func passedWords(o *object, passed bool) string {
	switch {
	case o.kind != graph.KindBlueprintPrincipal:
		return ""
	case passed:
		return passedOnNote
	}
	return "For itself alone"
}
