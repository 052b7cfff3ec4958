package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// holder is who gets or loses a permission, by an id or by the step that makes it.
type holder struct {
	Ref  objectRef  `json:"ref"`
	Kind graph.Kind `json:"kind"`
}

// roleAsk is an application permission to give or to take.
type roleAsk struct {
	Holder       holder      `json:"holder"`
	Resource     ResourceRef `json:"resource"`
	RoleID       string      `json:"roleId"`
	Value        string      `json:"value"`
	AssignmentID string      `json:"assignmentId,omitempty"` // to remove
}

func roleKind() stepKind {
	return stepKind{
		name: KindRole, target: graph.KindAgentIdentity, bulk: true, done: "Granted",
		changes: changing(func(k known, ask roleAsk) (graph.Kind, string) { return ask.Holder.Kind, k.id(ask.Holder.Ref) }),
		ask:     func(known) any { return roleAsk{} },
		call: asking(func(k known, ask roleAsk, _, _ string) graph.Call {
			return graph.AssignRoleCall(k.id(ask.Holder.Ref), ask.Resource.ID, ask.RoleID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(roleAsk)
			return fmt.Sprintf("Grant “%s” the application permission %s of %s", p.name, ask.Value, ask.Resource.Name)
		},
		facts: roleFacts,
		// Those of Microsoft Graph take another role of the directory than the rest.
		alike:   func(raw json.RawMessage) string { return strings.ToLower(askIn[roleAsk](raw).Resource.ID) },
		read:    answering(func(a graph.RoleAssignment) object { return object{id: a.ID} }),
		find:    findRole,
		already: func(e *graph.Error) bool { return existsAlready(e) || e.Status == http.StatusForbidden }, whenAlready: roleHeld,
		lags: roleLags, lagNote: noteHolderNew,
		forbidden: roleForbidden,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[roleAsk](s)
			return fmt.Sprintf("the application permission %s of %s at “%s”", ask.Value, ask.Resource.Name, s.ObjectName)
		},
	}
}

const noteHolderNew = "The directory does not know the new object everywhere yet."

func roleFacts(raw json.RawMessage) map[string]any {
	ask := askIn[roleAsk](raw)
	return map[string]any{"permission": ask.Value, "api": ask.Resource.Name}
}

// findRole needs no tag: a principal holds a role of an API once.
func findRole(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask := askIn[roleAsk](m.data.Ask)
	held, err := m.reader().RoleAssignments(ctx, m.e.knownOf(m.run).id(ask.Holder.Ref))
	if graph.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, a := range held {
		if strings.EqualFold(a.ResourceID, ask.Resource.ID) && strings.EqualFold(a.RoleID, ask.RoleID) {
			return []object{{id: a.ID, created: a.CreatedDateTime}}, nil
		}
	}
	return nil, nil
}

// roleHeld deals with a role that somebody has granted already. Graph says 403,
// and not that, to those who may not grant it: then reading tells.
func roleHeld(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, err error) {
	if refusal.Status != http.StatusForbidden {
		return adoptExisting(ctx, m, refusal)
	}
	if found, err := findRole(ctx, m, true); err == nil && len(found) == 1 {
		return m.finish(ctx, models.ResultAdopted, found[0])
	}
	return m.fail(ctx, failureOf(refusal))
}

// roleLags: a role that the API does not offer is no lag, though Graph calls it
// "not found" as well.
func roleLags(_ *mover, refusal *graph.Error) bool {
	return refusal.Lag() && !strings.Contains(strings.ToLower(refusal.Message), "permission being assigned")
}

func roleForbidden(*models.Run, bool) Advice {
	return Advice{
		Title: "Graph does not let you grant application permissions",
		Text: "Those of Microsoft Graph take the role Privileged Role Administrator or Global Administrator; for those of other APIs " +
			"Cloud Application Administrator or Application Administrator is enough. Agent ID Administrator is none of them. " +
			"Ask for the role, or let somebody who has it take the run over; then retry. If your role is new, refresh your roles first.",
		Fixes: []Fix{FixRetry},
	}
}

func roleRemovalKind() stepKind {
	return stepKind{
		name: KindRoleRemove, target: graph.KindAgentIdentity, done: "Removed",
		changes: changing(func(k known, ask roleAsk) (graph.Kind, string) { return ask.Holder.Kind, k.id(ask.Holder.Ref) }),
		ask:     func(known) any { return roleAsk{} },
		call: asking(func(k known, ask roleAsk, _, _ string) graph.Call {
			return graph.RemoveRoleCall(k.id(ask.Holder.Ref), ask.AssignmentID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(roleAsk)
			return fmt.Sprintf("Take the application permission %s of %s from “%s”", ask.Value, ask.Resource.Name, p.name)
		},
		facts:   roleFacts,
		settle:  settleGone(roleThere),
		already: missing, whenAlready: confirmGoneBy(roleThere),
		takesAway: true, lost: lostRemoval,
		lagNote: noteHolderNew, forbidden: roleForbidden,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[roleAsk](s)
			return fmt.Sprintf("the application permission %s of %s at “%s”, which may still be there", ask.Value, ask.Resource.Name, s.ObjectName)
		},
	}
}

func roleThere(ctx context.Context, m *mover) (bool, error) {
	ask := askIn[roleAsk](m.data.Ask)
	held, err := m.reader().RoleAssignments(ctx, ask.Holder.Ref.ID)
	if graph.IsNotFound(err) {
		return false, nil // with whoever held it
	}
	return slices.ContainsFunc(held, func(a graph.RoleAssignment) bool { return a.ID == ask.AssignmentID }), err
}
