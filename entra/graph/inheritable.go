package graph

import (
	"context"
	"fmt"
)

// Kinds of inheritance: every permission that the principal was granted, some of them by name, or none.
const (
	InheritAll  = "allAllowed"
	InheritSome = "enumerated"
	InheritNone = "none"
)

// InheritablePermission is what the agent identities of a blueprint may inherit of one API. It takes effect for what the
// blueprint principal was granted.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
type InheritablePermission struct {
	ResourceAppID string      `json:"resourceAppId"` // the key
	Scopes        Inheritance `json:"inheritableScopes"`
	Roles         Inheritance `json:"inheritableRoles"`
}

// Inheritance says how much is inherited.
type Inheritance struct {
	Kind   string   `json:"kind"`   // InheritAll and the others
	Scopes []string `json:"scopes"` // with InheritSome
}

// InheritablePermissions are those of a blueprint, by its object id; at most 10.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-list-inheritablepermissions
func (c *Client) InheritablePermissions(ctx context.Context, blueprintID string) ([]InheritablePermission, error) {
	list := listOf[InheritablePermission]{typed: inheritablePath(blueprintID), needs: readBlueprints, current: true}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list inheritable permissions: %w", err)
	}
	return found, nil
}

func inheritablePath(blueprintID string) string {
	return applicationsPath + "/" + idSegment(blueprintID) + "/" + blueprintCast + "/inheritablePermissions"
}
