package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// maxAssertions is how many rows the form of a check may have.
	maxAssertions = 12
	// maxCheckName is how many characters name a check.
	maxCheckName = 100
	// allOf stands before a blueprint's App ID where all of its agents are meant.
	allOf = "all:"
)

// checkForm is the form of a check.
type checkForm struct {
	Name, Mode, Scope, Target, Version string
	Assertions                         []models.CheckAssertion // empty rows too
}

// readCheckForm reads the form and which button was pressed; a row that was
// removed is gone.
func readCheckForm(c echo.Context) (form checkForm, act string, err error) {
	fields := []string{"name", "mode", "scope", "target", "version", "act"}
	for n := range maxAssertions {
		fields = append(fields, "kind_"+strconv.Itoa(n+1), "value_"+strconv.Itoa(n+1))
	}
	posted, err := web.Form(c, fields...)
	if err != nil {
		return form, "", err
	}
	text := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	form = checkForm{Name: text("name"), Mode: text("mode"), Scope: text("scope"), Target: text("target"), Version: text("version")}
	act = posted.Get("act")
	for n := range maxAssertions {
		number := strconv.Itoa(n + 1)
		if act != "remove-"+number && (posted.Has("kind_"+number) || posted.Has("value_"+number)) {
			form.Assertions = append(form.Assertions, models.CheckAssertion{Kind: text("kind_" + number), Value: text("value_" + number)})
		}
	}
	if act == "add" && len(form.Assertions) < maxAssertions || len(form.Assertions) == 0 {
		form.Assertions = append(form.Assertions, models.CheckAssertion{})
	}
	return form, act, nil
}

// mode is the mode of the check; ok is false for one that is not offered.
func (f checkForm) mode() (mode views.TokenMode, ok bool) {
	mode, _ = views.TokenModeOf(entra.ModeName(f.Mode))
	return mode, mode.Name == entra.ModeAutonomous || mode.Name == entra.ModeAgentUser
}

// validate finds what is wrong without asking anybody. What is stored and shown
// to others is held to its shape: a secret pasted into the wrong box stays out.
func (f checkForm) validate() map[string]string {
	faults := map[string]string{}
	if _, ok := f.mode(); !ok {
		faults["mode"] = "Choose one of the modes in the list."
	}
	switch n := utf8.RuneCountInString(f.Name); {
	case f.Name == "":
		faults["name"] = "Write a name of 1 to 100 characters."
	case n > maxCheckName:
		faults["name"] = fmt.Sprintf("Write a name of 1 to %d characters. This one has %d.", maxCheckName, n)
	case strings.ContainsFunc(f.Name, unicode.IsControl):
		faults["name"] = "Write it in one line. This holds a line end or another control character."
	case entra.LooksSecret(f.Name):
		faults["name"] = "This reads like a secret, and others would see it. Write another name."
	}
	mode, _ := f.mode()
	labForm{Scope: f.Scope}.validateScope(mode, faults)
	if faults["scope"] == "" && recordedScope(f.Scope) != f.Scope {
		faults["scope"] = "Write scopes such as " + entra.GraphDefaultScope + ". This does not read as one, and what is no scope is not stored."
	}
	f.validateAssertions(faults)
	return faults
}

func (f checkForm) validateAssertions(faults map[string]string) {
	for i, a := range f.Assertions {
		number := strconv.Itoa(i + 1)
		fault := entra.Assertion{Kind: entra.AssertionKind(a.Kind), Value: a.Value}.Fault()
		switch {
		case a == (models.CheckAssertion{}) || fault == "":
		case slices.Contains(entra.AssertionKinds(), entra.AssertionKind(a.Kind)):
			faults["value_"+number] = fault
		default:
			faults["kind_"+number] = fault
		}
	}
	if len(f.filled()) == 0 {
		faults["kind_1"] = "Choose at least one thing that a token must hold."
	}
}

// filled are the rows that say something.
func (f checkForm) filled() []models.CheckAssertion {
	return slices.DeleteFunc(slices.Clone(f.Assertions), func(a models.CheckAssertion) bool { return a == models.CheckAssertion{} })
}

// newCheck is the empty form; ?mode=, ?scope=, ?agent= and ?blueprint= come from
// where one was, and ?from= is a result of the lab.
func (h *Handlers) newCheck(c echo.Context) error {
	form := checkForm{Mode: c.QueryParam("mode"), Scope: cut(c.QueryParam("scope"), maxScope), Target: c.QueryParam("agent")}
	if _, ok := form.mode(); !ok {
		form.Mode = string(entra.ModeAutonomous)
	}
	if form.Scope == "" {
		form.Scope = entra.GraphDefaultScope
	}
	blueprint := c.QueryParam("blueprint")
	if form.Target == "" && blueprint != "" {
		form.Target = allOf + blueprint
	}
	if blueprint != "" {
		form.Assertions = []models.CheckAssertion{{Kind: string(entra.AssertBlueprint), Value: cut(blueprint, 36)}}
	}
	if from := c.QueryParam("from"); from != "" {
		h.propose(c, from, &form)
	}
	for form.Assertions = append(form.Assertions, models.CheckAssertion{}); len(form.Assertions) < 2; {
		form.Assertions = append(form.Assertions, models.CheckAssertion{})
	}
	return h.renderCheckForm(c, http.StatusOK, nil, form, nil)
}

func (h *Handlers) createCheck(c echo.Context) error { return h.takeCheckForm(c, nil) }

// editCheck is the form of a check that is there.
func (h *Handlers) editCheck(c echo.Context) error {
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	form := checkForm{Name: check.Name, Mode: check.Mode, Scope: check.Scope, Target: check.AgentID, Version: versionOf(check), Assertions: check.Assertions}
	if form.Target == "" {
		form.Target = allOf + check.BlueprintAppID
	}
	return h.renderCheckForm(c, http.StatusOK, check, form, nil)
}

func (h *Handlers) changeCheck(c echo.Context) error {
	check, err := h.readCheck(c)
	if err != nil {
		return err
	}
	return h.takeCheckForm(c, check)
}

// renderCheckForm shows the form with what was typed.
func (h *Handlers) renderCheckForm(c echo.Context, status int, check *models.TokenCheck, form checkForm, faults map[string]string) error {
	agents, err := h.agentsToTest(c, form.Target)
	if err != nil {
		return err
	}
	f := views.TokenCheckForm{
		Action: checksPath + "/new", BackHref: checksPath, Name: cut(form.Name, 4*maxCheckName), Mode: form.Mode, Scope: cut(form.Scope, maxScope),
		Target: form.Target, Targets: agents.targets(), MayAdd: len(form.Assertions) < maxAssertions, Faults: faults,
		NotShown: agents.notShown, Foreign: agents.foreign, Changed: status == http.StatusConflict,
	}
	for i, a := range form.Assertions {
		f.Rows = append(f.Rows, views.AssertionRow{Number: i + 1, Kind: a.Kind, Value: cut(a.Value, 200)})
	}
	p := h.labPage(c, "New check")
	p.Crumbs = append(p.Crumbs[:2], views.Crumb{Text: "Checks", Href: checksPath}, views.Crumb{Text: p.Title})
	if check != nil {
		p = h.checkPage(c, check, "Edit the check “"+check.Name+"”", "Edit")
		f.Action, f.BackHref, f.Version = checkPath(check.ID)+"/edit", checkPath(check.ID), versionOf(check)
	}
	p.Lead = "What tokens must hold. Settings are saved, tokens never."
	p.HasError = len(faults) > 0
	return web.Render(c, status, views.TokenCheckFormPage(p, f))
}

// targets are the agents, and before those of each blueprint all of them.
func (l *labAgents) targets() []views.Option {
	var options []views.Option
	for _, b := range l.blueprintOptions() {
		options = append(options, views.Option{Value: allOf + b.Value, Label: "All agents of " + b.Label, Group: b.Label})
		for _, o := range l.options {
			if l.blueprints[o.Value] == b.Value {
				options = append(options, views.Option{Value: o.Value, Label: o.Label, Group: b.Label})
			}
		}
	}
	for _, o := range l.options {
		if _, named := l.names[l.blueprints[o.Value]]; !named {
			options = append(options, o)
		}
	}
	return options
}
