package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// keyAsk is a certificate or federated credential of the run's blueprint to remove.
type keyAsk struct {
	KeyID string                `json:"keyId"` // of a federated credential its id
	Name  string                `json:"name,omitempty"`
	Stay  []graph.KeyCredential `json:"stay,omitempty"` // certificates: Graph replaces the list
}

// words name the credential as far as it has a name.
func (a keyAsk) words() string {
	if a.Name == "" {
		return a.KeyID
	}
	return "“" + a.Name + "”"
}

// certificateRemovalKind sends the certificates that stay. Graph's removeKey would
// want a proof that the caller holds a private key of the blueprint.
func certificateRemovalKind() stepKind {
	kind := keyRemovalKind(KindCertificateRemove, "certificate", certificateThere, func(k known, ask keyAsk) graph.Call {
		return graph.KeepCertificatesCall(k.blueprintID, ask.Stay)
	})
	kind.look = lookAtBlueprint(func(ask keyAsk, found *graph.Blueprint) keyAsk {
		ask.Stay = slices.DeleteFunc(slices.Clone(found.KeyCredentials), func(c graph.KeyCredential) bool { return strings.EqualFold(c.KeyID, ask.KeyID) })
		return ask
	})
	return kind
}

func certificateThere(ctx context.Context, m *mover) (bool, error) {
	b, err := m.blueprintNow(ctx)
	if err != nil {
		return false, err
	}
	keyID := askIn[keyAsk](m.data.Ask).KeyID
	return slices.ContainsFunc(b.KeyCredentials, func(c graph.KeyCredential) bool { return strings.EqualFold(c.KeyID, keyID) }), nil
}

func federatedRemovalKind() stepKind {
	return keyRemovalKind(KindFederatedRemove, "federated credential", federatedThere, func(k known, ask keyAsk) graph.Call {
		return graph.RemoveFederatedCall(k.blueprintID, ask.KeyID)
	})
}

func federatedThere(ctx context.Context, m *mover) (bool, error) {
	all, err := m.reader().FederatedCredentials(ctx, m.run.BlueprintID)
	if graph.IsNotFound(err) {
		return false, nil
	}
	keyID := askIn[keyAsk](m.data.Ask).KeyID
	return slices.ContainsFunc(all, func(f graph.FederatedCredential) bool { return strings.EqualFold(f.ID, keyID) }), err
}

// keyRemovalKind is what removing a credential has in common.
func keyRemovalKind(name, thing string, there func(context.Context, *mover) (bool, error), call func(known, keyAsk) graph.Call) stepKind {
	return stepKind{
		name: name, target: graph.KindBlueprint, changes: ofBlueprint, done: "Removed",
		call: asking(func(k known, ask keyAsk, _, _ string) graph.Call { return call(k, ask) }),
		what: func(_ known, p planned) string {
			ask, _ := p.ask.(keyAsk)
			return fmt.Sprintf("Remove %s %s", thing, ask.words())
		},
		settle:  settleGone(there),
		already: missing, whenAlready: confirmGoneBy(there),
		takesAway: true, lost: lostRemoval,
		lagNote: noteBlueprintNew, explain: explainCredential,
		left: func(run *models.Run, s *models.Step) string {
			ask, _ := askedBy[keyAsk](s)
			return fmt.Sprintf("the %s %s at the blueprint %s, which may still be there", thing, ask.words(), run.BlueprintID)
		},
	}
}
