package provision

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func removalKind() stepKind {
	return stepKind{
		name: KindRemoval, target: graph.KindBlueprint, changes: ofBlueprint, done: "Removed",
		call: asking(func(k known, _ struct{}, _, _ string) graph.Call {
			return graph.RemovePasswordCall(k.blueprintID, k.keyID)
		}),
		what:    func(known, planned) string { return "Remove a client secret" },
		keep:    forgetRemoved,
		settle:  settleRemoval,
		already: goneAlready, whenAlready: confirmGone,
		lagNote: noteBlueprintNew, takesAway: true, lost: "The client secret still works; remove it again.",
		left: func(run *models.Run, s *models.Step) string {
			return fmt.Sprintf("the client secret %s at the blueprint %s, which may still work", removedKey(s), run.BlueprintID)
		},
	}
}

// settleRemoval settles the removal of a secret that a person asked for.
func settleRemoval(ctx context.Context, m *mover) (goOn bool, err error) {
	// A replica that lags may not know the secret or the blueprint yet: absence
	// proves the removal only once the window has ended.
	settled := m.settled()
	blueprint, err := m.reader().Blueprint(ctx, m.run.BlueprintID)
	m.hook(inReconcile)
	if graph.IsNotFound(err) && settled {
		return m.finish(ctx, models.ResultAdopted, object{id: m.data.KeyID})
	}
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	m.hasRead()
	switch {
	case !settled:
		return m.readAgain(ctx)
	case hasSecret(blueprint, m.data.KeyID):
		return m.repeat(ctx)
	}
	return m.finish(ctx, models.ResultAdopted, object{id: m.data.KeyID})
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
	case hasSecret(blueprint, m.data.KeyID):
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
	if err != nil {
		return ""
	}
	return data.KeyID
}

// forgetRemoved deletes the sealed copies of a secret that was removed.
func forgetRemoved(ctx context.Context, m *mover, tx *models.Store, _ object) error {
	kept, err := tx.KeptSecrets(ctx, m.run.TID)
	if err != nil {
		return err
	}
	for _, k := range kept {
		if k.KeyID != m.data.KeyID || k.BlueprintID != m.run.BlueprintID {
			continue
		}
		if err := tx.DeleteKeptSecret(ctx, k.ID); err != nil {
			return err
		}
	}
	secret, err := tx.RunSecret(ctx, m.data.FromRun)
	if isNotFound(err) {
		return nil
	}
	if err != nil || secret.KeyID != m.data.KeyID {
		return err
	}
	return tx.DeleteRunSecret(ctx, m.data.FromRun)
}
