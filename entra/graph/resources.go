package graph

import (
	"context"
	"fmt"
)

// GraphAppID is the client id of Microsoft Graph in every tenant.
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// Resource is the service principal of an API, with the permissions it offers.
// https://learn.microsoft.com/graph/api/resources/serviceprincipal
type Resource struct {
	ID          string    `json:"id"`    // object id of the service principal, another one in each tenant
	AppID       string    `json:"appId"` // client id of the API
	DisplayName string    `json:"displayName"`
	Names       []string  `json:"servicePrincipalNames"`  // client id and addresses that name it in a token's aud
	Roles       []AppRole `json:"appRoles"`               // application permissions
	Scopes      []Scope   `json:"oauth2PermissionScopes"` // delegated permissions
}

// AppRole is an application permission on offer.
type AppRole struct {
	ID                 string   `json:"id"`
	Value              string   `json:"value"` // Mail.Send
	DisplayName        string   `json:"displayName"`
	Description        string   `json:"description"`
	AllowedMemberTypes []string `json:"allowedMemberTypes"` // Application, User
	IsEnabled          bool     `json:"isEnabled"`
}

// Scope is a delegated permission on offer.
type Scope struct {
	ID          string `json:"id"`
	Value       string `json:"value"`
	DisplayName string `json:"adminConsentDisplayName"`
	Description string `json:"adminConsentDescription"`
	IsEnabled   bool   `json:"isEnabled"`
}

const (
	resourceFields = "id,appId,displayName,servicePrincipalNames,appRoles,oauth2PermissionScopes"
	readResources  = "Application.Read.All"
)

// Resource is an API by its client id.
// https://learn.microsoft.com/graph/api/serviceprincipal-list
func (c *Client) Resource(ctx context.Context, appID string) (*Resource, error) {
	list := listOf[Resource]{
		typed: servicePrincipalsPath, fixed: query{"$filter": "appId eq " + ODataString(appID), "$select": resourceFields},
		needs: readResources, current: true,
	}
	return list.only(ctx, c, "API with app id "+appID)
}

// ResourceByID is an API by the object id of its service principal.
// https://learn.microsoft.com/graph/api/serviceprincipal-get
func (c *Client) ResourceByID(ctx context.Context, id string) (*Resource, error) {
	path := withQuery(servicePrincipalsPath+"/"+PathSegment(id), query{"$select": resourceFields})
	var r Resource
	if _, err := c.Do(ctx, Call{Path: path, Needs: readResources}, &r); err != nil {
		return nil, fmt.Errorf("read API: %w", err)
	}
	return &r, nil
}

// FindResources finds APIs by the start of a word in their name, at most top. Service principals that offer no
// permission are left out: nothing can be granted of them.
// https://learn.microsoft.com/graph/search-query-parameter
func (c *Client) FindResources(ctx context.Context, words string, top int) ([]Resource, error) {
	list := listOf[Resource]{
		typed: servicePrincipalsPath, fixed: query{"$select": resourceFields},
		searchIn: []string{"displayName"}, needs: readResources,
	}
	page, err := list.page(ctx, c, ListOptions{Top: 25, Search: words})
	if err != nil {
		return nil, fmt.Errorf("find APIs: %w", err)
	}
	var found []Resource
	for _, r := range page.Items {
		if len(r.Roles)+len(r.Scopes) > 0 && len(found) < top {
			found = append(found, r)
		}
	}
	return found, nil
}
