package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// inheritAsk is the delegated permissions of an API that agent identities are to
// inherit, or no longer.
type inheritAsk struct {
	Resource ResourceRef `json:"resource"`
	Scopes   []string    `json:"scopes,omitempty"` // empty: every one
	// Named and All are read before each call: the blueprint names the API already,
	// and all scopes it is to name afterwards; empty: every one.
	Named bool     `json:"named,omitempty"`
	All   []string `json:"all,omitempty"`
}

func (a inheritAsk) words() string {
	if len(a.Scopes) == 0 {
		return "all delegated permissions"
	}
	return strings.Join(a.Scopes, ", ")
}

func inheritKind() stepKind {
	return stepKind{
		name: KindInherit, target: graph.KindBlueprint, changes: ofBlueprint, done: "Passed on",
		ask: func(known) any { return inheritAsk{} },
		call: asking(func(k known, ask inheritAsk, _, _ string) graph.Call {
			if ask.Named {
				return graph.ChangeInheritCall(k.blueprintID, ask.Resource.AppID, ask.All)
			}
			return graph.InheritCall(k.blueprintID, ask.Resource.AppID, ask.Scopes)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(inheritAsk)
			return fmt.Sprintf("Let its agent identities inherit %s of %s", ask.words(), ask.Resource.Name)
		},
		look: lookInherit, facts: inheritFacts,
		read:    answeringIfAny(func(p graph.InheritablePermission) object { return object{id: p.ResourceAppID} }),
		find:    findInherit,
		already: existsAlready, whenAlready: inheritElsewhere,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, s *models.Step) string {
			ask, _ := askedBy[inheritAsk](s)
			return fmt.Sprintf("the inheritance of %s of %s at the blueprint %s", ask.words(), ask.Resource.Name, run.BlueprintID)
		},
	}
}

func inheritFacts(raw json.RawMessage) map[string]any {
	ask := askIn[inheritAsk](raw)
	return map[string]any{"permission": ask.words(), "api": ask.Resource.Name}
}

// inheritedNow reads what agent identities inherit of the API; nil for nothing.
func inheritedNow(ctx context.Context, m *mover, ask inheritAsk) (*graph.InheritablePermission, error) {
	list, err := m.reader().InheritablePermissions(ctx, m.run.BlueprintID)
	if graph.IsNotFound(err) {
		return nil, nil
	}
	if i := slices.IndexFunc(list, func(p graph.InheritablePermission) bool {
		return strings.EqualFold(p.ResourceAppID, ask.Resource.AppID)
	}); i >= 0 {
		return &list[i], err
	}
	return nil, err
}

// lookInherit keeps what agent identities inherit already: Graph replaces all.
func lookInherit(ctx context.Context, m *mover) (any, error) {
	ask := askIn[inheritAsk](m.data.Ask)
	now, err := inheritedNow(ctx, m, ask)
	if err != nil {
		return nil, err
	}
	ask.Named, ask.All = now != nil, nil
	if now != nil && now.Scopes.Kind != graph.InheritAll && len(ask.Scopes) > 0 {
		ask.All = unionFold(now.Scopes.Scopes, ask.Scopes)
	}
	return ask, nil
}

func findInherit(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask := askIn[inheritAsk](m.data.Ask)
	now, err := inheritedNow(ctx, m, ask)
	if err != nil || now == nil {
		return nil, err
	}
	some := len(ask.Scopes) > 0 && len(without(ask.Scopes, now.Scopes.Scopes)) == 0
	if now.Scopes.Kind == graph.InheritAll || some {
		return []object{{id: now.ResourceAppID}}, nil
	}
	return nil, nil
}

// inheritElsewhere is consentElsewhere for inheritance.
func inheritElsewhere(ctx context.Context, m *mover, _ *graph.Error) (goOn bool, _ error) {
	if ready, goOn, err := m.aim(ctx); err != nil || !ready {
		return goOn, err
	}
	return m.waitFor(ctx, waitDirectory, "Graph says that the blueprint names this API already, and does not show it yet.")
}

func inheritRemovalKind() stepKind {
	return stepKind{
		name: KindInheritRemove, target: graph.KindBlueprint, changes: ofBlueprint, done: "Removed",
		ask: func(known) any { return inheritAsk{} },
		call: asking(func(k known, ask inheritAsk, _, _ string) graph.Call {
			return graph.RemoveInheritCall(k.blueprintID, ask.Resource.AppID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(inheritAsk)
			return fmt.Sprintf("End the inheritance of the permissions of %s", ask.Resource.Name)
		},
		facts:   inheritFacts,
		settle:  settleGone(inheritThere),
		already: missing, whenAlready: confirmGoneBy(inheritThere),
		takesAway: true, lost: lostRemoval,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, s *models.Step) string {
			ask, _ := askedBy[inheritAsk](s)
			return fmt.Sprintf("the inheritance of the permissions of %s at the blueprint %s, which may still be there", ask.Resource.Name, run.BlueprintID)
		},
	}
}

func inheritThere(ctx context.Context, m *mover) (bool, error) {
	now, err := inheritedNow(ctx, m, askIn[inheritAsk](m.data.Ask))
	return now != nil, err
}
