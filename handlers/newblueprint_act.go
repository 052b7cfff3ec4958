package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// sent is the form of a step as it came, with the file when it has one.
type sent struct {
	url.Values
	file *web.File
}

// act does what the button of a step means. What was typed is saved whatever
// it is, an unknown one too.
func (h *Handlers) act(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, posted sent) error {
	verb, about, _ := strings.Cut(posted.Get("act"), ":")
	if verb == "" || verb == "enter" {
		verb, about = enter(s, posted.Values)
	}
	list, id, _ := strings.Cut(about, ":")
	if faults := secretSearches(s, posted.Values); len(faults) > 0 && verb != "back" {
		return h.refuseSearch(c, draft, form, s, posted.Values, faults)
	}
	switch {
	case verb == "continue":
		return h.actContinue(c, draft, form, s, posted.Values)
	case verb == "show" && s.shows:
		if err := h.saveDraft(c, draft, form); err != nil {
			return err
		}
		return showFaults(c, draft, s.key)
	case verb == "back":
		if err := h.saveDraft(c, draft, form); err != nil {
			return err
		}
		return web.Redirect(c, form.neighbour(draft.ID, s.key, -1))
	case verb == "upload" && s.file != "":
		return h.upload(c, draft, form, s, posted)
	case s.file != "" && form.fileAct(verb):
		if err := h.saveDraft(c, draft, form); err != nil {
			return err
		}
		return web.Redirect(c, stepPath(draft.ID, s.key))
	case !slices.Contains(s.lists, list):
	case verb == "find":
		return h.find(c, draft, form, s, list, posted.Values, "asked")
	case verb == "add":
		return h.add(c, draft, form, s, list, id, posted.Values)
	case verb == "remove":
		form.remove(list, id)
		return h.find(c, draft, form, s, list, posted.Values, "")
	}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	return &web.BadRequestError{
		Status: http.StatusBadRequest, What: "The form asks for something this page does not do. What was typed is saved.",
		Fix: "Open the page again and send the form from there.",
	}
}

// actContinue goes on, unless something would be lost by it: words that were
// searched for, or a file that was chosen. Continue sends no file.
func (h *Handlers) actContinue(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, posted url.Values) error {
	if list := unanswered(s, posted); list != "" {
		return h.find(c, draft, form, s, list, posted, "left")
	}
	if name := typedField(posted, s.file); s.file != "" && name != "" && form.fileMatters(s.file) {
		return h.refuse(c, draft, form, s, posted, map[string]string{
			s.file: "“" + cut(name, 100) + "” was chosen but not sent. Choose it again and press the button beside it; Continue sends no file.",
		})
	}
	return h.goOn(c, draft, form, s)
}

// remove takes one out of a list.
func (f *blueprintForm) remove(list, id string) {
	if isPermissions(list) {
		f.removePermission(list, id)
		return
	}
	chosen := f.list(list)
	*chosen = slices.DeleteFunc(slices.Clone(*chosen), func(p provision.Principal) bool { return p.ID == id })
}

// secretSearches are faults for the lists whose search holds a secret: the
// answer to a search has its words in the address.
func secretSearches(s wizardStep, posted url.Values) map[string]string {
	faults := map[string]string{}
	for _, list := range s.lists {
		if fault := secretFault(posted.Get("find_" + list)); fault != "" {
			faults[list] = fault
		}
	}
	return faults
}

func secretFault(words string) string {
	what := secretTyped(typedWords(words))
	if what == "" {
		return ""
	}
	return "This looks like a " + what + ", so nothing was searched, and it is kept nowhere. Write what you look for: a name, or an id."
}

// withoutSecrets is the query of a step without searches that hold a secret,
// and the faults of those: anybody can write a link by hand.
func withoutSecrets(s wizardStep, query url.Values) (url.Values, map[string]string) {
	kept, faults := maps.Clone(query), secretSearches(s, query)
	if list := query.Get("find"); slices.Contains(s.lists, list) {
		if fault := secretFault(query.Get("q")); fault != "" {
			faults[list] = fault
		}
	}
	for list := range faults {
		kept.Del("find_" + list)
		if kept.Get("find") == list {
			kept.Del("find")
			kept.Del("q")
		}
	}
	return kept, faults
}

// refuseSearch saves, and shows the step without the words that are secret.
func (h *Handlers) refuseSearch(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, posted url.Values, faults map[string]string) error {
	kept := maps.Clone(posted)
	for list := range faults {
		kept.Del("find_" + list)
	}
	return h.refuse(c, draft, form, s, kept, faults)
}

// refuse saves a step and shows it with faults of what cannot be saved.
func (h *Handlers) refuse(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, posted url.Values, faults map[string]string) error {
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	w := h.wizard(c, draft, form, s)
	w.setFaults(s, faults)
	for _, list := range s.lists {
		words, _, _ := w.searched(list)
		*words = searchWords(posted, list)
	}
	return h.renderStep(c, w, draft)
}

// enter says what the key Enter meant: a search that has no answer yet, or
// going on.
func enter(s wizardStep, posted url.Values) (verb, list string) {
	if list := unanswered(s, posted); list != "" {
		return "find", list
	}
	return "continue", ""
}

// unanswered is the first list with words to search for that no answer was
// shown to; empty when there is none.
func unanswered(s wizardStep, posted url.Values) string {
	for _, list := range s.lists {
		if waits(posted, list) {
			return list
		}
	}
	return ""
}

func waits(posted url.Values, list string) bool {
	words := searchWords(posted, list)
	return words != "" && posted.Get("asked") != list+" "+words
}

func searchWords(posted url.Values, list string) string {
	return cut(strings.TrimSpace(posted.Get("find_"+list)), maxSearch)
}

// find saves and leads to the step with the answer to a search: the address
// can be loaded again, and going back sends nothing twice. Why is "asked" when
// Search was pressed and "left" when Continue would have dropped the words.
func (h *Handlers) find(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, list string, posted url.Values, why string) error {
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	query := url.Values{"find": {list}}
	if words := searchWords(posted, list); words != "" || why == "asked" {
		query.Set("q", words)
	}
	if why == "left" {
		query.Set("left", "1")
	}
	for _, other := range s.lists {
		if other != list && waits(posted, other) {
			query.Set("find_"+other, searchWords(posted, other))
		}
	}
	return web.Redirect(c, stepPath(draft.ID, s.key)+"?"+query.Encode())
}
