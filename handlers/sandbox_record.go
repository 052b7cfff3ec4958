package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/models"
)

// sandboxActs are the acts that change the sandbox past its directory.
func sandboxActs() []string {
	return []string{models.ActionSandboxKnobs, models.ActionSandboxReset, models.ActionSandboxImport}
}

// changeSandbox records what is about to be done, lets act do it, and records
// how it ended: a portal that dies in between leaves the intent.
func (h *Handlers) changeSandbox(c echo.Context, action string, change map[string]any, act func(context.Context) error) error {
	opID, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make operation id: %w", err)
	}
	record := func(kind models.AuditKind, result string, body map[string]any) error {
		a := h.signed(c, models.NewAudit{
			OpID: opID.String(), Kind: kind, Action: action, Result: result, TargetKind: "sandbox", TargetID: h.Tenant.ID, Body: body,
		})
		if kind == models.AuditOutcome {
			delete(a.Body, "requestId") // in an outcome that is the directory's
		}
		// What was done is recorded also when the browser has gone.
		_, err := h.Store.AppendAudit(context.WithoutCancel(c.Request().Context()), a)
		return err
	}
	if err := record(models.AuditIntent, "", change); err != nil {
		return fmt.Errorf("record %s: %w", action, err)
	}
	actErr := act(c.Request().Context())
	h.trouble.forget()
	if action != models.ActionSandboxKnobs {
		// The tenant is another one now, or may be.
		actErr = errors.Join(actErr, h.Engine.Inventory().Forget(context.WithoutCancel(c.Request().Context())))
	}
	result, body := outcomeOf(actErr)
	if err := record(models.AuditOutcome, result, body); err != nil {
		return fmt.Errorf("record the end of %s: %w", action, errors.Join(actErr, err))
	}
	return actErr
}

// outcomeOf is how an act ended: without an answer nobody knows what was done.
func outcomeOf(err error) (result string, body map[string]any) {
	var refused *sandboxRefusal
	switch {
	case err == nil:
		return models.ResultSucceeded, map[string]any{}
	case errors.As(err, &refused):
		return models.ResultFailed, map[string]any{"error": "the sandbox refused"}
	default:
		return models.ResultAbandoned, map[string]any{"error": "no answer; what was done is not known"}
	}
}

// CloseSandboxActs ends the acts on the sandbox that a former portal left open
// when it died. It is for the start, when nobody else acts yet.
func (h *Handlers) CloseSandboxActs(ctx context.Context) error {
	open, err := h.Store.OpenIntents(ctx)
	if err != nil {
		return fmt.Errorf("list open acts: %w", err)
	}
	for _, intent := range open {
		if !slices.Contains(sandboxActs(), intent.Action) {
			continue
		}
		_, err := h.Store.AppendAudit(ctx, models.NewAudit{
			OpID: intent.OpID, Kind: models.AuditOutcome, Actor: models.ActorPortal, Action: intent.Action, Result: models.ResultAbandoned,
			TargetKind: intent.TargetKind, TargetID: intent.TargetID,
			Body: map[string]any{"error": "the portal stopped in between; what was done is not known"},
		})
		if err != nil {
			return fmt.Errorf("close act %s: %w", intent.OpID, err)
		}
	}
	return nil
}
