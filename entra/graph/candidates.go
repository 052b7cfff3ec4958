package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// Candidate is somebody who might own or sponsor an object, with what Graph decides by.
type Candidate struct {
	DirectoryObject
	GroupTypes     []string // of groups: "Unified" is a Microsoft 365 group, "DynamicMembership" one with a rule
	RoleAssignable bool     // of groups: directory roles may be given to it
	MailEnabled    bool     // of groups: it has an address
}

// UnmarshalJSON reads what an answer says of the object. An agent user is known by its parent too: lists of users need
// not name the type of their items.
func (c *Candidate) UnmarshalJSON(data []byte) error {
	var wire struct {
		GroupTypes     []string `json:"groupTypes"`
		RoleAssignable bool     `json:"isAssignableToRole"`
		MailEnabled    bool     `json:"mailEnabled"`
		ParentID       string   `json:"identityParentId"`
	}
	if err := json.Unmarshal(data, &c.DirectoryObject); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	c.GroupTypes, c.RoleAssignable, c.MailEnabled = wire.GroupTypes, wire.RoleAssignable, wire.MailEnabled
	if wire.ParentID != "" {
		c.Kind = KindAgentUser
	}
	return nil
}

// SponsorGroup says whether the group is of a kind that may sponsor: a Microsoft 365 group or one with dynamic
// membership, and not one that directory roles may be given to.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
func (c *Candidate) SponsorGroup() bool {
	return c.Kind == KindGroup && !c.RoleAssignable && (slices.Contains(c.GroupTypes, "Unified") || slices.Contains(c.GroupTypes, "DynamicMembership"))
}

// SearchUsers finds enabled people and agent users by the start of a word in their name, address or sign-in name, at
// most 15. https://learn.microsoft.com/graph/search-query-parameter
func (c *Client) SearchUsers(ctx context.Context, text string) ([]Candidate, error) {
	list := listOf[Candidate]{
		typed: "/v1.0/users",
		fixed: query{"$select": "id,displayName,userPrincipalName,mail,userType,identityParentId", "$filter": "accountEnabled eq true"},
		needs: "User.ReadBasic.All", searchIn: []string{"displayName", "mail", "userPrincipalName"},
	}
	found, err := candidates(ctx, c, list, text, KindUser)
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return found, nil
}

// SearchGroups finds groups by the start of a word in their name, at most 15.
// https://learn.microsoft.com/graph/api/group-list
func (c *Client) SearchGroups(ctx context.Context, text string) ([]Candidate, error) {
	list := listOf[Candidate]{
		typed: groupsPath,
		fixed: query{"$select": "id,displayName,groupTypes,securityEnabled,mailEnabled,isAssignableToRole,membershipRule"},
		needs: "GroupMember.Read.All", searchIn: []string{"displayName"},
	}
	found, err := candidates(ctx, c, list, text, KindGroup)
	if err != nil {
		return nil, fmt.Errorf("search groups: %w", err)
	}
	return found, nil
}

// SearchServicePrincipals finds programs and agents by the start of a word in their name, at most 15.
// https://learn.microsoft.com/graph/api/serviceprincipal-list
func (c *Client) SearchServicePrincipals(ctx context.Context, text string) ([]Candidate, error) {
	list := listOf[Candidate]{
		typed: servicePrincipalsPath, fixed: query{"$select": "id,displayName,appId,servicePrincipalType"},
		needs: readResources, searchIn: []string{"displayName"},
	}
	found, err := candidates(ctx, c, list, text, KindServicePrincipal)
	if err != nil {
		return nil, fmt.Errorf("search service principals: %w", err)
	}
	return found, nil
}

// candidates reads the first 15 of a list. Items that name no type of their own have the type of the list.
func candidates(ctx context.Context, c *Client, list listOf[Candidate], text string, kind Kind) ([]Candidate, error) {
	page, err := list.page(ctx, c, ListOptions{Top: 15, Search: text})
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		if page.Items[i].Kind == KindOther {
			page.Items[i].Kind = kind
		}
	}
	return page.Items, nil
}

// Candidates are the objects with these ids, at most 1,000. Unknown ids are absent from the answer.
// https://learn.microsoft.com/graph/api/directoryobject-getbyids
func (c *Client) Candidates(ctx context.Context, ids []string) ([]Candidate, error) {
	return byIDs[Candidate](ctx, c, ids)
}

// Candidate is the object with an id, or a 404 as of a direct read.
func (c *Client) Candidate(ctx context.Context, id string) (*Candidate, error) {
	found, err := c.Candidates(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("read candidate: %w", &Error{
			Status: http.StatusNotFound, Code: "Request_ResourceNotFound", Method: http.MethodPost, Path: "/v1.0/directoryObjects/getByIds",
			Message: "The directory holds no object with this id.",
		})
	}
	return &found[0], nil
}
