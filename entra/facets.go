package entra

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Facet numbers with a documented meaning.
const (
	facetAgentIdentity = "11"
	facetAgentUser     = "13"
)

// facetWords says what an odd number of xms_act_fct, xms_sub_fct or
// xms_tnt_fct means; "observed" marks what no document says.
func facetWords(number string) string {
	switch number {
	case facetAgentIdentity:
		return "agent identity"
	case facetAgentUser:
		return "agent user"
	case "9":
		return "application (observed)"
	case "1", "3":
		return "a class of tenant (observed)"
	}
	return notKnownNumber
}

// notKnownNumber stands for a number no document explains: readers must ignore
// those.
const notKnownNumber = "not known here, to be ignored"

func facetSentence(numbers []string) string { return numberSentence(numbers, facetWords) }

// relationWords says what a number of xms_idrel means.
func relationWords(number string) string {
	words := map[string]string{
		"1": "member user", "3": "member user with a Microsoft account", "5": "guest user", "7": "service principal",
		"9": "device", "11": "GDAP user", "13": "application without service principal", "15": "passthrough user",
		"17": "native user with a profile", "19": "native user without a profile", "21": "Teams participant",
		"23": "Teams participant, passthrough", "25": "native content-sharing user", "27": "fully synchronised member of a multi-tenant organisation",
		"29": "partly synchronised member of a multi-tenant organisation", "31": "DAP user", "33": "federated managed identity",
	}
	if found := words[number]; found != "" {
		return found
	}
	return facetWords(number)
}

func relationSentence(numbers []string) string { return numberSentence(numbers, relationWords) }

// numberSentence explains a set of numbers. Even ones are noise, against
// readers that rely on an order: pages say that once, not of every claim.
func numberSentence(numbers []string, words func(string) string) string {
	var known []string
	for _, number := range numbers {
		if n, err := strconv.Atoi(number); err == nil && n%2 == 0 {
			continue
		}
		known = append(known, visible(number)+" = "+words(number))
	}
	if known == nil {
		return ""
	}
	return "Here: " + strings.Join(known, "; ") + "."
}

// directoryRoles are the role templates an agent's or admin's token is likely
// to carry.
var directoryRoles = map[string]string{
	"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
	"db506228-d27e-4b7d-95e5-295956d6615f": "Agent ID Administrator",
	"adb2368d-a9be-41b5-8667-d96778e081b0": "Agent ID Developer",
	"f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
	"158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
	"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
	"d2562ede-74db-457e-a7b6-544e236ebb61": "AI Administrator",
}

// directoryRole names a role template, and the values that are no role.
func directoryRole(templateID string) string {
	switch id := strings.ToLower(templateID); id {
	case "0997a1d0-0d1d-4acb-b408-d5ca73121e90":
		return "the value every app-only token carries"
	case "b79fbf4d-3ef9-4689-8143-76b194e85509":
		return "the value every user carries; no role"
	default:
		return directoryRoles[id]
	}
}

// directoryRoleID is the template id of a role by its name, empty for one that
// is not known here.
func directoryRoleID(name string) string {
	for id, known := range directoryRoles {
		if strings.EqualFold(known, name) {
			return id
		}
	}
	return ""
}

func roleSentence(templateIDs []string) string {
	var known []string
	for _, id := range templateIDs {
		if name := directoryRole(id); name != "" {
			known = append(known, name)
		}
	}
	if known == nil {
		return ""
	}
	return "Here: " + strings.Join(known, ", ") + "."
}

// HasFacet reports whether a claim holds a number, as a whole word.
func (j *JWT) HasFacet(claim, number string) bool { return slices.Contains(j.Values(claim), number) }

// IsAgentUser reports whether the subject is an agent user. As Microsoft's
// own helper does, one member that is no number spoils the claim.
func (j *JWT) IsAgentUser() bool {
	for _, number := range j.Values("xms_sub_fct") {
		if _, err := strconv.Atoi(number); err != nil {
			return false
		}
	}
	return j.HasFacet("xms_sub_fct", facetAgentUser)
}

// WhoActs says in one sentence who acts with a token, for whom, and through
// which blueprint; empty when the token does not tell.
func (c *Client) WhoActs(j *JWT, x Context) string {
	client, parent := j.ClientID(), j.Text("xms_par_app_azp")
	through := ""
	if parent != "" {
		through = ", through the blueprint " + named(parent, x)
	}
	path, isPath := ParseSubjectPath(j.Text("sub"))
	agentActs := j.HasFacet("xms_act_fct", facetAgentIdentity) || parent != ""
	switch {
	case client == "":
		return ""
	case isPath:
		return fmt.Sprintf("The application %s stands for %s at the token exchange. The token is of use there only.", named(client, x), named(path.Rest, x))
	case agentActs && j.Audience() == ExchangeAppID:
		return fmt.Sprintf("The agent identity %s proves itself at the token exchange%s.", named(client, x), through)
	case agentActs && j.IsAgentUser():
		return fmt.Sprintf("The agent identity %s acts as its agent user %s%s.", named(client, x), named(j.Text("oid"), x), through)
	case agentActs && j.Text("idtyp") == "user":
		return fmt.Sprintf("The agent identity %s acts on behalf of the user %s%s.", named(client, x), named(j.Text("oid"), x), through)
	case agentActs:
		return fmt.Sprintf("The agent identity %s acts for itself%s.", named(client, x), through)
	case x.Mode == ModeCrossTenant && x.Hop == HopTR:
		return fmt.Sprintf("The application %s acts for itself in the tenant %s. The agent identity %s of this tenant stood for its credential.", named(client, x), orWord(visible(j.Text("tid")), "named nowhere"), named(x.AgentID, x))
	case x.Mode == ModeBlueprint, listHas("AgentIdentity.CreateAsManager")(j.Text("roles")):
		return fmt.Sprintf("The blueprint %s acts for itself, to create its agent identities.", named(client, x))
	case j.Text("idtyp") == "app":
		return fmt.Sprintf("The application %s acts for itself. It is no agent identity.", named(client, x))
	}
	return fmt.Sprintf("The application %s acts for the user %s. No agent is involved.", named(client, x), named(j.Text("oid"), x))
}
