package provision

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func federatedKind() stepKind {
	return stepKind{
		name: KindFederated, target: graph.KindBlueprint, changes: ofBlueprint, done: "Added",
		ask: func(k known) any {
			if k.spec.Federated == nil {
				return graph.FederatedCredential{}
			}
			return k.spec.Federated.Credential(k.issuer)
		},
		call: asking(func(k known, ask graph.FederatedCredential, _, _ string) graph.Call {
			return graph.AddFederatedCall(k.blueprintID, ask)
		}),
		what: func(k known, p planned) string {
			ask, _ := p.askOf(k).(graph.FederatedCredential)
			return fmt.Sprintf("Add federated credential “%s”: trust tokens of %s for %s", ask.Name, ask.Issuer, ask.Subject)
		},
		read:    answering(func(f graph.FederatedCredential) object { return object{id: f.ID, name: f.Name} }),
		find:    findFederated,
		already: func(e *graph.Error) bool { return e.Status == http.StatusConflict }, whenAlready: federatedExists,
		lagNote: noteBlueprintNew,
		left: func(run *models.Run, s *models.Step) string {
			return fmt.Sprintf("a federated credential “%s” at the blueprint %s", s.ObjectName, run.BlueprintID)
		},
	}
}

// findFederated looks by issuer, subject and audience: a blueprint has that
// only once.
func findFederated(ctx context.Context, m *mover, _ bool) ([]object, error) {
	wanted, all, err := m.federated(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.SameTrust(wanted) {
			return []object{{id: f.ID, name: f.Name}}, nil
		}
	}
	return nil, nil
}

// federated is the credential that is asked for, and those that are there.
func (m *mover) federated(ctx context.Context) (wanted graph.FederatedCredential, all []graph.FederatedCredential, err error) {
	if wanted, err = askedOf[graph.FederatedCredential](m); err != nil {
		return wanted, nil, err
	}
	all, err = m.reader().FederatedCredentials(ctx, m.run.BlueprintID)
	if graph.IsNotFound(err) {
		err = nil // the blueprint does not show yet, or is gone: nothing is there
	}
	return wanted, all, err
}

// federatedExists handles a credential that Graph says exists already: the very
// one is adopted, another in its place is for a person.
func federatedExists(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, _ error) {
	wanted, all, err := m.federated(ctx)
	if err != nil {
		m.lose(ctx, "Graph says that the federated credential exists already.")
		return m.cannotRead(ctx, err)
	}
	f := failureOf(refusal)
	for _, other := range all {
		switch {
		case other.SameTrust(wanted):
			return m.finish(ctx, models.ResultAdopted, object{id: other.ID, name: other.Name})
		case strings.EqualFold(other.Name, wanted.Name):
			f.note = fmt.Sprintf("The blueprint has a federated credential named “%s” already, for %s of %s. Names cannot be used twice: choose another.",
				other.Name, other.Subject, other.Issuer)
			return m.fail(ctx, f)
		case other.Issuer == wanted.Issuer && other.Subject == wanted.Subject:
			f.note = fmt.Sprintf("The federated credential “%s” of the blueprint is for the same issuer and subject, with the audience %s. Entra takes one for each pair.",
				other.Name, strings.Join(other.Audiences, ", "))
			return m.fail(ctx, f)
		}
	}
	if m.data.Conflicts++; m.data.Conflicts > 1 {
		f.note = "Graph says that the blueprint has such a federated credential already, and shows none. Retry it later: nothing is made twice."
		return m.fail(ctx, f)
	}
	m.lose(ctx, "Graph says that the federated credential exists already.")
	return m.settleSoon(ctx)
}
