package provision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// group moves the many steps of one kind: up to Options.Batch calls in one
// request, up to Options.Concurrency requests on their way. Only the goroutine
// that calls move touches the rows; the others wait for answers.
type group struct {
	e    *Engine
	f    *front
	kind stepKind

	signIn *models.SignIn
	writer *graph.Writer
	flying int
	busy   map[string]bool // objects that calls on their way touch
	landed chan flight
	halted bool // nothing more is sent before all is back
}

// flight is one request on its way, and its answer.
type flight struct {
	parts   []*mover
	answers []graph.PartAnswer
}

// shared is what steps have in common that move together.
type shared struct {
	movers []*mover
	writes map[*mover][]func(context.Context, *models.Store) error
	pauses map[int]time.Duration
	window *time.Duration

	read   bool // the agents below were read
	agents []graph.AgentIdentity
	err    error
}

func newShared() *shared {
	return &shared{writes: map[*mover][]func(context.Context, *models.Store) error{}, pauses: map[int]time.Duration{}}
}

// add has a step written with the others.
func (s *shared) add(m *mover, do func(context.Context, *models.Store) error) {
	if _, known := s.writes[m]; !known {
		s.movers = append(s.movers, m)
	}
	s.writes[m] = append(s.writes[m], do)
}

// commit writes everything that add was given in one transaction.
func (g *group) commit(ctx context.Context, s *shared, what, point string) error {
	ctx = context.WithoutCancel(ctx)
	err := g.e.o.Store.Tx(ctx, func(tx *models.Store) error {
		for _, m := range s.movers {
			for _, do := range s.writes[m] {
				if err := do(ctx, tx); err != nil {
					return err
				}
			}
			if err := m.save(ctx, tx); err != nil {
				return err
			}
		}
		if point != "" {
			g.e.hook(point + " batch")
		}
		return tx.SaveRun(ctx, g.f.run)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	g.e.changed(g.f.run.ID)
	return nil
}

// mover makes the movers of steps that move together.
func (g *group) together(steps []*models.Step) ([]*mover, *shared, error) {
	with := newShared()
	var movers []*mover
	for _, s := range steps {
		m, err := g.e.moverOf(g.f.run, s)
		if err != nil {
			return nil, nil, err
		}
		m.shared, m.signIn = with, g.signIn
		g.f.moved(s)
		movers = append(movers, m)
	}
	return movers, with, nil
}

// move settles what is unknown and sends what is due, until nothing is.
func (g *group) move(ctx context.Context) (goOn bool, err error) {
	steps := g.due(nil)
	lead, err := g.e.moverOf(g.f.run, steps[0])
	if err != nil {
		return false, err
	}
	if ready, err := lead.signedIn(ctx); err != nil || !ready {
		g.e.hold(g.f.run.ID, lead.step.NextAt)
		return false, err
	}
	g.signIn = lead.signIn
	if err := g.settleLost(ctx); err != nil || g.f.run.State == models.RunWaitingSignIn {
		return false, err
	}
	sendable := g.due(sends)
	if len(sendable) == 0 || ctx.Err() != nil {
		return ctx.Err() == nil, nil
	}
	if lead, err = g.e.moverOf(g.f.run, sendable[0]); err != nil {
		return false, err
	}
	lead.signIn = g.signIn
	writer, ready, err := lead.writer(ctx)
	if err != nil || !ready {
		g.e.hold(g.f.run.ID, lead.step.NextAt)
		return false, err
	}
	g.writer, g.busy, g.landed = writer, map[string]bool{}, make(chan flight, g.e.o.Concurrency)
	err = g.fly(ctx)
	return err == nil && g.f.run.State != models.RunWaitingSignIn, err
}

// fly keeps requests on their way while there is something to send.
func (g *group) fly(ctx context.Context) error {
	var failed error
	for {
		for failed == nil && !g.halted && g.flying < g.e.o.Concurrency && ctx.Err() == nil && !g.e.givesWay(g.f.run.ID) {
			parts, err := g.take(ctx)
			if failed = err; err != nil || len(parts) == 0 {
				break
			}
			failed = g.launch(ctx, parts)
		}
		if g.flying == 0 {
			return failed
		}
		landed := <-g.landed
		g.flying--
		failed = errors.Join(failed, g.land(ctx, landed))
	}
}

// sends says that a step's state asks for a call, not for a read.
func sends(s *models.Step) bool {
	return s.State == models.StepPlanned || s.State == models.StepWaiting
}

// due are the steps of the kind that can be moved now.
func (g *group) due(which func(*models.Step) bool) []*models.Step {
	var due []*models.Step
	for _, s := range g.f.open() {
		if s.Kind == g.kind.name && g.f.due(s) && (which == nil || which(s)) {
			due = append(due, s)
		}
	}
	return due
}

// settleLost reads what became of the calls whose answers were lost: once for
// all of them, and what is found is written at once.
func (g *group) settleLost(ctx context.Context) error {
	lost := g.due(func(s *models.Step) bool { return !sends(s) })
	if len(lost) == 0 {
		return nil
	}
	movers, with, err := g.together(lost)
	if err != nil {
		return err
	}
	for _, m := range movers {
		if m.step.State == models.StepStarted {
			m.lose(ctx, "The portal was stopped while the call was on its way.")
		}
		if _, err := m.reconcile(ctx); err != nil {
			return err
		}
	}
	g.e.hook(inReconcile + " batch")
	return g.commit(ctx, with, "record what was found", "")
}

// take chooses the steps of the next request: as many as it and Graph take,
// and no two that touch the same object.
func (g *group) take(ctx context.Context) ([]*models.Step, error) {
	var parts []*models.Step
	for _, s := range g.due(sends) {
		if until := g.e.gate.closed(g.kind.name, g.e.o.Now()); !until.IsZero() {
			g.halted = true
			return parts, g.holdBack(ctx, s, until)
		}
		m, err := g.e.moverOf(g.f.run, s)
		if err != nil {
			return parts, err
		}
		_, object := m.changes()
		if object != "" && g.busy[object] {
			continue
		}
		if object != "" {
			g.busy[object] = true
		}
		g.e.gate.count(g.e.o.Now())
		if parts = append(parts, s); len(parts) == g.e.o.Batch {
			break
		}
	}
	return parts, nil
}

// holdBack lets the run wait until Graph takes more.
func (g *group) holdBack(ctx context.Context, s *models.Step, until time.Time) error {
	movers, with, err := g.together([]*models.Step{s})
	if err != nil {
		return err
	}
	if err := movers[0].holdBack(ctx, until); err != nil {
		return err
	}
	g.e.hold(g.f.run.ID, until)
	return g.commit(ctx, with, "hold back", "")
}

// launch commits the intents of a request in one transaction and sends it.
func (g *group) launch(ctx context.Context, steps []*models.Step) error {
	g.e.hook(beforeIntent + " batch")
	movers, with, err := g.together(steps)
	if err != nil {
		return err
	}
	parts := make([]graph.Part, len(movers))
	for i, m := range movers {
		if err := m.begin(ctx); err != nil {
			return err
		}
		if parts[i].Call, err = m.call(); err != nil {
			return err
		}
		parts[i].OpID = m.step.OpID
	}
	g.f.run.State = models.RunRunning
	if err := g.commit(ctx, with, "record intents", inIntentTx); err != nil {
		return err
	}
	g.e.hook(afterIntent + " batch")
	g.flying++
	longer, cancel := g.e.outlive(ctx)
	go func() {
		defer cancel()
		g.landed <- flight{parts: movers, answers: g.writer.SendAll(longer, parts)}
	}()
	return nil
}

// land writes what came of a request, in one transaction.
func (g *group) land(ctx context.Context, f flight) error {
	g.e.hook(afterSend + " batch")
	with, waits, done := newShared(), time.Time{}, 0
	for i, m := range f.parts {
		m.shared = with
		if _, err := m.answered(ctx, f.answers[i]); err != nil {
			return err
		}
		_, object := m.changes()
		delete(g.busy, object)
		switch s := m.step; {
		case s.State == models.StepDone:
			done++
		case s.State == models.StepWaiting && (waits.IsZero() || s.NextAt.Before(waits)):
			waits = s.NextAt
		}
		g.halted = g.halted || m.step.HTTPStatus == 401 || g.f.run.State == models.RunWaitingSignIn
	}
	if done == 0 && !waits.IsZero() {
		// What all of them wait for, those not yet sent would wait for as well.
		g.halted = true
		g.e.hold(g.f.run.ID, waits)
	}
	if g.flying > 0 && g.f.run.State == models.RunWaiting {
		g.f.run.State = models.RunRunning
	}
	if err := g.commit(ctx, with, "record outcomes", inOutcomeTx); err != nil {
		return err
	}
	g.e.hook(afterOutcome + " batch")
	return nil
}
