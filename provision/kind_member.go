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

// memberAsk is an agent user that becomes a member of a group, or is one no longer.
type memberAsk struct {
	Of    Target `json:"of"`
	Group Target `json:"group"`
}

// memberKind adds to a group. Its records are about the agent user: whoever looks
// for its history wants to find them.
func memberKind() stepKind {
	return stepKind{
		name: KindMember, target: graph.KindAgentUser, changes: changing(memberChanges), about: aboutMember, alike: byGroup, bulk: true, done: "Added",
		call: asking(func(k known, ask memberAsk, _, _ string) graph.Call {
			return graph.AddMemberCall(k.base, ask.Group.ID, graph.PrincipalRef{ID: ask.Of.ID, Kind: graph.KindUser})
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(memberAsk)
			return fmt.Sprintf("Add %s to the group “%s”", ask.Of.words(), ask.Group.Name)
		},
		facts: memberFacts,
		find: func(ctx context.Context, m *mover, _ bool) ([]object, error) {
			found, err := memberThere(ctx, m)
			return inPlace(err, found)
		},
		already: existsAlready, whenAlready: adoptExisting,
		lagNote: noteUserNew, explain: explainMember,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[memberAsk](s)
			return fmt.Sprintf("%s as a member of the group “%s”", ask.Of.words(), ask.Group.Name)
		},
	}
}

func memberRemovalKind() stepKind {
	return stepKind{
		name: KindMemberRemove, target: graph.KindAgentUser, changes: changing(memberChanges), about: aboutMember, alike: byGroup, bulk: true, done: "Removed",
		call: asking(func(_ known, ask memberAsk, _, _ string) graph.Call {
			return graph.RemoveMemberCall(ask.Group.ID, ask.Of.ID)
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(memberAsk)
			return fmt.Sprintf("Remove %s from the group “%s”", ask.Of.words(), ask.Group.Name)
		},
		facts:   memberFacts,
		settle:  settleGone(memberThere),
		already: missing, whenAlready: confirmGoneBy(memberThere),
		takesAway: true, lost: lostRemoval,
		lagNote: noteUserNew, explain: explainMember,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[memberAsk](s)
			return fmt.Sprintf("%s as a member of the group “%s”, which it may still be", ask.Of.words(), ask.Group.Name)
		},
	}
}

// memberChanges: the list of members is the group's, and takes one change at a time.
func memberChanges(_ known, ask memberAsk) (graph.Kind, string) { return graph.KindGroup, ask.Group.ID }

func aboutMember(raw json.RawMessage) (graph.Kind, string) {
	of := askIn[memberAsk](raw).Of
	return of.Kind, of.ID
}

// byGroup: each group has owners and rules of its own.
func byGroup(raw json.RawMessage) string { return askIn[memberAsk](raw).Group.ID }

func memberFacts(raw json.RawMessage) map[string]any {
	group := askIn[memberAsk](raw).Group
	return map[string]any{"group": group.Name, "groupId": group.ID}
}

// memberThere reads the groups of the user, who has few, and not the members of
// the group, who may be many.
func memberThere(ctx context.Context, m *mover) (bool, error) {
	ask := askIn[memberAsk](m.data.Ask)
	groups, err := m.reader().GroupsOf(ctx, ask.Of.ID)
	if graph.IsNotFound(err) {
		return false, nil
	}
	return slices.ContainsFunc(groups, func(g graph.Candidate) bool { return strings.EqualFold(g.ID, ask.Group.ID) }), err
}
