package handlers

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/provision"
	"agentidportal/views"
)

// pickForBulk searches for a sponsor, takes one, or takes the chosen one back, as
// the buttons of the picker ask. faults are what is wrong with it.
func (h *Handlers) pickForBulk(c echo.Context, b *bulk, posted url.Values) (*views.Picker, map[string]string, error) {
	list := b.act.person
	if list == "" {
		return nil, nil, nil
	}
	picker, faults, refuse := bulkPicker(list), map[string]string{}, provision.SponsorRefusal
	if list == ownerList {
		refuse = provision.OwnerRefusal
	}
	verb, about, _ := strings.Cut(posted.Get("act"), ":")
	_, id, _ := strings.Cut(about, ":")
	words := typedWords(posted.Get("find_" + list))
	switch {
	case verb == "find" && secretTyped(words) != "":
		faults[list] = "This looks like a " + secretTyped(words) + ", so nothing was searched, and it is kept nowhere. Write a name, an address or an object id."
	case verb == "find" && words == "":
		faults[list] = "Write a name, an address or an object id, then press Search."
	case verb == "find":
		picker.Words, picker.Focus, picker.Asked = cut(words, maxSearch), true, true
		found, err := h.findPeople(c, picker.Words)
		if err != nil {
			return nil, nil, err
		}
		picker.More, picker.Fault = found.more, found.fault
		for _, one := range found.all {
			picker.Found = append(picker.Found, foundRow(one, h.actor(c).OID, refuse, nil))
		}
	case verb == "remove":
		id = "-"
	case verb != "add":
		id = posted.Get("person")
	}
	if id == "" && verb != "find" {
		faults[list] = "Choose somebody: search for a name and press Add."
	}
	if id == "" {
		id = posted.Get("person")
	}
	if id != "" && id != "-" {
		person, refusal, err := h.chosenPerson(c, id, refuse)
		if err != nil {
			return nil, nil, err
		}
		if refusal != "" {
			faults[list] = refusal
		} else {
			b.person = person
			picker.Chosen = []views.Picked{pickedOf(person, h.actor(c).OID)}
		}
	}
	picker.Error = faults[list]
	return picker, faults, nil
}

// ownerList is the name of a picker of owners.
const ownerList = "owner"

func bulkPicker(list string) *views.Picker {
	if list == ownerList {
		return &views.Picker{
			List: list, Label: "Owner", FindLabel: "Find an owner", None: "Nobody is chosen yet",
			Hint: "A person or a service principal of an application. Groups, agent users, blueprint principals and agent identities cannot own.",
		}
	}
	return &views.Picker{
		List: list, Label: "Sponsor", FindLabel: "Find a sponsor", None: "Nobody is chosen yet",
		Hint: "A person, a Microsoft 365 group or a group with dynamic membership.",
	}
}
