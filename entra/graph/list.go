package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxPages ends a list that never ends; 1,000 pages of 100 are far beyond any quota of agents.
const maxPages = 1000

// Faults of a paged answer. They are faults of the server, or of an address that somebody edited.
var (
	ErrForeignLink  = errors.New("the link to the next page leads elsewhere")
	ErrLinkLoop     = errors.New("the links to the next page go round in a circle")
	ErrTooManyPages = errors.New("the list has more than 1,000 pages")
)

// ListOptions are what a list page can ask Graph for. The zero value asks for Graph's default page.
type ListOptions struct {
	Top     int    // rows a page, 1 to 100; 0 is Graph's default
	Search  string // words as somebody typed them, looked for in the name
	Filter  string // OData; what somebody typed goes through ODataString
	OrderBy string // property, optionally with " desc"; Graph takes none beside Search
	Next    string // Page.Next of the page before; the other fields are then ignored
}

// Page is one page of a list.
type Page[T any] struct {
	Items  []T
	Next   string    // cursor for ListOptions.Next, safe to put in an address; empty on the last page
	Count  *int      // total of the list; nil when Graph gave none (it gives it on first pages only)
	ReadAt time.Time // our clock
}

// listOf describes a list: where it is read, and where from when the typed way is closed to the caller. Global Readers
// get 403 on the collections cast to an agent type, but may read the plain ones, whose items name their type.
type listOf[T any] struct {
	typed    string
	plain    string // empty: no other way
	kind     Kind   // items of another @odata.type are dropped from a plain list
	searchIn []string
	fixed    query
	needs    string
	// current leaves the advanced query engine out. Its index trails the
	// directory, and a read that decides whether something is sent again must
	// not miss what has just been made.
	current bool
	// single leaves turning empty pages to the caller.
	single bool
}

func (l listOf[T]) page(ctx context.Context, c *Client, o ListOptions) (*Page[T], error) {
	if o.Next != "" {
		path, err := l.openCursor(c, o.Next)
		if err != nil {
			return nil, err
		}
		return l.fill(ctx, c, path)
	}
	if o.Search != "" && !searchable(o.Search) {
		return &Page[T]{ReadAt: c.now()}, nil
	}
	page, err := l.read(ctx, c, withQuery(l.typed, l.query(o)))
	if l.plain != "" && IsForbidden(err) {
		other, plainErr := l.fill(ctx, c, withQuery(l.plain, l.query(o)))
		if plainErr == nil {
			return other, nil
		}
	}
	return page, err
}

// fill reads on in a plain list until a page holds something of ours: a tenant has thousands of ordinary applications,
// and a reader should not have to turn empty pages. It gives up after 20, with the cursor to go on from.
func (l listOf[T]) fill(ctx context.Context, c *Client, path string) (*Page[T], error) {
	for n := 1; ; n++ {
		page, err := l.read(ctx, c, path)
		if err != nil || len(page.Items) > 0 || page.Next == "" || n == 20 || l.single {
			if page != nil {
				page.Count = nil // it counts every application, not ours
			}
			return page, err
		}
		if path, err = l.openCursor(c, page.Next); err != nil {
			return nil, err
		}
	}
}

// query is the address of the first page. Search, sort and count need the advanced engine on directory objects, which
// wants $count beside its header.
func (l listOf[T]) query(o ListOptions) query {
	q := query{}
	for name, value := range l.fixed {
		q[name] = value
	}
	if o.Top > 0 {
		q["$top"] = strconv.Itoa(min(o.Top, 100))
	}
	q["$filter"] = allOf(q["$filter"], o.Filter)
	if q["$filter"] == "" {
		delete(q, "$filter")
	}
	if o.OrderBy != "" {
		q["$orderby"] = o.OrderBy
	}
	if o.Search != "" && len(l.searchIn) > 0 {
		q["$search"] = searchAny(o.Search, l.searchIn...)
	}
	if !l.current && (q["$search"] != "" || q["$orderby"] != "" || q["$filter"] != "") {
		q["$count"] = "true"
	}
	return q
}

func (l listOf[T]) read(ctx context.Context, c *Client, path string) (*Page[T], error) {
	var answer struct {
		Value []json.RawMessage `json:"value"`
		Next  string            `json:"@odata.nextLink"`
		Count *int              `json:"@odata.count"`
	}
	if _, err := c.Do(ctx, Call{Path: path, Needs: l.needs, Eventual: !l.current}, &answer); err != nil {
		return nil, err
	}
	page := &Page[T]{Count: answer.Count, ReadAt: c.now()}
	plain := l.plain != "" && strings.EqualFold(pathOnly(path), l.plain)
	for _, raw := range answer.Value {
		if plain && !l.wanted(raw) {
			continue
		}
		var item T
		if err := json.Unmarshal(raw, &item); err != nil {
			return nil, fmt.Errorf("read item of %s: %w", pathOnly(path), err)
		}
		page.Items = append(page.Items, item)
	}
	next, err := l.sealCursor(c, answer.Next)
	page.Next = next
	return page, err
}

// wanted drops what a plain list holds beside our kind. Graph names the type of an item only where it is a derived one:
// an item without is an ordinary application or service principal.
func (l listOf[T]) wanted(raw json.RawMessage) bool {
	var item struct {
		Type string `json:"@odata.type"`
	}
	if json.Unmarshal(raw, &item) != nil {
		return true // the item's own decoding reports it
	}
	return kindOf(item.Type) == l.kind
}

// all goes through every page. A link seen twice and a list without an end are errors, not endless loops.
func (l listOf[T]) all(ctx context.Context, c *Client) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		o, seen := ListOptions{}, map[string]bool{}
		for range maxPages {
			page, err := l.page(ctx, c, o)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			if seen[page.Next] {
				yield(none, ErrLinkLoop)
				return
			}
			seen[page.Next], o.Next = true, page.Next
		}
		yield(none, ErrTooManyPages)
	}
}

// only is the one item of a filtered list; none is a 404 like that of a direct read.
func (l listOf[T]) only(ctx context.Context, c *Client, what string) (*T, error) {
	for item, err := range l.all(ctx, c) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		return &item, nil
	}
	return nil, fmt.Errorf("read %s: %w", what, &Error{
		Status: http.StatusNotFound, Code: "Request_ResourceNotFound", Method: http.MethodGet, Path: l.typed,
		Message: "The list holds no such object.",
	})
}

func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var items []T
	for item, err := range seq {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// allOf joins clauses that must all hold; empty ones are left out.
func allOf(clauses ...string) string {
	var parts []string
	for _, clause := range clauses {
		if clause != "" {
			parts = append(parts, clause)
		}
	}
	return strings.Join(parts, " and ")
}
