package handlers

import (
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
)

// What the lists of the wizard have in common: each is searched, added to and
// taken from with the buttons of one form.

// isPermissions says whether a list holds permissions; the others hold people.
func isPermissions(list string) bool { return list == "inherit" || list == "roles" }

// allLists are the lists of all steps.
func allLists() []string {
	var lists []string
	for _, s := range wizardSteps() {
		lists = append(lists, s.lists...)
	}
	return lists
}

// add takes somebody or a permission into a list, as the directory knows it
// now. What cannot be taken is refused beside the field, and nothing else is
// lost.
func (h *Handlers) add(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, list, id string, posted url.Values) error {
	// Graph may not answer; what was typed beside the list is safe by then.
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	take := h.addPerson
	if isPermissions(list) {
		take = h.addPermission
	}
	refusal, err := take(c, &form, list, id)
	if err != nil {
		return err
	}
	if refusal == "" {
		return h.find(c, draft, form, s, list, posted, "")
	}
	w := h.wizard(c, draft, form, s)
	w.setFaults(s, map[string]string{list: refusal})
	if err := h.search(c, &w, form, list, searchWords(posted, list)); err != nil {
		return err
	}
	return h.renderStep(c, w, draft)
}

// addPerson takes somebody into a list; the manager is one alone.
func (h *Handlers) addPerson(c echo.Context, form *blueprintForm, list, id string) (refusal string, err error) {
	p, refusal, err := h.chosenPerson(c, id, refuses(list))
	if err != nil || refusal != "" {
		return refusal, err
	}
	chosen := form.list(list)
	switch {
	case list == "manager":
		*chosen = []provision.Principal{p}
	case !holds(*chosen, p.ID):
		*chosen = append(slices.Clone(*chosen), p)
	}
	if list == "agent_sponsors" {
		form.SponsoredBy = sponsorsChosen
	}
	return "", nil
}

// search fills the list that the page answers with what was found.
func (h *Handlers) search(c echo.Context, w *wizardView, form blueprintForm, list, words string) error {
	if !slices.Contains(allLists(), list) {
		return nil
	}
	field, _, focus := w.searched(list)
	*focus = len(w.Errors) == 0
	if *field = cut(words, maxSearch); *field == "" {
		return nil
	}
	w.Asked = list + " " + *field
	if isPermissions(list) {
		return h.searchWizardPermissions(c, w, form, list, *field)
	}
	found, err := h.findPeople(c, *field)
	if err != nil {
		return err
	}
	p := w.picker(list)
	p.Asked, p.More, p.Fault = true, found.more, found.fault
	for _, one := range found.all {
		p.Found = append(p.Found, foundRow(one, h.actor(c).OID, refuses(list), *form.list(list)))
	}
	return nil
}
