package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// Names of the seeds.
const (
	seedSmall = "small"
	seedLarge = "large"
	seedEmpty = "empty"
)

// SeedNames lists what Options.Seed and POST /_sandbox/reset may name: small lets every token mode work
// at once and holds what findings look for, large adds 10,000 agents, empty holds people and no agents.
func SeedNames() []string { return []string{seedSmall, seedLarge, seedEmpty} }

// familySeed is a blueprint to seed with what belongs to it.
type familySeed struct {
	name, display, does string
	sponsors            []string
	secrets             []passwordCredential
	noPrincipal         bool
	agents              []agentSeed
	born                time.Time // zero: now
}

type agentSeed struct {
	name, display string
	disabled      bool
}

// slug makes the name in ids from a display name.
func slug(display string) string { return strings.ReplaceAll(strings.ToLower(display), " ", "-") }

// family puts a blueprint, its principal and its agent identities into the tenant.
func (s seeder) family(f familySeed) {
	appID, owners := seedID("app "+f.name), []string{seedID("user agent-dev")}
	born := func(name string) meta { return meta{ID: seedID(name), CreatedAt: f.born} }
	s.tx.put(&application{
		meta: born("application " + f.name), AppID: appID, Blueprint: true, DisplayName: f.display, Description: f.does,
		SignInAudience: "AzureADMyOrg", IdentifierURIs: []string{"api://" + appID}, PasswordCredentials: f.secrets,
		OwnerIDs: owners, SponsorIDs: f.sponsors,
	})
	if f.noPrincipal {
		return
	}
	s.tx.put(&servicePrincipal{
		meta: born("principal " + f.name), Type: blueprintPrincipal, AppID: appID, DisplayName: f.display, AccountEnabled: true,
		ServicePrincipalNames: []string{appID, "api://" + appID}, SignInAudience: "AzureADMyOrg", OwnerIDs: owners, SponsorIDs: f.sponsors,
	})
	for _, a := range f.agents {
		s.tx.put(&servicePrincipal{
			meta: born("agent " + a.name), Type: agentIdentity, BlueprintAppID: appID, DisplayName: a.display,
			AccountEnabled: !a.disabled, OwnerIDs: owners, SponsorIDs: f.sponsors, CreatedByAppID: appID,
		})
	}
}

// secret makes the credential of a seeded secret with the given life in days from now, past or future.
func (s seeder) secret(name string, from, until int) []passwordCredential {
	list := s.secretOf(name)
	list[0].StartAt, list[0].EndAt = s.tx.now.AddDate(0, 0, from), s.tx.now.AddDate(0, 0, until)
	return list
}

// rights lets the seeded agent act for people, for itself and as its agent user.
func (s seeder) rights() {
	agent, graph := seedID("agent invoice-helper-01"), seedID("resource "+graphAppID)
	s.tx.put(&permissionGrant{
		meta: s.meta("grant agent invoice-helper-01 " + graph), ClientID: agent,
		ConsentType: "AllPrincipals", ResourceID: graph, Scope: "User.Read",
	})
	for _, r := range s.tx.principals.get(graph).AppRoles {
		if r.Value == "GroupMember.Read.All" {
			s.tx.put(&appRoleAssignment{
				meta: s.meta("assignment agent invoice-helper-01 " + r.Value), PrincipalID: agent, PrincipalType: "ServicePrincipal",
				ResourceID: graph, AppRoleID: r.ID,
			})
		}
	}
	echo := seedID("principal echo")
	s.tx.put(&appRoleAssignment{
		meta: s.meta("assignment agent invoice-helper-01 " + echoReadRole), PrincipalID: agent, PrincipalType: "ServicePrincipal",
		ResourceID: echo, AppRoleID: seedID("role echo"),
	})
	for _, g := range []struct{ resourceID, scope string }{{echo, echoReadScope}, {seedID("resource " + managementAppID), managementScope}} {
		s.tx.put(&permissionGrant{
			meta: s.meta("grant agent invoice-helper-01 " + g.resourceID), ClientID: agent, ConsentType: "AllPrincipals",
			ResourceID: g.resourceID, Scope: g.scope,
		})
	}
	upn := "invoice-helper-01@" + tenantDomain
	s.tx.put(&user{
		meta: s.meta("agent user invoice-helper-01"), UserPrincipalName: upn, DisplayName: "Invoice helper 01", Mail: upn,
		MailNickname: "invoice-helper-01", UserType: "Member", AccountEnabled: true, IdentityParentID: agent,
		SponsorIDs: []string{seedID("user sponsor")},
	})
	s.tx.put(&permissionGrant{
		meta: s.meta("grant agent user invoice-helper-01 " + graph), ClientID: agent, ConsentType: "Principal",
		PrincipalID: seedID("agent user invoice-helper-01"), ResourceID: graph, Scope: "User.ReadBasic.All",
	})
}

// neglected are blueprints in the states that somebody who looks after a tenant wants to find.
func (s seeder) neglected() {
	sponsor, left, team := []string{seedID("user sponsor")}, seedID("user greta.lind"), seedID("group empty")
	s.tx.put(&user{
		meta: s.meta("user greta.lind"), UserPrincipalName: "greta.lind@" + tenantDomain, DisplayName: "Greta Lind", GivenName: "Greta",
		Surname: "Lind", Mail: "greta.lind@" + tenantDomain, MailNickname: "greta.lind", UserType: "Member",
	})
	s.tx.put(&group{
		meta: s.meta("group empty"), DisplayName: "Site survey team", Description: "Microsoft 365 group without members",
		MailNickname: "site-survey-team", Mail: "site-survey-team@" + tenantDomain, MailEnabled: true, GroupTypes: []string{"Unified"},
	})
	old := s.tx.now.AddDate(0, 0, -200)
	for _, f := range []familySeed{
		{display: "Travel desk", does: "Has no sponsor", secrets: s.secret("travel-desk", -30, 335)},
		{display: "Payroll bridge", does: "Its secret has expired", sponsors: sponsor, secrets: s.secret("payroll-bridge", -200, -20)},
		{display: "Support triage", does: "Its secret ends in a week", sponsors: sponsor, secrets: s.secret("support-triage", -173, 7)},
		{display: "Contract reader", does: "Has no principal in the tenant", sponsors: sponsor, noPrincipal: true},
		{display: "Meeting notes", does: "Its agent is disabled", sponsors: sponsor, secrets: s.secret("meeting-notes", -30, 335)},
		{display: "Expense audit", does: "Its only sponsor is a disabled account", sponsors: []string{left}, secrets: s.secret("expense-audit", -30, 335)},
		{display: "Site survey", does: "Its only sponsor is a group without members", sponsors: []string{team}, secrets: s.secret("site-survey", -30, 335)},
	} {
		f.name, f.born = slug(f.display), old
		f.agents = []agentSeed{{name: f.name + "-01", display: f.display + " 01", disabled: f.display == "Meeting notes"}}
		s.family(f)
	}
	s.foreign(sponsor, old)
}

// foreign is the principal of a blueprint that lives in another tenant: there is no application to it here.
func (s seeder) foreign(sponsors []string, born time.Time) {
	appID := seedID("app of another tenant")
	s.tx.put(&servicePrincipal{
		meta: meta{ID: seedID("principal of another tenant"), CreatedAt: born}, Type: blueprintPrincipal, AppID: appID,
		DisplayName: "Copy desk", AccountEnabled: true, ServicePrincipalNames: []string{appID}, SignInAudience: "AzureADMultipleOrgs",
		SponsorIDs: sponsors, HomeTenantID: partnerTenantID(), HomeName: partnerName,
	})
}

const (
	crowdFamilies = 40
	crowdAgents   = 250 // of a blueprint, as many as there may be
)

// crowd adds 10,000 agents in 40 blueprints, made over the last year.
func (s seeder) crowd() {
	places := []string{"Accounts", "Claims", "Depot", "Energy", "Freight", "Harbour", "Laboratory", "Warehouse"}
	work := []string{"forecaster", "inspector", "librarian", "planner", "reporter"}
	for i := range crowdFamilies {
		f := familySeed{
			display:  places[i%len(places)] + " " + work[i/len(places)],
			does:     "One of many",
			sponsors: []string{seedID("user " + []string{"amara.osei", "bruno.silva", "chiara.conti", "daniel.novak"}[i%4])},
			born:     s.tx.now.AddDate(0, 0, -9*(i+1)),
		}
		f.name = slug(f.display)
		f.secrets = s.secret(f.name, -30, 335)
		for n := range crowdAgents {
			number := fmt.Sprintf("%03d", n+1) // names sort as numbers
			f.agents = append(f.agents, agentSeed{name: f.name + "-" + number, display: f.display + " " + number, disabled: n%50 == 49})
		}
		s.family(f)
	}
}
