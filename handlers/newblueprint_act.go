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

// act does what the button of a step means. What was typed is saved whatever
// it is, an unknown one too.
func (h *Handlers) act(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, posted url.Values) error {
	verb, about, _ := strings.Cut(posted.Get("act"), ":")
	if verb == "" || verb == "enter" {
		verb, about = enter(s, posted)
	}
	list, id, _ := strings.Cut(about, ":")
	if faults := secretSearches(s, posted); len(faults) > 0 && verb != "back" {
		return h.refuseSearch(c, draft, form, s, posted, faults)
	}
	switch {
	case verb == "continue":
		if list := unanswered(s, posted); list != "" {
			return h.find(c, draft, form, s, list, posted, "left")
		}
		return h.goOn(c, draft, form, s)
	case verb == "show" && s.key == "agents":
		if err := h.saveDraft(c, draft, form); err != nil {
			return err
		}
		return showFaults(c, draft, s.key)
	case verb == "back":
		if err := h.saveDraft(c, draft, form); err != nil {
			return err
		}
		return web.Redirect(c, form.neighbour(draft.ID, s.key, -1))
	case !slices.Contains(s.lists, list):
	case verb == "find":
		return h.find(c, draft, form, s, list, posted, "asked")
	case verb == "add":
		return h.add(c, draft, form, s, list, id, posted)
	case verb == "remove":
		chosen := form.list(list)
		*chosen = slices.DeleteFunc(slices.Clone(*chosen), func(p provision.Principal) bool { return p.ID == id })
		return h.find(c, draft, form, s, list, posted, "")
	}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	return &web.BadRequestError{
		Status: http.StatusBadRequest, What: "The form asks for something this page does not do. What was typed is saved.",
		Fix: "Open the page again and send the form from there.",
	}
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
	return "This looks like a " + what + ", so nothing was searched, and it is kept nowhere. Write a name, an address or an object id."
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
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	w := h.wizard(c, draft, form, s)
	w.setFaults(s, faults)
	for _, list := range s.lists {
		if faults[list] == "" {
			w.picker(list).Words = searchWords(posted, list)
		}
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

// add takes somebody into a list, as the directory knows him now. Who cannot
// be taken is refused beside the field, and nothing else is lost.
func (h *Handlers) add(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, list, id string, posted url.Values) error {
	// Graph may not answer; what was typed beside the list is safe by then.
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	chosen := form.list(list)
	p, refusal, err := h.chosenPerson(c, id, refuses(list))
	if err != nil {
		return err
	}
	if refusal == "" {
		if !holds(*chosen, p.ID) {
			*chosen = append(slices.Clone(*chosen), p)
		}
		if list == "agent_sponsors" {
			form.SponsoredBy = sponsorsChosen
		}
		return h.find(c, draft, form, s, list, posted, "")
	}
	w := h.wizard(c, draft, form, s)
	w.setFaults(s, map[string]string{list: refusal})
	if err := h.search(c, &w, form, list, searchWords(posted, list)); err != nil {
		return err
	}
	return h.renderStep(c, w, draft)
}
