package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The tenant. Its ids are the same in every sandbox, so that a script written against one works
// against the next.
const (
	tenantID     = "0f3c9a52-7d41-4be8-9c06-51a8e2d7b634"
	tenantDomain = "sandbox.example"
	tenantName   = "Sandbox"

	secretPrefix = "SANDBOX~"
	portalReply  = "/auth/callback"
	clientReply  = "http://localhost:8400/callback"
	blueprintAPI = "access_agent"
)

// tenantBorn is when the pretend tenant was created; it shows up as xms_tcdt.
func tenantBorn() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

// seedID makes the id of a seeded object from its name.
func seedID(name string) string {
	return uuid.NewSHA1(uuid.MustParse(tenantID), []byte(name)).String()
}

// seedSecret makes a seeded client secret. It is no secret: /_sandbox/info tells it to everybody.
func seedSecret(name string) string {
	sum := sha256.Sum256([]byte("client secret of " + name))
	return secretPrefix + base64.RawURLEncoding.EncodeToString(sum[:])[:32]
}

// hashSecret is how secrets, passwords, codes and refresh tokens are kept.
func hashSecret(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// personaSeed is somebody to sign in as, named by the job (design: the sandbox tenant).
type personaSeed struct{ name, display, does, role string }

func (p personaSeed) upn() string      { return p.name + "@" + tenantDomain }
func (p personaSeed) password() string { return "Pretend-" + p.name + "-1" }

func personaSeeds() []personaSeed {
	return []personaSeed{
		{"global-admin", "Global Admin", "May do everything, grants consent.", roleGlobalAdministrator},
		{"agent-admin", "Agent Admin", "Creates and changes every agent object.", roleAgentIDAdministrator},
		{"agent-dev", "Agent Developer", "Creates blueprints and owns them.", roleAgentIDDeveloper},
		{"auditor", "Auditor", "Reads everything, changes nothing.", roleGlobalReader},
		{"approver", "Approver", "Approves access packages.", ""},
		{"sponsor", "Sponsor", "Sponsor of agents.", ""},
		{"user", "User", "An ordinary user.", ""},
	}
}

// seeder puts the objects of a new tenant into one transaction.
type seeder struct {
	tx *txn
	o  Options
}

// seed fills an empty tenant with what o.Seed names.
func seed(tx *txn, o Options) error {
	roles, scopes, err := graphPermissions()
	if err != nil {
		return err
	}
	s := seeder{tx, o}
	s.people()
	s.groups()
	s.directoryRoles()
	s.resources(roles, scopes)
	s.portal()
	s.client()
	s.echo()
	if o.Seed == seedEmpty {
		return nil
	}
	s.blueprint()
	s.rights()
	s.neglected()
	if o.Seed == seedLarge {
		s.crowd()
	}
	return nil
}

func (s seeder) meta(name string) meta { return meta{ID: seedID(name)} }

// people are the personas, and a few persons without a button for pickers and searches.
func (s seeder) people() {
	for _, p := range personaSeeds() {
		s.tx.put(&user{
			meta: s.meta("user " + p.name), UserPrincipalName: p.upn(), DisplayName: p.display, Mail: p.upn(),
			MailNickname: p.name, UserType: "Member", AccountEnabled: true, PasswordHash: hashSecret(p.password()), Does: p.does,
		})
	}
	for _, name := range []string{"Amara Osei", "Bruno Silva", "Chiara Conti", "Daniel Novak", "Elif Demir", "Farid Haddad"} {
		given, surname, _ := strings.Cut(name, " ")
		nick := strings.ToLower(given + "." + surname)
		s.tx.put(&user{
			meta: s.meta("user " + nick), UserPrincipalName: nick + "@" + tenantDomain, DisplayName: name,
			GivenName: given, Surname: surname, Mail: nick + "@" + tenantDomain, MailNickname: nick,
			UserType: "Member", AccountEnabled: true,
		})
	}
}

// groups makes one of each kind, because the rules for sponsors treat each kind differently.
func (s seeder) groups() {
	sponsor, amara, bruno := seedID("user sponsor"), seedID("user amara.osei"), seedID("user bruno.silva")
	s.tx.put(&group{
		meta: s.meta("group security"), DisplayName: "Finance readers", Description: "Security group, members assigned",
		MailNickname: "finance-readers", SecurityEnabled: true, GroupTypes: []string{}, MemberIDs: []string{sponsor, amara},
	})
	s.tx.put(&group{
		meta: s.meta("group unified"), DisplayName: "Finance team", Description: "Microsoft 365 group",
		MailNickname: "finance-team", Mail: "finance-team@" + tenantDomain, MailEnabled: true,
		GroupTypes: []string{"Unified"}, MemberIDs: []string{sponsor, bruno},
	})
	s.tx.put(&group{
		meta: s.meta("group dynamic"), DisplayName: "All members", Description: "Security group, members by rule",
		MailNickname: "all-members", SecurityEnabled: true, GroupTypes: []string{"DynamicMembership"},
		MembershipRule: `user.userType -eq "Member"`, MemberIDs: []string{sponsor, amara, bruno},
	})
	s.tx.put(&group{
		meta: s.meta("group role-assignable"), DisplayName: "Agent operators", Description: "Role-assignable security group",
		MailNickname: "agent-operators", SecurityEnabled: true, GroupTypes: []string{}, IsAssignableToRole: true,
	})
}

// directoryRoles are active from the start; in Entra a role appears with its first member.
func (s seeder) directoryRoles() {
	for _, r := range roleSeeds() {
		role := &directoryRole{meta: s.meta("role " + r.template), RoleTemplateID: r.template, DisplayName: r.name, Description: r.does}
		for _, p := range personaSeeds() {
			if p.role == r.template {
				role.MemberIDs = append(role.MemberIDs, seedID("user "+p.name))
			}
		}
		s.tx.put(role)
	}
}

// resources are the Microsoft services of catalogue.go; only the permissions of Graph and Azure are listed.
func (s seeder) resources(roles []appRole, scopes []permissionScope) {
	for _, r := range resourceSeeds() {
		p := s.resource(r)
		if r.appID == graphAppID {
			p.AppRoles, p.Scopes = roles, scopes
		}
		s.tx.put(p)
	}
}

func (s seeder) resource(r resourceSeed) *servicePrincipal {
	p := &servicePrincipal{
		meta: s.meta("resource " + r.appID), Type: ordinaryPrincipal, AppID: r.appID, DisplayName: r.name, AccountEnabled: true,
		ServicePrincipalNames: append([]string{r.appID}, r.names...), SignInAudience: "AzureADMultipleOrgs",
	}
	if r.appID == managementAppID {
		p.Scopes = []permissionScope{{
			ID: "41094075-9dad-400e-a0bd-54e686782033", Value: managementScope, Type: "User", IsEnabled: true,
			AdminConsentDisplayName: "Access Azure Resource Manager as organization users",
			AdminConsentDescription: "Allows the application to access Azure Resource Manager as users in the organization.",
			UserConsentDisplayName:  "Access Azure Resource Manager as you",
			UserConsentDescription:  "Allows the application to access Azure Resource Manager on your behalf.",
		}}
	}
	return p
}
