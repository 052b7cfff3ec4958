package provision

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// explained finds a refusal in a list. A title with a place for a name gets it.
func explained(s *models.Step, list []knownRefusal, name string) (Advice, bool) {
	said := strings.ToLower(s.ErrorMessage)
	for _, r := range list {
		fits := r.kinds == nil || slices.Contains(r.kinds, s.Kind)
		fits = fits && (r.code == "" || strings.HasSuffix(s.ErrorCode, r.code)) && strings.Contains(said, r.said)
		if fits {
			return Advice{Title: strings.ReplaceAll(r.title, "%s", name), Text: r.text, Fixes: []Fix{FixRetry}}, true
		}
	}
	return Advice{}, false
}

// explainObject explains what keeps an object from being changed, deleted or restored.
func explainObject(s *models.Step) (Advice, bool) {
	of, ok := TargetOf(s)
	switch {
	case !ok:
		return Advice{}, false
	case s.Note == noteNotInBin:
		return Advice{Title: "There is nothing to restore: " + of.words() + " is gone for good", Text: s.Note, Fixes: []Fix{FixRetry}}, true
	case s.Note == noteRestored:
		return Advice{Title: "There is nothing to purge: " + of.words() + " is back", Text: s.Note, Fixes: []Fix{FixRetry}}, true
	case s.Note != "":
		return Advice{}, false // it gave up waiting, or reading, and says so
	}
	if a, found := explained(s, refusalsOfObjects, of.words()); found {
		return a, true
	}
	switch s.HTTPStatus {
	case http.StatusForbidden:
		return forbiddenObject(s.Kind, of), true
	case http.StatusNotFound:
		return isGone(of), true
	}
	return Advice{}, false
}

// forbiddenObject says who may do what was refused.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func forbiddenObject(kind string, of Target) Advice {
	verb := map[string]string{
		KindDisable: "disable", KindEnable: "enable", KindUpdate: "change", KindDelete: "delete", KindRestore: "restore", KindPurge: "purge",
		KindOwner: "change the owners of", KindOwnerRemove: "change the owners of", KindSponsor: "change the sponsors of", KindSponsorRemove: "change the sponsors of",
	}[kind]
	who := "It takes the role Agent ID Administrator or Global Administrator; its owners may as well."
	switch {
	case of.Kind == graph.KindAgentUser:
		who = "It takes the role Agent ID Administrator or Global Administrator; owners of its agent identity or of the blueprint may as well."
	case kind == KindDisable:
		who = "It takes the role Agent ID Administrator or Global Administrator; its owners and sponsors may as well."
	case kind == KindEnable:
		who += " A sponsor may disable, and not always enable again."
	}
	return Advice{
		Title: fmt.Sprintf("Graph does not let you %s %s", verb, of.words()),
		Text:  who + " Ask for the role, or let somebody who has it take the run over; then retry. If your role is new, refresh your roles first.",
		Fixes: []Fix{FixRetry},
	}
}

// explainRelation explains what keeps somebody from being an owner or sponsor.
func explainRelation(s *models.Step) (Advice, bool) {
	ask, err := askedBy[relationAsk](s)
	of, _ := TargetOf(s)
	if err != nil || s.Note != "" {
		return Advice{}, false
	}
	if a, found := explained(s, refusalsOfPeople, "“"+ask.who().Words()+"”"); found {
		return a, true
	}
	switch {
	case s.HTTPStatus == http.StatusForbidden && of.ID != "":
		return forbiddenObject(s.Kind, of), true
	case s.HTTPStatus == http.StatusNotFound && strings.Contains(strings.ToLower(s.ErrorMessage), strings.ToLower(ask.who().ID)):
		return Advice{
			Title: fmt.Sprintf("The directory does not know “%s”", ask.who().Words()), Text: "This person or group was deleted after it was chosen. Choose somebody else.",
			Fixes: []Fix{FixRetry},
		}, true
	case s.HTTPStatus == http.StatusNotFound && of.ID != "":
		return isGone(of), true
	}
	return Advice{}, false
}

// explainMember explains what keeps an agent user out of a group, or in it.
func explainMember(s *models.Step) (Advice, bool) {
	ask, err := askedBy[memberAsk](s)
	if err != nil || s.Note != "" {
		return Advice{}, false
	}
	if a, found := explained(s, refusalsOfGroups, ask.Group.words()); found {
		return a, true
	}
	switch {
	case s.HTTPStatus == http.StatusForbidden:
		return Advice{
			Title: "Graph does not let you change the members of " + ask.Group.words(),
			Text: "It takes the role Groups Administrator, User Administrator or Global Administrator; owners of the group may as well. Agent ID Administrator is none of them. " +
				"For a group that directory roles can be given to it takes Privileged Role Administrator. Let somebody with the role take the run over, then retry.",
			Fixes: []Fix{FixRetry},
		}, true
	case s.HTTPStatus == http.StatusNotFound && strings.Contains(strings.ToLower(s.ErrorMessage), strings.ToLower(ask.Group.ID)):
		return isGone(ask.Group), true
	case s.HTTPStatus == http.StatusNotFound:
		return isGone(ask.Of), true
	}
	return Advice{}, false
}

// explainUserPart explains what keeps a licence or manager with an agent user.
func explainUserPart(s *models.Step) (Advice, bool) {
	of, ok := TargetOf(s)
	switch {
	case !ok || s.Note != "":
		return Advice{}, false
	case s.HTTPStatus == http.StatusForbidden && s.Kind == KindAgentUserLicenseRemove:
		return Advice{
			Title: "Graph does not let you take licences away",
			Text:  "It takes the role License Administrator, User Administrator or Global Administrator. Let somebody with that role take the run over, then retry.",
			Fixes: []Fix{FixRetry},
		}, true
	case s.HTTPStatus == http.StatusForbidden:
		return forbiddenObject(KindUpdate, of), true
	}
	return Advice{}, false
}

// explainCredential explains what keeps a credential at its blueprint.
func explainCredential(s *models.Step) (Advice, bool) {
	if s.Note != "" || s.HTTPStatus != http.StatusForbidden {
		return Advice{}, false
	}
	return Advice{
		Title: "Graph does not let you remove credentials of this blueprint",
		Text: "It takes the role Agent ID Administrator or Global Administrator; owners of the blueprint may as well. The credential still works. " +
			"Let somebody who may take the run over, then retry. If your role is new, refresh your roles first.",
		Fixes: []Fix{FixRetry},
	}, true
}
