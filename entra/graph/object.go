package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// ObjectOptions are what the view of a raw object can ask for.
type ObjectOptions struct {
	Beta           bool
	Select, Expand string // as typed; they are encoded, so they stay values of their options
}

// Object is one object as Graph gives it, byte for byte. It reads the object's own path and nothing else: kind and id
// make the path, the options only its query. Callers who may not use the path of the type get the plain one.
// https://learn.microsoft.com/graph/query-parameters
func (c *Client) Object(ctx context.Context, kind Kind, id string, o ObjectOptions) ([]byte, error) {
	path, err := ItemPath(kind, id)
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	q := query{}
	if o.Select != "" {
		q["$select"] = o.Select
	}
	if o.Expand != "" {
		q["$expand"] = o.Expand
	}
	if o.Beta {
		path = strings.Replace(path, "/v1.0/", "/beta/", 1)
	}
	plain, needs := path, readUsers
	if kind != KindAgentUser { // which has no cast here
		plain, needs = path[:strings.LastIndex(path, "/")], "Application.Read.All"
	}
	var body []byte
	_, err = c.Do(ctx, Call{Path: withQuery(path, q), Needs: needs}, &body)
	if IsForbidden(err) && plain != path {
		if _, plainErr := c.Do(ctx, Call{Path: withQuery(plain, q), Needs: needs}, &body); plainErr == nil {
			return body, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	return body, nil
}

// Properties are properties of an object as Graph gives them, by their names.
func (c *Client) Properties(ctx context.Context, kind Kind, id string, names ...string) (map[string]json.RawMessage, error) {
	body, err := c.Object(ctx, kind, id, ObjectOptions{Select: strings.Join(names, ",")})
	if err != nil {
		return nil, err
	}
	var values map[string]json.RawMessage
	if err := Decode(body, &values); err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	return values, nil
}
