package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// askRotation asks before another client secret takes the place of one.
func (h *Handlers) askRotation(c echo.Context) error {
	a, err := h.secretAt(c)
	if a == nil {
		return err
	}
	ch, err := h.rotation(c, a, views.SecretForm{Life: strconv.Itoa(provision.DefaultSecretDays)})
	if err != nil {
		return err
	}
	return h.askChange(c, ch)
}

// rotateSecret begins the run of three steps: a new secret, its proof, the end of
// the old one.
func (h *Handlers) rotateSecret(c echo.Context) error {
	posted, err := web.Form(c, changeFields("life", "keep_for_lab")...)
	if err != nil {
		return err
	}
	a, err := h.secretAt(c)
	var gone *noCredentialError
	if errors.As(err, &gone) {
		return h.orFormer(c, err, func(ctx context.Context, by models.Actor) (*models.Run, error) {
			return h.Engine.RotationOf(ctx, by, gone.blueprintID, posted.Get("request"))
		})
	}
	if a == nil {
		return err
	}
	ch, err := h.rotation(c, a, views.SecretForm{Life: typedField(posted, "life"), KeepForLab: posted.Get("keep_for_lab") != ""})
	if err != nil {
		return err
	}
	return h.makeChange(c, ch, posted)
}

// orFormer leads to the run that a form has started before, where what it is about
// is gone by now; err answers otherwise.
func (h *Handlers) orFormer(c echo.Context, err error, former func(context.Context, models.Actor) (*models.Run, error)) error {
	run, lookErr := former(c.Request().Context(), h.actor(c))
	switch {
	case lookErr != nil:
		return lookErr
	case run == nil:
		return err
	}
	return web.Redirect(c, runPath(run.ID))
}

// secretAt is keyAt for client secrets that no run signs in with.
func (h *Handlers) secretAt(c echo.Context) (*keyAct, error) {
	a, err := h.keyAt(c)
	if a == nil || err != nil {
		return nil, err
	}
	if a.row.Kind != kindSecret {
		return nil, &noCredentialError{blueprintID: a.b.ID, kind: a.row.Kind}
	}
	if err := h.unneeded(c, a); err != nil {
		return nil, err
	}
	return a, nil
}

// unneeded is a neededKeyError while a run that is not done signs in with the
// secret.
func (h *Handlers) unneeded(c echo.Context, a *keyAct) error {
	if a.run == nil {
		return nil
	}
	state, err := h.Engine.Secret(c.Request().Context(), h.actor(c), a.run)
	if err == nil && state.Needed {
		return &neededKeyError{runID: a.run.ID}
	}
	return err
}

// rotation is the question about one secret; f is what was typed.
func (h *Handlers) rotation(c echo.Context, a *keyAct, f views.SecretForm) (*change, error) {
	days, err := strconv.Atoi(f.Life)
	if err != nil {
		days = -1
	}
	spec := provision.RotateSpec{
		BlueprintID: a.b.ID, BlueprintAppID: a.b.AppID, BlueprintName: a.o.name, Days: days, Keep: f.KeepForLab, OldKeyID: a.row.KeyID, OldKeyName: a.row.Name,
	}
	for _, days := range provision.SecretLives() {
		if days > 0 {
			f.Lives = append(f.Lives, views.Option{Value: strconv.Itoa(days), Label: lifeWords(days, h.Now())})
		}
	}
	ch := &change{
		page: h.keyPage(c, a.o, "Rotate the "+a.words()+" of "+a.o.name+"?", "Nothing is changed yet."),
		view: views.ChangeView{
			Action: rotatePath(a.b.ID, a.row.KeyID), Grave: works(a.row, h.Now()), Act: "Rotate", Keep: "Keep it", KeepHref: keysPath(a.b.ID), Busy: "Rotating…",
			Milder: "Add client secret instead", MilderHref: newSecretPath(a.b.ID), Calls: h.rotationCalls(spec),
		},
		faults: map[string]string{},
		send: func(ctx context.Context, by models.Actor, requestID, reason string) (*models.Run, error) {
			spec.Reason = reason
			return h.Engine.Rotate(ctx, by, requestID, spec)
		},
	}
	if fault := spec.Validate()["secret"]; fault != "" && c.Request().Method == http.MethodPost {
		ch.faults["life"], f.Faults = fault, map[string]string{"life": fault}
	}
	ch.fields = views.RotationFields(views.CredentialFacts{Row: a.row, Proof: a.proof}, f)
	if ch.view.Consequences, err = h.rotationMeans(c, a); err != nil {
		return nil, err
	}
	return ch, nil
}

// rotationMeans is what a rotation does, to whom.
func (h *Handlers) rotationMeans(c echo.Context, a *keyAct) ([]string, error) {
	agents, err := h.agentsWith(c, a.b)
	if err != nil {
		return nil, err
	}
	kept, err := h.keptCopy(c, a)
	if err != nil {
		return nil, err
	}
	means := []string{
		"Three steps: the blueprint gets a new client secret, the portal proves it by getting a token with it, and only then the old one goes. If the proof fails, the old one stays.",
	}
	if works(a.row, h.Now()) {
		means = append(means,
			"Whoever still uses the old one gets no more tokens from then on. "+agents+" Save the new one from the page of the run, and put it where the old one is used.",
			"Tokens that were given out already stay valid until they end.",
		)
	} else {
		means = append(means, "Nobody can sign in with the old one any more, so nobody loses anything. Save the new one from the page of the run.")
	}
	if kept {
		means = append(means, "The sealed copy of the old one that is kept for the token lab is deleted with it.")
	}
	return append(means, "To keep the old one for now, add a client secret instead, and remove the old one when nobody uses it any more."), nil
}

func (h *Handlers) rotationCalls(spec provision.RotateSpec) []views.ReviewCall {
	var calls []views.ReviewCall
	for _, call := range h.Engine.RotateCalls(spec) {
		method, path := call.Call.Method, call.Call.Path
		if call.Kind == provision.KindProof {
			method, path = http.MethodPost, "/"+h.Tenant.ID+"/oauth2/v2.0/token"
		}
		calls = append(calls, views.ReviewCall{Method: method, Path: path, What: call.What, Names: []string{call.Name}, Needs: call.Needs})
	}
	return calls
}
