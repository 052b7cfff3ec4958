package provision

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"agentidportal/models"
)

// blamesPeople says whether a step was refused because of an owner or sponsor:
// Graph has no code for it, but names the relation or the id in its words.
func blamesPeople(run *models.Run, s *models.Step) bool {
	made := s.Kind == KindBlueprint || s.Kind == KindAgent
	if !made && !givesPeople(s) || s.HTTPStatus != http.StatusBadRequest && s.HTTPStatus != http.StatusNotFound {
		return false
	}
	said := strings.ToLower(s.ErrorMessage)
	// A change of sponsors that names no id may speak of the user it changes.
	return made && (strings.Contains(said, "sponsor") || strings.Contains(said, "owner")) || len(blamed(run, s, said)) > 0
}

// givesPeople says whether a step gives an object that exists a person.
func givesPeople(s *models.Step) bool {
	return s.Kind == KindAgentUserManager || s.Kind == KindAgentUserSponsor
}

// blamed are the chosen people and groups whose id stands in what Graph said.
func blamed(run *models.Run, s *models.Step, said string) []string {
	var words []string
	seen := map[string]bool{}
	for _, list := range chosenPeople(run, s) {
		for _, p := range list {
			if p.ID != "" && !seen[p.ID] && strings.Contains(said, strings.ToLower(p.ID)) {
				words, seen[p.ID] = append(words, "“"+p.Words()+"”"), true
			}
		}
	}
	return words
}

// chosenPeople are the owners and sponsors a step was asked for; those of its
// run where the row of an older portal does not name them.
func chosenPeople(run *models.Run, s *models.Step) [][]Principal {
	if givesPeople(s) {
		manager, _ := askedBy[managerAsk](s)
		sponsor, _ := askedBy[userSponsorAsk](s)
		return [][]Principal{{manager.Manager, sponsor.Sponsor}}
	}
	var spec BlueprintSpec
	data, err := dataOf(s)
	if err != nil {
		return nil
	}
	asked := data.Ask
	if len(asked) == 0 {
		asked = run.Spec
	}
	if len(asked) == 0 || json.Unmarshal(asked, &spec) != nil {
		return nil
	}
	return [][]Principal{spec.Owners, spec.Sponsors, spec.AgentSponsors}
}

func advisePeople(run *models.Run, s *models.Step) Advice {
	who := strings.Join(blamed(run, s, strings.ToLower(s.ErrorMessage)), ", ")
	if who == "" {
		who = "one of the owners or sponsors"
	}
	text := "Sponsors are people, Microsoft 365 groups and groups with dynamic membership, at most 100, of them 5 groups. " +
		"A group that directory roles can be given to, an agent user or a service principal is none of them. Owners are people and service principals."
	if s.HTTPStatus == http.StatusNotFound {
		text = "The directory does not know this object: it was deleted after it was chosen."
	}
	if givesPeople(s) {
		if s.Kind == KindAgentUserManager && s.HTTPStatus != http.StatusNotFound {
			text = "The manager of an agent user is a person, and no agent user."
		}
		return Advice{
			Title: fmt.Sprintf("Graph does not take %s", who), Text: text + " The agent user itself is made; give it somebody else in the directory.",
			Fixes: []Fix{FixRetry},
		}
	}
	return Advice{
		Title: fmt.Sprintf("Graph does not take %s", who),
		Text:  text + " Nothing was made by this call. What a run was started with cannot be changed: begin a new blueprint and choose others.",
		Fixes: []Fix{FixRetry},
	}
}
