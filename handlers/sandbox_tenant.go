package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// maxImportBytes is the largest export the page takes: six times the one of a
// tenant with 10,000 agents.
const maxImportBytes = 64 << 20

var clockUnits = []views.Option{{Value: "60", Label: "minutes"}, {Value: "3600", Label: "hours"}, {Value: "86400", Label: "days"}}

var sandboxSeeds = []views.Option{
	{Value: "small", Label: "small: every token mode works, blueprints in need of attention"},
	{Value: "large", Label: "large: the same and 10,000 agents"},
	{Value: "empty", Label: "empty: people, no agents"},
}

// moveClock moves the directory's clock on, with tokens' clock when ticked, or
// both back to the real time.
func (h *Handlers) moveClock(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := web.Form(c, "clock_amount", "clock_unit", "clock_tokens", "real")
	if err != nil {
		return err
	}
	k, err := readKnobs(ctx, h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	if form.Get("real") != "" {
		k.ClockOffsetSec, k.TokenClock = 0, false
		return h.turn(c, k, map[string]any{"clockOffsetSec": 0, "tokenClock": false})
	}
	amount, fault := wholeNumber(form.Get("clock_amount"), 5000)
	unit, _ := wholeNumber(form.Get("clock_unit"), 86400)
	if fault == "" && label(clockUnits, form.Get("clock_unit")) == "" {
		fault = "Choose minutes, hours or days."
	}
	if fault == "" {
		k.ClockOffsetSec += int64(amount) * int64(unit)
		k.TokenClock = form.Get("clock_tokens") != ""
		err = h.turn(c, k, map[string]any{"clockOffsetSec": k.ClockOffsetSec, "tokenClock": k.TokenClock})
		var refused *sandboxRefusal
		if !errors.As(err, &refused) {
			return err
		}
		fault = refused.sentence
		if k, err = readKnobs(ctx, h.HTTP, h.Sandbox.Authority); err != nil {
			return err
		}
	}
	d := h.sandboxData(c, k)
	d.Clock.Amount.Value, d.Clock.Amount.Error = cut(form.Get("clock_amount"), 100), fault
	d.Clock.Unit.Value, d.Clock.WithTokens = form.Get("clock_unit"), form.Get("clock_tokens") != ""
	d.Errors = []views.FieldError{{Field: "f-clock_amount", Text: d.Clock.Amount.Label + ": " + fault}}
	return h.sandboxFormAgain(c, d)
}

// resetSandbox throws everything in the tenant away, when its domain was typed.
func (h *Handlers) resetSandbox(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := web.Form(c, "seed", "domain")
	if err != nil {
		return err
	}
	seed, fault, field := form.Get("seed"), "", "domain"
	switch {
	case label(sandboxSeeds, seed) == "":
		fault, field = "Choose one of the list.", "seed"
	case strings.TrimSpace(form.Get("domain")) != h.Sandbox.Domain:
		fault = "Type " + h.Sandbox.Domain + " to reset it."
	}
	if fault != "" {
		k, err := readKnobs(ctx, h.HTTP, h.Sandbox.Authority)
		if err != nil {
			return err
		}
		d := h.sandboxData(c, k)
		d.Reset.Domain.Value, d.Reset.Seed.Value = cut(form.Get("domain"), 100), seed
		in := map[string]*views.Input{"domain": &d.Reset.Domain, "seed": &d.Reset.Seed}[field]
		in.Error = fault
		d.Errors = []views.FieldError{{Field: "f-" + field, Text: in.Label + ": " + fault}}
		return h.sandboxFormAgain(c, d)
	}
	err = h.changeSandbox(c, models.ActionSandboxReset, map[string]any{"seed": seed}, func(ctx context.Context) error {
		return sandboxCall(ctx, h.HTTP, http.MethodPost, h.Sandbox.Authority+"/_sandbox/reset", map[string]string{"seed": seed}, nil)
	})
	if err != nil {
		return fmt.Errorf("reset the sandbox: %w", err)
	}
	return web.Redirect(c, "/sandbox")
}

// importSandbox puts the tenant of an export in the place of this one.
func (h *Handlers) importSandbox(c echo.Context) error {
	ctx := c.Request().Context()
	text, fault := exportOf(c.Request())
	if fault == "" {
		err := h.changeSandbox(c, models.ActionSandboxImport, map[string]any{"bytes": len(text)}, func(ctx context.Context) error {
			return sandboxCall(ctx, h.HTTP, http.MethodPost, h.Sandbox.Authority+"/_sandbox/import", text, nil)
		})
		var refused *sandboxRefusal
		if err != nil && !errors.As(err, &refused) {
			return fmt.Errorf("import into the sandbox: %w", err)
		}
		if refused != nil {
			fault = refused.sentence
		}
	}
	if fault != "" {
		k, err := readKnobs(ctx, h.HTTP, h.Sandbox.Authority)
		if err != nil {
			return err
		}
		d := h.sandboxData(c, k)
		d.Import.Error = fault
		d.Errors = []views.FieldError{{Field: "f-export", Text: d.Import.Label + ": " + fault}}
		return h.sandboxFormAgain(c, d)
	}
	return web.Redirect(c, "/sandbox")
}

// exportOf takes the file out of the form, or says what is wrong.
func exportOf(r *http.Request) (json.RawMessage, string) {
	const choose = "Choose a file that this page or GET /_sandbox/export has made."
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, choose
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, choose
		}
		if part.FormName() != "export" {
			continue
		}
		text, err := io.ReadAll(part)
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return nil, fmt.Sprintf("The file is larger than %d MiB.", maxImportBytes>>20)
		case err != nil || !json.Valid(text):
			return nil, choose
		}
		return text, ""
	}
}

// showSeedSecret is the answer to Show: the one page with the seeded secret.
func (h *Handlers) showSeedSecret(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	info, err := ReadSandboxInfo(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	b := info.Seed.Blueprint
	if b.AppID == "" {
		return web.Redirect(c, "/sandbox")
	}
	if err := h.record(c, models.NewAudit{
		Action: models.ActionSecretShow, Result: models.ResultSucceeded, TargetKind: "blueprint", TargetID: b.ObjectID,
		Body: map[string]any{"appId": b.AppID, "name": h.lookUp(c, []string{b.AppID}).names[b.AppID], "seeded": true},
	}); err != nil {
		return fmt.Errorf("record the shown secret: %w", err)
	}
	p := h.sandboxChrome(c)
	p.Title, p.Lead = "Client secret", "Of the blueprint that this sandbox started with."
	p.Crumbs[1].Href = "/sandbox"
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: "Client secret"})
	c.Response().Header().Set("Cache-Control", "no-store")
	return web.Render(c, http.StatusOK, views.SandboxSecret(p, b.AppID, b.ClientSecret))
}
