package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// What a run waits for, in the words of its badge: "Waiting for the directory".
const (
	waitDirectory = "the directory"
	waitGraph     = "Microsoft Graph"
	waitEntra     = "the sign-in service"
	waitReading   = "certainty"
)

// moveRun takes a run as far as it goes now: to its end, to a pause, or to the
// end of ctx. The caller holds the claim. An error is a fault of our own
// database; everything that Graph or Entra say ends in the rows.
func (e *Engine) moveRun(ctx context.Context, runID int64) error {
	// A call on its way is finished and written down also when ctx ends.
	whole := context.WithoutCancel(ctx)
	run, err := e.o.Store.Run(whole, runID)
	if err != nil {
		return fmt.Errorf("read run: %w", err)
	}
	for ctx.Err() == nil && !finished(run.State) {
		step := next(run)
		if step == nil {
			return e.finish(whole, run)
		}
		m := &mover{e: e, run: run, step: step}
		if len(step.Params) > 0 {
			if err := json.Unmarshal(step.Params, &m.data); err != nil {
				return fmt.Errorf("decode step %d: %w", step.ID, err)
			}
		}
		goOn, err := m.move(whole)
		if err != nil || !goOn {
			return err
		}
	}
	return nil
}

// next is the step to do: the first open one, unless a failure before it makes
// it pointless.
func next(run *models.Run) *models.Step {
	for i := range run.Steps {
		s := &run.Steps[i]
		switch {
		case s.State == models.StepDone:
		case s.State != models.StepFailed:
			return s
		case s.Kind == KindSecret && run.RunAs == string(AsMe):
			// The agents do not need it.
		case s.Kind != KindAgent || refusesAll(s):
			return nil
		}
	}
	return nil
}

// refusesAll reports whether the other agents would get the same answer.
func refusesAll(s *models.Step) bool {
	switch s.ErrorCode {
	case "AgentIdentity_LimitExceeded", "Agent_Directory_QuotaExceeded", "Directory_QuotaExceeded":
		return true
	}
	return s.HTTPStatus == 401 || s.HTTPStatus == 403
}

// mover does one step of a run.
type mover struct {
	e      *Engine
	run    *models.Run
	step   *models.Step
	data   stepData
	signIn *models.SignIn
}

// stepData is what the engine remembers of a step beside its columns.
type stepData struct {
	Sent     time.Time `json:"sent,omitzero"`       // first attempt of the operation
	Settled  time.Time `json:"settled,omitzero"`    // from then on, not found means not there
	Reads    int       `json:"reads,omitempty"`     // reads since the answer was lost
	Repeated bool      `json:"repeated,omitempty"`  // sent again, after reading found nothing
	KeyID    string    `json:"keyId,omitempty"`     // secret to remove, in a removal step
	FromRun  int64     `json:"fromRun,omitempty"`   // run that minted it
	RemoveOp string    `json:"removeOp,omitempty"`  // removal of an unknown secret under way
	Remove   string    `json:"removeKey,omitempty"` // its key id
	stepHistory
}

// move does what the step's state asks for; goOn when the next step may begin.
func (m *mover) move(ctx context.Context) (goOn bool, err error) {
	if m.step.State == models.StepStarted {
		// Only a process that was stopped leaves this state behind.
		m.lose(ctx, "The portal was stopped while the call was on its way.")
	}
	ready, err := m.signedIn(ctx)
	if err != nil || !ready {
		return false, err
	}
	if m.step.State == models.StepUnknown {
		return m.reconcile(ctx)
	}
	writer, ready, err := m.writer(ctx)
	if err != nil || !ready {
		return false, err
	}
	if m.step.OpID == "" {
		if err := m.open(ctx); err != nil {
			return false, err
		}
	} else if err := m.again(ctx); err != nil {
		return false, err
	}
	return m.send(ctx, writer)
}

// signedIn finds a usable sign-in of the run's owner, or lets the run wait for
// one. Steps as the blueprint need it too: somebody has to answer for them.
func (m *mover) signedIn(ctx context.Context) (bool, error) {
	for {
		row, err := m.e.o.SignIns.Of(ctx, m.run.TID, m.run.OwnerOID)
		if err == nil {
			_, err = m.e.o.SignIns.Token(ctx, row.ID)
		}
		switch {
		case err == nil:
			m.signIn = row
			return true, nil
		case errors.Is(err, ErrSignInNeeded) && row != nil:
			// Entra took this one back; the person may have an older one.
			if m.signIn != nil && m.signIn.ID == row.ID {
				return false, m.park(ctx)
			}
			m.signIn = row
		case errors.Is(err, ErrSignInNeeded):
			return false, m.park(ctx)
		default:
			return m.waitFor(ctx, waitEntra, "The sign-in service could not be reached for a fresh token.")
		}
	}
}

// writer gives the writer for this step's caller. Not ready: the blueprint gets
// no token yet and the step waits, or has failed.
func (m *mover) writer(ctx context.Context) (w *graph.Writer, ready bool, err error) {
	if m.step.Kind != KindAgent || m.run.RunAs != string(AsBlueprint) {
		return m.e.o.Writer.With(m.e.o.SignIns.TokenFunc(m.signIn.ID)), true, nil
	}
	token, err := m.e.blueprintToken(ctx, m.run)
	if err == nil {
		return m.e.o.Writer.With(graph.Held(token)), true, nil
	}
	_, err = m.tokenRefused(ctx, err)
	return nil, false, err
}

// reader reads as the run's owner.
func (m *mover) reader() *graph.Client {
	return m.e.o.Graph.With(m.e.o.SignIns.TokenFunc(m.signIn.ID))
}
