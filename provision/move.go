package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// What a run waits for, in the words of its badge: "Waiting for the directory".
const (
	waitDirectory = "the directory"
	waitGraph     = "Microsoft Graph"
	waitEntra     = "the sign-in service"
	waitReading   = "certainty"
	waitPortal    = "the portal"
)

// moveRun takes a run as far as it goes now: to its end, to a pause, to the
// end of ctx or of the engine's work, or to a step before which somebody wants
// the run. hurry ends the pauses its steps are in. The caller holds the claim.
// An error is a fault of our own database or key; everything that Graph or
// Entra say ends in the rows.
func (e *Engine) moveRun(ctx context.Context, runID int64, hurry bool) error {
	ctx, cancel := e.untilStop(ctx)
	defer cancel()
	run, err := e.o.Store.Run(context.WithoutCancel(ctx), runID)
	if err != nil {
		return fmt.Errorf("read run: %w", err)
	}
	f := e.frontOf(run, hurry)
	for ctx.Err() == nil && !finished(run.State) && !e.givesWay(runID) {
		if f.over() {
			return e.finish(context.WithoutCancel(ctx), run)
		}
		step := f.first()
		if step == nil {
			return e.pauseRun(ctx, run)
		}
		goOn, err := e.moveStep(ctx, f, step)
		if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil // what was not written is taken up again
		}
		if err != nil || !goOn {
			return err
		}
	}
	return nil
}

// moveStep moves a step, together with its kind where there are many of it.
// What one alone waits for, the steps after it would wait for as well.
func (e *Engine) moveStep(ctx context.Context, f *front, step *models.Step) (goOn bool, err error) {
	if f.many(step.Kind) {
		g := &group{e: e, f: f, kind: kindNamed(step.Kind)}
		return g.move(ctx)
	}
	f.moved(step)
	m, err := e.moverOf(f.run, step)
	if err != nil {
		return false, err
	}
	if goOn, err = m.move(ctx); err == nil && !goOn {
		e.hold(f.run.ID, step.NextAt)
	}
	return goOn, err
}

// pauseRun says of a run, all of whose steps wait, that it does.
func (e *Engine) pauseRun(ctx context.Context, run *models.Run) error {
	if run.State != models.RunRunning {
		return nil
	}
	run.State = models.RunWaiting
	if err := e.o.Store.SaveRun(context.WithoutCancel(ctx), run); err != nil {
		return fmt.Errorf("save run: %w", err)
	}
	e.changed(run.ID)
	return nil
}

func (e *Engine) moverOf(run *models.Run, step *models.Step) (*mover, error) {
	data, err := dataOf(step)
	if err != nil {
		return nil, err
	}
	return &mover{e: e, run: run, step: step, kind: kindNamed(step.Kind), data: data}, nil
}

func dataOf(step *models.Step) (data stepData, err error) {
	if len(step.Params) == 0 {
		return data, nil
	}
	if err := json.Unmarshal(step.Params, &data); err != nil {
		return data, fmt.Errorf("decode step %d: %w", step.ID, err)
	}
	return data, nil
}

// mover does one step of a run. The context of its methods ends when the work
// does: reads end with it, calls outlive it a while, and what came of them is
// written whatever it says.
type mover struct {
	e      *Engine
	run    *models.Run
	step   *models.Step
	kind   stepKind
	data   stepData
	signIn *models.SignIn
	shared *shared // with the steps it moves with; nil: it moves alone
}

// stepData is what the engine remembers of a step beside its columns.
type stepData struct {
	Sent       time.Time       `json:"sent,omitzero"`       // first attempt of the operation
	By         *owner          `json:"by,omitempty"`        // in whose name its intent stands
	Settled    time.Time       `json:"settled,omitzero"`    // from then on, not found means not there
	Paused     time.Time       `json:"paused,omitzero"`     // until when whoever answered asked to be left alone
	CallPaused time.Time       `json:"callPaused,omitzero"` // until when it asked not to be sent this call again
	GaveUp     bool            `json:"gaveUp,omitempty"`    // it waited in vain until its time was over
	Reads      int             `json:"reads,omitempty"`     // reads since the answer was lost
	Unread     bool            `json:"unread,omitempty"`    // the last of them failed, so nobody knows
	Repeats    int             `json:"repeats,omitempty"`   // sent again, after reading found nothing
	Stale      int             `json:"stale,omitempty"`     // access tokens that Graph did not take
	Conflicts  int             `json:"conflicts,omitempty"` // answers that the principal exists already
	Ask        json.RawMessage `json:"ask,omitempty"`       // what the call is built from, by kind
	KeyID      string          `json:"keyId,omitempty"`     // secret to remove, in a removal step
	FromRun    int64           `json:"fromRun,omitempty"`   // run that minted it
	RemoveOp   string          `json:"removeOp,omitempty"`  // removal of an unknown secret under way
	Remove     string          `json:"removeKey,omitempty"` // its key id
	stepHistory
}

// owner is the person in whose name an operation was announced. Its outcome
// stands in the same name, whoever owns the run by then.
type owner struct {
	OID      string `json:"oid"`
	Name     string `json:"name,omitempty"`
	Username string `json:"username,omitempty"`
}

func ownerOf(run *models.Run) *owner {
	return &owner{OID: run.OwnerOID, Name: run.OwnerName, Username: run.OwnerUsername}
}

// announcedBy is in whose name the intent of the step's operation stands.
func (m *mover) announcedBy() *owner {
	if m.data.By != nil {
		return m.data.By
	}
	return ownerOf(m.run)
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
	if m.kind.do != nil {
		return m.kind.do(ctx, m)
	}
	free, err := m.turn(ctx)
	if err != nil {
		return false, nil // the work stops; nothing was sent
	}
	defer free()
	if m.step.State == models.StepUnknown {
		return m.reconcile(ctx)
	}
	writer, ready, err := m.writer(ctx)
	if err != nil || !ready || ctx.Err() != nil {
		return false, err
	}
	if until := m.e.gate.closed(m.step.Kind, m.e.o.Now()); !until.IsZero() {
		return false, m.holdBack(ctx, until)
	}
	if ready, goOn, err := m.aim(ctx); err != nil || !ready {
		return goOn, err
	}
	if err := m.begin(ctx); err != nil {
		return false, err
	}
	return m.send(ctx, writer)
}

// begin opens an operation, or another attempt of the one that is open.
func (m *mover) begin(ctx context.Context) error {
	if m.shared == nil {
		m.e.gate.count(m.e.o.Now())
	}
	if m.step.OpID == "" {
		return m.open(ctx)
	}
	return m.again(ctx)
}

// signedIn finds a usable sign-in of the run's owner, or lets the run wait for
// one. Steps as the blueprint need it too: somebody has to answer for them.
func (m *mover) signedIn(ctx context.Context) (bool, error) {
	for {
		row, err := m.e.o.SignIns.Of(ctx, m.run.TID, m.run.OwnerOID)
		if err == nil {
			err = m.e.freshToken(ctx, row.ID)
		}
		switch {
		case err == nil:
			m.signIn = row
			return ctx.Err() == nil, nil
		case errors.Is(err, ErrSignInNeeded) && row != nil:
			// Entra took this one back; the person may have an older one.
			if m.signIn != nil && m.signIn.ID == row.ID {
				return false, m.park(ctx)
			}
			m.signIn = row
		case errors.Is(err, ErrSignInNeeded):
			return false, m.park(ctx)
		default:
			return m.noToken(ctx, err)
		}
	}
}

// freshToken has a usable token of a sign-in in memory. A refresh under way is
// awaited when the work stops: Entra may have replaced the refresh token.
func (e *Engine) freshToken(ctx context.Context, signInID string) error {
	ctx, cancel := e.outlive(ctx)
	defer cancel()
	_, err := e.o.SignIns.Token(ctx, signInID)
	return err
}

// noToken waits for a sign-in service that gives no token now. Any other error
// is a fault of our own, which no waiting mends.
func (m *mover) noToken(ctx context.Context, err error) (goOn bool, _ error) {
	words, pause, ok := withheld(err)
	switch {
	case ctx.Err() != nil:
		return false, nil
	case !ok:
		return false, fmt.Errorf("get a token of the run's owner: %w", err)
	}
	m.data.Unread = m.step.State == models.StepUnknown
	return m.waitAtLeast(ctx, pause, waitEntra, words)
}

// withheld tells, in words for the page, why the sign-in service gave no token
// and how long it wants to be left alone; ok is false for what is not its doing.
func withheld(err error) (words string, pause time.Duration, ok bool) {
	var refused *entra.Error
	var fault *entra.FaultError
	switch {
	case errors.As(err, &refused):
		return "The sign-in service gave no fresh token: it answered " + answered(refused) + ".", refused.RetryAfter, true
	case errors.As(err, &fault) && fault.Hop != "":
		return "The sign-in service could not be reached for a fresh token. " + fault.Reason, fault.RetryAfter, true
	case errors.Is(err, errTokenEnded):
		return "The sign-in service gave a token that has ended already. The clock of this machine may be wrong.", 0, true
	}
	return "", 0, false
}

// answered is the code of a refusal: AADSTS where it has one.
func answered(refused *entra.Error) string {
	if refused.AADSTS == 0 {
		return refused.Code
	}
	return fmt.Sprintf("AADSTS%d", refused.AADSTS)
}

// writer gives the writer for this step's caller. Not ready: the blueprint gets
// no token yet and the step waits, or has failed.
func (m *mover) writer(ctx context.Context) (w *graph.Writer, ready bool, err error) {
	if !m.kind.itself || m.run.RunAs != string(AsBlueprint) {
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
