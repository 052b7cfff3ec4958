package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// Person is somebody who owns or sponsors an object: a person, a group or a program.
type Person struct {
	Candidate
	Enabled *bool // of accounts; nil when Graph did not say
}

// UnmarshalJSON reads what an answer says of the account beside the rest.
func (p *Person) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &p.Candidate); err != nil {
		return err
	}
	var wire struct {
		Enabled *bool `json:"accountEnabled"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	p.Enabled = wire.Enabled
	return nil
}

// personFields are what a snapshot keeps of a person; without accountEnabled, as for callers who may see basic
// properties only, it is not said.
const personFields = "id,displayName,userPrincipalName,appId,accountEnabled,groupTypes,isAssignableToRole,identityParentId"

// People are the objects behind ids, however many; those the directory does not know, or has deleted, are absent.
// https://learn.microsoft.com/graph/api/directoryobject-getbyids
func (c *Client) People(ctx context.Context, ids []string) ([]Person, error) {
	var all []Person
	for some := range slices.Chunk(ids, 1000) {
		people, err := c.people(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, people...)
	}
	return all, nil
}

func (c *Client) people(ctx context.Context, ids []string) ([]Person, error) {
	call := Call{
		Method: http.MethodPost, Path: withQuery("/v1.0/directoryObjects/getByIds", query{"$select": personFields}),
		Body: map[string]any{"ids": ids}, Needs: "User.Read.All",
	}
	var answer struct {
		Value []Person `json:"value"`
	}
	_, err := c.retry(ctx, call, &answer)
	if status(err) == http.StatusBadRequest {
		return byIDs[Person](ctx, c, ids) // it selects no property that only some of them have
	}
	if err != nil {
		return nil, fmt.Errorf("read people by id: %w", err)
	}
	return answer.Value, nil
}

// FirstMembers are the direct members of a group, at most 100; more says that there are others.
// https://learn.microsoft.com/graph/api/group-list-members
func (c *Client) FirstMembers(ctx context.Context, groupID string) (members []Person, more bool, err error) {
	list := listOf[Person]{
		typed: groupsPath + "/" + PathSegment(groupID) + "/members", needs: "GroupMember.Read.All", current: true,
		fixed: query{"$select": "id,displayName,userPrincipalName,accountEnabled"},
	}
	page, err := list.page(ctx, c, ListOptions{Top: 100})
	if err != nil {
		return nil, false, fmt.Errorf("list members of a group: %w", err)
	}
	return page.Items, page.Next != "", nil
}
