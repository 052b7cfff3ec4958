package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// draftBlueprint is the kind of a draft of this wizard.
const draftBlueprint = "blueprint"

// wizardBody is how much the form of a step may send: 250 long names in the
// encoding of forms, and a paste beyond it, so that the page can say so.
const wizardBody = 4 << 20

// newBlueprint is the first step without a draft, beside the person's own.
func (h *Handlers) newBlueprint(c echo.Context) error {
	form, name := h.emptyForm(c), ""
	like := c.QueryParam("like")
	if like != "" {
		var err error
		if form, name, err = h.likeForm(c, like); err != nil {
			return err
		}
	}
	w := h.wizard(c, &models.Draft{}, form, wizardSteps()[0])
	w.Like, w.LikeName = like, name
	return h.renderFirst(c, w)
}

// renderFirst shows the first step while it has no draft.
func (h *Handlers) renderFirst(c echo.Context, w wizardView) error {
	drafts, err := h.ownDrafts(c)
	if err != nil {
		return err
	}
	w.Drafts = drafts
	if c.QueryParam("all") == "" {
		w.Drafts = drafts[:min(maxDrafts, len(drafts))]
	}
	w.DraftsLeft = len(drafts) - len(w.Drafts)
	p := h.wizardPage(c, w)
	p.Lead = "The first Continue saves a draft. Nothing is written to the tenant until you press Create on the last step."
	status := http.StatusOK
	if p.HasError = len(w.Errors) > 0; p.HasError {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(c, status, views.BlueprintStepPage(p, w.BlueprintWizard))
}

// beginBlueprint makes a draft of the first step, faulty or not, so that
// nothing typed is lost. An empty form makes none.
func (h *Handlers) beginBlueprint(c echo.Context) error {
	s := wizardSteps()[0]
	posted, err := web.Form(c, append(s.posted(), "like")...)
	if err != nil {
		return err
	}
	form := h.emptyForm(c)
	untouched := form.version()
	if like := posted.Get("like"); like != "" {
		if form, _, err = h.likeForm(c, like); err != nil {
			return err
		}
	}
	s.read(&form, posted)
	if form.version() == untouched {
		w := h.wizard(c, &models.Draft{}, form, s)
		w.setFaults(s, s.faults(form))
		return h.renderFirst(c, w)
	}
	return h.goOn(c, &models.Draft{}, form, s)
}

// houseRules is what this portal has to say about every form.
func (h *Handlers) houseRules() houseRules {
	return houseRules{appID: h.App.ClientID, requireReason: h.RequireReason}
}

// emptyForm is where the person begins.
func (h *Handlers) emptyForm(c echo.Context) blueprintForm {
	form := emptyBlueprintForm(h.actor(c))
	form.house = h.houseRules()
	return form
}

// openDraft leads to where the work on a draft goes on.
func (h *Handlers) openDraft(c echo.Context) error {
	_, _, elsewhere, err := h.draftAt(c, "")
	if err != nil {
		return err
	}
	return web.Redirect(c, elsewhere)
}

// showStep is a step as it was last saved. Steps that come too early lead to
// the first one that is open.
func (h *Handlers) showStep(c echo.Context) error {
	s, err := stepOf(c)
	if err != nil {
		return err
	}
	draft, form, elsewhere, err := h.draftAt(c, s.key)
	switch {
	case err != nil:
		return err
	case elsewhere != "":
		return web.Redirect(c, elsewhere)
	}
	w := h.wizard(c, draft, form, s)
	query, secrets := withoutSecrets(s, c.QueryParams())
	faults := searchFaults(s, query)
	if query.Get("check") != "" || slices.Contains(form.Done, s.key) {
		maps.Copy(faults, s.faults(form))
	}
	maps.Copy(faults, secrets)
	w.setFaults(s, faults)
	for _, list := range s.lists {
		words, _, _ := w.searched(list)
		*words = searchWords(query, list)
	}
	if err := h.search(c, &w, form, query.Get("find"), query.Get("q")); err != nil {
		return err
	}
	return h.renderStep(c, w, draft)
}

// searchTakes says what the search of a list takes.
func searchTakes(list string) string {
	if list == "inherit" || list == "roles" {
		return "the name of a permission, or words of what it allows"
	}
	return "a name, an address or an object id"
}

// searchFaults are what is wrong with a search: one without words,
// and one whose answer nobody was added from when Continue was pressed.
func searchFaults(s wizardStep, query url.Values) map[string]string {
	faults, list := map[string]string{}, query.Get("find")
	switch words := cut(query.Get("q"), maxSearch); {
	case !slices.Contains(s.lists, list) || !query.Has("q"):
	case words == "":
		faults[list] = "Write " + searchTakes(list) + ", then press Search."
	case query.Has("left"):
		faults[list] = "“" + words + "” was searched for but not added. Press Add beside one of those found below; Continue goes on without."
	}
	return faults
}

// saveStep saves what a step's form says, and does what its button means. What
// is sent for a draft that became a run is a new draft: the run stays what was
// carried out.
func (h *Handlers) saveStep(c echo.Context) error {
	s, err := stepOf(c)
	if err != nil {
		return err
	}
	posted, err := web.Form(c, s.posted()...)
	if err != nil {
		return err
	}
	return h.saveSent(c, s, sent{Values: posted})
}

// saveFile is saveStep for a form with its file.
func (h *Handlers) saveFile(c echo.Context) error {
	s, err := stepOf(c)
	if err != nil {
		return err
	}
	if s.file == "" {
		return fmt.Errorf("file for step %s of the wizard: %w", s.key, models.ErrNotFound)
	}
	if _, _, err := h.blueprintDraft(c); err != nil {
		return err // before a file is read that has no place
	}
	posted, file, err := web.FormWithFile(c, s.file, s.posted()...)
	if err != nil {
		return err
	}
	return h.saveSent(c, s, sent{Values: posted, file: file})
}

// backToStep leads from the address of a file, which answered with faults, to
// the step as it is.
func (h *Handlers) backToStep(c echo.Context) error {
	s, err := stepOf(c)
	if err != nil {
		return err
	}
	draft, _, err := h.blueprintDraft(c)
	if err != nil {
		return err
	}
	return web.Redirect(c, stepPath(draft.ID, s.key))
}

func (h *Handlers) saveSent(c echo.Context, s wizardStep, posted sent) (err error) {
	for range saveTries {
		// Another window may save between our reading and our saving.
		if err = h.saveOver(c, s, posted); !errors.Is(err, models.ErrConflict) {
			return err
		}
	}
	return err
}

// saveTries is how often a step is put together anew with what other windows
// save at the same moment.
const saveTries = 5

// saveOver saves a step into the draft as it is now. Errors: models.ErrConflict
// when the draft was saved meanwhile, and then nothing was written.
func (h *Handlers) saveOver(c echo.Context, s wizardStep, posted sent) error {
	draft, saved, err := h.blueprintDraft(c)
	if err != nil {
		return err
	}
	if !saved.reached(s.key) {
		return web.Redirect(c, stepPath(draft.ID, saved.firstOpen()))
	}
	switch {
	case saved.RunID != 0:
		draft, saved.RunID = &models.Draft{}, 0
	case posted.Get("version") == "":
		// Nothing says which state this would be saved over.
		return &web.BadRequestError{
			Status: http.StatusBadRequest, What: "The form does not say which state of the draft it was made from, so nothing was saved.",
			Fix: "Open the page again and send the form from there.",
		}
	}
	typed := saved
	s.read(&typed, posted.Values)
	if changed := s.changed(posted.Get("version"), saved, typed); len(changed) > 0 {
		return h.renderConflict(c, draft, s, saved, typed, changed)
	}
	return h.act(c, draft, typed, s, posted)
}

// goOn saves a step and, when it is good, goes on to the next; a faulty one is
// shown again at its own address, where it can be found later.
func (h *Handlers) goOn(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep) error {
	good := len(s.faults(form)) == 0
	if good && !slices.Contains(form.Done, s.key) {
		form.Done = append(slices.Clone(form.Done), s.key)
	}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	if !good {
		return showFaults(c, draft, s.key)
	}
	return web.Redirect(c, form.neighbour(draft.ID, s.key, +1))
}

// showFaults leads to a step and has it say what is wrong.
func showFaults(c echo.Context, draft *models.Draft, step string) error {
	return web.Redirect(c, stepPath(draft.ID, step)+"?check=1")
}

// createBlueprint starts the run of a draft, if it is still what the person
// has read: another window may have changed it. The draft and its version are
// the request id, and the draft remembers its run: pressing twice leads to the
// same one.
func (h *Handlers) createBlueprint(c echo.Context) error {
	posted, err := web.Form(c, "reviewed")
	if err != nil {
		return err
	}
	draft, form, elsewhere, err := h.draftAt(c, reviewStep)
	switch {
	case err != nil:
		return err
	case elsewhere != "":
		return web.Redirect(c, elsewhere)
	}
	version := form.version()
	if posted.Get("reviewed") != version {
		if step := form.firstFaulty(); step != "" {
			return showFaults(c, draft, step)
		}
		return h.renderReview(c, http.StatusConflict, draft, form)
	}
	run, err := h.startBlueprint(c, draft.ID+"/"+version, form.spec())
	var unfit *models.InvalidError
	switch {
	case errors.As(err, &unfit):
		return h.renderReview(c, http.StatusUnprocessableEntity, draft, form)
	case err != nil:
		return fmt.Errorf("start run: %w", err)
	}
	form.RunID = run.ID
	// What another window saved since the start stays a draft: no run has it.
	if err := h.saveDraft(c, draft, form); err != nil && !errors.Is(err, models.ErrConflict) {
		return err
	}
	return web.Redirect(c, runPath(run.ID))
}

// startBlueprint starts a run.
func (h *Handlers) startBlueprint(c echo.Context, requestID string, spec provision.BlueprintSpec) (*models.Run, error) {
	ctx := c.Request().Context()
	if spec.Into != nil {
		return h.Engine.AddAgents(ctx, h.actor(c), requestID, spec)
	}
	return h.Engine.Start(ctx, h.actor(c), requestID, spec)
}

func blueprintCrumbs(last string) []views.Crumb {
	return []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Blueprints", Href: "/blueprints"}, {Text: last}}
}

// audienceWords names an audience for people.
func audienceWords(spec provision.BlueprintSpec) string {
	return cmp.Or(optionLabel(views.AudienceOptions(), spec.Audience), spec.Audience)
}
