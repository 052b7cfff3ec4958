package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// A spec as a file: out of the review, and into a new draft.

// showSpec is what a draft asks for, as a file. No secret is in it: a spec
// holds none.
func (h *Handlers) showSpec(c echo.Context) error {
	_, form, elsewhere, err := h.draftAt(c, reviewStep)
	switch {
	case err != nil:
		return err
	case elsewhere != "":
		return web.Redirect(c, elsewhere)
	}
	text, err := json.MarshalIndent(form.spec(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode spec: %w", err)
	}
	return download(c, "blueprint.json", "application/json", append(text, '\n'))
}

// backToStart leads from the address of a file that was refused to the form.
func (h *Handlers) backToStart(c echo.Context) error { return web.Redirect(c, "/blueprints/new") }

// beginFromFile makes a draft of a file. What it says is typed, as it were: it
// is checked like that, and who and what it names is asked of the tenant.
func (h *Handlers) beginFromFile(c echo.Context) error {
	_, file, err := web.FormWithFile(c, "spec", "act")
	if err != nil {
		return err
	}
	spec, fault := specOf(file)
	if fault == "" {
		if fault, err = h.verifySpec(c, &spec); err != nil {
			return err
		}
	}
	if fault != "" {
		s := wizardSteps()[0]
		w := h.wizard(c, &models.Draft{}, h.emptyForm(c), s)
		w.fileFault(fault)
		return h.renderFirst(c, w)
	}
	form := h.formOfSpec(c, spec)
	form.Reason = spec.Reason
	draft := &models.Draft{}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	return showFaults(c, draft, form.firstOpen())
}

// specOf reads a file, or says why it cannot.
func specOf(file *web.File) (spec provision.BlueprintSpec, fault string) {
	if file == nil {
		return spec, "Choose a file that the last step of this wizard gave."
	}
	type plain provision.BlueprintSpec // whose decoder is strict about fields
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(file.Data, []byte("\uFEFF"))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode((*plain)(&spec)); err != nil {
		return spec, jsonFault(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return spec, "The file has more behind the end of its object. Leave one object in it."
	}
	if spec.Into != nil {
		return spec, "The file adds to a blueprint that exists, by its field into. Open that blueprint and add to it there; a new one is not what the file asks for."
	}
	return spec, ""
}

// jsonFault says in words what a decoder found.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case isUnknown:
		return "The file has the field " + cut(strings.Trim(unknown, `"`), 60) + ", which no spec of a blueprint has. Remove it, or correct its name: a field that is left out unseen might be the one that matters."
	case errors.As(err, &kind):
		return fmt.Sprintf("The field %s of the file holds a JSON %s, which does not fit there.", cut(kind.Field, 60), kind.Value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("The file is no JSON: it goes wrong at byte %d.", syntax.Offset)
	}
	return "The file is no JSON of a blueprint, or it ends too early."
}

// verifySpec puts in the place of names, which a file may give to anything,
// those that the directory has. Who is not known keeps an id alone: the review
// tells of it.
func (h *Handlers) verifySpec(c echo.Context, spec *provision.BlueprintSpec) (fault string, err error) {
	if spec.Certificate != nil {
		cert, err := provision.ParseCertificate(spec.Certificate.DER, h.Now())
		if err != nil {
			return "The certificate in the file: " + err.Error(), nil
		}
		spec.Certificate = &cert
	}
	if err := h.verifyPeople(c, spec); err != nil {
		if err := part(err, &fault); err != nil {
			return "", err
		}
		return "The people in the file could not be looked up. " + fault + ". Upload it again in a moment.", nil
	}
	found, err := h.Engine.Resolve(c.Request().Context(), h.graph(c), *spec)
	var unfit *models.InvalidError
	switch {
	case err == nil:
		*spec = found
	case errors.As(err, &unfit):
		return "The permissions in the file do not fit this tenant. " + firstFault(unfit.Fields), nil
	default:
		if err := part(err, &fault); err != nil {
			return "", err
		}
		return "The permissions in the file could not be looked up. " + fault + ". Upload it again in a moment.", nil
	}
	return "", nil
}

// peopleIn are all whom a spec names.
func peopleIn(spec *provision.BlueprintSpec) []*provision.Principal {
	var all []*provision.Principal
	add := func(list []provision.Principal) {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	add(spec.Owners)
	add(spec.Sponsors)
	add(spec.AgentSponsors)
	if u := spec.Users; u != nil {
		add(u.Sponsors)
		if u.Manager != nil {
			all = append(all, u.Manager)
		}
	}
	for i := range spec.Rows {
		add(spec.Rows[i].Sponsors)
		if u := spec.Rows[i].User; u != nil {
			add(u.Sponsors)
			if u.Manager != nil {
				all = append(all, u.Manager)
			}
		}
	}
	return all
}

func (h *Handlers) verifyPeople(c echo.Context, spec *provision.BlueprintSpec) error {
	people := peopleIn(spec)
	var ids []string
	for _, p := range people {
		ids = append(ids, p.ID)
	}
	found := map[string]graph.Candidate{}
	for ids = uniqueGUIDs(ids); len(ids) > 0; {
		n := min(len(ids), 1000)
		some, err := h.graph(c).Candidates(c.Request().Context(), ids[:n])
		if err != nil {
			return err
		}
		for _, one := range some {
			found[strings.ToLower(one.ID)] = one
		}
		ids = ids[n:]
	}
	for _, p := range people {
		if one, ok := found[strings.ToLower(p.ID)]; ok {
			*p = provision.PrincipalOf(one)
		} else {
			*p = provision.Principal{ID: p.ID, Kind: p.Kind}
		}
	}
	return nil
}

// firstFault is one of several faults, always the same one.
func firstFault(faults map[string]string) string {
	first := ""
	for field := range faults {
		if first == "" || field < first {
			first = field
		}
	}
	return faults[first]
}
