package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// preauthorizeAsk are clients that get a scope without anybody's consent.
type preauthorizeAsk struct {
	Scope   graph.PermissionScope `json:"scope"`
	Clients []string              `json:"clients"` // client ids
	Found   *foundSettings        `json:"found,omitempty"`
}

func preauthorizeKind() stepKind {
	return stepKind{
		name: KindPreauthorize, target: graph.KindBlueprint, changes: ofBlueprint, done: "Pre-authorized",
		ask: func(k known) any {
			if k.spec.Expose == nil {
				return preauthorizeAsk{}
			}
			return preauthorizeAsk{Scope: k.spec.Expose.permission(k.spec.DisplayName), Clients: k.spec.Expose.Preauthorized}
		},
		look: lookAtBlueprint(func(ask preauthorizeAsk, b *graph.Blueprint) preauthorizeAsk {
			ask.Found = settingsOf(b)
			return ask
		}),
		call: asking(func(k known, ask preauthorizeAsk, _, _ string) graph.Call {
			return graph.SetAPICall(k.blueprintID, ask.api())
		}),
		what: func(k known, p planned) string {
			ask, _ := p.askOf(k).(preauthorizeAsk)
			return fmt.Sprintf("Pre-authorize %s for the scope %s", plural(len(ask.Clients), "client"), ask.Scope.Value)
		},
		find:    findPreauthorized,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, _ *models.Step) string {
			return "pre-authorized clients at the blueprint " + run.BlueprintID
		},
	}
}

// api adds the clients to what was found. All of the API is sent: what a
// replica left out of an object could otherwise get lost.
func (ask preauthorizeAsk) api() graph.APISettings {
	var found graph.APISettings
	if ask.Found != nil {
		found = ask.Found.API
	}
	api, scopeID := withScope(found, ask.Scope)
	api.Preauthorized = slices.Clone(api.Preauthorized)
	for _, client := range ask.Clients {
		at := slices.IndexFunc(api.Preauthorized, func(p graph.PreauthorizedApp) bool { return strings.EqualFold(p.AppID, client) })
		switch {
		case at < 0:
			api.Preauthorized = append(api.Preauthorized, graph.PreauthorizedApp{AppID: client, ScopeIDs: []string{scopeID}})
		case !api.IsPreauthorized(client, scopeID):
			api.Preauthorized[at].ScopeIDs = append(slices.Clone(api.Preauthorized[at].ScopeIDs), scopeID)
		}
	}
	return api
}

// findPreauthorized looks whether the blueprint has every pair.
func findPreauthorized(ctx context.Context, m *mover, _ bool) ([]object, error) {
	b, err := m.blueprintNow(ctx)
	if err != nil {
		return nil, err
	}
	ask, err := askedOf[preauthorizeAsk](m)
	if err != nil {
		return nil, err
	}
	scope := b.API.Scope(ask.Scope.Value)
	if scope == nil {
		return nil, nil
	}
	for _, client := range ask.Clients {
		if !b.API.IsPreauthorized(client, scope.ID) {
			return nil, nil
		}
	}
	return []object{{name: b.DisplayName}}, nil
}
