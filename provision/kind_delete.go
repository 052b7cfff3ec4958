package provision

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// binAsk is an object on its way into the recycle bin, or out of it.
type binAsk struct {
	Of Target `json:"of"`
}

func (a binAsk) target() Target { return a.Of }

// place is where the directory has an object.
type place int

const (
	never   place = iota // no place that whereIs names
	nowhere              // nobody knows it, or not everywhere yet
	binned
	alive
)

// whereIs reads where the object of a step is. The bin is asked first: what it
// shows is no longer alive, whatever a replica that lags says.
func whereIs(ctx context.Context, m *mover) (place, error) {
	of := askIn[binAsk](m.data.Ask).Of
	_, err := m.reader().DeletedItem(ctx, of.ID)
	switch {
	case err == nil:
		return binned, nil
	case !graph.IsNotFound(err) && !graph.IsForbidden(err): // who may not look into the bin may see the living
		return nowhere, err
	}
	_, err = m.reader().Properties(ctx, of.Kind, of.ID, "id")
	switch {
	case err == nil:
		return alive, nil
	case graph.IsNotFound(err):
		return nowhere, nil
	}
	return nowhere, err
}

// passage is a way between places: what shows that it is done.
type passage struct {
	certain  place // proves it at once
	believed place // proves it when the settle window has ended
	lost     place // it cannot be done any more
	lostNote string
}

// settle is stepKind.settle of a passage.
func (p passage) settle(ctx context.Context, m *mover) (goOn bool, err error) {
	settled := m.settled()
	at, err := whereIs(ctx, m)
	m.hook(inReconcile)
	if err != nil {
		return m.cannotRead(ctx, err)
	}
	m.hasRead()
	switch {
	case at == p.certain, at == p.believed && settled:
		return m.finish(ctx, models.ResultAdopted, object{})
	case !settled:
		return m.readAgain(ctx)
	}
	return m.repeat(ctx)
}

// missed is stepKind.whenAlready of a passage: Graph says 404 of what is no longer
// where the call looks for it, and of what a replica does not know yet.
func (p passage) missed(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, err error) {
	at, err := whereIs(ctx, m)
	switch {
	case err != nil:
		m.lose(ctx, "Graph does not know the object.")
		return m.cannotRead(ctx, err)
	case at == p.certain:
		return m.finish(ctx, models.ResultSucceeded, object{})
	case at == p.believed:
		m.lose(ctx, "Graph does not know the object, alive or deleted.")
		return m.settleSoon(ctx)
	case at == p.lost:
		f := failureOf(refusal)
		f.note = p.lostNote
		return m.fail(ctx, f)
	}
	return m.waitFor(ctx, waitDirectory, "The directory does not know the object everywhere yet.")
}

// binKind is what the three ways have in common.
func binKind(name, done, verb string, p passage, call func(graph.Kind, string) graph.Call) stepKind {
	return stepKind{
		name: name, target: graph.KindAgentIdentity, changes: ofTarget[binAsk], alike: byTarget[binAsk], bulk: true, done: done,
		call: asking(func(_ known, ask binAsk, _, _ string) graph.Call { return call(ask.Of.Kind, ask.Of.ID) }),
		what: func(_ known, planned planned) string {
			ask, _ := planned.ask.(binAsk)
			return fmt.Sprintf(verb, ask.Of.words())
		},
		settle: p.settle, already: missing, whenAlready: p.missed,
		lagNote: "The directory does not know everywhere yet what was restored before.", explain: explainObject,
		left: func(_ *models.Run, s *models.Step) string {
			ask, _ := askedBy[binAsk](s)
			return ask.Of.words() + ", deleted, restored or as it was"
		},
	}
}

// deleteKind moves objects to the recycle bin.
func deleteKind() stepKind {
	kind := binKind(KindDelete, "Deleted", "Delete %s", passage{certain: binned, believed: nowhere}, graph.DeleteCall)
	kind.takesAway, kind.lost = true, "Reading shows that it is still there; delete it again."
	return kind
}

const (
	noteNotInBin = "It is not in the recycle bin: it was purged, by somebody or because 30 days were over. It cannot be restored any more; make a new one."
	noteRestored = "It is not in the recycle bin any more: somebody has restored it. Delete it again before it is purged."
)

// restoreKind takes objects out of the recycle bin.
func restoreKind() stepKind {
	kind := binKind(KindRestore, "Restored", "Restore %s", passage{certain: alive, lost: nowhere, lostNote: noteNotInBin}, graph.RestoreCall)
	kind.lost = "Reading shows that it is not back; restore it again."
	kind.lags = func(_ *mover, refusal *graph.Error) bool {
		// What it depends on was restored moments ago.
		return refusal.Lag() || refusal.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(refusal.Message), "is deleted")
	}
	return kind
}

// purgeKind deletes for good.
func purgeKind() stepKind {
	kind := binKind(KindPurge, "Purged", "Delete %s for good", passage{believed: nowhere, lost: alive, lostNote: noteRestored}, graph.PurgeCall)
	kind.takesAway, kind.lost = true, "Reading shows that it is still in the recycle bin; purge it again."
	return kind
}
