package graph

import (
	"context"
	"fmt"
)

// FindUsers finds people and agent users, disabled ones too, by the start of a word in their name, address or sign-in
// name, at most top. https://learn.microsoft.com/graph/search-query-parameter
func (c *Client) FindUsers(ctx context.Context, text string, top int) ([]DirectoryObject, error) {
	list := listOf[Candidate]{
		typed: "/v1.0/users",
		fixed: query{"$select": "id,displayName,userPrincipalName,identityParentId"},
		needs: "User.ReadBasic.All", searchIn: []string{"displayName", "mail", "userPrincipalName"},
	}
	page, err := list.page(ctx, c, ListOptions{Top: top, Search: text})
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	found := make([]DirectoryObject, len(page.Items))
	for i, u := range page.Items {
		found[i] = u.DirectoryObject
		if found[i].Kind != KindAgentUser {
			found[i].Kind = KindUser
		}
	}
	return found, nil
}
