package sandbox

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	pageSize    = 100 // of every directory list, unless $top says otherwise
	maxPageSize = 999
)

// maxTop is the largest $top; agent identities come in pages of 100 at most.
func (e *entityType) maxTop() int {
	if e.name == string(agentIdentity) {
		return pageSize
	}
	return maxPageSize
}

// page is one page of a list: the objects, the total when it was asked for, and the token of the next.
type page[T object] struct {
	items []T
	count *int
	next  string
}

// cursor is what a $skiptoken holds: the place of the last object of the page before. Objects made
// meanwhile come at the end, so no object is listed twice or left out.
type cursor struct {
	Query uint64   `json:"q"` // fingerprint of the query it belongs to
	Keys  []string `json:"k,omitempty"`
	Seq   int64    `json:"s"`
}

// listPage filters, orders and cuts a list whose objects come in the order of creation.
func listPage[T object](st *state, q *query, all iter.Seq[T], keep func(T) bool, size int) (page[T], *graphError) {
	from, fault := q.cursor()
	if fault != nil {
		return page[T]{}, fault
	}
	if q.top > 0 {
		size = q.top
	}
	matching := func(yield func(T) bool) {
		for o := range all {
			if keep(o) && q.matches(st, o) && !yield(o) {
				return
			}
		}
	}
	if len(q.order) > 0 {
		return orderedPage(st, q, matching, from, size), nil
	}
	var p page[T]
	total, counted := 0, q.counts() && from == nil
	for o := range matching {
		total++
		if from != nil && o.head().Seq <= from.Seq {
			continue
		}
		if len(p.items) == size {
			p.next = q.token(nil, p.items[size-1])
			if !counted {
				break
			}
			continue
		}
		if len(p.items) < size {
			p.items = append(p.items, o)
		}
	}
	if counted {
		p.count = &total
	}
	return p, nil
}

// orderedPage is listPage for a query with $orderby. It looks at every object but keeps only the
// best few pages' worth of keys at a time, so that a page of a large tenant costs no sort of all.
func orderedPage[T object](st *state, q *query, matching iter.Seq[T], from *cursor, size int) page[T] {
	type keyed struct {
		o    T
		keys []string
	}
	compare := func(a, b keyed) int { return q.compareKeys(a.keys, b.keys, a.o.head().Seq, b.o.head().Seq) }
	var best []keyed // the first size are sorted once full
	full, total, after := false, 0, 0
	candidate := keyed{keys: make([]string, len(q.order))}
	for o := range matching {
		total++
		candidate.o = o
		q.sortKeys(st, o, candidate.keys)
		// The object at the cursor itself is not after it: the page starts behind it.
		if from != nil && q.compareKeys(candidate.keys, from.Keys, o.head().Seq, from.Seq) <= 0 {
			continue
		}
		after++
		if full && compare(candidate, best[size-1]) > 0 {
			continue
		}
		best = append(best, keyed{o, slices.Clone(candidate.keys)})
		if len(best) >= 4*size {
			slices.SortFunc(best, compare)
			best, full = best[:size], true
		}
	}
	slices.SortFunc(best, compare)
	var p page[T]
	for _, e := range best[:min(size, len(best))] {
		p.items = append(p.items, e.o)
	}
	if after > size {
		p.next = q.token(best[size-1].keys, best[size-1].o)
	}
	if q.counts() && from == nil {
		p.count = &total
	}
	return p
}

func (q *query) matches(st *state, o any) bool {
	return (q.filter == nil || q.filter.match(st, o)) && (q.search == nil || q.search(st, o))
}

// counts tells whether the answer carries @odata.count; without the header the option does nothing.
func (q *query) counts() bool { return q.count && q.eventual }

// sortKeys fills keys with what o is sorted by; keys has one place for each property of $orderby.
func (q *query) sortKeys(st *state, o any, keys []string) {
	for i, k := range q.order {
		keys[i] = ""
		switch v := k.prop.get(st, o).(type) {
		case string:
			keys[i] = strings.ToLower(v)
		case time.Time:
			keys[i] = fmt.Sprintf("%020d", v.Unix())
		}
	}
}

// compareKeys ends with the place in the order of creation. Without it two objects of one name had no
// order, and a page that ends between them would show one twice or never.
func (q *query) compareKeys(a, b []string, seqA, seqB int64) int {
	for i, k := range q.order {
		c := strings.Compare(a[i], b[i])
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(seqA, seqB)
}

// token makes the $skiptoken that goes on after the object.
func (q *query) token(keys []string, last object) string {
	text, err := json.Marshal(cursor{q.fingerprint(), keys, last.head().Seq})
	if err != nil {
		return ""
	}
	sum := fnv.New32a()
	sum.Write(text)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(text, sum.Sum32()))
}

// cursor reads the $skiptoken; nil on the first page.
func (q *query) cursor() (*cursor, *graphError) {
	if q.skipToken == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(q.skipToken)
	if err != nil || len(raw) < 5 {
		return nil, badSkipToken()
	}
	text, sum := raw[:len(raw)-4], fnv.New32a()
	sum.Write(text)
	var c cursor
	if binary.BigEndian.Uint32(raw[len(text):]) != sum.Sum32() || json.Unmarshal(text, &c) != nil {
		return nil, badSkipToken()
	}
	if c.Query != q.fingerprint() || len(c.Keys) != len(q.order) {
		return nil, badSkipToken()
	}
	return &c, nil
}

// badSkipToken: a token is opaque to clients, which follow the link as it came. One that was cut or
// carried to another query is refused, because any page it led to would look right and be wrong.
// https://learn.microsoft.com/graph/paging
func badSkipToken() *graphError {
	return badRequest("The skip token is not valid for this query. Start again with the first page.")
}

// fingerprint binds a token to the options that decide which objects come in which order.
func (q *query) fingerprint() uint64 {
	h := fnv.New64a()
	for _, o := range q.options {
		if name := systemOption(o.name); name == "$filter" || name == "$search" || name == "$orderby" {
			fmt.Fprintf(h, "%s=%s\n", name, o.value)
		}
	}
	return h.Sum64()
}

// nextLink is the address of the next page: the same query with another token.
func (q *query) nextLink(base, token string) string {
	var b strings.Builder
	b.WriteString(base + "?")
	for _, o := range q.options {
		if systemOption(o.name) != "$skiptoken" {
			b.WriteString(queryPart(o.name) + "=" + queryPart(o.value) + "&")
		}
	}
	return b.String() + "$skiptoken=" + token
}

// queryPart escapes as Graph does: a dollar sign stays, a space becomes %20.
func queryPart(s string) string {
	return strings.NewReplacer("%24", "$", "+", "%20").Replace(url.QueryEscape(s))
}
