package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// getTyped reads one object by its cast path, and by its plain path where the caller may not use casts.
func getTyped[T any](ctx context.Context, c *Client, collection, id, cast string, kind Kind, needs string) (*T, error) {
	plain := collection + "/" + PathSegment(id)
	var item T
	_, err := c.Do(ctx, Call{Path: plain + "/" + cast, Needs: needs}, &item)
	if err == nil {
		return &item, nil
	}
	if !IsForbidden(err) {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	var raw json.RawMessage
	if _, plainErr := c.Do(ctx, Call{Path: plain, Needs: "Application.Read.All"}, &raw); plainErr != nil {
		if IsNotFound(plainErr) {
			err = plainErr
		}
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	return decodeKind[T](raw, plain, kind)
}

// decodeKind keeps an ordinary application from being shown as a blueprint: the plain path serves both.
func decodeKind[T any](raw json.RawMessage, path string, kind Kind) (*T, error) {
	var named DirectoryObject
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	if named.Kind != kind {
		return nil, otherKind(kind, path)
	}
	var item T
	if err := json.Unmarshal(raw, &item); err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	return &item, nil
}

// otherKind is the 404 for an id that names something, but nothing of the kind that was asked for.
func otherKind(kind Kind, path string) error {
	return fmt.Errorf("read %s: %w", kind, &Error{
		Status: http.StatusNotFound, Code: "Request_ResourceNotFound", Method: http.MethodGet, Path: path,
		Message: "An object with this id exists, but it is of another kind.",
	})
}

// Count is how many objects of a kind the tenant has: blueprint, blueprint principal or agent identity. It asks for the
// count beside a list of one; where Graph gives none, as in a plain list, they are counted one by one.
// https://learn.microsoft.com/graph/aad-advanced-queries
func (c *Client) Count(ctx context.Context, kind Kind) (int, error) {
	switch kind {
	case KindBlueprint:
		return count(ctx, c, blueprintList())
	case KindBlueprintPrincipal:
		return count(ctx, c, principalList())
	case KindAgentIdentity:
		return count(ctx, c, agentList())
	}
	return 0, fmt.Errorf("count: no list for kind %q", kind)
}

func count[T any](ctx context.Context, c *Client, l listOf[T]) (int, error) {
	first := l
	first.plain, first.fixed = "", query{"$count": "true", "$top": "1"}
	page, err := first.page(ctx, c, ListOptions{})
	if err == nil && page.Count != nil {
		return *page.Count, nil
	}
	if err != nil && !IsForbidden(err) {
		return 0, fmt.Errorf("count %s: %w", l.kind, err)
	}
	n := 0
	for _, itemErr := range l.all(ctx, c) {
		if itemErr != nil {
			return 0, fmt.Errorf("count %s: %w", l.kind, itemErr)
		}
		n++
	}
	return n, nil
}
