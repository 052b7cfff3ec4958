package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"
)

// InventoryItem is one object of the directory as the last reading found it:
// a blueprint, principal, agent identity or agent user, or somebody who owns or
// sponsors one. Ids are as Graph writes them.
type InventoryItem struct {
	ID             string       `json:"id"`
	Kind           string       `json:"kind"` // of graph.Kind
	Name           string       `json:"name"`
	AppID          string       `json:"appId,omitempty"`
	UPN            string       `json:"upn,omitempty"`
	Description    string       `json:"description,omitempty"`
	BlueprintAppID string       `json:"blueprintAppId,omitempty"` // of agent identities
	ParentID       string       `json:"parentId,omitempty"`       // of agent users: the agent identity
	HomeID         string       `json:"homeId,omitempty"`         // of principals: tenant of the blueprint
	HomeName       string       `json:"homeName,omitempty"`
	UsageLocation  string       `json:"usageLocation,omitempty"`
	Enabled        *bool        `json:"enabled,omitempty"` // nil: the kind has no such state, or Graph did not say
	Created        time.Time    `json:"created,omitzero"`
	CreatedByAppID string       `json:"createdByAppId,omitempty"`
	Tags           []string     `json:"tags,omitempty"`
	Credentials    []Credential `json:"credentials,omitempty"`
	Owners         []string     `json:"owners,omitempty"` // ids
	Sponsors       []string     `json:"sponsors,omitempty"`
	OwnersUnread   bool         `json:"ownersUnread,omitempty"`
	SponsorsUnread bool         `json:"sponsorsUnread,omitempty"`
	ManagerID      string       `json:"managerId,omitempty"`
	// DisabledSince is when a reading first found it disabled: the directory
	// keeps no such time.
	DisabledSince time.Time `json:"disabledSince,omitzero"`

	// Of groups: whether they may sponsor at all, and how many enabled people and
	// how many groups are direct members. MembersUnread: nobody knows.
	Unfit         bool `json:"unfit,omitempty"`
	People        int  `json:"people,omitempty"`
	Groups        int  `json:"groups,omitempty"`
	MembersUnread bool `json:"membersUnread,omitempty"`
	// Gone says that others name it and the directory does not know it any more.
	Gone bool `json:"gone,omitempty"`
}

// Credential is what a blueprint signs in with.
type Credential struct {
	Kind   string    `json:"kind"` // CredentialSecret and the others
	KeyID  string    `json:"keyId"`
	Name   string    `json:"name,omitempty"`
	Starts time.Time `json:"starts,omitzero"`
	Ends   time.Time `json:"ends,omitzero"` // zero: it does not end
	// Issuer and Subject are whose tokens a federated one takes.
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// The kinds of credentials.
const (
	CredentialSecret      = "secret"
	CredentialCertificate = "certificate"
	CredentialFederated   = "federated"
)

// Inventory is a snapshot of a tenant.
type Inventory struct {
	TID    string `json:"-"`
	ReadAt time.Time
	ReadBy string          // user principal name
	Took   time.Duration   // how long the reading took
	Calls  int             // requests it took
	Unread []string        // what Graph did not let be read, in words
	Items  []InventoryItem `json:"-"`
}

type inventoryRow struct {
	TID  string `gorm:"column:tid;primaryKey"`
	ID   string `gorm:"primaryKey"`
	Kind string
	Body []byte
}

// TableName is for gorm.
func (inventoryRow) TableName() string { return "inventory" }

type inventoryRead struct {
	TID    string `gorm:"column:tid;primaryKey"`
	ReadAt time.Time
	Body   []byte
}

// TableName is for gorm.
func (inventoryRead) TableName() string { return "inventory_reads" }

// inventoryBatch keeps an insert below SQLite's limit of 32,766 variables.
const inventoryBatch = 2000

// ReplaceInventory puts a whole snapshot in place of the one before.
func (s *Store) ReplaceInventory(ctx context.Context, v *Inventory) error {
	rows, err := inventoryRows(v.TID, v.Items)
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.write(ctx).Delete(&inventoryRow{}, "tid = ?", v.TID).Error; err != nil {
			return fmt.Errorf("replace inventory: %w", err)
		}
		if len(rows) > 0 {
			if err := tx.write(ctx).CreateInBatches(rows, inventoryBatch).Error; err != nil {
				return fmt.Errorf("replace inventory: %w", err)
			}
		}
		return tx.saveInventoryRead(ctx, v)
	})
}

// PatchInventory writes some items of a snapshot anew and takes others out.
func (s *Store) PatchInventory(ctx context.Context, tid string, put []InventoryItem, drop []string) error {
	rows, err := inventoryRows(tid, put)
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(tx *Store) error {
		for some := range slices.Chunk(drop, inventoryBatch) {
			if err := tx.write(ctx).Delete(&inventoryRow{}, "tid = ? AND id IN ?", tid, some).Error; err != nil {
				return fmt.Errorf("patch inventory: %w", err)
			}
		}
		if len(rows) == 0 {
			return nil
		}
		err := tx.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, inventoryBatch).Error
		return found(err, "patch inventory")
	})
}

// Inventory returns the last snapshot of a tenant, or ErrNotFound.
func (s *Store) Inventory(ctx context.Context, tid string) (*Inventory, error) {
	read, err := take[inventoryRead](s.read(ctx), "read inventory", "tid = ?", tid)
	if err != nil {
		return nil, err
	}
	v := &Inventory{}
	if err := json.Unmarshal(read.Body, v); err != nil {
		return nil, fmt.Errorf("decode inventory: %w", err)
	}
	v.TID, v.ReadAt = tid, read.ReadAt
	var rows []inventoryRow
	if err := s.read(ctx).Find(&rows, "tid = ?", tid).Error; err != nil {
		return nil, fmt.Errorf("read inventory: %w", err)
	}
	v.Items = make([]InventoryItem, len(rows))
	for i := range rows {
		if err := json.Unmarshal(rows[i].Body, &v.Items[i]); err != nil {
			return nil, fmt.Errorf("decode item of the inventory: %w", err)
		}
	}
	return v, nil
}

// ForgetInventory drops the snapshot of a tenant; it is no error when there is none.
func (s *Store) ForgetInventory(ctx context.Context, tid string) error {
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.write(ctx).Delete(&inventoryRow{}, "tid = ?", tid).Error; err != nil {
			return fmt.Errorf("forget inventory: %w", err)
		}
		return found(tx.write(ctx).Delete(&inventoryRead{}, "tid = ?", tid).Error, "forget inventory")
	})
}

func (s *Store) saveInventoryRead(ctx context.Context, v *Inventory) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode inventory: %w", err)
	}
	row := &inventoryRead{TID: v.TID, ReadAt: v.ReadAt, Body: body}
	toUTC(&row.ReadAt)
	return found(s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(row).Error, "save inventory")
}

func inventoryRows(tid string, items []InventoryItem) ([]inventoryRow, error) {
	rows := make([]inventoryRow, len(items))
	for i := range items {
		body, err := json.Marshal(&items[i])
		if err != nil {
			return nil, fmt.Errorf("encode item of the inventory: %w", err)
		}
		rows[i] = inventoryRow{TID: tid, ID: items[i].ID, Kind: items[i].Kind, Body: body}
	}
	return rows, nil
}
