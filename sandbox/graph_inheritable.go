package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// maxInheritable is how many resources a blueprint may name.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
const maxInheritable = 10

// inheritableProperties: the one that filters is the key, as the others are complex.
func inheritableProperties() []property {
	return []property{
		text("resourceAppId", func(p *inheritablePermission) string { return p.ID }),
		{name: "inheritableScopes"},
		{name: "inheritableRoles"},
	}
}

// renderInheritable writes the kinds as the types that stand for them.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
func renderInheritable(p *inheritablePermission) entity {
	scopes := entity{"@odata.type": "#microsoft.graph." + inheritTypes("Scopes")[p.ScopesKind], "kind": p.ScopesKind}
	if p.ScopesKind == inheritSome {
		scopes["scopes"] = orEmpty(p.Scopes)
	}
	roles := entity{"@odata.type": "#microsoft.graph." + inheritTypes("Roles")[p.RolesKind], "kind": p.RolesKind}
	return entity{"resourceAppId": p.ID, "inheritableScopes": scopes, "inheritableRoles": roles}
}

// inheritTypes names the type of each kind; roles cannot be enumerated.
func inheritTypes(of string) map[string]string {
	types := map[string]string{inheritAll: "allAllowed" + of, inheritNone: "no" + of}
	if of == "Scopes" {
		types[inheritSome] = "enumeratedScopes"
	}
	return types
}

// inheritor is the blueprint of the path: other applications have nothing to pass on.
func (g *graphCall) inheritor(st *state) (*application, *graphError) {
	a, fault := g.application(st)
	if fault == nil && !a.Blueprint {
		fault = noSuchPath("inheritablePermissions")
	}
	return a, fault
}

// writableInheritor is inheritor for a caller who may change what is passed on: sources name Create as
// the least permission, and tools use UpdateAuthProperties.
func (g *graphCall) writableInheritor(st *state) (*application, *graphError) {
	a, fault := g.inheritor(st)
	if fault != nil {
		return nil, fault
	}
	return a, g.mayChange(st, a.OwnerIDs, "AgentIdentityBlueprint.Create", "AgentIdentityBlueprint.UpdateAuthProperties.All", "AgentIdentityBlueprint.ReadWrite.All")
}

// listInheritable answers GET; whoever may read the blueprint may read what it passes on.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-list-inheritablepermissions
func listInheritable(g *graphCall, st *state) (*reply, *graphError) {
	a, fault := g.inheritor(st)
	if fault != nil {
		return nil, fault
	}
	if fault := g.reads(typeName(a)); fault != nil {
		return nil, fault
	}
	return list(g, st, slices.Values(a.Inheritable), pageSize, func(*inheritablePermission) bool { return true })
}

// readInheritable answers GET of one, whose key is the appId of the resource and no id of its own.
func readInheritable(g *graphCall, st *state) (*reply, *graphError) {
	a, fault := g.inheritor(st)
	if fault != nil {
		return nil, fault
	}
	if fault := g.reads(typeName(a)); fault != nil {
		return nil, fault
	}
	p := a.inheritable(g.at.ref)
	if p == nil {
		return nil, notFound(g.at.ref)
	}
	return g.item(st, p), nil
}

// createInheritable answers POST. https://learn.microsoft.com/graph/api/agentidentityblueprint-post-inheritablepermissions
func createInheritable(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.writableInheritor(tx.state)
	if fault != nil {
		return nil, fault
	}
	var resourceAppID string
	if fault := g.body.decode("resourceAppId", "InheritablePermission", &resourceAppID); fault != nil {
		return nil, fault
	}
	if resourceAppID == "" {
		return nil, missingValue("resourceAppId", "InheritablePermission")
	}
	if !guidLike(resourceAppID) {
		return nil, invalidValue("resourceAppId", "InheritablePermission")
	}
	if old.inheritable(resourceAppID) != nil {
		return nil, conflict("An inheritable permission for the resource application '" + resourceAppID + "' already exists.")
	}
	if len(old.Inheritable) >= maxInheritable {
		return nil, badRequest("The number of resource applications with inheritable permissions exceeds the limit of 10.")
	}
	// What the body leaves out is passed on to nobody: silence must not hand out permissions. The resource
	// need not be in the tenant yet, as a blueprint may be prepared before its resources are.
	p := &inheritablePermission{meta: meta{ID: strings.ToLower(resourceAppID), Seq: 1, CreatedAt: tx.now}, ScopesKind: inheritNone, RolesKind: inheritNone}
	if n := len(old.Inheritable); n > 0 {
		p.Seq = old.Inheritable[n-1].Seq + 1
	}
	if fault := g.applyInheritable(p, without(g.body, "resourceAppId")); fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.Inheritable = append(slices.Clone(old.Inheritable), p)
	tx.put(a)
	answer := g.inheritableReply(tx.state, a, p, http.StatusCreated)
	answer.location = g.url("applications/" + a.ID + "/microsoft.graph.agentIdentityBlueprint/inheritablePermissions/" + p.ID)
	return answer, nil
}

// inheritableReply is the entry as it is now, which both writes answer with.
func (g *graphCall) inheritableReply(st *state, a *application, p *inheritablePermission, status int) *reply {
	e := g.shape(st, p, typeName(p), nil)
	e["@odata.context"] = g.url("$metadata#applications('" + a.ID + "')/microsoft.graph.agentIdentityBlueprint/inheritablePermissions/$entity")
	return &reply{status: status, body: e, ids: []string{a.ID}}
}

// writableEntry finds the blueprint and its entry that the address names.
func (g *graphCall) writableEntry(st *state) (*application, *inheritablePermission, *graphError) {
	a, fault := g.writableInheritor(st)
	if fault != nil {
		return nil, nil, fault
	}
	p := a.inheritable(g.at.ref)
	if p == nil {
		return nil, nil, notFound(g.at.ref)
	}
	return a, p, nil
}

// updateInheritable answers PATCH with 200 and the whole, as its page documents.
func updateInheritable(g *graphCall, tx *txn) (*reply, *graphError) {
	old, found, fault := g.writableEntry(tx.state)
	if fault != nil {
		return nil, fault
	}
	p := clone(found)
	if fault := g.applyInheritable(p, g.body); fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.Inheritable = slices.Clone(old.Inheritable)
	a.Inheritable[slices.Index(old.Inheritable, found)] = p
	tx.put(a)
	return g.inheritableReply(tx.state, a, p, http.StatusOK), nil
}

// deleteInheritable answers DELETE. Tokens that were issued keep what they inherited until they expire.
func deleteInheritable(g *graphCall, tx *txn) (*reply, *graphError) {
	old, found, fault := g.writableEntry(tx.state)
	if fault != nil {
		return nil, fault
	}
	a := clone(old)
	a.Inheritable = slices.DeleteFunc(slices.Clone(old.Inheritable), func(p *inheritablePermission) bool { return p == found })
	tx.put(a)
	return changed(a.ID), nil
}

// applyInheritable reads scopes and roles: a kind, or the type that stands for it, or both if they agree.
func (g *graphCall) applyInheritable(p *inheritablePermission, body jsonObject) *graphError {
	for _, name := range body.names() {
		var fault *graphError
		switch name {
		case "@odata.type":
		case "resourceAppId":
			var sent string
			if fault = body.decode(name, "InheritablePermission", &sent); fault == nil && !strings.EqualFold(sent, p.ID) {
				fault = badRequest("Property 'resourceAppId' is read-only and cannot be set.")
			}
		case "inheritableScopes":
			p.ScopesKind, p.Scopes, fault = readInheritance(body[name], "Scopes")
		case "inheritableRoles":
			p.RolesKind, _, fault = readInheritance(body[name], "Roles")
		default:
			fault = badRequest("Invalid property '" + clip(name) + "'.")
		}
		if fault != nil {
			return fault
		}
	}
	if p.ScopesKind != inheritSome {
		return nil
	}
	// What agents may not hold cannot be passed on by name either; by allAllowed it is the grant to the
	// principal that is refused.
	for _, scope := range p.Scopes {
		if isBlocked(p.ID, "delegated", scope) {
			return blockedPermission(scope)
		}
	}
	return nil
}

// readInheritance reads one of the two complex values. of is Scopes or Roles.
func readInheritance(raw json.RawMessage, of string) (kind string, scopes []string, fault *graphError) {
	property := "inheritable" + of
	var sent struct {
		Type   string    `json:"@odata.type"`
		Kind   string    `json:"kind"`
		Scopes *[]string `json:"scopes"`
	}
	if err := json.Unmarshal(raw, &sent); err != nil {
		return "", nil, invalidValue(property, "InheritablePermission")
	}
	// Samples send the type, the kind or both: either says it, and two that disagree are a mistake.
	named, _ := castName(strings.TrimPrefix(sent.Type, "#"))
	for k, typeName := range inheritTypes(of) {
		if strings.EqualFold(typeName, named) || named == "" && k == sent.Kind {
			kind = k
		}
	}
	if kind == "" || sent.Kind != "" && sent.Kind != kind {
		return "", nil, invalidValue(property, "InheritablePermission")
	}
	if kind != inheritSome {
		if sent.Scopes != nil && len(*sent.Scopes) > 0 {
			return "", nil, invalidValue("scopes", "InheritablePermission")
		}
		return kind, nil, nil
	}
	if sent.Scopes == nil || len(*sent.Scopes) == 0 || slices.ContainsFunc(*sent.Scopes, func(s string) bool { return strings.TrimSpace(s) == "" || strings.Contains(s, " ") }) {
		return "", nil, invalidValue("scopes", "InheritablePermission")
	}
	return kind, *sent.Scopes, nil
}
