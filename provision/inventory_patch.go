package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// touch is what a run has changed, by kind; made are objects that must show.
type touch struct {
	run  *models.Run
	ids  map[graph.Kind][]string
	made map[string]bool
}

// afterRun has the objects that a run changed read again.
func (v *Inventory) afterRun(run *models.Run) {
	t := v.touchedBy(run)
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(t.ids) == 0 || v.e.stopping.Err() != nil {
		return
	}
	if v.reading != nil {
		v.reading.touched = append(v.reading.touched, t)
	}
	v.patches++
	v.work.Go(func() {
		v.patch(t)
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.patches--; v.patches == 0 && v.quiet != nil {
			close(v.quiet)
			v.quiet = nil
		}
	})
}

// touchedBy gathers what the steps of a run made or changed.
func (v *Inventory) touchedBy(run *models.Run) touch {
	t := touch{run: run, ids: map[graph.Kind][]string{}, made: map[string]bool{}}
	add := func(kind graph.Kind, id string) {
		if id != "" && !slices.Contains(t.ids[kind], id) {
			t.ids[kind] = append(t.ids[kind], id)
		}
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.State != models.StepDone {
			continue
		}
		m, err := v.e.moverOf(run, s)
		if err != nil {
			continue
		}
		kind, id := m.changes()
		if id == "" {
			kind, id = m.kind.target, s.ObjectID
			t.made[strings.ToLower(id)] = true
		}
		switch kind {
		case graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser:
			add(kind, id)
		}
	}
	return t
}

// patch reads what a run touched until all that it made shows, or the directory
// has had its time.
func (v *Inventory) patch(t touch) {
	ctx, cancel := context.WithTimeout(v.e.stopping, v.e.o.Settle(v.e.stopping)+time.Minute)
	defer cancel()
	for attempt := 1; ctx.Err() == nil; attempt++ {
		missing, err := v.patchOnce(ctx, t)
		if err != nil && ctx.Err() == nil {
			v.e.o.Log.InfoContext(ctx, "the inventory cannot be brought up to date", "run", t.run.ID, "error", err)
		}
		if err != nil || missing == 0 {
			return
		}
		timer := time.NewTimer(v.e.o.Pause(attempt))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// patchOnce reads the touched objects; missing counts those the run made that do
// not show yet.
func (v *Inventory) patchOnce(ctx context.Context, t touch) (missing int, err error) {
	former, err := v.Snapshot(ctx)
	if err != nil || former == nil {
		return 0, err // the first reading will find them
	}
	signIn, err := v.e.o.SignIns.Of(ctx, t.run.TID, t.run.OwnerOID)
	if err != nil {
		return 0, err
	}
	r := &inventoryReader{g: v.e.o.Graph.With(v.e.o.SignIns.TokenFunc(signIn.ID)), by: t.run.OwnerUsername, now: v.e.o.Now()}
	if err := r.some(ctx, t.ids); err != nil {
		return 0, fmt.Errorf("read what run %d touched: %w", t.run.ID, err)
	}
	items := r.items(former)
	var strangers []string
	for _, id := range peopleIn(items) {
		if former.Item(id) == nil {
			strangers = append(strangers, id)
		}
	}
	people, err := r.people(ctx, strangers)
	if err != nil {
		return 0, err
	}
	read := map[string]bool{}
	for i := range items {
		read[strings.ToLower(items[i].ID)] = true
	}
	var gone []string
	for _, ids := range t.ids {
		for _, id := range ids {
			switch {
			case read[strings.ToLower(id)]:
			case t.made[strings.ToLower(id)]:
				missing++
			default:
				gone = append(gone, id)
			}
		}
	}
	return missing, v.replace(ctx, append(items, people...), gone)
}

// replace puts items in place of those with the same id, and takes others out.
func (v *Inventory) replace(ctx context.Context, put []Item, gone []string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current == nil {
		return nil
	}
	for _, id := range gone {
		if item := v.current.Item(id); item != nil && graph.Kind(item.Kind) == graph.KindBlueprint {
			// The directory deletes the principal with its blueprint.
			if p := v.current.Principal(item.AppID); p != nil {
				gone = append(gone, p.ID)
			}
		}
	}
	if err := v.e.o.Store.PatchInventory(ctx, v.current.TID, put, gone); err != nil {
		return err
	}
	out := map[string]bool{}
	for _, id := range gone {
		out[strings.ToLower(id)] = true
	}
	for i := range put {
		out[strings.ToLower(put[i].ID)] = true
	}
	next := *v.current.Inventory
	next.Items = slices.DeleteFunc(slices.Clone(next.Items), func(i Item) bool { return out[strings.ToLower(i.ID)] })
	next.Items = append(next.Items, put...)
	v.current = newSnapshot(&next)
	return nil
}

// some reads the objects of a touch.
func (r *inventoryReader) some(ctx context.Context, ids map[graph.Kind][]string) (err error) {
	if r.blueprints, err = r.g.SomeBlueprints(ctx, ids[graph.KindBlueprint]); err != nil {
		return err
	}
	if r.principals, err = r.g.SomePrincipals(ctx, ids[graph.KindBlueprintPrincipal]); err != nil {
		return err
	}
	if r.agents, err = r.g.SomeAgents(ctx, ids[graph.KindAgentIdentity]); err != nil {
		return err
	}
	r.users, err = r.g.SomeAgentUsers(ctx, ids[graph.KindAgentUser])
	return err
}
