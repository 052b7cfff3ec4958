package provision

import (
	"context"
	"fmt"
	"slices"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// sponsorAsk is who becomes a sponsor of the run's blueprint.
type sponsorAsk struct {
	Sponsor Principal `json:"sponsor"`
}

func sponsorKind() stepKind {
	return stepKind{
		name: KindSponsor, target: graph.KindBlueprint, changes: ofBlueprint, done: "Added",
		call: asking(func(k known, ask sponsorAsk, _, _ string) graph.Call {
			return graph.AddRefCall(k.base, graph.KindBlueprint, k.blueprintID, graph.Sponsors, refs([]Principal{ask.Sponsor})[0])
		}),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(sponsorAsk)
			return fmt.Sprintf("Name “%s” as a sponsor", ask.Sponsor.Words())
		},
		person:  personIn(func(a sponsorAsk) string { return a.Sponsor.Words() }),
		find:    findSponsor,
		already: existsAlready, whenAlready: adoptExisting,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, s *models.Step) string { // in the audit, so without the sponsor's name
			ask, _ := askedBy[sponsorAsk](s)
			return fmt.Sprintf("the sponsor %s of the blueprint %s", ask.Sponsor.ID, run.BlueprintID)
		},
	}
}

// findSponsor looks among the sponsors of the blueprint.
func findSponsor(ctx context.Context, m *mover, _ bool) ([]object, error) {
	ask, err := askedOf[sponsorAsk](m)
	if err != nil {
		return nil, err
	}
	sponsors, err := m.reader().Sponsors(ctx, graph.KindBlueprint, m.run.BlueprintID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(sponsors, func(r graph.PrincipalRef) bool { return r.ID == ask.Sponsor.ID }) {
		return []object{{id: ask.Sponsor.ID}}, nil
	}
	return nil, nil
}
