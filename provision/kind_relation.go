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

// relationAsk is who becomes an owner or sponsor of an object, or is one no longer.
type relationAsk struct {
	Of     Target    `json:"of,omitzero"`
	Person Principal `json:"person,omitzero"`
	// Sponsor is who the rows of an older portal name, of the run's blueprint.
	Sponsor Principal `json:"sponsor,omitzero"`
}

func (a relationAsk) target() Target { return a.Of }

func (a relationAsk) who() Principal {
	if a.Person.ID == "" {
		return a.Sponsor
	}
	return a.Person
}

// of is the object in question.
func (a relationAsk) of(blueprintID string) Target {
	if a.Of.ID == "" {
		return Target{Kind: graph.KindBlueprint, ID: blueprintID}
	}
	return a.Of
}

func ownerKind() stepKind { return relationKind(KindOwner, graph.Owners, "an owner") }

func sponsorKind() stepKind { return relationKind(KindSponsor, graph.Sponsors, "a sponsor") }

func ownerRemovalKind() stepKind {
	return relationRemovalKind(KindOwnerRemove, graph.Owners, "owner")
}

func sponsorRemovalKind() stepKind {
	return relationRemovalKind(KindSponsorRemove, graph.Sponsors, "sponsor")
}

// relationKind names one more owner or sponsor.
func relationKind(name string, relation graph.Relation, role string) stepKind {
	there := relationThere(relation)
	return stepKind{
		name: name, target: graph.KindBlueprint, changes: changing(relationChanges), alike: byTarget[relationAsk], bulk: true, done: "Added",
		call: asking(func(k known, ask relationAsk, _, _ string) graph.Call {
			of := ask.of(k.blueprintID)
			return graph.AddRefCall(k.base, of.Kind, of.ID, relation, refs([]Principal{ask.who()})[0])
		}),
		what: func(k known, p planned) string {
			ask, _ := p.ask.(relationAsk)
			return fmt.Sprintf("Name “%s” as %s of %s", ask.who().Words(), role, ask.of(k.blueprintID).words())
		},
		facts: relationFacts, person: personIn(func(a relationAsk) string { return a.who().Words() }),
		find: func(ctx context.Context, m *mover, _ bool) ([]object, error) {
			found, err := there(ctx, m)
			return inPlace(err, found)
		},
		already: existsAlready, whenAlready: adoptExisting,
		lagNote: noteHolderNew, explain: explainRelation,
		left: func(run *models.Run, s *models.Step) string { // in the audit, so without the name
			ask, _ := askedBy[relationAsk](s)
			return fmt.Sprintf("%s as %s of %s", ask.who().ID, role, ask.of(run.BlueprintID).words())
		},
	}
}

// relationRemovalKind takes an owner or sponsor away.
func relationRemovalKind(name string, relation graph.Relation, role string) stepKind {
	there := relationThere(relation)
	return stepKind{
		name: name, target: graph.KindBlueprint, changes: changing(relationChanges), alike: byTarget[relationAsk], bulk: true, done: "Removed",
		call: asking(func(k known, ask relationAsk, _, _ string) graph.Call {
			of := ask.of(k.blueprintID)
			return graph.RemoveRefCall(of.Kind, of.ID, relation, ask.who().ID)
		}),
		what: func(k known, p planned) string {
			ask, _ := p.ask.(relationAsk)
			return fmt.Sprintf("Remove “%s” as %s of %s", ask.who().Words(), role, ask.of(k.blueprintID).words())
		},
		facts: relationFacts, person: personIn(func(a relationAsk) string { return a.who().Words() }),
		settle:  settleGone(there),
		already: missing, whenAlready: confirmGoneBy(there),
		takesAway: true, lost: lostRemoval,
		lagNote: noteHolderNew, explain: explainRelation,
		left: func(run *models.Run, s *models.Step) string {
			ask, _ := askedBy[relationAsk](s)
			return fmt.Sprintf("%s as %s of %s, who may still be one", ask.who().ID, role, ask.of(run.BlueprintID).words())
		},
	}
}

func relationChanges(k known, ask relationAsk) (graph.Kind, string) {
	of := ask.of(k.blueprintID)
	return of.Kind, of.ID
}

func relationFacts(raw json.RawMessage) map[string]any {
	return map[string]any{"personId": askIn[relationAsk](raw).who().ID}
}

// relationThere reads whether the object has the owner or sponsor.
func relationThere(relation graph.Relation) func(context.Context, *mover) (bool, error) {
	return func(ctx context.Context, m *mover) (bool, error) {
		ask := askIn[relationAsk](m.data.Ask)
		of, read := ask.of(m.run.BlueprintID), m.reader().Owners
		if relation == graph.Sponsors {
			read = m.reader().Sponsors
		}
		list, err := read(ctx, of.Kind, of.ID)
		if graph.IsNotFound(err) {
			return false, nil // with what they answered for
		}
		return slices.ContainsFunc(list, func(r graph.PrincipalRef) bool { return strings.EqualFold(r.ID, ask.who().ID) }), err
	}
}
