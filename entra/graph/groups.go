package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

const (
	groupsPath   = "/v1.0/groups"
	writeMembers = "GroupMember.ReadWrite.All"
)

// Group is a group that somebody is a member of.
type Group struct {
	ID, Name       string
	Types          []string // "Unified" is a Microsoft 365 group, "DynamicMembership" one with a rule
	RoleAssignable bool     // directory roles may be given to it
}

// Dynamic says whether a rule decides who is a member, and nobody else can.
func (g Group) Dynamic() bool { return slices.Contains(g.Types, "DynamicMembership") }

// GroupsOf are the groups that a user is a direct member of, by object id. Roles and administrative units are left out.
// https://learn.microsoft.com/graph/api/user-list-memberof
func (c *Client) GroupsOf(ctx context.Context, userID string) ([]Group, error) {
	// A cast to groups would take the advanced query engine, whose index trails the directory.
	list := listOf[Candidate]{typed: usersPath + "/" + PathSegment(userID) + "/memberOf", needs: "GroupMember.Read.All", current: true}
	all, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list groups of a user: %w", err)
	}
	var groups []Group
	for _, g := range all {
		if g.Kind == KindGroup {
			groups = append(groups, Group{ID: g.ID, Name: g.DisplayName, Types: g.GroupTypes, RoleAssignable: g.RoleAssignable})
		}
	}
	return groups, nil
}

// Member is a member of a group.
type Member struct {
	Candidate
	AccountEnabled bool // true unless Graph says false
}

// UnmarshalJSON reads what an answer says of the member.
func (m *Member) UnmarshalJSON(data []byte) error {
	wire := struct {
		AccountEnabled *bool `json:"accountEnabled"`
	}{}
	if err := json.Unmarshal(data, &m.Candidate); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	m.AccountEnabled = wire.AccountEnabled == nil || *wire.AccountEnabled
	return nil
}

// MembersOf are the direct members of a group: those alone have a sponsor group's rights.
// https://learn.microsoft.com/graph/api/group-list-members
func (c *Client) MembersOf(ctx context.Context, groupID string) ([]Member, error) {
	list := listOf[Member]{
		typed: groupsPath + "/" + PathSegment(groupID) + "/members", needs: "GroupMember.Read.All", current: true,
		fixed: query{"$select": "id,displayName,userPrincipalName,accountEnabled"},
	}
	members, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list members of a group: %w", err)
	}
	return members, nil
}
