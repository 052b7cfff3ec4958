package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// open begins an operation: its id, its audit intent and the started step are
// committed together, before anything is sent.
func (m *mover) open(ctx context.Context) error {
	m.hook(beforeIntent)
	now := m.e.o.Now()
	opID, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make operation id: %w", err)
	}
	s := m.step
	s.OpID, s.State, s.Attempt = opID.String(), models.StepStarted, 1
	s.MaxAttempts, s.GiveUpAt = attempts(m.e.o.Pause, giveUpAfter), now.Add(giveUpAfter)
	if s.StartedAt.IsZero() {
		s.StartedAt = now
	}
	s.NextAt, s.WaitFor, s.Note = time.Time{}, "", ""
	m.forgetAnswer()
	m.data = stepData{Sent: now, By: ownerOf(m.run), Ask: m.data.Ask, KeyID: m.data.KeyID, FromRun: m.data.FromRun, stepHistory: m.data.stepHistory}
	m.counted()
	intent, err := m.intent()
	if err != nil {
		return err
	}
	m.run.State = models.RunRunning
	err = m.written(ctx, "record intent", func(ctx context.Context, tx *models.Store) error {
		_, err := tx.AppendAudit(ctx, intent)
		m.hook(inIntentTx)
		return err
	})
	if err != nil {
		return err
	}
	m.hook(afterIntent)
	return nil
}

// again begins another attempt of an operation whose intent stands. Its state
// is started before the call is sent, for the same reason as the first time.
func (m *mover) again(ctx context.Context) error {
	m.step.State, m.step.NextAt = models.StepStarted, time.Time{}
	m.step.Attempt++
	m.data.Paused, m.data.CallPaused = time.Time{}, time.Time{}
	m.forgetAnswer()
	m.counted()
	return m.saved(ctx)
}

// intent is the record of what is about to be sent.
func (m *mover) intent() (models.NewAudit, error) {
	call, err := m.call()
	if err != nil {
		return models.NewAudit{}, err
	}
	m.step.Method, m.step.Path = call.Method, call.Path // what it was planned without is known now
	a := m.record(models.AuditIntent, m.step.OpID, m.announcedBy())
	body, err := m.announced(call)
	maps.Copy(a.Body, body)
	return a, err
}

// announced is the body of an intent: what is sent, with whose rights.
func (m *mover) announced(call graph.Call) (map[string]any, error) {
	body, err := callBody(call)
	if err != nil {
		return nil, err
	}
	if sent, ok := body["request"].(map[string]any); ok {
		for _, member := range m.kind.personal {
			delete(sent, member)
		}
	}
	body["runAs"], body["step"], body["name"] = string(asOf(call)), m.step.Ordinal, m.step.ObjectName
	return withRoles(body, m.signIn.Roles), nil
}

// record fills what intents and outcomes of this step have in common.
func (m *mover) record(kind models.AuditKind, opID string, by *owner) models.NewAudit {
	a := models.NewAudit{
		OpID: opID, Kind: kind, Actor: m.run.TID + "/" + by.OID, Action: m.step.Kind,
		TargetKind: string(m.kind.target), RunID: strconv.FormatInt(m.run.ID, 10), Body: map[string]any{},
		Words: models.AuditWords{ActorName: by.Name, ActorUsername: by.Username, Reason: m.run.Reason},
	}
	if m.kind.person != nil {
		a.Words.TargetName = m.kind.person(m.step)
	}
	if kind, id := m.changes(); id != "" {
		a.TargetKind, a.TargetID = string(kind), id // a secret is a part of its blueprint
	}
	if m.kind.facts != nil {
		maps.Copy(a.Body, m.kind.facts(m.data.Ask))
	}
	if key := m.removes(); key != "" {
		a.Body["keyId"] = key
	}
	if m.kind.about != nil {
		kind, id := m.kind.about(m.data.Ask)
		a.TargetKind, a.TargetID = string(kind), id
	}
	return a
}

func asOf(call graph.Call) RunAs {
	if call.As == graph.AsBlueprint {
		return AsBlueprint
	}
	return AsMe
}

// callBody is a call as an audit body: method, path and the body that is sent.
// No call of ours has a secret in its body.
func callBody(call graph.Call) (map[string]any, error) {
	sent, err := auditable(call.Body)
	if err != nil {
		return nil, fmt.Errorf("encode call: %w", err)
	}
	return map[string]any{"method": call.Method, "path": call.Path, "request": sent}, nil
}

// auditable is a value in the form that a body of the audit takes.
func auditable(value any) (members map[string]any, err error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber() // the audit has no floats: their text is not one for all writers
	return members, numbers.Decode(&members)
}

// finish ends an operation that reached its aim: outcome, ids, secret and step
// are committed together.
func (m *mover) finish(ctx context.Context, result string, made object) (goOn bool, err error) {
	now := m.e.o.Now()
	s := m.step
	s.State, s.Result, s.FinishedAt, s.Duration = models.StepDone, result, now, now.Sub(s.StartedAt)
	s.NextAt, s.WaitFor, s.Note, s.ErrorCode, s.ErrorMessage = time.Time{}, "", "", "", ""
	s.ObjectID, s.ObjectAppID = made.id, made.appID
	if m.kind.took != nil {
		m.kind.took(m.run, made)
	}
	m.run.State = models.RunRunning
	outcome := m.outcome(result)
	if m.kind.changes == nil {
		outcome.TargetID = s.ObjectID
	}
	for name, id := range map[string]string{"objectId": made.id, "appId": made.appID} {
		if id != "" {
			outcome.Body[name] = id
		}
	}
	err = m.written(ctx, "record outcome", func(ctx context.Context, tx *models.Store) error {
		if _, err := tx.AppendAudit(ctx, outcome); err != nil {
			return err
		}
		var err error
		if m.kind.keep != nil {
			err = m.kind.keep(ctx, m, tx, made)
		}
		m.hook(inOutcomeTx)
		return err
	})
	if err != nil {
		return false, err
	}
	m.hook(afterOutcome)
	return true, nil
}

// outcome is the record that ends the step's operation; where the step sends
// nothing that needs an intent, it is an event.
func (m *mover) outcome(result string) models.NewAudit {
	kind := models.AuditOutcome
	if m.kind.do != nil {
		kind = models.AuditEvent
	}
	a := m.record(kind, m.step.OpID, m.announcedBy())
	a.Result = result
	a.Body["attempts"], a.Body["name"] = m.step.Attempt, m.step.ObjectName
	a.Body["durationMs"] = m.e.o.Now().Sub(m.step.StartedAt).Milliseconds()
	withAnswer(a.Body, m.step.HTTPStatus, m.step.ErrorCode, m.step.GraphRequestID)
	return a
}

// withAnswer adds what Graph answered; nothing where it did not.
func withAnswer(body map[string]any, status int, code, requestID string) {
	if status != 0 {
		body["status"] = status
	}
	for name, text := range map[string]string{"requestId": requestID, "code": code} {
		if text != "" {
			body[name] = text
		}
	}
}

// failure is why a step ended without reaching its aim.
type failure struct {
	status                   int
	code, message, requestID string
	note                     string // what it means here and what to do, in sentences
}

func failureOf(e *graph.Error) failure {
	return failure{status: e.Status, code: e.Code, message: e.Message, requestID: e.RequestID}
}

// fail ends the step. Its operation gets its outcome when it was opened; a step
// that met its refusal before that has nothing to close.
func (m *mover) fail(ctx context.Context, f failure) (goOn bool, err error) {
	now := m.e.o.Now()
	s := m.step
	if s.StartedAt.IsZero() {
		s.StartedAt = now
	}
	s.State, s.Result, s.FinishedAt, s.Duration = models.StepFailed, models.ResultFailed, now, now.Sub(s.StartedAt)
	s.NextAt, s.WaitFor, s.Note = time.Time{}, "", f.note
	s.HTTPStatus, s.ErrorCode, s.ErrorMessage, s.GraphRequestID = f.status, f.code, f.message, f.requestID
	m.run.State = models.RunRunning
	err = m.written(ctx, "record failure", func(ctx context.Context, tx *models.Store) error {
		if s.OpID == "" && m.kind.do == nil {
			return nil
		}
		_, err := tx.AppendAudit(ctx, m.outcome(models.ResultFailed))
		return err
	})
	return err == nil, err
}

// save writes the step in a transaction.
func (m *mover) save(ctx context.Context, tx *models.Store) error {
	params, err := json.Marshal(m.data)
	if err != nil {
		return fmt.Errorf("encode step: %w", err)
	}
	m.step.Params = params
	return tx.SaveStep(ctx, m.step)
}

// saved writes the step and the run.
func (m *mover) saved(ctx context.Context) error {
	return m.written(ctx, "save step", func(context.Context, *models.Store) error { return nil })
}

// written commits what do writes together with the step and the run, also when
// ctx has ended: the work may stop, what it did must be known. It tells who
// watches. Of a step that moves with others, all is written with theirs.
func (m *mover) written(ctx context.Context, what string, do func(context.Context, *models.Store) error) error {
	if m.shared != nil {
		m.shared.add(m, do)
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := m.e.o.Store.Tx(ctx, func(tx *models.Store) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		if err := m.save(ctx, tx); err != nil {
			return err
		}
		return tx.SaveRun(ctx, m.run)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	m.e.changed(m.run.ID)
	return nil
}
