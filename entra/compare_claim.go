package entra

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// pair is one claim in both tokens; nil where a token lacks it.
type pair struct {
	name          string
	first, second *Claim
	header        bool
}

func (p pair) difference() Difference {
	d := Difference{Name: p.name, How: DiffersValue}
	switch {
	case p.second == nil:
		d.First, d.How = p.first.Text, DiffersFirst
		if p.isList() {
			d.Removed = p.telling(p.first.members())
		}
		return d
	case p.first == nil:
		d.Second, d.How = p.second.Text, DiffersSecond
		if p.isList() {
			d.Added = p.telling(p.second.members())
		}
		return d
	}
	d.First, d.Second = p.first.Text, p.second.Text
	switch {
	case canonical(p.first.Value) == canonical(p.second.Value):
		d.How = DiffersNot
	case p.isList():
		d.Added = p.telling(notIn(p.second.members(), p.first.members()))
		d.Removed = p.telling(notIn(p.first.members(), p.second.members()))
		d.How, d.Says = p.listsDiffer(d.Added, d.Removed)
	case looksLikeGUID(d.First) && strings.EqualFold(d.First, d.Second):
		d.How, d.Says = DiffersNot, "Written in another case: an id stays the same."
	case d.First == d.Second:
		d.Says = "The same signs, but " + typeWords(p.first.Value) + " in the first and " + typeWords(p.second.Value) + " in the second."
	default:
		d.Says = p.apart()
	}
	return d
}

// listsDiffer judges claims whose order says nothing.
func (p pair) listsDiffer(added, removed []string) (Differs, string) {
	switch {
	case len(added)+len(removed) > 0:
		return DiffersValue, ""
	case p.first.Text == p.second.Text:
		return DiffersNot, "One has it as a list, which says nothing."
	case len(notIn(p.first.members(), p.second.members()))+len(notIn(p.second.members(), p.first.members())) > 0:
		return DiffersNot, "Only even numbers differ, which mean nothing."
	}
	return DiffersNot, "In another order, which says nothing."
}

// telling are the members of a list that say something: of the facets even
// numbers say nothing. https://learn.microsoft.com/entra/agent-id/agent-token-claims
func (p pair) telling(members []string) []string {
	if entry, _ := DictionaryEntry(p.name); entry.Shape != ShapeDigits {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), func(number string) bool {
		n, err := strconv.Atoi(number)
		return err == nil && n%2 == 0
	})
}

// isList says whether the claim is a set of members.
func (p pair) isList() bool {
	if p.header {
		return false
	}
	switch entry, _ := DictionaryEntry(p.name); entry.Shape {
	case ShapeList, ShapeIDList, ShapeWords, ShapeDigits:
		return true
	}
	for _, claim := range []*Claim{p.first, p.second} {
		if claim != nil {
			if _, isList := claim.Value.([]any); isList {
				return true
			}
		}
	}
	return false
}

// apart says how far two times are from one another.
func (p pair) apart() string {
	j, other := &JWT{Claims: []Claim{*p.first}}, &JWT{Claims: []Claim{*p.second}}
	entry, _ := DictionaryEntry(p.name)
	at, ok := j.Time(p.name)
	then, okThen := other.Time(p.name)
	switch {
	case p.header || entry.Shape != ShapeTime || !ok || !okThen:
		return ""
	case then.After(at):
		return "The second is " + Words(then.Sub(at)) + " later."
	}
	return "The second is " + Words(at.Sub(then)) + " earlier."
}

// members are those of a list claim, or the words of a text.
func (claim *Claim) members() []string {
	return (&JWT{Claims: []Claim{*claim}}).Values(claim.Name)
}

// canonical is a value as JSON with its members sorted.
func canonical(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(out)
}

// notIn lists what is in one list and not in the other, each once.
func notIn(list, other []string) []string {
	seen := map[string]bool{}
	for _, s := range other {
		seen[s] = true
	}
	var left []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			left = append(left, s)
		}
	}
	return left
}

// movedClient explains the two names of one claim: what version 1 tokens call
// appid and appidacr is azp and azpacr in version 2.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func movedClient(first, second *JWT, d Difference) string {
	names := map[string]string{"appid": "azp", "azp": "appid", "appidacr": "azpacr", "azpacr": "appidacr"}
	moved, ok := names[d.Name]
	if !ok {
		return ""
	}
	there, value, own := second, d.First, "second"
	if d.How == DiffersSecond {
		there, value, own = first, d.Second, "first"
	}
	switch {
	case d.How != DiffersFirst && d.How != DiffersSecond || !there.Has(moved):
		return ""
	case strings.EqualFold(there.Text(moved), value):
		return "The " + own + " calls it " + moved + ", with the same value."
	}
	return "The " + own + " calls it " + moved + ", with another value."
}
