package graph

import (
	"context"
	"fmt"
	"iter"
)

const (
	blueprintCast    = "microsoft.graph.agentIdentityBlueprint"
	blueprintsPath   = "/v1.0/applications/" + blueprintCast
	applicationsPath = "/v1.0/applications"

	readBlueprints = "AgentIdentityBlueprint.Read.All"
)

func blueprintList() listOf[Blueprint] {
	return listOf[Blueprint]{
		typed: blueprintsPath, plain: applicationsPath, kind: KindBlueprint,
		searchIn: []string{"displayName"}, needs: readBlueprints,
	}
}

// Blueprints is one page of the tenant's blueprints. OrderBy takes "displayName" and "createdDateTime", with " desc".
// https://learn.microsoft.com/graph/api/agentidentityblueprint-list
func (c *Client) Blueprints(ctx context.Context, o ListOptions) (*Page[Blueprint], error) {
	page, err := blueprintList().page(ctx, c, o)
	if err != nil {
		return nil, fmt.Errorf("list blueprints: %w", err)
	}
	return page, nil
}

// AllBlueprints goes through every blueprint. It ends after the first error.
func (c *Client) AllBlueprints(ctx context.Context) iter.Seq2[Blueprint, error] {
	return blueprintList().all(ctx, c)
}

// Blueprint is one blueprint by object id.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-get
func (c *Client) Blueprint(ctx context.Context, id string) (*Blueprint, error) {
	return getTyped[Blueprint](ctx, c, applicationsPath, id, blueprintCast, KindBlueprint, readBlueprints)
}

// BlueprintByAppID is one blueprint by client id, which is what agent identities and tokens carry.
func (c *Client) BlueprintByAppID(ctx context.Context, appID string) (*Blueprint, error) {
	list := blueprintList()
	list.fixed, list.current = query{"$filter": "appId eq " + ODataString(appID)}, true
	return list.only(ctx, c, "blueprint with app id "+appID)
}

// BlueprintsTagged are the blueprints that carry a tag; a run finds by it what it created before an answer was lost.
func (c *Client) BlueprintsTagged(ctx context.Context, tag string) ([]Blueprint, error) {
	list := blueprintList()
	list.fixed, list.current = query{"$filter": "tags/any(t:t eq " + ODataString(tag) + ")"}, true
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list blueprints by tag: %w", err)
	}
	return found, nil
}

const (
	principalCast         = "microsoft.graph.agentIdentityBlueprintPrincipal"
	principalsPath        = "/v1.0/servicePrincipals/" + principalCast
	servicePrincipalsPath = "/v1.0/servicePrincipals"

	readPrincipals = "AgentIdentityBlueprintPrincipal.Read.All"
)

func principalList() listOf[BlueprintPrincipal] {
	return listOf[BlueprintPrincipal]{
		typed: principalsPath, plain: servicePrincipalsPath, kind: KindBlueprintPrincipal,
		searchIn: []string{"displayName"}, needs: readPrincipals,
	}
}

// BlueprintPrincipals is one page of the tenant's blueprint principals.
// https://learn.microsoft.com/graph/api/resources/agentidentityblueprintprincipal
func (c *Client) BlueprintPrincipals(ctx context.Context, o ListOptions) (*Page[BlueprintPrincipal], error) {
	page, err := principalList().page(ctx, c, o)
	if err != nil {
		return nil, fmt.Errorf("list blueprint principals: %w", err)
	}
	return page, nil
}

// BlueprintPrincipal is one blueprint principal by object id.
// https://learn.microsoft.com/graph/api/resources/agentidentityblueprintprincipal
func (c *Client) BlueprintPrincipal(ctx context.Context, id string) (*BlueprintPrincipal, error) {
	return getTyped[BlueprintPrincipal](ctx, c, servicePrincipalsPath, id, principalCast, KindBlueprintPrincipal, readPrincipals)
}

// BlueprintPrincipalOf is the principal of the blueprint with this client id. A blueprint made by Graph has none until
// one is created, so IsNotFound is an ordinary answer.
func (c *Client) BlueprintPrincipalOf(ctx context.Context, appID string) (*BlueprintPrincipal, error) {
	list := principalList()
	list.fixed, list.current = query{"$filter": "appId eq " + ODataString(appID)}, true
	return list.only(ctx, c, "blueprint principal with app id "+appID)
}
