package provision

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"agentidportal/entra"
	"agentidportal/models"
)

// run asks for every agent of a sweep, some at once, and writes down what came
// of it.
func (s *Sweeps) run(ctx context.Context, w *sweep) {
	defer w.cancel()
	var asking errgroup.Group
	asking.SetLimit(sweepAtOnce)
	for i := range w.view.Agents {
		if w.view.Agents[i].State != SweptWaiting { // nobody else changes it before its turn
			continue
		}
		asking.Go(func() error {
			s.ask(ctx, w, i)
			return nil
		})
	}
	_ = asking.Wait() // they leave their errors in the rows
	s.finish(ctx, w)
}

// ask gets the token of one agent. Where the sign-in service is busy, the whole
// sweep pauses, and the agent is asked for again.
func (s *Sweeps) ask(ctx context.Context, w *sweep, i int) {
	agent := w.order.Agents[i]
	for try := 1; ; try++ {
		if !s.waitTurn(ctx, w) {
			return
		}
		s.note(w, i, Swept{Agent: agent, State: SweptAsking})
		trace, err := s.e.o.Entra.Acquire(ctx, modeFor(w.order, agent))
		if err != nil && ctx.Err() != nil {
			return // it stays asked for: nobody knows what would have come
		}
		if wait := s.busy(err, try); wait > 0 {
			if !s.pause(w, wait) {
				s.end(w, &w.view.Late)
			} else if try < sweepTries {
				continue
			}
		}
		s.note(w, i, s.judge(w, agent, trace))
		if refusesEvery(err) {
			s.end(w, &w.view.Spared)
		}
		return
	}
}

// end asks for no more agents, and says why.
func (s *Sweeps) end(w *sweep, why *bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*why = true
	w.cancel()
}

// refusesEvery says whether every agent would be refused alike: the blueprint's
// own credential is not taken.
func refusesEvery(err error) bool {
	var refused *entra.Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.AADSTS {
	case 7000215, 7000222, 7000216, 7000218, 700027:
		return true
	}
	return false
}

// modeFor is how an agent's token is got.
func modeFor(o SweepOrder, agent SweepAgent) entra.Mode {
	if o.Check.Mode == string(entra.ModeAgentUser) {
		return entra.AgentUser{
			BlueprintAppID: o.Check.BlueprintAppID, AgentID: agent.ID, Credential: o.Credential, Scope: o.Check.Scope,
			Username: agent.Username, UserID: agent.UserID,
		}
	}
	return entra.Autonomous{BlueprintAppID: o.Check.BlueprintAppID, AgentID: agent.ID, Credential: o.Credential, Scope: o.Check.Scope}
}

// waitTurn waits out the pause of a sweep; false when the sweep has ended.
func (s *Sweeps) waitTurn(ctx context.Context, w *sweep) bool {
	for ctx.Err() == nil {
		s.mu.Lock()
		until, now := w.view.PausedUntil, s.e.o.Now()
		if !until.After(now) {
			w.view.PausedUntil = time.Time{}
			s.mu.Unlock()
			return true
		}
		s.mu.Unlock()
		timer := time.NewTimer(until.Sub(now))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return false
}

// busy is the pause before an agent is asked for again; 0 when the answer stands.
func (s *Sweeps) busy(err error, try int) time.Duration {
	var refused *entra.Error
	var fault *entra.FaultError
	switch {
	case errors.As(err, &refused) && refused.Transient():
		return max(refused.RetryAfter, s.e.o.Pause(try))
	case errors.As(err, &fault) && fault.RetryAfter > 0:
		return fault.RetryAfter
	}
	return 0
}

// pause lets the whole sweep wait; false when its time would be over then.
func (s *Sweeps) pause(w *sweep, wait time.Duration) bool {
	until := s.e.o.Now().Add(wait)
	if !until.Before(w.deadline) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if until.After(w.view.PausedUntil) {
		w.view.PausedUntil = until
	}
	return true
}

func (s *Sweeps) note(w *sweep, i int, row Swept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.view.Agents[i] = row
}

// judge holds what came against the check. Of the token nothing is kept.
func (s *Sweeps) judge(w *sweep, agent SweepAgent, trace *entra.Trace) Swept {
	row := Swept{Agent: agent, State: SweptPassed}
	if failed := trace.Failed(); failed != nil {
		row.State, row.Hop, row.Fault, row.CorrelationID = SweptNotIssued, failed.Name, failed.Fault, failed.CorrelationID
		if failed.Err != nil {
			kept := *failed.Err
			kept.Body, kept.Description = "", ""
			row.Err = &kept
		}
		return row
	}
	hop := trace.Hop(entra.HopTR)
	row.CorrelationID = hop.CorrelationID
	if hop.JWT != nil {
		row.UTI = hop.JWT.Text("uti")
	}
	row.Unproven = hop.Signature.State == entra.VerdictInvalid
	for _, a := range AssertionsOf(&w.order.Check) {
		checked := s.e.o.Entra.Check(hop.JWT, a, s.e.o.Now())
		row.Checks = append(row.Checks, checked)
		if !checked.Pass {
			row.State = SweptFailed
		}
	}
	if row.Unproven {
		row.State = SweptFailed
	}
	return row
}

// AssertionsOf are the assertions of a check. The blueprint whose agents it is
// about has its name beside its App ID.
func AssertionsOf(check *models.TokenCheck) []entra.Assertion {
	var list []entra.Assertion
	for _, a := range check.Assertions {
		one := entra.Assertion{Kind: entra.AssertionKind(a.Kind), Value: a.Value}
		if one.Kind == entra.AssertBlueprint && strings.EqualFold(a.Value, check.BlueprintAppID) {
			one.Name = check.BlueprintName
		}
		list = append(list, one)
	}
	return list
}

// finish drops the credential and writes counts and record, also when the
// portal stops. The sweep has ended for all who look only when they are written.
func (s *Sweeps) finish(ctx context.Context, w *sweep) {
	ended := s.settle(ctx, w)
	sum := ended.sum(ended.Ended)
	record := recordOf(w.order.Record, &ended, sum)
	ctx = context.WithoutCancel(ctx)
	err := s.e.o.Store.Tx(ctx, func(tx *models.Store) error {
		if err := tx.NoteTokenCheckRun(ctx, &w.order.Check, sum); err != nil {
			return err
		}
		_, err := tx.AppendAudit(ctx, record)
		return err
	})
	if err != nil {
		s.e.o.Log.ErrorContext(ctx, "the run of a token check cannot be recorded", "check", w.order.Check.ID, "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.view = ended
	close(w.ended)
}

// settle is a sweep as it is when it has ended: nothing is asked for any more.
func (s *Sweeps) settle(ctx context.Context, w *sweep) SweepView {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.order.Credential, w.ending = entra.Credential{}, true
	ended := w.view
	ended.Late = ended.Late || errors.Is(ctx.Err(), context.DeadlineExceeded)
	ended.Ended, ended.PausedUntil = s.e.o.Now().UTC(), time.Time{}
	ended.Agents = slices.Clone(ended.Agents)
	for i := range ended.Agents {
		switch row := &ended.Agents[i]; row.State {
		case SweptAsking:
			row.State = SweptUnanswered
		case SweptWaiting:
			row.State = SweptNotAsked
		}
	}
	return ended
}

// recordOf is the audit's record of a sweep: the counts, and of each agent what
// the sign-in log of Entra ID has too.
func recordOf(record models.NewAudit, ended *SweepView, sum models.CheckSummary) models.NewAudit {
	body := map[string]any{}
	for name, value := range record.Body {
		body[name] = value
	}
	agents := make([]any, 0, len(ended.Agents))
	for _, a := range ended.Agents {
		kept := map[string]any{"agentId": a.Agent.ID, "result": string(a.State)}
		if a.UTI != "" {
			kept["uti"] = a.UTI
		}
		if a.CorrelationID != "" {
			kept["correlationId"] = a.CorrelationID
		}
		if a.Err != nil {
			kept["error"], kept["aadsts"] = a.Err.Code, a.Err.AADSTS
		}
		agents = append(agents, kept)
	}
	body["passed"], body["failed"], body["notIssued"], body["notAsked"], body["agents"] = sum.Passed, sum.Failed, sum.NotIssued, sum.NotAsked, agents
	record.Body, record.Result = body, models.ResultSucceeded
	switch {
	case sum.NotAsked > 0 && !ended.Spared:
		record.Result = models.ResultAbandoned
	case sum.Failed+sum.NotIssued > 0:
		record.Result = models.ResultFailed
	}
	return record
}
