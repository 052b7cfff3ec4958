package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The pages of agent users describe beta alone; what every user has is read and changed in v1.0.
// https://learn.microsoft.com/graph/api/resources/agentuser
const (
	usersPath         = "/v1.0/users"
	newAgentUsersPath = "/beta/users"
	agentUsersPath    = newAgentUsersPath + "/microsoft.graph.agentUser"

	writeUsers = "AgentIdUser.ReadWrite.All"
	userFields = "id,displayName,userPrincipalName,accountEnabled,usageLocation,identityParentId,createdDateTime"
)

// AgentUser is the user account of an agent identity. Reads by name give people in this type too; IdentityParentID is
// empty then.
type AgentUser struct {
	ID                string    `json:"id"`
	DisplayName       string    `json:"displayName"`
	UserPrincipalName string    `json:"userPrincipalName"`
	AccountEnabled    bool      `json:"accountEnabled"`
	UsageLocation     string    `json:"usageLocation"`    // two letters; empty when none is set
	IdentityParentID  string    `json:"identityParentId"` // object id of the agent identity
	CreatedDateTime   time.Time `json:"createdDateTime"`
}

// UserNamed is the user with a user principal name, person or agent user; a 404 when there is none.
// https://learn.microsoft.com/graph/api/user-get
func (c *Client) UserNamed(ctx context.Context, upn string) (*AgentUser, error) {
	var u AgentUser
	path := withQuery(usersPath+"/"+PathSegment(upn), query{"$select": userFields})
	if _, err := c.Do(ctx, Call{Path: path, Needs: "User.Read.All"}, &u); err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	return &u, nil
}

// AgentUserOf is the agent user of an agent identity, by its object id; a 404 when it has none. Where Graph does not take
// the filter, all agent users are read.
// https://learn.microsoft.com/graph/api/agentuser-list
func (c *Client) AgentUserOf(ctx context.Context, agentID string) (*AgentUser, error) {
	list := listOf[AgentUser]{
		typed: agentUsersPath, needs: "User.Read.All", current: true,
		fixed: query{"$select": userFields, "$filter": "identityParentId eq " + ODataString(agentID)},
	}
	u, err := list.only(ctx, c, "agent user")
	if status(err) != http.StatusBadRequest {
		return u, err
	}
	every := list
	every.fixed = query{"$select": userFields}
	for u, err := range every.all(ctx, c) {
		if err != nil {
			return nil, fmt.Errorf("read agent user: %w", err)
		}
		if strings.EqualFold(u.IdentityParentID, agentID) {
			return &u, nil
		}
	}
	return nil, fmt.Errorf("read agent user: %w", &Error{
		Status: http.StatusNotFound, Code: "Request_ResourceNotFound", Method: http.MethodGet, Path: agentUsersPath,
		Message: "No agent user has this parent.",
	})
}

// ManagerOf is the manager of a user, by object id; a 404 when there is none.
// https://learn.microsoft.com/graph/api/user-list-manager
func (c *Client) ManagerOf(ctx context.Context, userID string) (*PrincipalRef, error) {
	var manager PrincipalRef
	if _, err := c.Do(ctx, Call{Path: usersPath + "/" + PathSegment(userID) + "/manager", Needs: "User.Read.All"}, &manager); err != nil {
		return nil, fmt.Errorf("read manager: %w", err)
	}
	return &manager, nil
}

// UserSponsors are the sponsors of a user, by object id. https://learn.microsoft.com/graph/api/user-list-sponsors
func (c *Client) UserSponsors(ctx context.Context, userID string) ([]PrincipalRef, error) {
	list := listOf[PrincipalRef]{typed: usersPath + "/" + PathSegment(userID) + "/sponsors", needs: "User.Read.All", current: true}
	sponsors, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list sponsors of a user: %w", err)
	}
	return sponsors, nil
}

// usersAtOnce is how many names one filter takes. https://learn.microsoft.com/graph/filter-query-parameter
const usersAtOnce = 15

// UsersNamed are the users with these user principal names; unknown names are absent from the answer.
// https://learn.microsoft.com/graph/api/user-list
func (c *Client) UsersNamed(ctx context.Context, upns []string) ([]Candidate, error) {
	var found []Candidate
	for len(upns) > 0 {
		n := min(usersAtOnce, len(upns))
		literals := make([]string, n)
		for i, upn := range upns[:n] {
			literals[i] = ODataString(upn)
		}
		list := listOf[Candidate]{
			typed: usersPath, needs: "User.ReadBasic.All", current: true,
			fixed: query{
				"$select": "id,displayName,userPrincipalName,mail,userType,identityParentId",
				"$filter": "userPrincipalName in (" + strings.Join(literals, ",") + ")",
			},
		}
		users, err := collect(list.all(ctx, c))
		if err != nil {
			return nil, fmt.Errorf("read users by name: %w", err)
		}
		for i := range users {
			if users[i].Kind == KindOther {
				users[i].Kind = KindUser
			}
		}
		found, upns = append(found, users...), upns[n:]
	}
	return found, nil
}
