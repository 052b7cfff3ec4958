package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// mayUse says whether a person may use a kept secret: its owner and Admins of
// the same tenant.
func mayUse(u *web.User, kept *models.KeptSecret) bool {
	return kept.TID == u.TID && (kept.OwnerOID == u.OID || u.Has(web.Admin))
}

// usableSecrets lists the kept secrets the person may use.
func (h *Handlers) usableSecrets(c echo.Context) ([]models.KeptSecret, error) {
	user := web.CurrentUser(c)
	all, err := h.Store.KeptSecrets(c.Request().Context(), user.TID)
	if err != nil {
		return nil, fmt.Errorf("list kept secrets: %w", err)
	}
	var usable []models.KeptSecret
	for i := range all {
		if mayUse(user, &all[i]) {
			usable = append(usable, all[i])
		}
	}
	return usable, nil
}

// newestKept is the kept secret of a blueprint that was kept last and has not
// expired; an empty one when there is none.
func (h *Handlers) newestKept(list []models.KeptSecret, blueprintAppID string) models.KeptSecret {
	var newest models.KeptSecret
	for i := range list {
		k := &list[i]
		expired := !k.EndsAt.IsZero() && k.EndsAt.Before(h.Now())
		if k.BlueprintAppID == blueprintAppID && !expired && (newest.ID == "" || k.CreatedAt.After(newest.CreatedAt)) {
			newest = *k
		}
	}
	return newest
}

// nameKept names the kept secret of the agent's blueprint where none was typed
// and none, or another blueprint's, was chosen. It is chosen on the next page.
func (h *Handlers) nameKept(c echo.Context, try *labTry, faults map[string]string) error {
	if try.blueprintAppID() == "" || try.form.typed() > 0 {
		return nil
	}
	usable, err := h.usableSecrets(c)
	if err != nil {
		return err
	}
	right := h.newestKept(usable, try.blueprintAppID())
	at := slices.IndexFunc(usable, func(k models.KeptSecret) bool { return k.ID == try.form.Kept })
	switch {
	case try.form.Kept == "" && right.ID != "":
		faults["client_secret"] = noSecretTyped + " Or use the kept one, which is chosen below now: " + h.keptLabel(right) + "."
	case at >= 0 && usable[at].BlueprintAppID != try.blueprintAppID():
		faults["kept"] = "This secret belongs to the blueprint " + usable[at].BlueprintName + ", the agent to " + try.blueprintName() + ". Choose a secret of the agent's blueprint."
		if right.ID != "" {
			faults["kept"] = "The secret chosen belongs to the blueprint " + usable[at].BlueprintName + ", the agent to " + try.blueprintName() + ". That one's kept secret is chosen now: " + h.keptLabel(right) + "."
			try.form.Kept = right.ID
		}
	}
	return nil
}

func (h *Handlers) keptLabel(kept models.KeptSecret) string {
	return h.keptRows([]models.KeptSecret{kept})[0].Label()
}

func (h *Handlers) keptRows(list []models.KeptSecret) []views.KeptRow {
	var rows []views.KeptRow
	for _, kept := range list {
		rows = append(rows, views.KeptRow{
			ID: kept.ID, Blueprint: kept.BlueprintName, BlueprintID: kept.BlueprintID, Hint: kept.Hint,
			Ends: kept.EndsAt, Kept: kept.CreatedAt, Expired: !kept.EndsAt.IsZero() && kept.EndsAt.Before(h.Now()),
		})
	}
	return rows
}

// openCredential takes the typed secret, or opens a kept one and records that.
func (h *Handlers) openCredential(c echo.Context, try *labTry, faults map[string]string) error {
	if try.form.Kept == "" {
		var err error
		try.credential, err = try.form.credential()
		return err
	}
	kept, err := h.Store.KeptSecret(c.Request().Context(), try.form.Kept)
	if errors.Is(err, models.ErrNotFound) || err == nil && !mayUse(web.CurrentUser(c), kept) {
		faults["kept"] = "There is no such kept secret. Choose one of the list."
		return nil
	}
	if err != nil {
		return fmt.Errorf("read kept secret: %w", err)
	}
	if kept.BlueprintAppID != try.blueprintAppID() {
		faults["kept"] = "This secret belongs to the blueprint " + kept.BlueprintName + ". Choose a secret of the client that asks."
		return nil
	}
	if try.credential.Secret, err = provision.OpenKept(h.Sealer, kept); err != nil {
		return err
	}
	try.kept = kept
	body := map[string]any{"for": firstWord(try.use, models.ActionTokenTest), "keptBy": kept.OwnerOID}
	if try.agent != nil {
		body["agentId"] = try.agent.ID
	}
	return h.record(c, keptEvent(kept, models.ActionSecretUse, body))
}

// keepTyped keeps a typed secret that has just proved right, when that was
// asked for. It reports whether the secret is kept now.
func (h *Handlers) keepTyped(c echo.Context, try *labTry, trace *entra.Trace) (bool, error) {
	if !try.form.Keep || try.kept != nil || try.blueprint == nil || try.credential.Secret.IsZero() || !provedRight(trace, try.blueprint.AppID) {
		return false, nil
	}
	if known, err := h.isKept(c, try); known || err != nil {
		return known, err
	}
	user := web.CurrentUser(c)
	credential := credentialOf(try.blueprint, try.credential.Secret)
	kept := &models.KeptSecret{
		ID: uuid.NewString(), TID: user.TID, OwnerOID: user.OID, BlueprintID: try.blueprint.ID,
		BlueprintAppID: try.blueprint.AppID, BlueprintName: try.blueprint.DisplayName, CreatedAt: h.Now(),
		KeyID: credential.KeyID, Hint: credential.Hint, EndsAt: credential.EndDateTime,
	}
	if err := provision.SealKept(h.Sealer, kept, try.credential.Secret); err != nil {
		return false, err
	}
	err := h.recordWith(c, keptEvent(kept, models.ActionSecretKeep, map[string]any{}), func(ctx context.Context, tx *models.Store) error {
		return tx.PutKeptSecret(ctx, kept)
	})
	if err != nil {
		return false, fmt.Errorf("keep secret: %w", err)
	}
	return true, nil
}

// provedRight says whether a hop of the blueprint was answered.
func provedRight(trace *entra.Trace, blueprintAppID string) bool {
	return slices.ContainsFunc(trace.Hops, func(hop entra.Hop) bool {
		return hop.State == entra.HopAnswered && hop.ClientID == blueprintAppID
	})
}

// isKept says whether the person keeps this very secret already.
func (h *Handlers) isKept(c echo.Context, try *labTry) (bool, error) {
	user := web.CurrentUser(c)
	usable, err := h.usableSecrets(c)
	if err != nil {
		return false, err
	}
	for i := range usable {
		if usable[i].OwnerOID != user.OID || usable[i].BlueprintAppID != try.blueprint.AppID {
			continue
		}
		secret, err := provision.OpenKept(h.Sealer, &usable[i])
		if err == nil && secret.Equal(try.credential.Secret) {
			return true, nil
		}
	}
	return false, nil
}

// credentialOf finds a secret among those of its blueprint by its hint. When
// none or several begin alike, only the hint is known.
func credentialOf(b *graph.Blueprint, secret entra.Secret) graph.PasswordCredential {
	hint := entra.SecretHint(secret)
	var found []graph.PasswordCredential
	for _, credential := range b.PasswordCredentials {
		if credential.Hint == hint && hint != "" {
			found = append(found, credential)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return graph.PasswordCredential{Hint: hint}
}

// forgettable is the kept secret of an address, for those who may use it.
func (h *Handlers) forgettable(c echo.Context) (*models.KeptSecret, error) {
	kept, err := h.Store.KeptSecret(c.Request().Context(), c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read kept secret: %w", err)
	}
	if !mayUse(web.CurrentUser(c), kept) {
		return nil, fmt.Errorf("forget the secret of somebody else: %w", models.ErrNotFound)
	}
	return kept, nil
}

// askForget asks before a kept secret is forgotten.
func (h *Handlers) askForget(c echo.Context) error {
	kept, err := h.forgettable(c)
	if err != nil {
		return err
	}
	user := web.CurrentUser(c)
	profiles, err := h.Store.TokenProfiles(c.Request().Context(), user.TID, user.OID)
	if err != nil {
		return fmt.Errorf("read token profiles: %w", err)
	}
	var names []string
	for i := range profiles {
		if profiles[i].KeptSecretID == kept.ID {
			names = append(names, profiles[i].Name)
		}
	}
	page := h.page(c, "Forget this client secret?", "tokens")
	page.Lead = "The portal's sealed copy is deleted. Entra ID shows a client secret only when it is made: without another copy it is lost, and a new one has to be added."
	page.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab", Href: "/tokens"}, {Text: "Forget"}}
	return web.Render(c, http.StatusOK, views.ForgetSecretPage(page, h.keptRows([]models.KeptSecret{*kept})[0], names))
}

// forgetKept deletes a kept secret. The credential itself stays valid.
func (h *Handlers) forgetKept(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	kept, err := h.forgettable(c)
	if err != nil {
		return err
	}
	err = h.recordWith(c, keptEvent(kept, models.ActionSecretForget, map[string]any{}), func(ctx context.Context, tx *models.Store) error {
		return tx.DeleteKeptSecret(ctx, kept.ID)
	})
	if err != nil {
		return fmt.Errorf("forget kept secret: %w", err)
	}
	return web.Redirect(c, "/tokens")
}

func keptEvent(kept *models.KeptSecret, action string, body map[string]any) models.NewAudit {
	body["name"], body["keyId"], body["hint"] = kept.BlueprintName, kept.KeyID, kept.Hint
	return models.NewAudit{
		Action: action, Result: models.ResultSucceeded,
		TargetKind: string(graph.KindBlueprint), TargetID: kept.BlueprintID, Body: body,
	}
}
