package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"
)

// The pages of agent users describe beta alone; what every user has is read and changed in v1.0.
// https://learn.microsoft.com/graph/api/resources/agentuser
const (
	usersPath         = "/v1.0/users"
	newAgentUsersPath = "/beta/users"
	agentUserCast     = "microsoft.graph.agentUser"
	agentUsersPath    = newAgentUsersPath + "/" + agentUserCast

	writeUsers = "AgentIdUser.ReadWrite.All"
	readUsers  = "User.Read.All"
	userFields = "id,displayName,userPrincipalName,mail,jobTitle,department,accountEnabled,usageLocation,identityParentId,createdDateTime"
)

// AgentUser is the user account of an agent identity. Reads by name give people in this type too; IdentityParentID is
// empty then.
type AgentUser struct {
	ID                string          `json:"id"`
	DisplayName       string          `json:"displayName"`
	UserPrincipalName string          `json:"userPrincipalName"`
	Mail              string          `json:"mail"`
	JobTitle          string          `json:"jobTitle"`
	Department        string          `json:"department"`
	AccountEnabled    bool            `json:"accountEnabled"`
	UsageLocation     string          `json:"usageLocation"`    // two letters; empty when none is set
	IdentityParentID  string          `json:"identityParentId"` // object id of the agent identity
	CreatedDateTime   time.Time       `json:"createdDateTime"`
	Raw               json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the body as received beside the fields.
func (u *AgentUser) UnmarshalJSON(data []byte) error {
	type fields AgentUser
	return keepRaw(data, (*fields)(u), &u.Raw)
}

// AgentUser is one agent user by object id; a person with that id is a 404.
// https://learn.microsoft.com/graph/api/agentuser-get
func (c *Client) AgentUser(ctx context.Context, id string) (*AgentUser, error) {
	plain := usersPath + "/" + PathSegment(id)
	var u AgentUser
	if _, err := c.Do(ctx, Call{Path: withQuery(plain, query{"$select": userFields}), Needs: readUsers}, &u); err != nil {
		return nil, fmt.Errorf("read %s: %w", KindAgentUser, err)
	}
	// The plain address serves people too. The parent tells them apart: Graph need not name the type.
	if u.IdentityParentID == "" {
		return nil, otherKind(KindAgentUser, plain)
	}
	return &u, nil
}

func agentUserList() listOf[AgentUser] {
	return listOf[AgentUser]{typed: agentUsersPath, needs: readUsers, current: true, fixed: query{"$select": userFields, "$top": "999"}}
}

// AllAgentUsers goes through every agent user. Callers who may not list the type get them picked from all users. It ends
// after the first error.
// https://learn.microsoft.com/graph/api/agentuser-list
func (c *Client) AllAgentUsers(ctx context.Context) iter.Seq2[AgentUser, error] {
	return func(yield func(AgentUser, error) bool) {
		first := true
		for u, err := range agentUserList().all(ctx, c) {
			if first && IsForbidden(err) {
				c.agentUsersPicked(ctx)(yield)
				return
			}
			first = false
			if !yield(u, err) {
				return
			}
		}
	}
}

// agentUsersPicked goes through all users and picks those with a parent.
func (c *Client) agentUsersPicked(ctx context.Context) iter.Seq2[AgentUser, error] {
	return func(yield func(AgentUser, error) bool) {
		every := agentUserList()
		every.typed = newAgentUsersPath
		for u, err := range every.all(ctx, c) {
			if (err != nil || u.IdentityParentID != "") && !yield(u, err) {
				return
			}
		}
	}
}

// UserNamed is the user with a user principal name, person or agent user; a 404 when there is none.
// https://learn.microsoft.com/graph/api/user-get
func (c *Client) UserNamed(ctx context.Context, upn string) (*AgentUser, error) {
	var u AgentUser
	path := withQuery(usersPath+"/"+PathSegment(upn), query{"$select": userFields})
	if _, err := c.Do(ctx, Call{Path: path, Needs: readUsers}, &u); err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	return &u, nil
}

// AgentUserOf is the agent user of an agent identity, by its object id; a 404 when it has none. Where Graph does not take
// the filter, or the caller may not list the type, all agent users are read.
// https://learn.microsoft.com/graph/api/agentuser-list
func (c *Client) AgentUserOf(ctx context.Context, agentID string) (*AgentUser, error) {
	list := agentUserList()
	list.fixed = query{"$select": userFields, "$filter": "identityParentId eq " + ODataString(agentID)}
	u, err := list.only(ctx, c, "agent user")
	if s := status(err); s != http.StatusBadRequest && s != http.StatusForbidden {
		return u, err
	}
	for u, err := range c.AllAgentUsers(ctx) {
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
	if _, err := c.Do(ctx, Call{Path: usersPath + "/" + PathSegment(userID) + "/manager", Needs: readUsers}, &manager); err != nil {
		return nil, fmt.Errorf("read manager: %w", err)
	}
	return &manager, nil
}

// UserSponsors are the sponsors of a user, by object id. https://learn.microsoft.com/graph/api/user-list-sponsors
func (c *Client) UserSponsors(ctx context.Context, userID string) ([]PrincipalRef, error) {
	list := listOf[PrincipalRef]{typed: usersPath + "/" + PathSegment(userID) + "/sponsors", needs: readUsers, current: true}
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
