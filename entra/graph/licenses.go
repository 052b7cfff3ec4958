package graph

import (
	"context"
	"encoding/json"
	"fmt"
)

// ServicePlan is a service that a product brings.
type ServicePlan struct {
	ID    string `json:"servicePlanId"`
	Name  string `json:"servicePlanName"`
	State string `json:"provisioningStatus"` // Success, PendingProvisioning, Disabled, …
}

// SubscribedSKU is a product the tenant has licences of.
// https://learn.microsoft.com/graph/api/resources/subscribedsku
type SubscribedSKU struct {
	SKUID      string
	PartNumber string // ENTERPRISEPACK
	Status     string // capabilityStatus: Enabled, Warning, Suspended, LockedOut, Deleted
	AppliesTo  string // User or Company
	Enabled    int    // licences bought
	Consumed   int    // licences given out
	Plans      []ServicePlan
}

// UnmarshalJSON takes the counts out of the objects that hold them.
func (s *SubscribedSKU) UnmarshalJSON(data []byte) error {
	var wire struct {
		SKUID      string        `json:"skuId"`
		PartNumber string        `json:"skuPartNumber"`
		Status     string        `json:"capabilityStatus"`
		AppliesTo  string        `json:"appliesTo"`
		Consumed   int           `json:"consumedUnits"`
		Plans      []ServicePlan `json:"servicePlans"`
		Prepaid    struct {
			Enabled int `json:"enabled"`
			Warning int `json:"warning"` // past their end, and still working
		} `json:"prepaidUnits"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*s = SubscribedSKU{
		SKUID: wire.SKUID, PartNumber: wire.PartNumber, Status: wire.Status, AppliesTo: wire.AppliesTo,
		Enabled: wire.Prepaid.Enabled + wire.Prepaid.Warning, Consumed: wire.Consumed, Plans: wire.Plans,
	}
	return nil
}

// Free is how many licences are left.
func (s SubscribedSKU) Free() int { return max(s.Enabled-s.Consumed, 0) }

// Assignable says whether licences of the product can be given to a user now.
func (s SubscribedSKU) Assignable() bool {
	return s.AppliesTo != "Company" && (s.Status == "Enabled" || s.Status == "Warning")
}

// SubscribedSKUs are the products the tenant has licences of.
// https://learn.microsoft.com/graph/api/subscribedsku-list
func (c *Client) SubscribedSKUs(ctx context.Context) ([]SubscribedSKU, error) {
	list := listOf[SubscribedSKU]{typed: "/v1.0/subscribedSkus", needs: "LicenseAssignment.Read.All", current: true}
	skus, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list licences of the tenant: %w", err)
	}
	return skus, nil
}

// LicenseDetail is a licence that a user has.
// https://learn.microsoft.com/graph/api/resources/licensedetails
type LicenseDetail struct {
	SKUID      string        `json:"skuId"`
	PartNumber string        `json:"skuPartNumber"`
	Plans      []ServicePlan `json:"servicePlans"`
}

// LicensesOf are the licences of a user, by object id.
// https://learn.microsoft.com/graph/api/user-list-licensedetails
func (c *Client) LicensesOf(ctx context.Context, userID string) ([]LicenseDetail, error) {
	list := listOf[LicenseDetail]{typed: usersPath + "/" + PathSegment(userID) + "/licenseDetails", needs: "LicenseAssignment.Read.All", current: true}
	licenses, err := collect(list.all(ctx, c))
	if err != nil {
		return nil, fmt.Errorf("list licences of a user: %w", err)
	}
	return licenses, nil
}
