package graph

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	grantsPath = "/v1.0/oauth2PermissionGrants"
	readGrants = "DelegatedPermissionGrant.ReadWrite.All" // Directory.Read.All would do as well, and opens much more
)

// RoleAssignment is an application permission that a principal holds: an app role of an API.
// https://learn.microsoft.com/graph/api/resources/approleassignment
type RoleAssignment struct {
	ID              string    `json:"id"`
	RoleID          string    `json:"appRoleId"`
	PrincipalID     string    `json:"principalId"`
	ResourceID      string    `json:"resourceId"` // object id of the API's service principal
	ResourceName    string    `json:"resourceDisplayName"`
	CreatedDateTime time.Time `json:"createdDateTime"`
}

// RoleAssignments are the application permissions that a service principal holds itself.
// https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignments
func (c *Client) RoleAssignments(ctx context.Context, principalID string) ([]RoleAssignment, error) {
	list := listOf[RoleAssignment]{
		typed: servicePrincipalsPath + "/" + PathSegment(principalID) + "/appRoleAssignments", needs: "Application.Read.All", current: true,
	}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list app role assignments: %w", err)
	}
	return found, nil
}

// The kinds of consent: for everybody, or for one person.
const (
	ConsentEverybody = "AllPrincipals"
	ConsentOne       = "Principal"
)

// DelegatedGrant is consent to delegated permissions of one API for one client.
// https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
type DelegatedGrant struct {
	ID          string `json:"id"` // opaque, no GUID
	ClientID    string `json:"clientId"`
	ConsentType string `json:"consentType"` // ConsentEverybody or ConsentOne
	PrincipalID string `json:"principalId"` // the person, with ConsentOne
	ResourceID  string `json:"resourceId"`  // object id of the API's service principal
	Scope       string `json:"scope"`       // names with blanks between
}

// Scopes are the permissions of the grant, one by one.
func (g DelegatedGrant) Scopes() []string { return strings.Fields(g.Scope) }

// GrantsOf are the delegated permissions that a client was granted, for everybody and for single people. A client that
// does not exist has none.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-list
func (c *Client) GrantsOf(ctx context.Context, clientID string) ([]DelegatedGrant, error) {
	list := listOf[DelegatedGrant]{
		typed: grantsPath, fixed: query{"$filter": "clientId eq " + ODataString(clientID)}, needs: readGrants, current: true,
	}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list delegated grants: %w", err)
	}
	return found, nil
}

// UserRoleAssignments are the app roles that a user was assigned, by the user's object id.
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func (c *Client) UserRoleAssignments(ctx context.Context, userID string) ([]RoleAssignment, error) {
	list := listOf[RoleAssignment]{
		typed: usersPath + "/" + PathSegment(userID) + "/appRoleAssignments", needs: "AppRoleAssignment.ReadWrite.All", current: true,
	}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list app roles of a user: %w", err)
	}
	return found, nil
}

// GrantsFor are the delegated permissions that clients were granted for one user alone, by the user's object id.
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-list
func (c *Client) GrantsFor(ctx context.Context, userID string) ([]DelegatedGrant, error) {
	list := listOf[DelegatedGrant]{
		typed: grantsPath, fixed: query{"$filter": "principalId eq " + ODataString(userID)}, needs: readGrants, current: true,
	}
	found, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list delegated grants for a user: %w", err)
	}
	return found, nil
}

// InheritedRoles are the application permissions that an agent identity has by way of its blueprint. Only the beta
// version tells.
// https://learn.microsoft.com/graph/api/resources/agentidentity?view=graph-rest-beta
func (c *Client) InheritedRoles(ctx context.Context, agentID string) ([]RoleAssignment, error) {
	found, err := collect(inherited[RoleAssignment](agentID, "inheritedAppRoleAssignments").all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list inherited app role assignments: %w", err)
	}
	return found, nil
}

// InheritedGrants are the delegated permissions that an agent identity has by way of its blueprint, as InheritedRoles.
func (c *Client) InheritedGrants(ctx context.Context, agentID string) ([]DelegatedGrant, error) {
	found, err := collect(inherited[DelegatedGrant](agentID, "inheritedOauth2PermissionGrants").all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list inherited delegated grants: %w", err)
	}
	return found, nil
}

func inherited[T any](agentID, relation string) listOf[T] {
	return listOf[T]{typed: "/beta/servicePrincipals/" + PathSegment(agentID) + "/" + relation, needs: "Application.Read.All", current: true}
}
