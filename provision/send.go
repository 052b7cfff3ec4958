package provision

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// object is what a call made, or what a read found in its place.
type object struct {
	id, appID, name string
	created         time.Time
	secret          entra.Secret
	hint            string
	ends            time.Time
}

// errEmptyAnswer is a success without the id, or the secret, that it must
// bring: something may have been made, and only reading tells what.
var errEmptyAnswer = errors.New("the answer of Graph says yes, but not to what")

// send sends the step's call once and writes down what came of it.
func (m *mover) send(ctx context.Context, w *graph.Writer) (goOn bool, err error) {
	call, err := m.call()
	if err != nil {
		return false, err
	}
	answer := m.sendCall(ctx, w, call)
	m.hook(afterSend)
	return m.answered(ctx, answer)
}

func (m *mover) sendCall(ctx context.Context, w *graph.Writer, call graph.Call) (a graph.PartAnswer) {
	ctx, cancel := m.e.outlive(ctx)
	defer cancel()
	a.Response, a.Err = w.Send(ctx, m.step.OpID, call, &a.Body)
	return a
}

// answered writes down what came of a call.
func (m *mover) answered(ctx context.Context, a graph.PartAnswer) (goOn bool, err error) {
	if a.Response != nil {
		m.step.HTTPStatus, m.step.GraphRequestID = a.Response.Status, a.Response.RequestID
	}
	var made object
	if a.Err == nil && m.kind.read != nil {
		if made, err = m.kind.read(a.Body); err != nil {
			a.Err = &graph.UnknownOutcomeError{ClientRequestID: m.step.OpID, Err: err}
		}
	}
	if a.Err != nil {
		return m.refused(ctx, a.Err)
	}
	result := models.ResultSucceeded
	if m.data.Repeats > 0 {
		result = models.ResultRepeated
	}
	return m.finish(ctx, result, made)
}

// refused decides what an error of a call means for the step: settle it by
// reading, wait, or fail.
func (m *mover) refused(ctx context.Context, err error) (goOn bool, _ error) {
	if graph.Unknown(err) {
		m.note(err)
		m.lose(ctx, leftOpen(m.step))
		if asked := pauseOf(err); asked > 0 { // a 503 that says when to come back
			now := m.e.o.Now()
			m.data.Paused = now.Add(asked)
			m.data.CallPaused = m.data.Paused // a failed read has a pause of its own
			if again := now.Add(min(asked, giveUpAfter)); again.After(m.data.Settled) {
				m.data.Settled = again
			}
		}
		return m.settleSoon(ctx)
	}
	var refusal *graph.Error
	if !errors.As(err, &refusal) {
		return m.notSent(ctx, err)
	}
	m.note(err)
	if refusal.Status == http.StatusForbidden && m.kind.itself {
		m.e.dropBlueprintToken(m.run.ID) // its roles are of before the grant that is wanted
	}
	switch {
	case refusal.Status == http.StatusUnauthorized:
		return m.unauthorized(ctx, refusal)
	case refusal.Status == http.StatusTooManyRequests:
		goOn, err := m.waitAtLeast(ctx, refusal.RetryAfter, waitGraph, "Graph asked for a pause: too many calls in a short time.")
		if m.shared != nil {
			m.e.gate.pause(m.step.Kind, m.step.NextAt) // it is not this run alone that sends too much
		}
		return goOn, err
	case refusal.Status == http.StatusFailedDependency:
		return m.waitFor(ctx, waitGraph, "A call that this one depends on was refused, so Graph did not look at it.")
	case strings.HasSuffix(refusal.Code, "ConcurrencyViolation"):
		return m.waitFor(ctx, waitGraph, "Somebody changed the object at the same moment. Nothing was written.")
	case m.kind.already != nil && m.kind.already(refusal):
		return m.kind.whenAlready(ctx, m, refusal)
	case m.lagging(refusal):
		return m.waitFor(ctx, waitDirectory, m.lagWords(refusal))
	}
	return m.fail(ctx, failureOf(refusal))
}

// notSent handles an error before the request left: nothing was done.
func (m *mover) notSent(ctx context.Context, err error) (goOn bool, _ error) {
	m.data.Calls--
	if errors.Is(err, ErrSignInNeeded) {
		return false, m.park(ctx)
	}
	if words, pause, ok := withheld(err); ok {
		return m.waitAtLeast(ctx, pause, waitEntra, words)
	}
	var unreached *graph.NoAnswerError
	if errors.As(err, &unreached) {
		return m.waitFor(ctx, waitGraph, "Microsoft Graph could not be reached, nothing was sent.")
	}
	m.e.o.Log.ErrorContext(ctx, "call cannot be sent", "run", m.run.ID, "step", m.step.Ordinal, "error", err)
	return m.waitFor(ctx, waitPortal, "A fault of the portal’s own kept the call from being sent; its log says which. Nothing was sent.")
}

// maxStale is after how many access tokens that Graph does not take a step
// fails, however often it waited for something else meanwhile.
const maxStale = 3

// unauthorized handles a token that Graph no longer takes although its time is
// not over: it was revoked, or claims are wanted. A fresh one may do.
func (m *mover) unauthorized(ctx context.Context, refusal *graph.Error) (bool, error) {
	m.e.o.SignIns.Drop(m.signIn.ID)
	m.e.dropBlueprintToken(m.run.ID)
	if m.data.Stale++; m.data.Stale >= maxStale {
		return m.fail(ctx, failureOf(refusal))
	}
	return m.waitFor(ctx, waitGraph, "Graph did not take the access token. The portal gets a fresh one.")
}

// lagging reports whether a refusal is explained by an object of this run that
// has not reached every replica. A step that needs none of its run depends on
// nothing new, and a person it names is nothing new either.
func (m *mover) lagging(refusal *graph.Error) bool {
	if !m.young() || blamesPeople(m.run, m.step) {
		return false
	}
	if m.kind.lags != nil {
		return m.kind.lags(m, refusal)
	}
	return refusal.Lag()
}

// lagWords say what has not reached every replica.
func (m *mover) lagWords(refusal *graph.Error) string {
	if refusal.Status == http.StatusForbidden && m.kind.itself {
		return "The blueprint’s token does not hold its new permission yet."
	}
	return m.kind.lagNote
}

// young reports whether what the step needs was made so lately that a replica
// may not know it.
func (m *mover) young() bool {
	needs := needsOf(m.run, m.step)
	for i := range m.run.Steps {
		s := &m.run.Steps[i]
		if slices.Contains(needs, s.Ordinal) && m.e.o.Now().Sub(s.FinishedAt) < lagAge {
			return true
		}
	}
	return false
}

// forgetAnswer takes away what was answered before: a record and a page tell of
// one attempt only.
func (m *mover) forgetAnswer() {
	m.step.HTTPStatus, m.step.ErrorCode, m.step.ErrorMessage, m.step.GraphRequestID = 0, "", "", ""
}

// note keeps what Graph answered for the page.
func (m *mover) note(err error) {
	var refusal *graph.Error
	if !errors.As(err, &refusal) {
		m.forgetAnswer()
		return
	}
	m.step.HTTPStatus, m.step.ErrorCode, m.step.ErrorMessage = refusal.Status, refusal.Code, refusal.Message
	m.step.GraphRequestID = refusal.RequestID
}
