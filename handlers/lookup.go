package handlers

import (
	"context"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// blueprintByAnyID finds a blueprint by object id or by App ID: people copy
// either, and agent identities name only the second.
func blueprintByAnyID(ctx context.Context, g *graph.Client, id string) (*graph.Blueprint, error) {
	b, err := g.Blueprint(ctx, id)
	if !graph.IsNotFound(err) {
		return b, err
	}
	byApp, appErr := g.BlueprintByAppID(ctx, id)
	if graph.IsNotFound(appErr) {
		return nil, err // what Graph said of the id itself, with its request-id
	}
	return byApp, appErr
}

// principalByAnyID finds a principal by object id or by the App ID it shares
// with its blueprint.
func principalByAnyID(ctx context.Context, g *graph.Client, id string) (*graph.BlueprintPrincipal, error) {
	p, err := g.BlueprintPrincipal(ctx, id)
	if !graph.IsNotFound(err) {
		return p, err
	}
	byApp, appErr := g.BlueprintPrincipalOf(ctx, id)
	if graph.IsNotFound(appErr) {
		return nil, err
	}
	return byApp, appErr
}

// homeOf says which tenant the blueprint of a principal lives in.
func (h *Handlers) homeOf(p *graph.BlueprintPrincipal) views.Home {
	home := views.Home{TenantID: p.OwnerTenantID, Publisher: p.PublisherName}
	home.Elsewhere = p.OwnerTenantID != "" && !strings.EqualFold(p.OwnerTenantID, h.Tenant.ID)
	return home
}

func agentRow(a graph.AgentIdentity, blueprintName string) views.AgentRow {
	return views.AgentRow{
		ID: a.ID, Name: a.DisplayName, Enabled: a.AccountEnabled, Created: a.CreatedDateTime,
		BlueprintAppID: a.AgentIdentityBlueprintID, BlueprintName: blueprintName,
	}
}
