package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// wizardView is a step on its way to the page.
type wizardView struct{ views.BlueprintWizard }

// wizard is a step as a draft has it, without faults.
func (h *Handlers) wizard(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep) wizardView {
	me := h.actor(c).OID
	w := wizardView{views.BlueprintWizard{
		DraftID: draft.ID, Step: s.key, Version: s.version(form), Rail: rail(draft.ID, form, s.key), SoFar: soFar(form, s.key),
		DisplayName: form.DisplayName, Description: form.Description, Audience: form.Audience, Reason: form.Reason,
		Life: form.Life, KeepForLab: form.KeepForLab, Count: form.Count, Pattern: form.Pattern, Names: form.Names,
		SponsoredBy: form.SponsoredBy, RunAs: form.RunAs,
		Owners: picker("owners", form.Owners, me), Sponsors: picker("sponsors", form.Sponsors, me),
		AgentSponsors: picker("agent_sponsors", form.AgentSponsors, me),
	}}
	if s.key == "agents" {
		w.Given, w.Examples = agentNames(form), exampleNames(form)
	}
	for _, days := range provision.SecretLives() {
		w.Lives = append(w.Lives, views.Option{Value: strconv.Itoa(days), Label: lifeWords(days, h.Now())})
	}
	return w
}

// agentNames are the names that a form gives the agents; none while it is
// faulty.
func agentNames(form blueprintForm) []string {
	spec := form.spec()
	if faults := spec.Validate(); faults["count"] != "" || faults["namePattern"] != "" || faults["names"] != "" {
		return nil
	}
	return spec.AgentNames()
}

// exampleNames are what the first pattern would call two agents.
func exampleNames(form blueprintForm) []string {
	return provision.BlueprintSpec{DisplayName: form.DisplayName, Count: 2, NamePattern: provision.DefaultNamePattern}.AgentNames()
}

func picker(list string, chosen []provision.Principal, me string) views.Picker {
	p := views.Picker{List: list}
	switch list {
	case "owners":
		p.Label, p.FindLabel, p.None, p.Optional = "Owners", "Find an owner", "Nobody: only Agent ID Administrators can change it", true
		p.Hint = "Owners may change the blueprint. People and service principals can own it."
	case "sponsors":
		p.Label, p.FindLabel, p.None = "Sponsors", "Find a sponsor", "Nobody yet"
		p.Hint = "At least one. Sponsors answer for the agents: they are asked in reviews and when access ends. People, Microsoft 365 groups and groups with dynamic membership only; at most 100, of them 5 groups."
	default:
		p.Label, p.FindLabel, p.None = "Sponsors of the agent identities", "Find a sponsor of the agent identities", "Nobody chosen"
		p.Hint = "Used only when “Others” is chosen above. The same rules hold as for the sponsors of the blueprint."
	}
	for _, one := range chosen {
		p.Chosen = append(p.Chosen, pickedOf(one, me))
	}
	return p
}

func (w *wizardView) picker(list string) *views.Picker {
	switch list {
	case "owners":
		return &w.Owners
	case "sponsors":
		return &w.Sponsors
	}
	return &w.AgentSponsors
}

// setFaults puts faults beside their fields and into the summary.
func (w *wizardView) setFaults(s wizardStep, faults map[string]string) {
	w.Faults, w.Errors = faults, nil
	for _, field := range s.fields {
		text := faults[field.name]
		if text == "" {
			continue
		}
		w.Errors = append(w.Errors, views.FieldError{Field: "f-" + field.name, Text: field.label + ": " + text})
		if slices.Contains(s.lists, field.name) {
			w.picker(field.name).Error = text
		}
	}
	if n := len(w.Errors); n > 0 {
		for i := range w.Rail {
			if w.Rail[i].State == "current" {
				w.Rail[i].State, w.Rail[i].Note = "error", toFix(n)
			}
		}
	}
}

func toFix(n int) string {
	if n == 1 {
		return "1 field to fix"
	}
	return strconv.Itoa(n) + " fields to fix"
}

// rail is where a page stands among the steps. The run is the last of them.
func rail(draftID string, form blueprintForm, current string) []views.RailStep {
	var steps []views.RailStep
	for _, s := range wizardSteps() {
		step := views.RailStep{Name: s.name, State: "open", Note: "Not done yet", Href: stepPath(draftID, s.key)}
		faults := len(s.faults(form))
		done := slices.Contains(form.Done, s.key)
		switch {
		case s.key == current:
			step.State, step.Note, step.Href = "current", "You are here", ""
		case done && faults > 0:
			step.State, step.Note = "fault", toFix(faults)
		case done:
			step.State, step.Note = "done", "Done"
		case !form.reached(s.key):
			step.State, step.Note, step.Href = "locked", fmt.Sprintf("After step %d", len(steps)), ""
		}
		steps = append(steps, step)
	}
	review := views.RailStep{Name: "Review", State: "locked", Note: fmt.Sprintf("After step %d", len(steps))}
	switch {
	case current == reviewStep:
		review.State, review.Note = "current", "Nothing written yet"
	case form.reached(reviewStep):
		review.State, review.Note, review.Href = "open", "Ready to read", stepPath(draftID, reviewStep)
	}
	return append(steps, review, views.RailStep{Name: "Create", State: "locked", Note: "Starts the run"})
}

// soFar is what the steps before this one say.
func soFar(form blueprintForm, current string) []views.SoFar {
	lines := []views.SoFar{
		{Label: "Name", Value: form.DisplayName},
		{Label: "Owners", Value: strconv.Itoa(len(form.Owners))},
		{Label: "Sponsors", Value: strconv.Itoa(len(form.Sponsors)), Fault: len(form.Sponsors) == 0},
		{Label: "Secret", Value: lifeName(numberOr(form.Life, -1))},
	}
	shown := map[string]int{"basics": 0, "people": 3, "credential": 3, "agents": 4}[current]
	return lines[:shown]
}

func (h *Handlers) wizardPage(c echo.Context) views.Page {
	p := h.page(c, "New blueprint", "blueprints")
	p.Crumbs = blueprintCrumbs("New blueprint")
	return p
}

// renderStep picks the status by what the page has to say.
func (h *Handlers) renderStep(c echo.Context, w wizardView, draft *models.Draft) error {
	p := h.wizardPage(c)
	p.Lead = "Draft saved " + views.UTC(draft.UpdatedAt) + ". You can leave: your drafts are on Overview, on Blueprints and above the form of New blueprint."
	status := http.StatusOK
	switch {
	case w.Conflict != nil:
		status = http.StatusConflict
	case len(w.Errors) > 0:
		status = http.StatusUnprocessableEntity
	}
	p.HasError = status != http.StatusOK
	if p.HasError {
		w.Owners.Focus, w.Sponsors.Focus, w.AgentSponsors.Focus = false, false, false
	}
	return web.Render(c, status, views.BlueprintStepPage(p, w.BlueprintWizard))
}

// renderConflict keeps what was typed beside what another window made of it.
func (h *Handlers) renderConflict(c echo.Context, draft *models.Draft, s wizardStep, saved, typed blueprintForm, changed []wizardField) error {
	w := h.wizard(c, draft, typed, s)
	w.Version = s.version(saved)
	w.Conflict = &views.DraftConflict{ChangedAt: draft.UpdatedAt, TakeHref: stepPath(draft.ID, s.key)}
	for _, field := range changed {
		here := field.held(typed)
		if slices.Contains(s.lists, field.name) {
			here = "As the draft now"
		}
		w.Conflict.Fields = append(w.Conflict.Fields, views.ChangedField{Label: field.label, There: cut(field.held(saved), 300), Here: cut(here, 300)})
	}
	return h.renderStep(c, w, draft)
}

// search fills the picker that the page answers with what was found.
func (h *Handlers) search(c echo.Context, w *wizardView, form blueprintForm, list, words string) error {
	chosen := form.list(list)
	if chosen == nil {
		return nil
	}
	p := w.picker(list)
	p.Focus = len(w.Errors) == 0
	if p.Words = cut(words, maxSearch); p.Words == "" {
		return nil
	}
	found, err := h.findPeople(c, p.Words)
	if err != nil {
		return err
	}
	p.Asked, p.More, p.Fault, w.Asked = true, found.more, found.fault, list+" "+p.Words
	for _, one := range found.all {
		p.Found = append(p.Found, foundRow(one, h.actor(c).OID, refuses(list), *chosen))
	}
	return nil
}

// lifeName names the life of a client secret.
func lifeName(days int) string {
	switch days {
	case 0:
		return "None"
	case provision.DefaultSecretDays:
		return "6 months"
	case 365:
		return "1 year"
	}
	return fmt.Sprintf("%d days", days)
}

// lifeWords adds the day the secret would end.
func lifeWords(days int, now time.Time) string {
	if days == 0 {
		return lifeName(days)
	}
	return lifeName(days) + ", until " + views.Day(provision.SecretEnd(days, now.UTC()))
}

// planTree draws what a run will make.
func planTree(spec provision.BlueprintSpec) views.Tree {
	names := spec.AgentNames()
	principal := views.TreeBox{Mark: "blueprintPrincipal", Name: spec.DisplayName, Second: "its principal", Dashed: true}
	for i, name := range names {
		if i == views.TreeMost && len(names) > views.TreeMost {
			principal.Children = append(principal.Children, views.TreeBox{Name: fmt.Sprintf("%d more agent identities", len(names)-i), Dashed: true})
			break
		}
		principal.Children = append(principal.Children, views.TreeBox{Mark: "agentIdentity", Name: name, Second: "made as " + madeAs(spec), Dashed: true})
	}
	heads := []string{"Blueprint", "Principal in this tenant"}
	if len(names) > 0 {
		heads = append(heads, "Agent identities, "+strconv.Itoa(len(names)))
	}
	return views.Tree{
		Summary: fmt.Sprintf("Planned: a blueprint, its principal and %s", views.Plural(len(names), "agent identity")), Heads: heads,
		Root: views.TreeBox{Mark: "blueprint", Name: spec.DisplayName, Second: audienceWords(spec), Dashed: true, Own: true, Children: []views.TreeBox{principal}},
	}
}

func madeAs(spec provision.BlueprintSpec) string {
	if spec.RunAs == provision.AsBlueprint {
		return "the blueprint"
	}
	return "you"
}
