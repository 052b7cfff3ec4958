package graph

import (
	"context"
	"fmt"
)

// Owners are those who may edit an object. Kinds with owners: blueprint, blueprint principal, agent identity.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-list-owners
func (c *Client) Owners(ctx context.Context, kind Kind, id string) ([]PrincipalRef, error) {
	return c.related(ctx, kind, id, "owners")
}

// Sponsors are the people and groups answerable for an object's life.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-list-sponsors
func (c *Client) Sponsors(ctx context.Context, kind Kind, id string) ([]PrincipalRef, error) {
	return c.related(ctx, kind, id, "sponsors")
}

// Owned are the objects the caller owns, of every kind.
// https://learn.microsoft.com/graph/api/user-list-ownedobjects
func (c *Client) Owned(ctx context.Context) ([]DirectoryObject, error) {
	list := listOf[DirectoryObject]{typed: "/v1.0/me/ownedObjects", needs: "User.Read"}
	objects, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list what I own: %w", err)
	}
	return objects, nil
}

func (c *Client) related(ctx context.Context, kind Kind, id, relation string) ([]PrincipalRef, error) {
	item, err := ItemPath(kind, id)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", relation, err)
	}
	list := listOf[PrincipalRef]{typed: item + "/" + relation, needs: "Application.Read.All"}
	refs, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", relation, err)
	}
	return refs, nil
}

// ItemPath is the path of one object, from the version on, in the cast form that the reference pages use. It ends with an
// error for a kind that has none.
func ItemPath(kind Kind, id string) (string, error) {
	switch kind {
	case KindBlueprint:
		return applicationsPath + "/" + PathSegment(id) + "/" + blueprintCast, nil
	case KindBlueprintPrincipal:
		return servicePrincipalsPath + "/" + PathSegment(id) + "/" + principalCast, nil
	case KindAgentIdentity:
		return servicePrincipalsPath + "/" + PathSegment(id) + "/" + agentCast, nil
	case KindAgentUser:
		return usersPath + "/" + PathSegment(id) + "/" + agentUserCast, nil
	}
	return "", fmt.Errorf("no path for kind %q", kind)
}
