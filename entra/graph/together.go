package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// read is the answer to one of many reads: the body as received, or why there is none.
type read struct {
	body json.RawMessage
	err  error
}

// together reads many v1.0 paths, up to MaxParts a request; the answers are in the order of the paths. What a batch does
// not answer with a word of its own, or has too much of, is asked for singly, with the pauses Graph wants.
// https://learn.microsoft.com/graph/json-batching
func (c *Client) together(ctx context.Context, paths []string, needs string) []read {
	all := make([]read, 0, len(paths))
	for some := range slices.Chunk(paths, MaxParts) {
		all = append(all, c.batchOfReads(ctx, some, needs)...)
	}
	return all
}

func (c *Client) batchOfReads(ctx context.Context, paths []string, needs string) []read {
	all := make([]read, len(paths))
	answers := map[string]partResponse{}
	if len(paths) > 1 {
		answers = c.sendReads(ctx, paths, needs)
	}
	for i, path := range paths {
		call := Call{Method: http.MethodGet, Path: path, Needs: needs}
		r, ok := answers[partID(i)]
		switch {
		case ok && r.Status == http.StatusOK:
			all[i].body = r.Body
		case ok && r.Status >= 400 && r.Status < 500 && r.Status != http.StatusTooManyRequests:
			all[i].err = r.answer(Part{OpID: newRequestID(), Call: call}, &Response{}).Err
		default:
			_, all[i].err = c.Do(ctx, call, &all[i].body)
		}
	}
	return all
}

// sendReads is one batch; without an answer, each part is on its own.
func (c *Client) sendReads(ctx context.Context, paths []string, needs string) map[string]partResponse {
	var body batchBody
	for i, path := range paths {
		part := Part{OpID: newRequestID(), Call: Call{Method: http.MethodGet, Path: path}}
		body.Requests = append(body.Requests, batchRequest{ID: partID(i), Method: http.MethodGet, URL: path[len("/v1.0"):], Headers: part.headers()})
	}
	var got struct {
		Responses []partResponse `json:"responses"`
	}
	answers := map[string]partResponse{}
	if _, err := c.retry(ctx, Call{Method: http.MethodPost, Path: "/v1.0/$batch", Body: body, Needs: needs}, &got); err != nil {
		return answers
	}
	for _, r := range got.Responses {
		answers[r.ID] = r
	}
	return answers
}

// SomeBlueprints are the blueprints with these object ids, as ListedBlueprints gives them; those that the directory does
// not know, or not any more, are absent.
func (c *Client) SomeBlueprints(ctx context.Context, ids []string) ([]Listed[Blueprint], error) {
	found, err := some(ctx, c, KindBlueprint, ids, func(b Blueprint) string { return b.ID }, relOwners, relSponsors)
	for i := range found {
		if err == nil {
			found[i].Federated, err = c.FederatedCredentials(ctx, found[i].Item.ID)
		}
	}
	return found, err
}

// SomePrincipals are blueprint principals by object id, as SomeBlueprints.
func (c *Client) SomePrincipals(ctx context.Context, ids []string) ([]Listed[BlueprintPrincipal], error) {
	return some(ctx, c, KindBlueprintPrincipal, ids, func(p BlueprintPrincipal) string { return p.ID }, relOwners, relSponsors)
}

// SomeAgents are agent identities by object id, as SomeBlueprints.
func (c *Client) SomeAgents(ctx context.Context, ids []string) ([]Listed[AgentIdentity], error) {
	return some(ctx, c, KindAgentIdentity, ids, func(a AgentIdentity) string { return a.ID }, relOwners, relSponsors)
}

// SomeAgentUsers are agent users by object id, as SomeBlueprints.
func (c *Client) SomeAgentUsers(ctx context.Context, ids []string) ([]Listed[AgentUser], error) {
	found, err := some(ctx, c, KindAgentUser, ids, func(u AgentUser) string { return u.ID }, relSponsors)
	for i := range found {
		if err != nil {
			break
		}
		found[i].Manager, err = c.ManagerOf(ctx, found[i].Item.ID)
		if IsNotFound(err) {
			found[i].Manager, err = nil, nil
		}
	}
	return found, err
}

// some reads objects by id, and their relations.
func some[T any](ctx context.Context, c *Client, kind Kind, ids []string, id func(T) string, relations ...string) ([]Listed[T], error) {
	paths := make([]string, len(ids))
	for i := range ids {
		var err error
		if paths[i], err = ItemPath(kind, ids[i]); err != nil {
			return nil, err
		}
		if kind == KindAgentUser {
			paths[i] = withQuery(paths[i], query{"$select": userFields})
		}
	}
	var found []Listed[T]
	for _, answer := range c.together(ctx, paths, "Application.Read.All") {
		if IsNotFound(answer.err) {
			continue
		}
		if answer.err != nil {
			return nil, fmt.Errorf("read %s: %w", kind, answer.err)
		}
		var l Listed[T]
		if err := json.Unmarshal(answer.body, &l); err != nil {
			return nil, fmt.Errorf("read %s: %w", kind, err)
		}
		found = append(found, l)
	}
	for _, relation := range relations {
		complete(ctx, c, kind, found, id, relation, relatedIn[T](relation))
	}
	return found, ctx.Err()
}

// Named names an object of the directory: a blueprint or a blueprint principal by its client id, any other by its object id.
type Named struct {
	Kind Kind
	Key  string
}

// Gone says which of these the directory does not know: the recycle bin does not count. What could not be read is absent
// from the answer, as what is there.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-get
func (c *Client) Gone(ctx context.Context, wanted []Named) map[Named]bool {
	asked, paths := make([]Named, 0, len(wanted)), make([]string, 0, len(wanted))
	for _, n := range wanted {
		id, err := ParseGUID(n.Key)
		if err != nil {
			continue
		}
		var path string
		switch n.Kind {
		case KindBlueprint:
			path = applicationsPath + "(appId='" + id + "')"
		case KindBlueprintPrincipal:
			path = servicePrincipalsPath + "(appId='" + id + "')"
		default:
			if path, err = ItemPath(n.Kind, id); err != nil {
				continue
			}
		}
		asked, paths = append(asked, n), append(paths, withQuery(path, query{"$select": "id"}))
	}
	gone := map[Named]bool{}
	for i, answer := range c.together(ctx, paths, "Application.Read.All") {
		if IsNotFound(answer.err) {
			gone[asked[i]] = true
		}
	}
	return gone
}
