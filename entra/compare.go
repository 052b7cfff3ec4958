package entra

import (
	"slices"
)

// Differs says how a claim of one token compares with that of another.
type Differs string

// The ways claims differ.
const (
	DiffersNot    Differs = "same"
	DiffersValue  Differs = "changed"
	DiffersFirst  Differs = "only in the first"
	DiffersSecond Differs = "only in the second"
)

// Difference is a claim, or a header parameter, of two tokens side by side.
type Difference struct {
	Name          string
	First, Second string // the values as shown; empty where there is none
	// FirstSays and SecondSays put a value into words, as the name of an id or the
	// moment of a time; empty where that adds nothing.
	FirstSays, SecondSays string
	How                   Differs
	// Added and Removed are the members of a list that only the second has, and
	// only the first.
	Added, Removed []string
	Says           string // what else there is to say of it
	Deciding       bool
}

// Comparison is how two tokens differ.
type Comparison struct {
	// Claims and Header list what differs first, and of that what decides.
	Claims, Header []Difference
	// Means says what the differences come to, a sentence each.
	Means []string
	// Identical is true for one and the same token, Readable when the claims of
	// both can be read.
	Identical, Readable bool
}

// Compare lays two tokens side by side. Of the context only the names count.
func (c *Client) Compare(first, second *JWT, x Context) Comparison {
	result := Comparison{
		Identical: first.Raw.Equal(second.Raw),
		Readable:  first.readable() && second.readable(),
		Header:    c.differences(first, second, x, true),
	}
	if result.Readable {
		result.Claims = c.differences(first, second, x, false)
		result.Means = c.meaningOf(first, second, x)
	}
	return result
}

func (j *JWT) readable() bool { return !j.Encrypted && !j.Damaged }

// CountDiffers says how many claims differ in one way.
func CountDiffers(list []Difference, how Differs) int {
	n := 0
	for _, d := range list {
		if d.How == how {
			n++
		}
	}
	return n
}

func (c *Client) differences(first, second *JWT, x Context, header bool) []Difference {
	one, other := first.Claims, second.Claims
	if header {
		one, other = first.Header, second.Header
	}
	var list []Difference
	seen := map[string]bool{}
	for _, claim := range slices.Concat(one, other) {
		if seen[claim.Name] {
			continue
		}
		seen[claim.Name] = true
		d := pair{first: find(one, claim.Name), second: find(other, claim.Name), name: claim.Name, header: header}.difference()
		if !header {
			d.Deciding = deciding(d.Name)
			d.FirstSays, d.SecondSays = c.shortly(first, d.Name, x), c.shortly(second, d.Name, x)
			if moved := movedClient(first, second, d); moved != "" {
				d.Says = moved
			}
		}
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b Difference) int { return a.rank() - b.rank() })
	return list
}

// rank puts what differs before what does not, and what decides before the rest.
func (d Difference) rank() int {
	switch {
	case d.How != DiffersNot && d.Deciding:
		return 0
	case d.How != DiffersNot:
		return 1
	}
	return 2
}
