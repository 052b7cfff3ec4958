package provision

import (
	"fmt"
	"strings"

	"agentidportal/entra/graph"
)

// Limits of those who answer for an object.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
const (
	MaxOwners        = 100
	MaxSponsors      = 100
	MaxSponsorGroups = 5
)

// Principal is a chosen owner or sponsor, named as the directory named it when
// it was chosen. ID is its object id.
type Principal struct {
	ID       string     `json:"id"`
	Kind     graph.Kind `json:"kind"`
	Name     string     `json:"name,omitempty"`
	Username string     `json:"username,omitempty"` // user principal name, of people
}

// Words names a principal for a sentence.
func (p Principal) Words() string {
	for _, words := range []string{p.Username, p.Name} {
		if strings.TrimSpace(words) != "" {
			return words
		}
	}
	return p.ID
}

// PrincipalOf is the principal behind a candidate.
func PrincipalOf(c graph.Candidate) Principal {
	return Principal{ID: c.ID, Kind: c.Kind, Name: c.DisplayName, Username: c.UPN}
}

func refs(principals []Principal) []graph.PrincipalRef {
	var refs []graph.PrincipalRef
	for _, p := range principals {
		refs = append(refs, graph.PrincipalRef{ID: p.ID, Kind: p.Kind, DisplayName: p.Name})
	}
	return refs
}

// SponsorRefusal says why a candidate cannot be a sponsor; empty when it can.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
func SponsorRefusal(c graph.Candidate) string {
	switch {
	case c.Kind == graph.KindUser, c.SponsorGroup():
		return ""
	case c.Kind == graph.KindGroup && c.RoleAssignable:
		return "a group that directory roles can be given to"
	case c.Kind == graph.KindGroup:
		return "a security group with assigned members"
	}
	return kindWords(c.Kind)
}

// OwnerRefusal says why a candidate cannot be an owner; empty when it can.
// https://learn.microsoft.com/entra/agent-id/agent-owners-sponsors-managers
func OwnerRefusal(c graph.Candidate) string {
	switch c.Kind {
	case graph.KindUser, graph.KindServicePrincipal:
		return ""
	}
	return kindWords(c.Kind)
}

// GroupRefusal says why an agent user cannot be made a member of a candidate;
// empty when it can.
// https://learn.microsoft.com/graph/api/group-post-members
func GroupRefusal(c graph.Candidate) string {
	switch {
	case c.Kind != graph.KindGroup:
		return "no group"
	case c.RoleAssignable:
		return "a group that directory roles can be given to: it takes no agent users"
	case c.Dynamic():
		return "a group whose rule decides who is a member"
	case c.ExchangeOnly():
		return "a group with an address that Exchange keeps: Graph cannot change its members"
	}
	return ""
}

// ManagerRefusal says why a candidate cannot be the manager of an agent user;
// empty when it can.
// https://learn.microsoft.com/graph/api/agentuser-post-manager
func ManagerRefusal(c graph.Candidate) string {
	if c.Kind == graph.KindServicePrincipal {
		return kindWords(c.Kind)
	}
	return OwnerRefusal(c)
}

// kindWords names a kind after "is".
func kindWords(k graph.Kind) string {
	switch k {
	case graph.KindAgentUser:
		return "an agent user"
	case graph.KindGroup:
		return "a group"
	case graph.KindAgentIdentity:
		return "an agent identity"
	case graph.KindBlueprint:
		return "a blueprint"
	case graph.KindBlueprintPrincipal:
		return "a blueprint principal"
	case graph.KindServicePrincipal:
		return "a service principal"
	case graph.KindApplication:
		return "an application"
	}
	return "neither a person nor a group"
}

func ownersFault(owners []Principal) string {
	if n := len(owners); n > MaxOwners {
		return fmt.Sprintf("Name at most %d owners. These are %d.", MaxOwners, n)
	}
	for _, p := range owners {
		if p.Kind != graph.KindUser && p.Kind != graph.KindServicePrincipal {
			return fmt.Sprintf("“%s” is %s. Only people and service principals can be owners.", p.Words(), kindWords(p.Kind))
		}
	}
	return ""
}

// sponsorsFault counts and looks at kinds; whether a group is of the right sort
// is asked of the directory when it is chosen.
func sponsorsFault(sponsors []Principal, of string) string {
	groups := 0
	for _, p := range sponsors {
		switch p.Kind {
		case graph.KindUser:
		case graph.KindGroup:
			groups++
		default:
			return fmt.Sprintf("“%s” is %s. Only people and groups can be sponsors.", p.Words(), kindWords(p.Kind))
		}
	}
	switch n := len(sponsors); {
	case n == 0:
		return fmt.Sprintf("Name at least one sponsor. Graph refuses %s without one.", withArticle(of))
	case n > MaxSponsors:
		return fmt.Sprintf("Name at most %d sponsors. These are %d.", MaxSponsors, n)
	case groups > MaxSponsorGroups:
		return fmt.Sprintf("Name at most %d groups among the sponsors. These are %d.", MaxSponsorGroups, groups)
	}
	return ""
}

func withArticle(noun string) string {
	if strings.HasPrefix(noun, "a") {
		return "an " + noun
	}
	return "a " + noun
}
