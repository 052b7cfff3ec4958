package entra

import (
	"slices"
	"strconv"
)

// FacetNumber is an odd number of the facet claims or of xms_idrel.
type FacetNumber struct {
	Number int
	In     []string // the claims it means this in
	Means  string
}

// FacetNumbers is every number that is explained, by number; one that means
// another thing in xms_idrel stands twice.
func FacetNumbers() []FacetNumber {
	facets := []string{"xms_act_fct", "xms_sub_fct", "xms_tnt_fct"}
	var numbers []FacetNumber
	for n := 1; n <= 33; n += 2 {
		number := strconv.Itoa(n)
		if words := facetWords(number); words != notKnownNumber {
			numbers = append(numbers, FacetNumber{Number: n, In: facets, Means: words})
		}
		if words := relationWords(number); words != notKnownNumber {
			numbers = append(numbers, FacetNumber{Number: n, In: []string{"xms_idrel"}, Means: words})
		}
	}
	return numbers
}

// Facets says in words what the facet claims tell of the actor, the subject
// and the tenant's relation to it; empty without them. Only numbers with a
// documented meaning count.
// https://learn.microsoft.com/entra/agent-id/agent-token-claims
func (j *JWT) Facets() string {
	if !j.Has("xms_act_fct") && !j.Has("xms_sub_fct") && !j.Has("xms_idrel") {
		return ""
	}
	relation := ""
	for _, number := range j.Values("xms_idrel") {
		if words := relationWords(number); words != notKnownNumber {
			relation = " To the tenant it is: " + words + "."
		}
	}
	return "The actor is " + j.facet("xms_act_fct") + ", the subject " + j.facet("xms_sub_fct") + "." + relation
}

// facet is what one facet claim says of its party.
func (j *JWT) facet(claim string) string {
	numbers := j.Values(claim)
	switch {
	case slices.Contains(numbers, facetAgentUser):
		return "an agent user (13)"
	case slices.Contains(numbers, facetAgentIdentity):
		return "an agent identity (11)"
	case len(numbers) == 0:
		return "not told"
	}
	return "no agent (neither 11 nor 13)"
}
