package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// User is a person.
type User struct {
	ID                string `json:"id"`
	DisplayName       string `json:"displayName"`
	UserPrincipalName string `json:"userPrincipalName"`
	Mail              string `json:"mail"`
	UserType          string `json:"userType"`
}

// DirectoryRole is an active role of the signed-in person, direct or through a group.
type DirectoryRole struct {
	RoleTemplateID string `json:"roleTemplateId"`
	DisplayName    string `json:"displayName"`
}

// Organization is the tenant itself.
type Organization struct {
	ID              string           `json:"id"`
	DisplayName     string           `json:"displayName"`
	CreatedDateTime time.Time        `json:"createdDateTime"`
	VerifiedDomains []VerifiedDomain `json:"verifiedDomains"`
}

// VerifiedDomain is one domain of the tenant.
type VerifiedDomain struct {
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault"`
}

// DefaultDomain is the domain new accounts get; empty when Graph named none.
func (o *Organization) DefaultDomain() string {
	for _, d := range o.VerifiedDomains {
		if d.IsDefault {
			return d.Name
		}
	}
	return ""
}

// Domains are the names of the verified domains, the default one first.
func (o *Organization) Domains() []string {
	var names []string
	for _, d := range o.VerifiedDomains {
		if d.IsDefault {
			names = slices.Insert(names, 0, d.Name)
		} else {
			names = append(names, d.Name)
		}
	}
	return names
}

// DirectoryRoles are the caller's active directory roles. Roles that are only eligible (PIM) are absent.
// https://learn.microsoft.com/graph/api/user-list-transitivememberof
func (c *Client) DirectoryRoles(ctx context.Context) ([]DirectoryRole, error) {
	list := listOf[DirectoryRole]{
		typed: "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole",
		fixed: query{"$select": "id,roleTemplateId,displayName"},
		needs: "User.Read",
	}
	roles, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("read my directory roles: %w", err)
	}
	return roles, nil
}

// Organization is the caller's tenant.
// https://learn.microsoft.com/graph/api/organization-list
func (c *Client) Organization(ctx context.Context) (*Organization, error) {
	var answer struct {
		Value []Organization `json:"value"`
	}
	path := withQuery("/v1.0/organization", query{"$select": "id,displayName,createdDateTime,verifiedDomains"})
	if _, err := c.Do(ctx, Call{Path: path, Needs: "Organization.Read.All"}, &answer); err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	if len(answer.Value) == 0 {
		return nil, fmt.Errorf("read organization: %w", &Error{
			Status: http.StatusNotFound, Code: "EmptyAnswer", Method: http.MethodGet, Path: "/v1.0/organization",
		})
	}
	return &answer.Value[0], nil
}

// DirectoryObject is any object by id, with what a page needs to name it.
type DirectoryObject struct {
	ID          string
	Kind        Kind
	DisplayName string
	UPN         string // users only
	AppID       string // applications and service principals only
}

// UnmarshalJSON reads the kind from the object's @odata.type.
func (d *DirectoryObject) UnmarshalJSON(data []byte) error {
	var wire struct {
		Type        string `json:"@odata.type"`
		ID          string `json:"id"`
		DisplayName string `json:"displayName"`
		UPN         string `json:"userPrincipalName"`
		AppID       string `json:"appId"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*d = DirectoryObject{
		ID: wire.ID, Kind: kindOf(wire.Type), DisplayName: wire.DisplayName, UPN: wire.UPN, AppID: wire.AppID,
	}
	return nil
}

// PrincipalRef is an owner or a sponsor.
type PrincipalRef = DirectoryObject

// GetByIDs names up to 1,000 objects in one request; unknown ids are simply absent from the answer. It is the one
// read that Graph wants as a POST.
// https://learn.microsoft.com/graph/api/directoryobject-getbyids
func (c *Client) GetByIDs(ctx context.Context, ids []string) ([]DirectoryObject, error) {
	return byIDs[DirectoryObject](ctx, c, ids)
}

func byIDs[T any](ctx context.Context, c *Client, ids []string) ([]T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > 1000 {
		return nil, fmt.Errorf("read objects by id: %d ids, Graph takes 1,000", len(ids))
	}
	var answer struct {
		Value []T `json:"value"`
	}
	call := Call{
		Method: http.MethodPost, Path: "/v1.0/directoryObjects/getByIds",
		Body: map[string]any{"ids": ids}, Needs: "Directory.Read.All",
	}
	if _, err := c.retry(ctx, call, &answer); err != nil {
		return nil, fmt.Errorf("read objects by id: %w", err)
	}
	return answer.Value, nil
}
