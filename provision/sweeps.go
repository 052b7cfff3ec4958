package provision

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

const (
	// sweepAtOnce is how many agents of a sweep are asked for side by side.
	sweepAtOnce = 8
	// sweepTime bounds one sweep.
	sweepTime = 5 * time.Minute
	// sweepTries is how often one agent is asked for when the sign-in service
	// is busy.
	sweepTries = 4
	// sweepLife is how long results stay after the last look at them.
	sweepLife = time.Hour
	// maxSweeps of each sign-in are kept, the newest.
	maxSweeps = 5
	// MaxSwept is how many agents a sweep asks for: the most a blueprint may have.
	MaxSwept = 250
)

// ErrSweeping means that a sweep of the same person has not ended yet.
var ErrSweeping = errors.New("a check of this person is under way already")

// Sweeps gets a token for each of many agents and holds it against a saved
// check, in the background. What came of it stays in memory, for the sign-in
// that asked; of the tokens nothing stays. It is safe for concurrent use.
type Sweeps struct {
	e *Engine

	mu   sync.Mutex
	all  []*sweep // the oldest first
	work sync.WaitGroup
}

// SweepOrder is what a sweep needs.
type SweepOrder struct {
	Check      models.TokenCheck
	Agents     []SweepAgent     // at most MaxSwept
	Credential entra.Credential // of the blueprint; dropped when the sweep ends
	By         models.Actor
	// Record is what the audit gets when the sweep ends, as whoever asked for
	// it signed it; result and counts are filled in.
	Record models.NewAudit
}

// SweepAgent is an agent identity to get a token for.
type SweepAgent struct {
	ID, Name         string
	UserID, Username string // of its agent user, where the mode acts as one
	// Lacks says why no token can be asked for; empty when one can.
	Lacks string
}

// SweptState is how far an agent of a sweep is.
type SweptState string

// The states: an agent waits for its turn, is asked for, has a token that
// passed or failed, was refused one, was asked for when the sweep ended, or its
// turn never came.
const (
	SweptWaiting    SweptState = "waiting"
	SweptAsking     SweptState = "asking"
	SweptPassed     SweptState = "passed"
	SweptFailed     SweptState = "failed"
	SweptNotIssued  SweptState = "not-issued"
	SweptUnanswered SweptState = "unanswered"
	SweptNotAsked   SweptState = "not-asked"
)

// Swept is what came of one agent.
type Swept struct {
	Agent SweepAgent
	State SweptState
	// Checks are the assertions in the order of the check; none without a token.
	Checks []entra.Checked
	// Unproven says that the token's signature is invalid: it passes nothing.
	Unproven bool
	// Hop is where it was refused, Err the refusal without its body, Fault one
	// sentence where no answer could be read.
	Hop   entra.HopName
	Err   *entra.Error
	Fault string
	// UTI and CorrelationID find the try in the sign-in log of Entra ID.
	UTI, CorrelationID string
}

// SweepView is a sweep as it is at a moment.
type SweepView struct {
	Check   models.TokenCheck // as it was at the start
	Started time.Time
	Ended   time.Time // zero while it goes on
	// Cancelled by the person; Late: its time was over, or would be after a
	// pause; Spared: all would have been refused alike.
	Cancelled, Late, Spared bool
	PausedUntil             time.Time // the sign-in service asked for a pause; zero for none
	Agents                  []Swept
	Sum                     models.CheckSummary
}

// Done counts the agents that are settled.
func (v *SweepView) Done() int {
	n := 0
	for _, a := range v.Agents {
		if a.State != SweptWaiting && a.State != SweptAsking {
			n++
		}
	}
	return n
}

// sweep is one sweep; what changes is guarded by Sweeps.mu.
type sweep struct {
	order    SweepOrder
	cancel   context.CancelFunc
	deadline time.Time
	seen     time.Time
	ending   bool          // every agent is settled; counts and record are being written
	ended    chan struct{} // closed when they are written
	view     SweepView
}

// Sweeps are the checks that run in the background.
func (e *Engine) Sweeps() *Sweeps { return e.sweeps }

// Start begins a sweep. Errors: ErrSweeping; context.Canceled when the portal
// stops.
func (s *Sweeps) Start(order SweepOrder) error {
	now := s.e.o.Now().UTC()
	w := &sweep{order: order, deadline: now.Add(s.e.o.SweepTime), seen: now, ended: make(chan struct{}), view: SweepView{Check: order.Check, Started: now}}
	for _, agent := range order.Agents[:min(len(order.Agents), MaxSwept)] {
		row := Swept{Agent: agent, State: SweptWaiting}
		if agent.Lacks != "" {
			row.State, row.Fault = SweptNotIssued, agent.Lacks
		}
		w.view.Agents = append(w.view.Agents, row)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.e.stopping.Err(); err != nil {
		return err
	}
	if s.underWay(order.By) != nil {
		return ErrSweeping
	}
	s.tidy(order.By.SignInID, now)
	s.all = append(s.all, w)
	var ctx context.Context
	ctx, w.cancel = context.WithTimeout(s.e.stopping, s.e.o.SweepTime)
	s.work.Go(func() { s.run(ctx, w) })
	return nil
}

// tidy forgets results nobody looks at, and the oldest of a sign-in that has
// too many.
func (s *Sweeps) tidy(signInID string, now time.Time) {
	own := 0
	for i := len(s.all) - 1; i >= 0; i-- {
		w := s.all[i]
		if w.order.By.SignInID == signInID {
			own++
		}
		if over := !w.view.Ended.IsZero(); over && (now.Sub(w.seen) > sweepLife || w.order.By.SignInID == signInID && own >= maxSweeps) {
			s.all = slices.Delete(s.all, i, i+1)
		}
	}
}

// underWay is the sweep of a person that has not ended; nil for none.
func (s *Sweeps) underWay(by models.Actor) *sweep {
	for _, w := range s.all {
		if w.order.By.TID == by.TID && w.order.By.OID == by.OID && w.view.Ended.IsZero() {
			return w
		}
	}
	return nil
}

// Running is the check of a person's sweep that goes on; nil for none.
func (s *Sweeps) Running(by models.Actor) *models.TokenCheck {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.underWay(by); w != nil {
		check := w.view.Check
		return &check
	}
	return nil
}

// Last is the newest sweep of a check that a sign-in may see; nil for none. One
// whose agents are all settled has ended: its counts and its record, which are a
// matter of milliseconds, are waited for.
func (s *Sweeps) Last(by models.Actor, checkID string) *SweepView {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.e.o.Now()
	s.tidy("", now)
	w := s.newest(by, checkID)
	if w == nil {
		return nil
	}
	if w.view.Ended.IsZero() && (w.ending || w.view.Done() == len(w.view.Agents)) {
		s.mu.Unlock()
		<-w.ended
		s.mu.Lock()
	}
	w.seen = now
	view := w.view
	view.Agents = slices.Clone(view.Agents)
	view.Sum = view.sum(now)
	return &view
}

// newest is the newest sweep of a check that is the sign-in's own, or goes on
// and is the person's.
func (s *Sweeps) newest(by models.Actor, checkID string) *sweep {
	for _, w := range slices.Backward(s.all) {
		mine := w.order.By.SignInID == by.SignInID || w.view.Ended.IsZero() && w.order.By.TID == by.TID && w.order.By.OID == by.OID
		if mine && w.view.Check.ID == checkID {
			return w
		}
	}
	return nil
}

// Cancel stops the sweep of a check that a person has under way: nothing more
// is asked for. It reports whether there was one.
func (s *Sweeps) Cancel(by models.Actor, checkID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.underWay(by)
	if w == nil || w.view.Check.ID != checkID {
		return false
	}
	w.view.Cancelled = true
	w.cancel()
	return true
}

// Forget stops and drops what a sign-in has; it has ended.
func (s *Sweeps) Forget(signInID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(w *sweep) bool {
		if w.order.By.SignInID != signInID {
			return false
		}
		w.view.Cancelled = w.view.Cancelled || w.view.Ended.IsZero()
		w.cancel()
		return true
	})
}

// sum counts the agents by what came of them; those that nothing came of are
// counted as not asked.
func (v *SweepView) sum(at time.Time) models.CheckSummary {
	sum := models.CheckSummary{RanAt: at}
	if !v.Ended.IsZero() {
		sum.RanAt = v.Ended
	}
	for _, a := range v.Agents {
		switch a.State {
		case SweptPassed:
			sum.Passed++
		case SweptFailed:
			sum.Failed++
		case SweptNotIssued:
			sum.NotIssued++
		default:
			sum.NotAsked++
		}
	}
	return sum
}
