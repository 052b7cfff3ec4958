package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
		DisplayName: form.DisplayName, Description: form.Description, Audience: form.Audience, Reason: form.Reason, ReasonRequired: h.RequireReason,
		Does: doesValues(form.Does), Life: form.Life, KeepForLab: form.KeepForLab, Count: form.Count, Pattern: form.Pattern, Names: form.Names,
		SponsoredBy: form.SponsoredBy, RunAs: form.RunAs,
		Owners: picker("owners", form.Owners, me), Sponsors: picker("sponsors", form.Sponsors, me),
		AgentSponsors: picker("agent_sponsors", form.AgentSponsors, me),
		Table:         form.Table.view(),
	}}
	switch s.key {
	case "credential":
		w.credential(form, h.Engine.TenantIssuer(), h.Now())
	case "access":
		w.Access = views.AccessFields{
			Scope: form.Access.Scope, Consent: form.Access.Consent, Clients: form.Access.Clients, Redirects: form.Access.Redirects,
			Portal: form.Access.Portal, ConsentPage: form.Access.ConsentPage, ConsentPageURI: consentPage,
		}
	case "permissions":
		w.permissions(form)
	case "agents":
		w.Given, w.Examples = agentNames(form), exampleNames(form)
	case "users":
		w.users(form, me)
	}
	return w
}

// credential shows what follows from the fields of a federated credential, once
// they are good, and the certificate that was uploaded.
func (w *wizardView) credential(form blueprintForm, issuer string, now time.Time) {
	w.Credential = views.CredentialFields{Kind: form.Credential, Federated: form.Federated}
	if w.Credential.Federated.Scenario == "" {
		w.Credential.Federated.Scenario = provision.FederatedManagedIdentity
	}
	if form.Credential == string(provision.CredentialFederated) && len(form.Federated.Faults()) == 0 {
		f := form.Federated.Credential(issuer)
		w.Credential.Shown = &views.FederatedShown{Issuer: f.Issuer, Subject: f.Subject, Audience: strings.Join(f.Audiences, ", ")}
	}
	if cert := form.Certificate; cert != nil {
		w.Credential.Certificate = &views.CertificateShown{
			Name: cert.Name, Thumbprint: cert.Thumbprint, Validity: validityWords(*cert), Warning: strings.Join(cert.Warnings(now), " "),
		}
	}
	for _, days := range provision.SecretLives() {
		if days > 0 {
			w.Lives = append(w.Lives, views.Option{Value: number(days), Label: lifeWords(days, now)})
		}
	}
}

func validityWords(c provision.CertificateSpec) string {
	return views.Day(c.NotBefore) + " to " + views.Day(c.NotAfter)
}

func doesValues(does []provision.Capability) []string {
	var values []string
	for _, way := range does {
		values = append(values, string(way))
	}
	return values
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
	case "manager":
		p.Label, p.FindLabel, p.None, p.Optional = "Manager", "Find a manager", "Nobody: an agent user needs none", true
		p.Hint = "The person whom the agent users report to. One person for all of this run; Add takes the place of whoever is there."
	case "user_sponsors":
		p.Label, p.FindLabel, p.None, p.Optional = "Sponsors of the agent users", "Find a sponsor of the agent users", "Those of the agent identities alone", true
		p.Hint = "Who answers for the accounts. Agent users cannot be sponsors."
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
	case "agent_sponsors":
		return &w.AgentSponsors
	case "manager":
		return &w.Users.Manager
	case "user_sponsors":
		return &w.Users.Sponsors
	}
	return nil
}

// searched is what a list shows of a search: people and permissions alike.
func (w *wizardView) searched(list string) (words, fault *string, focus *bool) {
	switch list {
	case "inherit":
		p := &w.Permissions.Inherit
		return &p.Words, &p.Error, &p.Focus
	case "roles":
		p := &w.Permissions.Roles
		return &p.Words, &p.Error, &p.Focus
	}
	p := w.picker(list)
	return &p.Words, &p.Error, &p.Focus
}

// fileFault says what is wrong with the file that a draft was to begin from.
func (w *wizardView) fileFault(text string) {
	w.FileFault = text
	w.Errors = []views.FieldError{{Field: "f-spec", Text: "File: " + text}}
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
			_, fault, _ := w.searched(field.name)
			*fault = text
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
	for _, s := range form.steps() {
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

// soFar is what the steps before this one say. The people are told of beside
// their own step too, where they are chosen one by one.
func soFar(form blueprintForm, current string) []views.SoFar {
	if current == "basics" {
		return nil
	}
	lines := []views.SoFar{
		{Label: "Name", Value: form.DisplayName},
		{Label: "Agents", Value: doesWords(form.Does)},
		{Label: "Owners", Value: number(len(form.Owners))},
		{Label: "Sponsors", Value: number(len(form.Sponsors)), Fault: len(form.Sponsors) == 0},
	}
	for _, s := range form.steps() {
		if s.key == current {
			break
		}
		switch s.key {
		case "credential":
			lines = append(lines, views.SoFar{Label: "Credential", Value: form.credentialWords()})
		case "access":
			lines = append(lines, views.SoFar{Label: "Scope", Value: form.Access.Scope})
		case "permissions":
			lines = append(lines, views.SoFar{Label: "Permissions", Value: number(len(form.spec().Roles) + len(form.spec().Inherit))})
		case "agents":
			lines = append(lines, views.SoFar{Label: "Identities", Value: number(len(form.spec().AgentRows()))})
		}
	}
	return lines
}

// credentialWords names the credential for a line.
func (f blueprintForm) credentialWords() string {
	switch provision.CredentialKind(f.Credential) {
	case provision.CredentialFederated:
		return "Federated"
	case provision.CredentialCertificate:
		return "Certificate"
	case provision.CredentialSecret:
		return "Secret, " + lifeName(numberOr(f.Life, -1))
	}
	return "None"
}

func (h *Handlers) wizardPage(c echo.Context) views.Page {
	p := h.page(c, "New blueprint", "blueprints")
	p.Crumbs = blueprintCrumbs("New blueprint")
	return p
}

// renderStep picks the status by what the page has to say.
func (h *Handlers) renderStep(c echo.Context, w wizardView, draft *models.Draft) error {
	if w.Step == "users" {
		if err := h.offers(c, &w.Users); err != nil {
			return err
		}
	}
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
		for _, list := range allLists() {
			_, _, focus := w.searched(list)
			*focus = false
		}
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
