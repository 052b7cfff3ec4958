package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// fixed is something the tenant has and nobody can change: a domain, a subscription, the details of a
// licence. values is how it is written.
type fixed struct {
	meta
	name   kind
	values entity
}

// kind gives the name of the type, which is also how it is written; no fixed thing is ever stored.
func (f *fixed) kind() kind { return f.name }

// listDomains answers GET /domains: the one verified domain. https://learn.microsoft.com/graph/api/domain-list
func listDomains(g *graphCall, st *state) (*reply, *graphError) {
	if !g.caller.has("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All", "Organization.Read.All") {
		return nil, denied()
	}
	return list(g, st, slices.Values([]*fixed{domain()}), pageSize, func(*fixed) bool { return true })
}

// readDomain knows the one domain, by its name. https://learn.microsoft.com/graph/api/domain-get
func readDomain(g *graphCall, st *state) (*reply, *graphError) {
	if !g.caller.has("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All", "Organization.Read.All") {
		return nil, denied()
	}
	if !strings.EqualFold(g.at.key, tenantDomain) {
		return nil, notFound(g.at.key)
	}
	return g.item(st, domain()), nil
}

// domain is verified, default and initial at once: the tenant has no other.
func domain() *fixed {
	return &fixed{meta{ID: tenantDomain, Seq: 1}, "domain", entity{
		"authenticationType": "Managed", "availabilityStatus": nil, "isAdminManaged": true, "isDefault": true, "isInitial": true, "isRoot": true,
		"isVerified": true, "passwordNotificationWindowInDays": 14, "passwordValidityPeriodInDays": 90, "state": nil,
		"supportedServices": []string{"Email", "OfficeCommunicationsOnline"},
	}}
}

// sku is a product the tenant has licences of. Ids and names are Microsoft's own.
// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
type sku struct {
	id, part string
	units    int
	plans    []string // id and name in turn
}

func skus() []sku {
	return []sku{
		{"6fd2c87f-b296-42f0-b197-1e91e994b900", "ENTERPRISEPACK", 25, []string{
			"efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1",
			"5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE",
		}},
		{"4b9405b0-7788-4568-add1-99614e613b69", "EXCHANGESTANDARD", 2, []string{"9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD"}},
	}
}

// skuOf finds a product by its id; false when the tenant has none of it.
func skuOf(id string) (sku, bool) {
	for _, s := range skus() {
		if strings.EqualFold(s.id, id) {
			return s, true
		}
	}
	return sku{}, false
}

// has tells whether the product has the service plan.
func (s sku) has(planID string) bool {
	for i := 0; i < len(s.plans); i += 2 {
		if strings.EqualFold(s.plans[i], planID) {
			return true
		}
	}
	return false
}

// render writes the service plans as subscriptions and licences show them.
func (s sku) render() []entity {
	plans := []entity{}
	for i := 0; i < len(s.plans); i += 2 {
		plans = append(plans, entity{"servicePlanId": s.plans[i], "servicePlanName": s.plans[i+1], "provisioningStatus": "Success", "appliesTo": "User"})
	}
	return plans
}

// used counts the users who hold the product, anew each time: a number that is kept could be wrong.
func (st *state) used(skuID string) int {
	return len(pick(st.users.all(), func(u *user) bool {
		return slices.ContainsFunc(u.Licenses, func(l assignedLicense) bool { return l.SKUID == skuID })
	}))
}

// subscription is the product at this place of the list, with the units that are taken by now.
func (st *state) subscription(place int) *fixed {
	s := skus()[place]
	return &fixed{meta{ID: tenantID + "_" + s.id, Seq: int64(place + 1)}, "subscribedSku", entity{
		"accountId": tenantID, "accountName": tenantName, "appliesTo": "User", "capabilityStatus": "Enabled", "consumedUnits": st.used(s.id),
		"prepaidUnits": entity{"enabled": s.units, "suspended": 0, "warning": 0, "lockedOut": 0}, "servicePlans": s.render(), "skuId": s.id,
		"skuPartNumber": s.part, "subscriptionIds": []string{},
	}}
}

// listSKUs answers GET /subscribedSkus. https://learn.microsoft.com/graph/api/subscribedsku-list
func listSKUs(g *graphCall, st *state) (*reply, *graphError) {
	if !readsSKUs(g.caller) {
		return nil, denied()
	}
	all := []*fixed{}
	for i := range skus() {
		all = append(all, st.subscription(i))
	}
	return list(g, st, slices.Values(all), pageSize, func(*fixed) bool { return true })
}

// readSKU finds a subscription by its id, which is the tenant's and the product's joined.
func readSKU(g *graphCall, st *state) (*reply, *graphError) {
	if !readsSKUs(g.caller) {
		return nil, denied()
	}
	for i := range skus() {
		if s := st.subscription(i); strings.EqualFold(s.ID, g.at.key) {
			return g.item(st, s), nil
		}
	}
	return nil, notFound(g.at.key)
}

func readsSKUs(c caller) bool {
	return c.has("LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
}

// licenseDetails are the licences of a user with their plans.
func licenseDetails(u *user) []*fixed {
	out := []*fixed{}
	for i, l := range u.Licenses {
		s, _ := skuOf(l.SKUID)
		out = append(out, &fixed{meta{ID: u.ID + "_" + l.SKUID, Seq: int64(i + 1)}, "licenseDetails", entity{
			"skuId": l.SKUID, "skuPartNumber": s.part, "servicePlans": s.render(),
		}})
	}
	return out
}

// assignLicense answers POST /users/{id}/assignLicense with the user as it is then.
// https://learn.microsoft.com/graph/api/user-assignlicense
func assignLicense(g *graphCall, tx *txn) (*reply, *graphError) {
	old, fault := g.person(tx.state)
	if fault != nil {
		return nil, fault
	}
	if !g.caller.has("LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All") {
		return nil, denied()
	}
	if !g.caller.App && !g.hasRole(tx.state, roleGlobalAdministrator, roleUserAdministrator) {
		return nil, denied()
	}
	// Both lists have to be there, also when they are empty: so says the action.
	var add []assignedLicense
	var remove []string
	for _, name := range []string{"addLicenses", "removeLicenses"} {
		if _, there := g.body[name]; !there {
			return nil, badRequest("The required parameter '" + name + "' is missing.")
		}
	}
	if fault := g.body.decode("addLicenses", "User", &add); fault != nil {
		return nil, fault
	}
	if fault := g.body.list("removeLicenses", "User", &remove); fault != nil {
		return nil, fault
	}
	u := clone(old)
	if fault := u.unlicense(remove); fault != nil {
		return nil, fault
	}
	for _, l := range add {
		if fault := u.license(tx.state, l); fault != nil {
			return nil, fault
		}
	}
	tx.put(u)
	e := render(tx.state, u).pick([]string{"id", "displayName", "userPrincipalName", "usageLocation", "assignedLicenses"})
	e["@odata.context"] = g.url("$metadata#users/$entity")
	return &reply{status: http.StatusOK, body: e, ids: []string{u.ID}}, nil
}

// unlicense takes licences away; to take one that is not there is a mistake of the caller.
func (u *user) unlicense(ids []string) *graphError {
	for _, id := range ids {
		rest := slices.DeleteFunc(slices.Clone(u.Licenses), func(l assignedLicense) bool { return strings.EqualFold(l.SKUID, id) })
		if len(rest) == len(u.Licenses) {
			return badRequest("User does not have a corresponding license.")
		}
		u.Licenses = rest
	}
	return nil
}

// license adds one licence, or replaces the one of the same product: there must be a place where it is
// used, and one left.
func (u *user) license(st *state, l assignedLicense) *graphError {
	s, known := skuOf(l.SKUID)
	if !known {
		return badRequest("License " + clip(l.SKUID) + " does not correspond to a valid company License.")
	}
	if u.UsageLocation == "" {
		return badRequest("License assignment cannot be done for user with invalid usage location.")
	}
	if slices.ContainsFunc(l.DisabledPlans, func(p string) bool { return !s.has(p) }) {
		return badRequest("Invalid service plan in the disabled plans of license " + s.id + ".")
	}
	l = assignedLicense{SKUID: s.id, DisabledPlans: orEmpty(l.DisabledPlans)}
	if i := slices.IndexFunc(u.Licenses, func(have assignedLicense) bool { return have.SKUID == s.id }); i >= 0 {
		u.Licenses = slices.Clone(u.Licenses)
		u.Licenses[i] = l
		return nil
	}
	if st.used(s.id) >= s.units {
		return badRequest("Subscription with SKU " + s.id + " does not have any available licenses.")
	}
	u.Licenses = append(slices.Clone(u.Licenses), l)
	return nil
}

func renderFixed(f *fixed) entity { return maps.Clone(f.values) }
