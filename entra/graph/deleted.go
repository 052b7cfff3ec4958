package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
)

const (
	deletedPath       = "/v1.0/directory/deletedItems"
	deletedPrincipals = deletedPath + "/microsoft.graph.servicePrincipal"
)

// DeletedAgentIdentitiesOf goes through the deleted agent identities of one blueprint that are not purged yet: they
// count against its quota. It ends after the first error.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (c *Client) DeletedAgentIdentitiesOf(ctx context.Context, blueprintAppID string) iter.Seq2[AgentIdentity, error] {
	return func(yield func(AgentIdentity, error) bool) {
		bin := listOf[AgentIdentity]{
			typed: deletedPrincipals, plain: deletedPrincipals, // there is no cast to agent types here
			kind: KindAgentIdentity, needs: readAgents, current: true,
		}
		pickAgents(bin.all(ctx, c), blueprintAppID, yield)
	}
}

// DeletedObject is an object in the recycle bin.
type DeletedObject struct {
	ID             string
	Kind           Kind
	DisplayName    string
	AppID          string    // blueprints and principals
	UPN            string    // agent users: the name they had; Graph puts their id before it
	OwnerTenantID  string    // principals: tenant of the blueprint itself; may be another one
	BlueprintAppID string    // agent identities
	ParentID       string    // agent users: object id of the agent identity
	DeletedAt      time.Time // 30 days later it is purged
	Tags           []string
}

// UnmarshalJSON reads the kind from the @odata.type; an agent user is known by its parent too.
func (d *DeletedObject) UnmarshalJSON(data []byte) error {
	var named DirectoryObject
	var wire struct {
		OwnerTenantID  string    `json:"appOwnerOrganizationId"`
		BlueprintAppID string    `json:"agentIdentityBlueprintId"`
		ParentID       string    `json:"identityParentId"`
		DeletedAt      time.Time `json:"deletedDateTime"`
		Tags           []string  `json:"tags"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*d = DeletedObject{
		ID: named.ID, Kind: named.Kind, DisplayName: named.DisplayName, AppID: named.AppID, OwnerTenantID: wire.OwnerTenantID, BlueprintAppID: wire.BlueprintAppID,
		UPN:      strings.TrimPrefix(named.UPN, strings.ReplaceAll(named.ID, "-", "")),
		ParentID: wire.ParentID, DeletedAt: wire.DeletedAt, Tags: wire.Tags,
	}
	if d.ParentID != "" {
		d.Kind = KindAgentUser
	}
	return nil
}

// deletedLists are the lists of the recycle bin that hold objects of agents: the bin has no cast to their types.
var deletedLists = []struct {
	list  listOf[DeletedObject]
	kinds []Kind
}{
	{listOf[DeletedObject]{typed: deletedPath + "/microsoft.graph.application", needs: readBlueprints}, []Kind{KindBlueprint}},
	{listOf[DeletedObject]{typed: deletedPrincipals, needs: readAgents}, []Kind{KindBlueprintPrincipal, KindAgentIdentity}},
	{listOf[DeletedObject]{
		typed: deletedPath + "/microsoft.graph.user", needs: "User.Read.All",
		fixed: query{"$select": "id,displayName,userPrincipalName,deletedDateTime,identityParentId"},
	}, []Kind{KindAgentUser}},
}

// Deleted goes through the objects of one kind in the recycle bin: blueprint, blueprint principal, agent identity or agent
// user. It ends after the first error.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (c *Client) Deleted(ctx context.Context, kind Kind) iter.Seq2[DeletedObject, error] {
	return c.deleted(ctx, func(k Kind) bool { return k == kind })
}

// AllDeleted goes through the objects of agents in the recycle bin: blueprints, principals and agent identities, agent
// users. It ends after the first error.
func (c *Client) AllDeleted(ctx context.Context) iter.Seq2[DeletedObject, error] {
	return c.deleted(ctx, func(Kind) bool { return true })
}

func (c *Client) deleted(ctx context.Context, wanted func(Kind) bool) iter.Seq2[DeletedObject, error] {
	return func(yield func(DeletedObject, error) bool) {
		for _, part := range deletedLists {
			ours := map[Kind]bool{}
			for _, kind := range part.kinds {
				if wanted(kind) {
					ours[kind] = true
				}
			}
			if len(ours) == 0 {
				continue
			}
			list := part.list
			list.current, list.fixed = true, query{"$top": "999"}.with(list.fixed) // as much as a page takes
			for item, err := range list.all(ctx, c) {
				if err != nil {
					yield(item, fmt.Errorf("list deleted objects: %w", err))
					return
				}
				if ours[item.Kind] && !yield(item, nil) {
					return
				}
			}
		}
	}
}

// DeletedItem is one object of the recycle bin, by object id; a 404 when the bin holds no such.
// https://learn.microsoft.com/graph/api/directory-deleteditems-get
func (c *Client) DeletedItem(ctx context.Context, id string) (*DeletedObject, error) {
	var item DeletedObject
	if _, err := c.Do(ctx, Call{Path: deletedPath + "/" + PathSegment(id), Needs: "Application.Read.All"}, &item); err != nil {
		return nil, fmt.Errorf("read deleted object: %w", err)
	}
	return &item, nil
}
