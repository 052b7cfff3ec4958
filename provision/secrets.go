package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// SecretView is a client secret on its way to the one page that shows it.
type SecretView struct {
	Value          entra.Secret
	Hint, KeyID    string
	BlueprintAppID string
	EndsAt         time.Time
	DeletedAt      time.Time // when the portal forgets it unless it is saved before
}

// keepSecret seals a secret that was just minted, for its owner to look at and
// for the run, and a second time for the token lab when that was asked for.
func keepSecret(ctx context.Context, m *mover, tx *models.Store, made object) error {
	if made.secret.IsZero() {
		return nil
	}
	sealed, err := m.e.o.Sealer.Seal([]byte(made.secret.Reveal()), runSecretAAD(m.run.ID))
	if err != nil {
		return fmt.Errorf("seal secret: %w", err)
	}
	err = tx.PutRunSecret(ctx, &models.RunSecret{
		RunID: m.run.ID, StepID: m.step.ID, BlueprintID: m.run.BlueprintID, BlueprintAppID: m.run.BlueprintAppID,
		KeyID: made.id, Hint: made.hint, TID: m.run.TID, OwnerOID: m.run.OwnerOID, EndsAt: made.ends,
		CreatedAt: m.e.o.Now(), Sealed: sealed, Keep: m.run.RunAs == string(AsBlueprint) || proves(m.run),
	})
	if err != nil {
		return fmt.Errorf("keep secret: %w", err)
	}
	ask, err := m.secretAsked()
	if err != nil || !ask.Keep {
		return err
	}
	return m.keepForLab(ctx, tx, ask.Name, made)
}

// secretAsked is what the step's secret is made from.
func (m *mover) secretAsked() (ask secretAsk, err error) {
	raw, err := m.asked()
	if err == nil {
		err = json.Unmarshal(raw, &ask)
	}
	return ask, err
}

func (m *mover) keepForLab(ctx context.Context, tx *models.Store, name string, made object) error {
	kept := &models.KeptSecret{
		ID: uuid.NewString(), TID: m.run.TID, OwnerOID: m.run.OwnerOID, BlueprintID: m.run.BlueprintID,
		BlueprintAppID: m.run.BlueprintAppID, BlueprintName: name, KeyID: made.id, Hint: made.hint,
		EndsAt: made.ends, CreatedAt: m.e.o.Now(),
	}
	if err := SealKept(m.e.o.Sealer, kept, made.secret); err != nil {
		return err
	}
	if err := tx.PutKeptSecret(ctx, kept); err != nil {
		return fmt.Errorf("keep secret for the lab: %w", err)
	}
	event := m.record(models.AuditEvent, "", ownerOf(m.run))
	event.Action, event.Result = models.ActionSecretKeep, models.ResultSucceeded
	event.Body = map[string]any{"name": blueprintName(m.run), "keyId": made.id, "hint": made.hint}
	_, err := tx.AppendAudit(ctx, event)
	return err
}

// ShowSecret gives the secret a run has minted to the person it was minted
// for, and records that. It can be shown again until it is saved or a day old.
func (e *Engine) ShowSecret(ctx context.Context, a models.Actor, runID int64) (SecretView, error) {
	run, secret, err := e.ownSecret(ctx, a, runID)
	if err != nil {
		return SecretView{}, err
	}
	value, err := e.openRunSecret(secret)
	if err != nil {
		return SecretView{}, err
	}
	err = e.o.Store.Tx(ctx, func(tx *models.Store) error {
		// Read again: the run may have let go of it meanwhile.
		current, err := tx.RunSecret(ctx, runID)
		if isNotFound(err) {
			return ErrNoSecret
		}
		if err != nil {
			return err
		}
		current.ShownAt = e.o.Now()
		if err := tx.PutRunSecret(ctx, current); err != nil {
			return err
		}
		_, err = tx.AppendAudit(ctx, secretEvent(a, run, secret, models.ActionSecretShow))
		return err
	})
	if err != nil {
		return SecretView{}, fmt.Errorf("show secret: %w", err)
	}
	e.changed(runID)
	return SecretView{
		Value: value, Hint: secret.Hint, KeyID: secret.KeyID, BlueprintAppID: secret.BlueprintAppID,
		EndsAt: secret.EndsAt, DeletedAt: secret.CreatedAt.Add(secretLife),
	}, nil
}

// SecretSaved deletes the sealed copy of a run's secret: its owner has it now.
// A run that signs in with it keeps it for itself until it ends.
func (e *Engine) SecretSaved(ctx context.Context, a models.Actor, runID int64) error {
	run, secret, err := e.ownSecret(ctx, a, runID)
	if err != nil {
		return err
	}
	err = e.o.Store.Tx(ctx, func(tx *models.Store) error {
		current, err := tx.RunSecret(ctx, runID)
		if isNotFound(err) {
			return ErrNoSecret
		}
		if err != nil {
			return err
		}
		if current.Keep {
			current.SavedAt = e.o.Now()
			err = tx.PutRunSecret(ctx, current)
		} else {
			err = tx.DeleteRunSecret(ctx, runID)
		}
		if err != nil {
			return err
		}
		_, err = tx.AppendAudit(ctx, secretEvent(a, run, secret, models.ActionSecretSaved))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget secret: %w", err)
	}
	e.changed(runID)
	return nil
}

// SecretState says what the page of a run offers about its secret.
type SecretState struct {
	Held    bool // sealed here and not yet saved by its owner
	Mine    bool // a may look at it
	Minted  bool // the run made one, held or not
	Needed  bool // a run signs in with it
	SignsIn bool // the blueprint can sign in with a secret that is here, this one or another
	Removed bool // a run has removed it from its blueprint
	Kept    bool // a sealed copy is kept for the token lab
	KeyID   string
	Hint    string
	EndsAt  time.Time
	Until   time.Time // when the sealed copy is deleted
	Shown   bool
}

// Secret returns what is known about the secret of a run, without its value.
func (e *Engine) Secret(ctx context.Context, a models.Actor, run *models.Run) (SecretState, error) {
	var state SecretState
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Kind == KindSecret && s.State == models.StepDone {
			state.Minted, state.KeyID = true, s.ObjectID
		}
	}
	_, err := secretFor(ctx, e.o.Store, run, e.o.Now())
	if err != nil && !errors.Is(err, ErrNoSecret) {
		return state, err
	}
	state.SignsIn = err == nil
	if state.Minted {
		if state.Kept, err = e.kept(ctx, run, state.KeyID); err != nil {
			return state, err
		}
	}
	secret, err := e.o.Store.RunSecret(ctx, run.ID)
	if isNotFound(err) {
		if state.Minted {
			state.Removed, err = e.removed(ctx, run, state.KeyID)
			return state, err
		}
		return state, nil
	}
	if err != nil {
		return state, fmt.Errorf("read run secret: %w", err)
	}
	state.Held, state.Needed = e.shows(secret), secret.Keep
	state.Mine = secret.TID == a.TID && secret.OwnerOID == a.OID
	state.KeyID, state.Hint, state.EndsAt = secret.KeyID, secret.Hint, secret.EndsAt
	state.Until, state.Shown = secret.CreatedAt.Add(secretLife), !secret.ShownAt.IsZero()
	return state, nil
}

// kept reports whether a copy of a secret is kept for the token lab.
func (e *Engine) kept(ctx context.Context, run *models.Run, keyID string) (bool, error) {
	list, err := e.o.Store.KeptSecrets(ctx, run.TID)
	if err != nil {
		return false, fmt.Errorf("look for kept secrets: %w", err)
	}
	return slices.ContainsFunc(list, func(k models.KeptSecret) bool {
		return k.KeyID == keyID && k.BlueprintID == run.BlueprintID
	}), nil
}

// ownSecret returns a secret that is still held, to the person it was minted for.
func (e *Engine) ownSecret(ctx context.Context, a models.Actor, runID int64) (*models.Run, *models.RunSecret, error) {
	run, err := e.o.Store.Run(ctx, runID)
	if err != nil {
		return nil, nil, fmt.Errorf("read run %d: %w", runID, err)
	}
	secret, err := e.o.Store.RunSecret(ctx, runID)
	switch {
	case isNotFound(err) && !run.OwnedBy(a.TID, a.OID):
		return nil, nil, ErrNotOwner
	case isNotFound(err):
		return nil, nil, ErrNoSecret
	case err != nil:
		return nil, nil, fmt.Errorf("read run secret: %w", err)
	case secret.TID != a.TID || secret.OwnerOID != a.OID:
		return nil, nil, ErrNotOwner
	case !e.shows(secret):
		return nil, nil, ErrNoSecret
	}
	return run, secret, nil
}

// shows reports whether a secret may still be shown: it was not saved, and its
// day is not over. A run may need its sealed copy for longer.
func (e *Engine) shows(secret *models.RunSecret) bool {
	return secret.SavedAt.IsZero() && e.o.Now().Before(secret.CreatedAt.Add(secretLife))
}

func secretEvent(a models.Actor, run *models.Run, secret *models.RunSecret, action string) models.NewAudit {
	event := runEvent(a, run, action, map[string]any{"name": blueprintName(run), "keyId": secret.KeyID, "hint": secret.Hint})
	event.TargetKind, event.TargetID = string(graph.KindBlueprint), secret.BlueprintID
	return event
}

// blueprintName is the name of the blueprint a run makes, or gives a secret.
func blueprintName(run *models.Run) string {
	for _, step := range run.Steps {
		if step.Kind == KindBlueprint || step.Kind == KindSecret {
			return step.ObjectName
		}
	}
	return ""
}

// errSealed is a sealed secret that the portal's key does not open.
var errSealed = errors.New("the sealed secret of the run cannot be opened")

func (e *Engine) openRunSecret(row *models.RunSecret) (entra.Secret, error) {
	plain, err := e.o.Sealer.Open(row.Sealed, runSecretAAD(row.RunID))
	if err != nil {
		return entra.Secret{}, fmt.Errorf("%w: %w", errSealed, err)
	}
	return entra.NewSecret(string(plain)), nil
}

// OpenKept opens a secret that was kept for the token lab. Who may do so, and
// the audit record of each use, are the caller's.
func OpenKept(sealer *models.Sealer, kept *models.KeptSecret) (entra.Secret, error) {
	plain, err := sealer.Open(kept.Sealed, keptSecretAAD(kept.ID))
	if err != nil {
		return entra.Secret{}, fmt.Errorf("open kept secret: %w", err)
	}
	return entra.NewSecret(string(plain)), nil
}

func runSecretAAD(runID int64) string { return "run_secrets:sealed:" + strconv.FormatInt(runID, 10) }

func keptSecretAAD(id string) string { return "kept_secrets:sealed:" + id }

// RemoveCredential removes the secret a run has minted, as a run of one step
// that is executed in line. It returns that run as it stands afterwards. Where
// no reason is demanded or given, that of the run which minted it holds.
func (e *Engine) RemoveCredential(ctx context.Context, a models.Actor, runID int64, reason string) (*models.Run, error) {
	from, err := e.o.Store.Run(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("read run %d: %w", runID, err)
	}
	state, err := e.Secret(ctx, a, from)
	if err != nil {
		return nil, err
	}
	if !state.Minted || from.TID != a.TID {
		return nil, ErrNotNow
	}
	if secret, err := e.o.Store.RunSecret(ctx, runID); err == nil && secret.Keep {
		return nil, ErrNotNow // the run still signs in with it
	} else if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("read run secret: %w", err)
	}
	if reason == "" && !e.o.RequireReason {
		reason = from.Reason
	}
	run, err := e.removalRun(a, from, state.KeyID, reason)
	if err != nil {
		return nil, err
	}
	// One removal a secret, however often the button is pressed; a failed one is
	// taken up by its own Retry.
	if run, err = e.start(ctx, a, removalID(state.KeyID), run); err != nil {
		return nil, err
	}
	return e.inLine(ctx, run.ID)
}
