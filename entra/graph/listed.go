package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Listed is an item of a whole list with what Graph gave along with it: a tenant of thousands is read in pages, not in
// a call for every relation of every object.
type Listed[T any] struct {
	Item      T
	Owners    Related
	Sponsors  Related
	Manager   *PrincipalRef         // of agent users; nil when there is none
	Federated []FederatedCredential // of blueprints
}

// Related are the objects behind a relation, as far as the caller may see them.
type Related struct {
	Refs  []PrincipalRef
	Known bool // false: Graph did not let them be read
}

// UnmarshalJSON reads the item and the relations beside its properties.
func (l *Listed[T]) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &l.Item); err != nil {
		return err
	}
	var along struct {
		Owners    *[]PrincipalRef       `json:"owners"`
		Sponsors  *[]PrincipalRef       `json:"sponsors"`
		Manager   *PrincipalRef         `json:"manager"`
		Federated []FederatedCredential `json:"federatedIdentityCredentials"`
	}
	if err := json.Unmarshal(data, &along); err != nil {
		return err
	}
	l.Owners, l.Sponsors = relatedOf(along.Owners), relatedOf(along.Sponsors)
	l.Manager, l.Federated = along.Manager, along.Federated
	return nil
}

func relatedOf(refs *[]PrincipalRef) Related {
	if refs == nil {
		return Related{}
	}
	return Related{Refs: *refs, Known: true}
}

// The relations that come along with each kind.
const (
	relOwners    = "owners"
	relSponsors  = "sponsors"
	relManager   = "manager"
	relFederated = "federatedIdentityCredentials"
)

// ListedBlueprints are all blueprints with owners, sponsors and federated credentials. each is told how many have been
// read so far, after every page; nil: nobody asks.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-list
func (c *Client) ListedBlueprints(ctx context.Context, each func(n int)) ([]Listed[Blueprint], error) {
	return listed(ctx, c, blueprintList(), func(b Blueprint) string { return b.ID }, []string{relOwners, relSponsors, relFederated}, each)
}

// ListedPrincipals are all blueprint principals with owners and sponsors, as ListedBlueprints.
// https://learn.microsoft.com/graph/api/resources/agentidentityblueprintprincipal
func (c *Client) ListedPrincipals(ctx context.Context, each func(n int)) ([]Listed[BlueprintPrincipal], error) {
	return listed(ctx, c, principalList(), func(p BlueprintPrincipal) string { return p.ID }, []string{relOwners, relSponsors}, each)
}

// ListedAgents are all agent identities with owners and sponsors, as ListedBlueprints.
// https://learn.microsoft.com/graph/api/agentidentity-list
func (c *Client) ListedAgents(ctx context.Context, each func(n int)) ([]Listed[AgentIdentity], error) {
	return listed(ctx, c, agentList(), func(a AgentIdentity) string { return a.ID }, []string{relOwners, relSponsors}, each)
}

// ListedAgentUsers are all agent users with manager and sponsors, as ListedBlueprints.
// https://learn.microsoft.com/graph/api/agentuser-list
func (c *Client) ListedAgentUsers(ctx context.Context, each func(n int)) ([]Listed[AgentUser], error) {
	list := listOf[AgentUser]{
		typed: agentUsersPath, plain: newAgentUsersPath, kind: KindAgentUser, needs: "User.Read.All", fixed: query{"$select": userFields},
	}
	return listed(ctx, c, list, func(u AgentUser) string { return u.ID }, []string{relSponsors, relManager}, each)
}

// expandMost is how many related objects $expand gives; there may be more of them then.
// https://learn.microsoft.com/graph/query-parameters#expand-parameter
const expandMost = 20

// singlyMost is how many objects may have a relation read one by one, where the list does not give it.
const singlyMost = 1000

// listed reads a list with its relations: all in one go where Graph takes that, one relation a pass where it takes one
// $expand at a time, and without where it takes none, as from readers who may use plain lists only. Relations that came
// cut or not at all are then read for each object, as long as the objects are not too many.
func listed[T any](ctx context.Context, c *Client, list listOf[T], id func(T) string, relations []string, each func(n int)) ([]Listed[T], error) {
	whole := listOf[Listed[T]]{
		typed: list.typed, plain: list.plain, kind: list.kind, needs: list.needs, fixed: list.fixed, current: true,
	}
	items, err := whole.expanded(ctx, c, relations, each)
	switch status(err) {
	case http.StatusBadRequest:
		items, err = inPasses(ctx, c, whole, id, relations, each)
	case http.StatusForbidden:
		items, err = whole.expanded(ctx, c, nil, each)
	}
	if err != nil {
		return nil, fmt.Errorf("read all of %s: %w", list.kind, err)
	}
	for _, relation := range relations {
		if at := relatedIn[T](relation); at != nil {
			complete(ctx, c, list.kind, items, id, relation, at)
		}
	}
	return items, ctx.Err()
}

// expanded reads the whole list with relations in one $expand.
func (l listOf[T]) expanded(ctx context.Context, c *Client, relations []string, each func(n int)) ([]T, error) {
	// Graph gives 100 objects a page beside $expand, whatever is asked for.
	l.fixed = query{"$top": "100"}.with(l.fixed)
	if len(relations) > 0 {
		l.fixed["$expand"] = expandOf(relations)
	}
	var items []T
	for item, err := range l.all(ctx, c) {
		if err != nil {
			return nil, err
		}
		if items = append(items, item); each != nil && len(items)%100 == 0 {
			each(len(items))
		}
	}
	if each != nil {
		each(len(items))
	}
	return items, nil
}

func expandOf(relations []string) string {
	text := ""
	for _, r := range relations {
		if text != "" {
			text += ","
		}
		if text += r; r != relFederated {
			text += "($select=id)"
		}
	}
	return text
}

func (q query) with(other query) query {
	for name, value := range other {
		q[name] = value
	}
	return q
}

// inPasses reads the list once for each relation and puts the answers together. A relation that Graph does not expand
// stays unknown.
func inPasses[T any](ctx context.Context, c *Client, list listOf[Listed[T]], id func(T) string, relations []string, each func(n int)) ([]Listed[T], error) {
	items, err := list.expanded(ctx, c, nil, each)
	if err != nil {
		return nil, err
	}
	place := make(map[string]int, len(items))
	for i := range items {
		place[id(items[i].Item)] = i
	}
	for _, relation := range relations {
		pass, err := list.expanded(ctx, c, []string{relation}, nil)
		if s := status(err); s == http.StatusBadRequest || s == http.StatusForbidden {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, with := range pass {
			if i, known := place[id(with.Item)]; known {
				items[i].take(relation, with)
			}
		}
	}
	return items, nil
}

// take copies one relation of the same object from another pass.
func (l *Listed[T]) take(relation string, with Listed[T]) {
	switch relation {
	case relOwners:
		l.Owners = with.Owners
	case relSponsors:
		l.Sponsors = with.Sponsors
	case relManager:
		l.Manager = with.Manager
	case relFederated:
		l.Federated = with.Federated
	}
}

// relatedIn gives the place of a relation that is a list of objects; nil for the others.
func relatedIn[T any](relation string) func(*Listed[T]) *Related {
	switch relation {
	case relOwners:
		return func(l *Listed[T]) *Related { return &l.Owners }
	case relSponsors:
		return func(l *Listed[T]) *Related { return &l.Sponsors }
	}
	return nil
}

// complete reads the relation of the objects that have it cut or not at all. What cannot be read stays as it is.
func complete[T any](ctx context.Context, c *Client, kind Kind, items []Listed[T], id func(T) string, relation string, at func(*Listed[T]) *Related) {
	var open []int
	for i := range items {
		if r := at(&items[i]); !r.Known || len(r.Refs) >= expandMost {
			open = append(open, i)
		}
	}
	if len(open) == 0 || len(open) > singlyMost {
		return
	}
	ids := make([]string, len(open))
	for n, i := range open {
		ids[n] = id(items[i].Item)
	}
	for n, found := range c.relatedOfMany(ctx, kind, ids, relation) {
		if found.Known {
			*at(&items[open[n]]) = found
		}
	}
}

// relatedOfMany reads one relation of many objects; the answers are in the order of the ids.
func (c *Client) relatedOfMany(ctx context.Context, kind Kind, ids []string, relation string) []Related {
	paths := make([]string, len(ids))
	for i, id := range ids {
		item, err := ItemPath(kind, id)
		if err != nil {
			return make([]Related, len(ids))
		}
		paths[i] = item + "/" + relation
	}
	return getMany(ctx, c, paths, "Application.Read.All")
}

// getMany reads the first pages of lists together. A list that goes on is read by itself; one that cannot be read is not
// known.
func getMany(ctx context.Context, c *Client, paths []string, needs string) []Related {
	all := make([]Related, len(paths))
	for i, part := range c.together(ctx, paths, needs) {
		var page struct {
			Value []PrincipalRef `json:"value"`
			Next  string         `json:"@odata.nextLink"`
		}
		if part.err != nil || json.Unmarshal(part.body, &page) != nil {
			continue
		}
		all[i] = Related{Refs: page.Value, Known: true}
		if page.Next != "" {
			refs, err := collect(listOf[PrincipalRef]{typed: paths[i], needs: needs, current: true}.all(ctx, c))
			all[i] = Related{Refs: refs, Known: err == nil}
		}
	}
	return all
}
