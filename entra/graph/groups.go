package graph

import (
	"context"
	"fmt"
	"slices"
)

const (
	groupsPath   = "/v1.0/groups"
	writeMembers = "GroupMember.ReadWrite.All"
)

// Dynamic says whether a rule decides who is a member of the group, and nobody else can.
func (c *Candidate) Dynamic() bool { return slices.Contains(c.GroupTypes, "DynamicMembership") }

// ExchangeOnly says whether the group is a distribution list or a mail-enabled security group: Exchange keeps those, and
// Graph only shows them. https://learn.microsoft.com/graph/api/resources/groups-overview
func (c *Candidate) ExchangeOnly() bool {
	return c.Kind == KindGroup && c.MailEnabled && !slices.Contains(c.GroupTypes, "Unified")
}

// GroupsOf are the groups that a user is a direct member of, by the user's object id. Directory roles and administrative
// units, which the same list has, are left out.
// https://learn.microsoft.com/graph/api/user-list-memberof
func (c *Client) GroupsOf(ctx context.Context, userID string) ([]Candidate, error) {
	// A cast to groups would take the advanced query engine, whose index trails the directory.
	list := listOf[Candidate]{typed: usersPath + "/" + PathSegment(userID) + "/memberOf", needs: "GroupMember.Read.All", current: true}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list groups of a user: %w", err)
	}
	return slices.DeleteFunc(found, func(m Candidate) bool { return m.Kind != KindGroup }), nil
}
