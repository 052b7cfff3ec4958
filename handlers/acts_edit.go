package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// edit is an object whose properties are being written.
type edit struct {
	o        *object
	fields   []editField
	now      map[string]string // what the tenant says, as clean gives it
	typed    map[string]string
	fixed    []string // tags that stay
	faults   map[string]string
	findings []views.Finding
	note     string
}

// askEdit is the form, with what the tenant says now.
func (h *Handlers) askEdit(kind graph.Kind) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := h.editOf(c, kind)
		if e == nil {
			return err
		}
		return h.showEdit(c, http.StatusOK, e)
	}
}

// saveEdit takes the form in two steps: first it shows each value before and
// after, then it sends what is different. What somebody else changed meanwhile is
// told at either step, and nothing is overwritten.
func (h *Handlers) saveEdit(kind graph.Kind) echo.HandlerFunc {
	names := []string{"save", "back"}
	for _, f := range editFields(kind) {
		names = append(names, f.name, "was_"+f.name)
	}
	return func(c echo.Context) error {
		posted, err := web.Form(c, changeFields(names...)...)
		if err != nil {
			return err
		}
		e, err := h.editOf(c, kind)
		if e == nil {
			return err
		}
		if run, err := h.changedBefore(c, posted.Get("request")); run != nil || err != nil {
			if err != nil {
				return err
			}
			return web.Redirect(c, (&change{done: e.o.path(), tell: true}).after(run))
		}
		moved := e.take(posted)
		set, before := e.changes()
		spec := provision.ChangeSpec{Acts: []provision.Act{{Kind: provision.KindUpdate, Of: e.o.target(), Set: set, Before: before}}}
		switch {
		case moved:
			return h.showEdit(c, http.StatusUnprocessableEntity, e)
		case posted.Get("back") != "":
			return h.showEdit(c, http.StatusOK, e)
		case len(set) == 0:
			e.note = "It is so already. Nothing is different from what the directory has."
			return h.showEdit(c, http.StatusUnprocessableEntity, e)
		}
		if err := h.editFaults(c, e, spec); err != nil {
			return err
		}
		if len(e.faults) > 0 {
			return h.showEdit(c, http.StatusUnprocessableEntity, e)
		}
		ch, err := h.saving(c, e, spec)
		if err != nil {
			return err
		}
		if err := h.inRunsOf(c, e.o, &ch.spec); err != nil {
			return err
		}
		if posted.Get("save") == "" {
			return h.askChange(c, ch)
		}
		return h.makeChange(c, ch, posted)
	}
}

// editOf reads what may be written of the object of an address. Without an edit
// the request is answered, or failed.
func (h *Handlers) editOf(c echo.Context, kind graph.Kind) (*edit, error) {
	o, err := h.openObject(c, kind)
	if o == nil {
		return nil, err
	}
	e := &edit{o: o, fields: editFields(kind), now: map[string]string{}, faults: map[string]string{}}
	var names []string
	for _, f := range e.fields {
		names = append(names, f.name)
	}
	values, err := h.graph(c).Properties(c.Request().Context(), kind, o.id, names...)
	if err != nil {
		return nil, err
	}
	if err := h.readTags(c, e, values[tagsProperty]); err != nil {
		return nil, err
	}
	for _, f := range e.fields {
		if f.name != tagsProperty {
			e.now[f.name] = f.clean(textOf(values[f.name]))
		}
	}
	e.typed = maps.Clone(e.now)
	return e, nil
}

// readTags picks an object's own tags from those it shows: an agent identity
// shows those of its blueprint too. Where the blueprint cannot be read nobody can
// tell them apart, and writing them would make the blueprint's its own.
// https://learn.microsoft.com/graph/api/resources/agentidentity
func (h *Handlers) readTags(c echo.Context, e *edit, raw json.RawMessage) error {
	var tags []string
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &tags); err != nil {
			return fmt.Errorf("read tags: %w", err)
		}
	}
	if e.o.kind == graph.KindAgentIdentity {
		b, err := h.graph(c).BlueprintByAppID(c.Request().Context(), e.o.blueprint)
		if err != nil {
			var fault string
			e.fields = slices.DeleteFunc(e.fields, func(f editField) bool { return f.name == tagsProperty })
			e.findings = append(e.findings, views.Finding{
				Tone: views.ToneInfo, Title: "Tags are left out",
				Detail: "The blueprint cannot be read here, so nobody can tell its tags from those of the agent identity.",
			})
			return part(err, &fault)
		}
		tags = slices.DeleteFunc(tags, func(tag string) bool { return slices.Contains(b.Tags, tag) })
	}
	fixed, others := provision.OwnTags(tags)
	e.fixed, e.now[tagsProperty] = fixed, strings.Join(others, "\n")
	return nil
}

// take reads what was typed. What changed in the tenant since the form was made
// is told; a field that nobody touched follows it, one that was typed into stays.
func (e *edit) take(posted url.Values) (moved bool) {
	for _, f := range e.fields {
		typed, was, now := f.clean(posted.Get(f.name)), f.clean(posted.Get("was_"+f.name)), e.now[f.name]
		e.typed[f.name] = typed
		if f.same(was, now) || f.same(typed, now) {
			continue // as after Back in the browser: what was saved is typed again
		}
		moved = true
		kept := "You had not changed it, so the form shows the new value."
		if f.same(typed, was) {
			e.typed[f.name] = now
		} else {
			kept = "What you typed is still in the field; continue to put it in place of the new value."
			e.faults[f.name] = fmt.Sprintf("It is “%s” in the directory by now. Keep what you typed, or write that.", f.shown(now))
		}
		e.findings = append(e.findings, views.Finding{
			Tone: views.ToneWarn, Title: f.label + " was changed meanwhile",
			Detail: fmt.Sprintf("It was “%s” when this form was made, and is “%s” now. %s Nothing was sent.", f.shown(was), f.shown(now), kept),
		})
	}
	return moved
}

// changes are the properties that differ, as they become and as they are.
func (e *edit) changes() (set, before map[string]any) {
	set, before = map[string]any{}, map[string]any{}
	for _, f := range e.fields {
		if !f.same(e.typed[f.name], e.now[f.name]) {
			set[f.name], before[f.name] = f.value(e.typed[f.name], e.fixed), f.value(e.now[f.name], e.fixed)
		}
	}
	return set, before
}

// editFaults are what is wrong with values that were changed.
func (h *Handlers) editFaults(c echo.Context, e *edit, spec provision.ChangeSpec) error {
	e.faults = spec.Validate()
	_, others := provision.OwnTags(provision.ParseNames(e.typed[tagsProperty]))
	if len(others) != len(provision.ParseNames(e.typed[tagsProperty])) && e.faults[tagsProperty] == "" {
		e.faults[tagsProperty] = "Leave out tags that begin with " + graph.OpTag("") + ". The portal writes those, to find again what it made."
	}
	upn, renamed := spec.Acts[0].Set["userPrincipalName"].(string)
	if !renamed || e.faults["userPrincipalName"] != "" {
		return nil
	}
	org, err := h.graph(c).Organization(c.Request().Context())
	if err != nil {
		var fault string
		return part(err, &fault) // Graph will say whether the domain is verified
	}
	_, domain, _ := strings.Cut(upn, "@")
	if fault := provision.DomainFault(domain, org.Domains()); fault != "" {
		e.faults["userPrincipalName"] = fault
	}
	return nil
}

func (h *Handlers) showEdit(c echo.Context, status int, e *edit) error {
	p := h.actPage(c, e.o, "Edit "+e.o.name, "Edit")
	p.Lead = "What Graph lets be written of it."
	form := views.EditForm{
		Action: e.o.path() + "/edit", KeepHref: e.o.path(), Findings: e.findings, Fixed: e.fixed, Note: e.note, Elsewhere: editElsewhere(e.o.kind),
	}
	for _, f := range e.fields {
		form.Fields = append(form.Fields, f.input(e.typed[f.name], e.faults[f.name]))
		form.Hidden = append(form.Hidden, views.HiddenField{Name: "was_" + f.name, Value: e.now[f.name]})
		if fault := e.faults[f.name]; fault != "" {
			form.Errors = append(form.Errors, views.FieldError{Field: "f-" + f.name, Text: f.label + ": " + fault})
		}
	}
	p.HasError = len(form.Errors) > 0
	return web.Render(c, status, views.EditPage(p, form))
}

// saving is the question with each value before and after.
func (h *Handlers) saving(c echo.Context, e *edit, spec provision.ChangeSpec) (*change, error) {
	ch := &change{of: e.o, spec: spec, page: h.actPage(c, e.o, "Save changes to "+e.o.name+"?", "Edit"), done: e.o.path(), tell: true}
	ch.view = views.ChangeView{
		Action: e.o.path() + "/edit", Act: "Save changes", Back: "Back to the form", Busy: "Saving…", KeepHref: e.o.path(),
		Hidden: []views.HiddenField{{Name: "save", Value: "on"}},
	}
	var changed, same []views.DiffRow
	for _, f := range e.fields {
		ch.view.Hidden = append(ch.view.Hidden, views.HiddenField{Name: f.name, Value: e.typed[f.name]}, views.HiddenField{Name: "was_" + f.name, Value: e.now[f.name]})
		row := views.DiffRow{Field: f.name, Before: f.shown(e.now[f.name]), After: f.shown(e.typed[f.name])}
		if _, differs := spec.Acts[0].Set[f.name]; differs {
			changed = append(changed, row)
		} else {
			row.After = row.Before // the order of tags alone is no change
			same = append(same, row)
		}
	}
	if _, renamed := spec.Acts[0].Set["userPrincipalName"]; renamed {
		ch.view.Consequences = append(ch.view.Consequences, "The name changes that its agent identity signs in as. Programs that ask for tokens by the old name are refused until they use the new one.")
		ch.view.Grave = true
	}
	ch.fields = views.EditDiff(append(changed, same...))
	return ch, h.unplacing(c, e, spec, &ch.view)
}

// unplacing warns when an agent user with licences loses its usage location.
// https://learn.microsoft.com/graph/api/resources/user
func (h *Handlers) unplacing(c echo.Context, e *edit, spec provision.ChangeSpec, v *views.ChangeView) error {
	to, changes := spec.Acts[0].Set["usageLocation"]
	if !changes || to != nil {
		return nil
	}
	var fault string
	licences, err := h.graph(c).LicensesOf(c.Request().Context(), e.o.id)
	if err := part(err, &fault); err != nil {
		return err
	}
	const rule = "Microsoft requires a usage location of users with licences: Graph may refuse this, and no other licence can be assigned until there is one again."
	switch {
	case fault != "":
		v.Grave, v.Consequences = true, append(v.Consequences, "Whether it has licences cannot be read. "+rule)
	case len(licences) > 0:
		v.Grave, v.Consequences = true, append(v.Consequences, "It has "+views.Plural(len(licences), "licence")+". "+rule)
	}
	return nil
}
