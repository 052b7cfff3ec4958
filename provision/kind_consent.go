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

// consentAsk is delegated permissions to give or to take. There is one grant for
// a client, an API and a person, which other scopes may share.
type consentAsk struct {
	Holder   holder      `json:"holder"`
	Resource ResourceRef `json:"resource"`
	PersonID string      `json:"personId,omitempty"` // empty: consent for everybody
	Scopes   []string    `json:"scopes"`
	// GrantID and All are read before each call: the grant that is there, and all
	// scopes that it is to have afterwards.
	GrantID string   `json:"grantId,omitempty"`
	All     []string `json:"all,omitempty"`
}

func (c consentAsk) words() string { return strings.Join(c.Scopes, ", ") }

func consentKind() stepKind {
	return stepKind{
		name: KindConsent, target: graph.KindBlueprintPrincipal, done: "Granted",
		changes: changing(consentHolder),
		ask:     func(known) any { return consentAsk{} },
		call: asking(func(k known, ask consentAsk, _, _ string) graph.Call {
			if ask.GrantID == "" {
				return graph.GrantCall(k.id(ask.Holder.Ref), ask.Resource.ID, ask.Scopes)
			}
			return graph.ChangeGrantCall(ask.GrantID, ask.All)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(consentAsk)
			return fmt.Sprintf("Grant “%s” the delegated permissions %s of %s, for everybody", p.name, ask.words(), ask.Resource.Name)
		},
		look: lookConsent, facts: consentFacts,
		read:    answeringIfAny(func(g graph.DelegatedGrant) object { return object{id: g.ID} }),
		find:    findConsent,
		already: func(e *graph.Error) bool { return existsAlready(e) || missing(e) }, whenAlready: consentElsewhere,
		lagNote: noteHolderNew, forbidden: consentForbidden,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[consentAsk](s)
			return fmt.Sprintf("the delegated permissions %s of %s at “%s”", ask.words(), ask.Resource.Name, s.ObjectName)
		},
	}
}

func consentHolder(k known, ask consentAsk) (graph.Kind, string) {
	return ask.Holder.Kind, k.id(ask.Holder.Ref)
}

func consentFacts(raw json.RawMessage) map[string]any {
	ask := askIn[consentAsk](raw)
	return map[string]any{"permission": strings.Join(ask.Scopes, " "), "api": ask.Resource.Name}
}

// grantNow reads the grant that a consent step is about; nil for none.
func grantNow(ctx context.Context, m *mover, ask consentAsk) (*graph.DelegatedGrant, error) {
	grants, err := m.reader().GrantsOf(ctx, m.e.knownOf(m.run).id(ask.Holder.Ref))
	if graph.IsNotFound(err) {
		return nil, nil
	}
	for _, g := range grants {
		if strings.EqualFold(g.ResourceID, ask.Resource.ID) && g.PrincipalID == ask.PersonID {
			return &g, err
		}
	}
	return nil, err
}

// lookConsent keeps the scopes that a grant has already: Graph replaces all.
func lookConsent(ctx context.Context, m *mover) (any, error) {
	ask := askIn[consentAsk](m.data.Ask)
	grant, err := grantNow(ctx, m, ask)
	if err != nil {
		return nil, err
	}
	if ask.GrantID, ask.All = "", nil; grant != nil {
		ask.GrantID, ask.All = grant.ID, unionFold(grant.Scopes(), ask.Scopes)
	}
	return ask, nil
}

// unionFold is a followed by what b adds; permissions are the same in any case.
func unionFold(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !hasFold(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func hasFold(list []string, value string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, value) })
}

// without is list but for what is in gone.
func without(list, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return hasFold(gone, s) })
}

// findConsent: the aim is reached when the grant has every scope.
func findConsent(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask := askIn[consentAsk](m.data.Ask)
	grant, err := grantNow(ctx, m, ask)
	if err != nil || grant == nil || len(without(ask.Scopes, grant.Scopes())) > 0 {
		return nil, err
	}
	return []object{{id: grant.ID}}, nil
}

// consentElsewhere deals with a grant that somebody made or took away between
// the look and the call: another look tells which call is right now.
func consentElsewhere(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, _ error) {
	if ready, goOn, err := m.aim(ctx); err != nil || !ready {
		return goOn, err
	}
	switch {
	case !missing(refusal):
		return m.waitFor(ctx, waitDirectory, "Graph says that a grant for this API exists already, and does not show it yet.")
	case m.lagging(refusal):
		return m.waitFor(ctx, waitDirectory, m.kind.lagNote)
	}
	return m.fail(ctx, failureOf(refusal))
}

func consentForbidden(*models.Run, bool) Advice {
	return Advice{
		Title: "Graph does not let you consent for others",
		Text: "Delegated permissions take the role Cloud Application Administrator, Application Administrator, Privileged Role Administrator " +
			"or Global Administrator. Agent ID Administrator is none of them. " +
			"Ask for the role, or let somebody who has it take the run over; then retry. If your role is new, refresh your roles first.",
		Fixes: []Fix{FixRetry},
	}
}

func consentRemovalKind() stepKind {
	return stepKind{
		name: KindConsentRemove, target: graph.KindBlueprintPrincipal, done: "Removed",
		changes: changing(consentHolder),
		ask:     func(known) any { return consentAsk{} },
		call: asking(func(_ known, ask consentAsk, _, _ string) graph.Call {
			if len(ask.All) == 0 {
				return graph.RemoveGrantCall(ask.GrantID)
			}
			return graph.ChangeGrantCall(ask.GrantID, ask.All)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(consentAsk)
			return fmt.Sprintf("Take the delegated permissions %s of %s from “%s”", ask.words(), ask.Resource.Name, p.name)
		},
		look: lookConsentRemoval, facts: consentFacts,
		settle:  settleGone(consentThere),
		already: missing, whenAlready: confirmGoneBy(consentThere),
		takesAway: true, lost: lostRemoval,
		lagNote: noteHolderNew, forbidden: consentForbidden,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[consentAsk](s)
			return fmt.Sprintf("the delegated permissions %s of %s at “%s”, which may still be there", ask.words(), ask.Resource.Name, s.ObjectName)
		},
	}
}

// lookConsentRemoval leaves the other scopes of the grant alone. A grant that does
// not show is changed as it was last known: it may be gone, of which Graph's
// answer is the proof, or a replica lags, and removing all of it would take what
// nobody asked for.
func lookConsentRemoval(ctx context.Context, m *mover) (any, error) {
	ask := askIn[consentAsk](m.data.Ask)
	grant, err := grantNow(ctx, m, ask)
	if err != nil {
		return nil, err
	}
	if grant != nil {
		ask.GrantID, ask.All = grant.ID, without(grant.Scopes(), ask.Scopes)
	}
	return ask, nil
}

func consentThere(ctx context.Context, m *mover) (bool, error) {
	ask := askIn[consentAsk](m.data.Ask)
	grant, err := grantNow(ctx, m, ask)
	return grant != nil && len(without(ask.Scopes, grant.Scopes())) < len(ask.Scopes), err
}
