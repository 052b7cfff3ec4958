package provision

import (
	"context"
	"errors"
	"net/http"
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

// send sends the step's call once and writes down what came of it.
func (m *mover) send(ctx context.Context, w *graph.Writer) (goOn bool, err error) {
	k, err := m.e.knownOf(m.run)
	if err != nil {
		return false, err
	}
	k.keyID = m.data.KeyID
	call := k.call(m.step.Kind, m.step.ObjectName, m.step.OpID)
	made, answer, err := m.sendCall(ctx, w, call)
	m.e.hook(afterSend, m.step)
	if answer != nil {
		m.step.HTTPStatus, m.step.GraphRequestID = answer.Status, answer.RequestID
	}
	if err == nil {
		result := models.ResultSucceeded
		if m.data.Repeats > 0 {
			result = models.ResultRepeated
		}
		return m.finish(ctx, result, made)
	}
	return m.refused(ctx, err)
}

// errEmptyAnswer is a success without the id, or the secret, that it must
// bring: something may have been made, and only reading tells what.
var errEmptyAnswer = errors.New("the answer of Graph says yes, but not to what")

// sendCall sends a call and decodes the answer by what it makes.
func (m *mover) sendCall(ctx context.Context, w *graph.Writer, call graph.Call) (object, *graph.Response, error) {
	ctx, cancel := m.e.outlive(ctx)
	defer cancel()
	kind, opID := m.step.Kind, m.step.OpID
	made, answer, err := decodeCall(ctx, w, kind, opID, call)
	if err == nil && kind != KindRemoval && (made.id == "" || kind == KindSecret && made.secret.IsZero()) {
		err = &graph.UnknownOutcomeError{ClientRequestID: opID, Err: errEmptyAnswer}
	}
	return made, answer, err
}

func decodeCall(ctx context.Context, w *graph.Writer, kind, opID string, call graph.Call) (object, *graph.Response, error) {
	switch kind {
	case KindBlueprint:
		var b graph.Blueprint
		answer, err := w.Send(ctx, opID, call, &b)
		return object{id: b.ID, appID: b.AppID, name: b.DisplayName}, answer, err
	case KindPrincipal:
		var p graph.BlueprintPrincipal
		answer, err := w.Send(ctx, opID, call, &p)
		return object{id: p.ID, appID: p.AppID, name: p.DisplayName}, answer, err
	case KindSecret:
		var c graph.PasswordCredential
		answer, err := w.Send(ctx, opID, call, &c)
		return object{id: c.KeyID, name: c.DisplayName, secret: c.SecretText, hint: c.Hint, ends: c.EndDateTime}, answer, err
	case KindRemoval:
		answer, err := w.Send(ctx, opID, call, nil)
		return object{}, answer, err
	}
	var a graph.AgentIdentity
	answer, err := w.Send(ctx, opID, call, &a)
	return object{id: a.ID, name: a.DisplayName}, answer, err
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
		return m.reconcile(ctx)
	}
	var refusal *graph.Error
	if !errors.As(err, &refusal) {
		return m.notSent(ctx, err)
	}
	m.note(err)
	switch {
	case refusal.Status == http.StatusUnauthorized:
		return m.unauthorized(ctx, refusal)
	case refusal.Status == http.StatusTooManyRequests:
		return m.waitAtLeast(ctx, refusal.RetryAfter, waitGraph, "Graph asked for a pause: too many calls in a short time.")
	case strings.HasSuffix(refusal.Code, "ConcurrencyViolation"):
		return m.waitFor(ctx, waitGraph, "Somebody changed the object at the same moment. Nothing was written.")
	case m.step.Kind == KindRemoval && goneAlready(refusal):
		return m.confirmGone(ctx)
	case m.step.Kind == KindPrincipal && existsAlready(refusal):
		return m.conflict(ctx, refusal)
	case m.lagging(refusal):
		return m.waitFor(ctx, waitDirectory, lagNote(m.step.Kind))
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

// conflict handles a principal that Graph says exists already: reading tells
// which. When reading shows none and Graph says so again, it is for a person.
func (m *mover) conflict(ctx context.Context, refusal *graph.Error) (goOn bool, _ error) {
	if m.data.Conflicts++; m.data.Conflicts > 1 {
		f := failureOf(refusal)
		f.note = "Graph says that the blueprint has a principal already, and shows none. It may lie among the deleted objects of the directory. " +
			"Look there, restore or purge it, then retry: nothing is made twice."
		return m.fail(ctx, f)
	}
	m.lose(ctx, "Graph says that the principal exists already.")
	return m.reconcile(ctx)
}

// confirmGone reads whether the secret to remove is gone: a replica that lags
// behind answers the same for what it does not know yet. What no read has shown
// is not believed.
func (m *mover) confirmGone(ctx context.Context) (goOn bool, err error) {
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
// has not reached every replica. The first call of a run depends on none, and a
// person it names is none. Graph answers 403, too, for a principal whose
// application it does not see.
func (m *mover) lagging(refusal *graph.Error) bool {
	if m.step.Kind == KindBlueprint || m.run.Kind != RunNewBlueprint || !m.young() || blamesPeople(m.run, m.step) {
		return false
	}
	if refusal.Lag() {
		return true
	}
	soon := m.e.o.Now().Sub(m.data.Sent) < time.Minute
	return m.step.Kind == KindPrincipal && refusal.Status == http.StatusForbidden && soon
}

// young reports whether what the step depends on was made so lately that a
// replica may not know it.
func (m *mover) young() bool {
	on := KindBlueprint
	if m.step.Kind == KindAgent {
		on = KindPrincipal
	}
	for i := range m.run.Steps {
		if s := &m.run.Steps[i]; s.Kind == on {
			return m.e.o.Now().Sub(s.FinishedAt) < lagAge
		}
	}
	return false
}

func lagNote(kind string) string {
	switch kind {
	case KindPrincipal, KindSecret:
		return "The directory does not know the new blueprint everywhere yet."
	}
	return "The directory does not know the blueprint principal everywhere yet."
}

// existsAlready reads the refusal of a second principal for one blueprint. The
// documents leave status and code open.
func existsAlready(e *graph.Error) bool {
	if e.Status == http.StatusConflict {
		return true
	}
	return e.Status == http.StatusBadRequest &&
		(e.Code == "Request_MultipleObjectsWithSameKeyValue" || strings.Contains(strings.ToLower(e.Message), "already"))
}

// goneAlready reads the refusal to remove what is not there.
func goneAlready(e *graph.Error) bool {
	return e.Status == http.StatusNotFound ||
		e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "no password credential found")
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
