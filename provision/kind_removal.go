package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// removalAsk is a secret to remove. The rows of runs that remove what a run has
// minted name it beside.
type removalAsk struct {
	KeyID string `json:"keyId,omitempty"`
	Name  string `json:"name,omitempty"` // of the secret, for people
}

func removalKind() stepKind {
	return stepKind{
		name: KindRemoval, target: graph.KindBlueprint, changes: ofBlueprint, done: "Removed",
		call: asking(func(k known, ask removalAsk, _, _ string) graph.Call {
			if ask.KeyID != "" {
				return graph.RemovePasswordCall(k.blueprintID, ask.KeyID)
			}
			return graph.RemovePasswordCall(k.blueprintID, k.keyID)
		}),
		what: func(_ known, p planned) string {
			if ask, _ := p.ask.(removalAsk); ask.Name != "" {
				return fmt.Sprintf("Remove the client secret “%s”", ask.Name)
			}
			return "Remove a client secret"
		},
		facts: func(raw json.RawMessage) map[string]any {
			if ask := askIn[removalAsk](raw); ask.Name != "" {
				return map[string]any{"credential": ask.Name}
			}
			return nil
		},
		keep:    forgetRemoved,
		settle:  settleRemoval,
		already: goneAlready, whenAlready: confirmGone,
		lagNote: noteBlueprintNew, takesAway: true, lost: "The client secret still works; remove it again.",
		explain: explainCredential,
		left: func(run *models.Run, s *models.Step) string {
			return fmt.Sprintf("the client secret %s at the blueprint %s, which may still work", removedKey(s), run.BlueprintID)
		},
	}
}

// removes is the key id of the secret that the step removes.
func (m *mover) removes() string {
	if m.data.KeyID != "" || m.step.Kind != KindRemoval {
		return m.data.KeyID
	}
	return askIn[removalAsk](m.data.Ask).KeyID
}

// settleRemoval settles the removal of a secret that a person asked for.
func settleRemoval(ctx context.Context, m *mover) (goOn bool, err error) {
	// A replica that lags may not know the secret or the blueprint yet: absence
	// proves the removal only once the window has ended.
	settled := m.settled()
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.hook(inReconcile)
	if graph.IsNotFound(err) && settled {
		return m.finish(ctx, models.ResultAdopted, object{id: m.removes()})
	}
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	m.hasRead()
	switch {
	case !settled:
		return m.readAgain(ctx)
	case hasSecret(blueprint, m.removes()):
		return m.repeat(ctx)
	}
	return m.finish(ctx, models.ResultAdopted, object{id: m.removes()})
}

// confirmGone reads whether the secret to remove is gone: a replica that lags
// behind answers the same for what it does not know yet. What no read has shown
// is not believed.
func confirmGone(ctx context.Context, m *mover, _ *graph.Error) (goOn bool, err error) {
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	switch {
	case graph.IsNotFound(err):
		m.lose(ctx, "Graph knows neither the secret nor its blueprint.")
		return m.reconcile(ctx)
	case err != nil:
		m.lose(ctx, "Graph says that the secret is gone.")
		return m.cannotRead(ctx, err)
	case hasSecret(blueprint, m.removes()):
		return m.waitFor(ctx, waitDirectory, "The directory does not know the secret everywhere yet.")
	}
	return m.finish(ctx, models.ResultSucceeded, object{})
}

// goneAlready reads the refusal to remove what is not there.
func goneAlready(e *graph.Error) bool {
	return e.Status == http.StatusNotFound ||
		e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "no password credential found")
}

func removedKey(s *models.Step) string {
	data, err := dataOf(s)
	if err != nil || data.KeyID != "" {
		return data.KeyID
	}
	return askIn[removalAsk](data.Ask).KeyID
}

// forgetRemoved deletes the sealed copies of a secret that was removed, whichever
// run has minted it.
func forgetRemoved(ctx context.Context, m *mover, tx *models.Store, _ object) error {
	kept, err := tx.KeptSecrets(ctx, m.run.TID)
	if err != nil {
		return err
	}
	for _, k := range kept {
		if k.KeyID != m.removes() || k.BlueprintID != m.run.BlueprintID {
			continue
		}
		if err := tx.DeleteKeptSecret(ctx, k.ID); err != nil {
			return err
		}
	}
	secrets, err := tx.RunSecretsOf(ctx, m.run.TID, m.run.BlueprintID)
	if err != nil {
		return err
	}
	for i := range secrets {
		if secrets[i].KeyID != m.removes() {
			continue
		}
		if err := tx.DeleteRunSecret(ctx, secrets[i].RunID); err != nil {
			return err
		}
	}
	return nil
}
