package provision

import (
	"context"
	"fmt"
	"slices"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// exposeAsk is what makes a blueprint an API of its own.
type exposeAsk struct {
	Scope        graph.PermissionScope `json:"scope"`
	RedirectURIs []string              `json:"redirectUris,omitempty"`
	Found        *foundSettings        `json:"found,omitempty"`
}

// foundSettings are what a blueprint had when it was read: it stays.
type foundSettings struct {
	URIs []string          `json:"identifierUris,omitempty"`
	API  graph.APISettings `json:"api"`
	Web  graph.WebSettings `json:"web"`
}

func settingsOf(b *graph.Blueprint) *foundSettings {
	return &foundSettings{URIs: b.IdentifierURIs, API: b.API, Web: b.Web}
}

func exposeKind() stepKind {
	return stepKind{
		name: KindExpose, target: graph.KindBlueprint, changes: ofBlueprint, done: "Exposed",
		ask: func(k known) any {
			if k.spec.Expose == nil {
				return exposeAsk{}
			}
			return exposeAsk{Scope: k.spec.Expose.permission(k.spec.DisplayName), RedirectURIs: k.spec.Expose.RedirectURIs}
		},
		look: lookAtBlueprint(func(ask exposeAsk, b *graph.Blueprint) exposeAsk {
			ask.Found = settingsOf(b)
			return ask
		}),
		call: asking(func(k known, ask exposeAsk, _, _ string) graph.Call {
			return graph.ExposeCall(k.blueprintID, ask.exposed(k.blueprintAppID))
		}),
		what: func(k known, p planned) string {
			ask, _ := p.askOf(k).(exposeAsk)
			return fmt.Sprintf("Expose an API with the scope %s, %s", ask.Scope.Value, plural(len(ask.RedirectURIs), "redirect URI"))
		},
		find:    findExposed,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, _ *models.Step) string {
			return "an identifier URI and a scope at the blueprint " + run.BlueprintID
		},
	}
}

// identifierURI is the address by which clients name a blueprint.
func identifierURI(blueprintAppID string) string { return "api://" + blueprintAppID }

// exposed adds what is asked for to what was found. A scope of the same value
// stays as it is, but enabled: Graph takes no second one.
func (ask exposeAsk) exposed(blueprintAppID string) graph.ExposedAPI {
	found := ask.Found
	if found == nil {
		found = &foundSettings{}
	}
	uris := []string{identifierURI(blueprintAppID)}
	e := graph.ExposedAPI{IdentifierURIs: union(uris, found.URIs)}
	e.API, _ = withScope(found.API, ask.Scope)
	if web := found.Web; len(ask.RedirectURIs) > 0 {
		web.RedirectURIs = union(web.RedirectURIs, ask.RedirectURIs)
		e.Web = &web
	}
	return e
}

// withScope adds a scope, or enables the one of its value, and returns the id
// it has there. Tokens for the API are of version 2 unless somebody chose.
func withScope(api graph.APISettings, scope graph.PermissionScope) (with graph.APISettings, scopeID string) {
	if api.TokenVersion == 0 {
		api.TokenVersion = 2
	}
	api.Scopes = slices.Clone(api.Scopes)
	if there := api.Scope(scope.Value); there != nil {
		there.IsEnabled = true
		return api, there.ID
	}
	api.Scopes = append(api.Scopes, scope)
	return api, scope.ID
}

// union is one list followed by what only the other has.
func union(list, more []string) []string {
	all := slices.Clone(list)
	for _, text := range more {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// findExposed looks whether the blueprint has all of it.
func findExposed(ctx context.Context, m *mover, _ bool) ([]object, error) {
	b, err := m.blueprintNow(ctx)
	if err != nil {
		return nil, err
	}
	ask, err := askedOf[exposeAsk](m)
	if err != nil {
		return nil, err
	}
	scope := b.API.Scope(ask.Scope.Value)
	missing := func(uri string) bool { return !slices.Contains(b.Web.RedirectURIs, uri) }
	if scope == nil || !scope.IsEnabled || !slices.Contains(b.IdentifierURIs, identifierURI(m.run.BlueprintAppID)) ||
		slices.ContainsFunc(ask.RedirectURIs, missing) {
		return nil, nil
	}
	return []object{{name: b.DisplayName}}, nil
}

// blueprintNow is the run's blueprint as it is; one without anything where the
// directory does not know it.
func (m *mover) blueprintNow(ctx context.Context) (*graph.Blueprint, error) {
	b, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	if graph.IsNotFound(err) {
		return &graph.Blueprint{}, nil
	}
	return b, err
}
